"""Waiving late charges: one person asks with a reason, a second decides. Nothing is booked; the memo gets smaller."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.lateness import Memo, find_memo, hold, list_memos, terms_of
from feeapp.billing.models import Charge, LateWaiver, LateWaiverLine
from feeapp.billing.rules import WaiverState
from feeapp.billing.waivers import get_request
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, hits


def ask_for_charge(by: By, charge_id: int, amount: Money | None, reason: str) -> int:
    """Ask to waive the late charge of one charge as it stands today, or a part of it; returns the request's id.

    Raises Refused where nothing has run up, or less than is asked for.
    """
    today = office_day(by.at)
    memo = find_memo(by.community_id, charge_id, today)
    if memo is None:
        raise _nothing()
    if amount is not None and not ZERO < amount <= memo.amount:
        raise Refused(
            "late.amount",
            msg("Between 0.01 and %(most)s yuan can be waived."),
            {"most": str(memo.amount)},
            field="amount",
        )
    return _ask(by, [(memo, amount or memo.amount)], today, reason)


def ask_for_units(by: By, unit_ids: Collection[int], upto_on: date, reason: str) -> int:
    """Ask to waive all that has run up on these units to a day; returns the request's id.

    Raises Refused for a day to come, and where nothing has run up.
    """
    if upto_on > office_day(by.at):
        raise Refused("late.day", msg("Late charges are known up to today, not for days to come."), field="upto_on")
    if not unit_ids:
        raise Refused("late.none", msg("Tick at least one unit."), field="units")
    memos = list_memos(by.community_id, unit_ids, upto_on, terms_of(by.community_id))
    return _ask(by, [(memo, memo.amount) for memo in memos], upto_on, reason)


def _ask(by: By, asked: Sequence[tuple[Memo, Money]], upto_on: date, reason: str) -> int:
    if not reason.strip():
        raise Refused("late.reason", msg("Say why, so that it can be understood later."), field="reason")
    if not asked:
        raise _nothing()
    waiver_id = new_id()
    db.session.add(
        LateWaiver(
            community_id=by.community_id,
            id=waiver_id,
            reason=reason.strip(),
            upto_on=upto_on,
            state=WaiverState.ASKED,
            asked_at=by.at,
            asked_by=by.actor_id,
            answer="",
        )
    )
    db.session.flush()
    db.session.execute(
        sa.insert(LateWaiverLine.__table__),
        [
            {
                "community_id": by.community_id,
                "waiver_id": waiver_id,
                "charge_id": memo.line.id,
                "asked": amount,
                "waived": ZERO,
            }
            for memo, amount in asked
        ],
    )
    fen = total(amount for _memo, amount in asked).fen
    log(by, "billing.ask_waiver", "late_waiver", waiver_id, charges=len(asked), fen=fen)
    return waiver_id


def approve(by: By, waiver_id: int, answer: str = "") -> Money:
    """Waive what was asked for, as far as it has not been paid or waived since, and say how much that is.

    Raises Refused for whoever asked, for a request that is decided, and where nothing of it is left.
    """
    waiver = get_request(by.community_id, waiver_id)
    lines = list(
        db.session.scalars(sa.select(LateWaiverLine).filter_by(community_id=by.community_id, waiver_id=waiver.id))
    )
    held = sorted(db.session.scalars(_units_of(waiver)))
    hold(by.community_id, held)
    _decide(by, waiver, WaiverState.APPROVED, answer)
    memos = list_memos(by.community_id, held, office_day(by.at), terms_of(by.community_id))
    left = {memo.line.id: memo.amount for memo in memos}
    for line in lines:
        line.waived = min(line.asked, left.get(line.charge_id, ZERO))
    db.session.flush()
    waived = total(line.waived for line in lines)
    if not waived:
        raise Refused("late.gone", msg("Nothing of it is left: it was paid or waived since. Refuse the request."))
    log(by, "billing.approve_waiver", "late_waiver", waiver.id, fen=waived.fen)
    return waived


def refuse(by: By, waiver_id: int, answer: str) -> None:
    """Leave the late charges as they are. Raises Refused for whoever asked, and for a request that is decided."""
    waiver = get_request(by.community_id, waiver_id)
    if not answer.strip():
        raise Refused("late.answer", msg("Say why, so that it can be understood later."), field="answer")
    _decide(by, waiver, WaiverState.REFUSED, answer)
    log(by, "billing.refuse_waiver", "late_waiver", waiver.id)


def _decide(by: By, waiver: LateWaiver, state: WaiverState, answer: str) -> None:
    if waiver.asked_by == by.actor_id:
        raise Refused(
            "late.same_person", msg("You asked for this yourself, so somebody else has to decide it (second person).")
        )
    moved = hits(
        sa.update(LateWaiver)
        .where(
            LateWaiver.community_id == by.community_id,
            LateWaiver.id == waiver.id,
            LateWaiver.state == WaiverState.ASKED,
        )
        .values(state=state, decided_at=by.at, decided_by=by.actor_id, answer=answer.strip())
    )
    if moved != 1:
        raise Refused("late.decided", msg("This request has been decided already. Reload the page."))


def _units_of(waiver: LateWaiver) -> sa.Select[Any]:
    return (
        sa.select(Charge.unit_id)
        .join(
            LateWaiverLine,
            sa.and_(LateWaiverLine.community_id == Charge.community_id, LateWaiverLine.charge_id == Charge.id),
        )
        .where(LateWaiverLine.community_id == waiver.community_id, LateWaiverLine.waiver_id == waiver.id)
        .distinct()
    )


def _nothing() -> Refused:
    return Refused("late.nothing", msg("No late charge has run up here, so there is nothing to waive."))
