"""Checks of corrections: what was booked is what a second person approved, to the fen, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import BillRun, Charge, Reduction
from feeapp.billing.rules import ReductionKind
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CORRECTION, CorrectionState
from feeapp.ledger.models import Entry
from feeapp.logbook.models import LogEntry
from feeapp.storage.checking import Check

_NOTHING = sa.literal(0, sa.BigInteger)


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_OF_CORRECTION = sa.and_(
    Correction.community_id == CorrectionLine.community_id, Correction.id == CorrectionLine.correction_id
)

_ASKED_AND_TAKEN = sa.union_all(
    sa.select(
        CorrectionLine.community_id, CorrectionLine.correction_id, CorrectionLine.charge_id,
        (_fen(CorrectionLine.was) - _fen(CorrectionLine.should)).label("x"),
    )
    .join(Correction, _OF_CORRECTION)
    .where(
        Correction.state == CorrectionState.APPROVED,
        CorrectionLine.charge_id.is_not(None),
        CorrectionLine.should < CorrectionLine.was,
    ),
    sa.select(Reduction.community_id, Reduction.source_id, Reduction.charge_id, -_fen(Reduction.amount)).where(
        Reduction.source_kind == CORRECTION
    ),
).subquery()  # fmt: skip

_TAKEN_OTHERWISE = (
    sa.select(
        _ASKED_AND_TAKEN.c.community_id, _ASKED_AND_TAKEN.c.correction_id, _ASKED_AND_TAKEN.c.charge_id,
        sa.func.sum(_ASKED_AND_TAKEN.c.x).label("approved_less_taken_off"),
    )
    .group_by(_ASKED_AND_TAKEN.c.community_id, _ASKED_AND_TAKEN.c.correction_id, _ASKED_AND_TAKEN.c.charge_id)
    .having(sa.func.sum(_ASKED_AND_TAKEN.c.x) != 0)
)  # fmt: skip

_WAITS_OTHERWISE = (
    sa.select(CorrectionLine.community_id, CorrectionLine.correction_id, CorrectionLine.seq, Correction.state)
    .join(Correction, _OF_CORRECTION)
    .where(CorrectionLine.waiting != (Correction.state == CorrectionState.ASKED))
)

_LOWERED = sa.case(
    (CorrectionLine.should < CorrectionLine.was, _fen(CorrectionLine.was) - _fen(CorrectionLine.should)),
    else_=_NOTHING,
)
_RAISED = sa.case(
    (CorrectionLine.should > CorrectionLine.was, _fen(CorrectionLine.should) - _fen(CorrectionLine.was)),
    else_=_NOTHING,
)
_BY_CORRECTION = (
    sa.select(
        CorrectionLine.community_id,
        CorrectionLine.correction_id,
        sa.func.count().label("count"),
        sa.func.sum(_LOWERED).label("lowered"),
        sa.func.sum(_RAISED).label("raised"),
    )
    .group_by(CorrectionLine.community_id, CorrectionLine.correction_id)
    .subquery()
)

_SUMS_OTHERWISE = (
    sa.select(
        Correction.community_id, Correction.id, Correction.lines, _BY_CORRECTION.c.count, Correction.lowered,
        Correction.raised, _BY_CORRECTION.c.lowered.label("sum_lowered"), _BY_CORRECTION.c.raised.label("sum_raised"),
    )
    .outerjoin(
        _BY_CORRECTION,
        sa.and_(
            _BY_CORRECTION.c.community_id == Correction.community_id, _BY_CORRECTION.c.correction_id == Correction.id
        ),
    )
    .where(
        sa.or_(
            sa.func.coalesce(_BY_CORRECTION.c.count, _NOTHING) != _fen(Correction.lines),
            sa.func.coalesce(_BY_CORRECTION.c.lowered, _NOTHING) != _fen(Correction.lowered),
            sa.func.coalesce(_BY_CORRECTION.c.raised, _NOTHING) != _fen(Correction.raised),
        )
    )
)  # fmt: skip

_OWN = sa.select(Correction.community_id, Correction.id, Correction.state, Correction.decided_by).where(
    sa.or_(
        sa.and_(Correction.state != CorrectionState.WITHDRAWN, Correction.decided_by == Correction.asked_by),
        sa.and_(Correction.state == CorrectionState.WITHDRAWN, Correction.decided_by != Correction.asked_by),
    )
)

_NOT_NOTED = sa.select(Correction.community_id, Correction.id, Correction.state).where(
    Correction.state == CorrectionState.APPROVED,
    ~sa.exists().where(
        LogEntry.community_id == Correction.community_id,
        LogEntry.subject_kind == CORRECTION,
        LogEntry.subject_id == Correction.id,
        LogEntry.kind == "corrections.approve",
    ),
)


def _added_otherwise(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Charges made by a correction say so in their note, and carry beside which charge they stand.

    Notes are text to the database, so what they say is added up here; only charges without an arithmetic of their own
    are read, in the months and items that corrections are about.
    """
    added: dict[tuple[int, int, int | None], int] = {}
    for row in connection.execute(_ADDED):
        kind, key = row.note.get("source") or (None, 0)
        if kind == CORRECTION:
            place = (row.community_id, key, row.note.get("of"))
            added[place] = added.get(place, 0) + row.amount.fen
    for row in connection.execute(_TO_ADD):
        place = (row.community_id, row.correction_id, row.charge_id)
        added[place] = added.get(place, 0) - row.x
    for (community_id, correction_id, charge_id), difference in sorted(added.items(), key=str):
        if difference:
            yield {
                "community_id": community_id, "correction_id": correction_id, "charge_id": charge_id,
                "added_less_approved": difference,
            }  # fmt: skip


