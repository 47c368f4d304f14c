"""Writing a request for a correction down, of whatever kind: its lines, its sums, and that it now waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CORRECTION, MOST_LINES, CorrectionKind, CorrectionState
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import among, db


@dataclass(frozen=True, slots=True)
class Line:
    """What was asked of a household for an item and a month, and what it should be."""

    charge_id: int | None
    unit_id: int
    item_id: int
    period: Period
    debtor_id: int
    was: Money
    should: Money
    note: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A correction as it is asked for. ``key`` is the one-time key of the form it was sent with."""

    kind: CorrectionKind
    lines: Sequence[Line]
    reason: str
    proof: str
    key: str
    goodwill: bool = False
    facts: dict[str, Any] | None = None


def file(by: By, filing: Filing) -> int:
    """Ask for a correction and return its id; sent again under the same key it is the one that was asked for first.

    Nothing is booked. Raises Refused where nothing would change, for too many lines, where a correction of one of the
    charges waits already, and where the key was used for something else.
    """
    if by.actor_id is None:
        raise TypeError("a person asks for a correction")
    lowered = total(line.was - line.should for line in filing.lines if line.should < line.was)
    raised = total(line.should - line.was for line in filing.lines if line.should > line.was)
    before = _sent_before(by, filing, lowered, raised)
    if before is not None:
        return before
    _check(by.community_id, filing)
    correction_id = new_id()
    units = {line.unit_id for line in filing.lines}
    db.session.add(
        Correction(
            community_id=by.community_id,
            id=correction_id,
            kind=filing.kind,
            unit_id=units.pop() if len(units) == 1 else None,
            goodwill=filing.goodwill,
            reason=filing.reason.strip(),
            proof=filing.proof.strip(),
            facts=filing.facts,
            lines=len(filing.lines),
            lowered=lowered,
            raised=raised,
            submission_key=filing.key,
            state=CorrectionState.ASKED,
            asked_at=by.at,
            asked_by=by.actor_id,
            answer="",
        )
    )
    db.session.flush()
    db.session.execute(sa.insert(CorrectionLine.__table__), _rows(by.community_id, correction_id, filing.lines))
    log(
        by, "corrections.ask", CORRECTION, correction_id,
        lines=len(filing.lines), less=str(lowered), more=str(raised),
    )  # fmt: skip
    return correction_id


def waiting_among(community_id: int, charge_ids: Sequence[int]) -> set[int]:
    """Those of the charges of which a correction waits for its decision."""
    found = db.session.scalars(
        sa.select(CorrectionLine.charge_id).where(
            CorrectionLine.community_id == community_id,
            CorrectionLine.charge_id.in_(among(charge_ids)),
            CorrectionLine.waiting,
        )
    )
    return {charge_id for charge_id in found if charge_id is not None}


def _check(community_id: int, filing: Filing) -> None:
    if not filing.reason.strip():
        raise Refused("corrections.reason", msg("Say why, so that it can be understood later."), field="reason")
    if not filing.lines:
        raise Refused("corrections.nothing", msg("Nothing would change, so there is nothing to ask for."))
    if len(filing.lines) > MOST_LINES:
        raise too_many(len(filing.lines))
    if waiting_among(community_id, [line.charge_id for line in filing.lines if line.charge_id is not None]):
        raise Refused(
            "corrections.waiting",
            msg("A correction of this charge waits for its decision already. Have it decided, or withdraw it first."),
        )


def too_many(count: int) -> Refused:
    """The refusal of more lines than one correction holds."""
    return Refused(
        "corrections.too_many",
        msg("These are %(count)s charges, and one correction holds %(most)s. Narrow the list, month by month."),
        {"count": f"{count:,}", "most": f"{MOST_LINES:,}"},
    )


def _sent_before(by: By, filing: Filing, lowered: Money, raised: Money) -> int | None:
    found = db.session.scalars(
        sa.select(Correction).filter_by(community_id=by.community_id, submission_key=filing.key)
    ).one_or_none()
    if found is None:
        return None
    same = (
        found.asked_by == by.actor_id
        and (found.kind, found.lines, found.lowered, found.raised) == (filing.kind, len(filing.lines), lowered, raised)
        and (found.goodwill, found.reason) == (filing.goodwill, filing.reason.strip())
    )
    if not same:
        raise Refused(
            "corrections.sent",
            msg("This form was sent before with something else in it. Open it anew from the charge."),
        )
    return found.id


def _rows(community_id: int, correction_id: int, lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "community_id": community_id,
            "correction_id": correction_id,
            "seq": seq,
            "charge_id": line.charge_id,
            "unit_id": line.unit_id,
            "item_id": line.item_id,
            "period": line.period,
            "debtor_id": line.debtor_id,
            "was": line.was,
            "should": line.should,
            "waiting": True,
            "note": line.note,
        }
        for seq, line in enumerate(lines, start=1)
    ]
