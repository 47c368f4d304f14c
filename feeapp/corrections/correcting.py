"""Deciding on corrections: a second person approves or refuses, and who asked may withdraw. One deed for every kind."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.refusal import Refused, msg
from feeapp.corrections import adjusting, areas, voids
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.queries import get_correction
from feeapp.corrections.rules import CORRECTION, CORRECTION_MOVES, CorrectionKind, CorrectionState
from feeapp.logbook.actions import log
from feeapp.storage.db import db, hits

BOOK: dict[CorrectionKind, Callable[[By, Correction], Money]] = {
    CorrectionKind.ADJUSTMENT: adjusting.book,
    CorrectionKind.AREA: areas.book,
    CorrectionKind.VOID: voids.book,
}
"""What books an approved correction of each kind; it says how much went back to households as credit."""


def approve(by: By, correction_id: int, answer: str = "") -> Money:
    """Book what was asked for and say how much of it went back to households as credit.

    All of it or nothing. Raises NotFound, and Refused for whoever asked, for a correction that is decided, and where
    a charge is no longer what it was when it was asked for.
    """
    correction = get_correction(by.community_id, correction_id)
    _check_second_person(by, correction)
    _decide(by, correction, "approve", answer)
    credited = BOOK[correction.kind](by, correction)
    hits(
        sa.update(Correction)
        .where(Correction.community_id == by.community_id, Correction.id == correction_id)
        .values(credited=credited)
    )
    log(
        by, "corrections.approve", CORRECTION, correction_id,
        less=str(correction.lowered), more=str(correction.raised), credited=str(credited),
    )  # fmt: skip
    return credited


def refuse(by: By, correction_id: int, answer: str) -> None:
    """Leave the charges as they are. Raises NotFound, and Refused for whoever asked, without a reason, or too late."""
    correction = get_correction(by.community_id, correction_id)
    if not answer.strip():
        raise Refused("corrections.answer", msg("Say why, so that it can be understood later."), field="answer")
    _check_second_person(by, correction)
    _decide(by, correction, "refuse", answer)
    log(by, "corrections.refuse", CORRECTION, correction_id)


def withdraw(by: By, correction_id: int) -> None:
    """Take one's own request back. Raises NotFound, and Refused for anybody else, and for one that is decided."""
    correction = get_correction(by.community_id, correction_id)
    if correction.asked_by != by.actor_id:
        raise Refused("corrections.not_own", msg("Only who asked for it withdraws it. You can refuse it."))
    _decide(by, correction, "withdraw", "")
    log(by, "corrections.withdraw", CORRECTION, correction_id)


def _check_second_person(by: By, correction: Correction) -> None:
    if correction.asked_by == by.actor_id:
        raise Refused(
            "corrections.same_person",
            msg("You asked for this yourself, so somebody else has to decide it (second person)."),
        )


def _decide(by: By, correction: Correction, deed: str, answer: str) -> None:
    """Move it out of waiting, and its lines with it: whoever comes second is told so."""
    after = CORRECTION_MOVES.after(correction.state, deed)
    moved = hits(
        sa.update(Correction)
        .where(
            Correction.community_id == by.community_id,
            Correction.id == correction.id,
            Correction.state == CorrectionState.ASKED,
        )
        .values(state=after, decided_at=by.at, decided_by=by.actor_id, answer=answer.strip())
        .execution_options(synchronize_session=False)
    )
    if moved != 1:
        raise Refused("corrections.decided", msg("This correction has been decided already. Reload the page."))
    hits(
        sa.update(CorrectionLine)
        .where(CorrectionLine.community_id == by.community_id, CorrectionLine.correction_id == correction.id)
        .values(waiting=False)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(correction)