_ADDED = sa.select(Charge.__table__.c.community_id, Charge.__table__.c.note, Charge.__table__.c.amount).where(
    Charge.__table__.c.part_id.is_(None),
    sa.type_coerce(Charge.__table__.c.note, sa.Text).like('%"source":["correction",%'),
)

_TO_ADD = (
    sa.select(
        CorrectionLine.community_id,
        CorrectionLine.correction_id,
        CorrectionLine.charge_id,
        sa.func.sum(_RAISED).label("x"),
    )
    .join(Correction, _OF_CORRECTION)
    .where(
        Correction.state == CorrectionState.APPROVED,
        CorrectionLine.charge_id.is_not(None),
        CorrectionLine.should > CorrectionLine.was,
    )
    .group_by(CorrectionLine.community_id, CorrectionLine.correction_id, CorrectionLine.charge_id)
)

_BY_CORRECTION_RUN = sa.and_(BillRun.source_kind == CORRECTION, BillRun.source_id.is_not(None))

_ANEW = sa.union_all(
    sa.select(
        CorrectionLine.community_id, CorrectionLine.correction_id,
        (_fen(CorrectionLine.should) - _fen(CorrectionLine.was)).label("x"),
    )
    .join(Correction, _OF_CORRECTION)
    .where(Correction.state == CorrectionState.APPROVED, CorrectionLine.charge_id.is_(None)),
    sa.select(BillRun.community_id, BillRun.source_id, -_fen(BillRun.total)).where(_BY_CORRECTION_RUN),
    sa.select(BillRun.community_id, BillRun.source_id, _fen(Reduction.amount))
    .join(
        Entry,
        sa.and_(
            Entry.community_id == BillRun.community_id, Entry.source_kind == "bill_run", Entry.source_id == BillRun.id
        ),
    )
    .join(Reduction, sa.and_(Reduction.community_id == Entry.community_id, Reduction.entry_id == Entry.id))
    .where(_BY_CORRECTION_RUN, Reduction.kind != ReductionKind.ROUNDING),
).subquery()  # fmt: skip

_ISSUED_OTHERWISE = (
    sa.select(
        _ANEW.c.community_id, _ANEW.c.correction_id, sa.func.sum(_ANEW.c.x).label("approved_less_issued")
    )
    .group_by(_ANEW.c.community_id, _ANEW.c.correction_id)
    .having(sa.func.sum(_ANEW.c.x) != 0)
)  # fmt: skip

_NOT_WHOLLY_VOID = (
    sa.select(Charge.community_id, Charge.id, Charge.amount, Charge.settled, Charge.reduced)
    .join(Reduction, sa.and_(Reduction.community_id == Charge.community_id, Reduction.charge_id == Charge.id))
    .where(Reduction.kind == ReductionKind.VOIDED, _fen(Charge.reduced) != _fen(Charge.amount))
)

CHECKS: tuple[Check, ...] = (
    Check("C1", "What corrections took off each charge is what was approved, no more and no less.", _TAKEN_OTHERWISE),
    Check("C2", "What corrections added to each charge is what was approved, no more and no less.", _added_otherwise),
    Check("C3", "A correction counts and sums the lines that it has.", _SUMS_OTHERWISE),
    Check("C4", "The lines of a correction wait for exactly as long as it does.", _WAITS_OTHERWISE),
    Check("C5", "Nobody decided on a correction that they asked for, and nobody else withdrew it.", _OWN),
    Check("C6", "Every approved correction is in the logbook.", _NOT_NOTED),
    Check("C7", "What corrections issued anew is what was approved, no more and no less.", _ISSUED_OTHERWISE),
    Check("C8", "Of a voided charge nothing is left, neither asked for nor paid.", _NOT_WHOLLY_VOID),
)
