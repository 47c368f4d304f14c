"""Checks of bill runs: each adds up to its charges and its entry, and nothing was charged twice or out of sight."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.billing import dispute_checks, late_checks
from feeapp.billing.guards import STATEMENTS
from feeapp.billing.models import BilledMonth, BillPart, BillRun, Charge, Offset, Pool, Reduction
from feeapp.billing.rules import OFFSET
from feeapp.ledger.models import Entry
from feeapp.logbook.models import LogEntry
from feeapp.storage.checking import Check
from feeapp.storage.checks import Rows, missing_guards
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.rules import Basis
from feeapp.wallets.models import WalletMove

_NOTHING = sa.literal(0, sa.BigInteger)


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_BY_RUN = (
    sa.select(
        BillPart.community_id,
        BillPart.run_id,
        sa.func.count().label("count"),
        sa.func.sum(_fen(Charge.amount)).label("sum"),
    )
    .join(Charge, sa.and_(Charge.community_id == BillPart.community_id, Charge.part_id == BillPart.id))
    .group_by(BillPart.community_id, BillPart.run_id)
    .subquery()
)
_COUNT, _SUM = sa.func.coalesce(_BY_RUN.c.count, _NOTHING), sa.func.coalesce(_BY_RUN.c.sum, _NOTHING)

_RUN_WRONG = (
    sa.select(
        BillRun.community_id, BillRun.id, BillRun.charges, _COUNT.label("stand"), BillRun.total, _SUM.label("sum")
    )
    .outerjoin(_BY_RUN, sa.and_(_BY_RUN.c.community_id == BillRun.community_id, _BY_RUN.c.run_id == BillRun.id))
    .where(sa.or_(_fen(BillRun.charges) != _COUNT, _fen(BillRun.total) != _SUM))
)

_CHARGED_TWICE = (
    sa.select(Charge.community_id, Charge.period, Charge.item_id, Charge.unit_id, Charge.seq)
    .group_by(Charge.community_id, Charge.period, Charge.item_id, Charge.unit_id, Charge.seq)
    .having(sa.func.count() > 1)
)

_BOOKED = (
    sa.select(Entry.community_id, Entry.source_id, sa.func.sum(_fen(Entry.total)).label("sum"))
    .where(Entry.source_kind == "bill_run", Entry.kind == "billing.run")
    .group_by(Entry.community_id, Entry.source_id)
    .subquery()
)

_BOOKED_OTHERWISE = (
    sa.select(BillRun.community_id, BillRun.id, BillRun.total, _BOOKED.c.sum.label("booked"))
    .outerjoin(_BOOKED, sa.and_(_BOOKED.c.community_id == BillRun.community_id, _BOOKED.c.source_id == BillRun.id))
    .where(sa.func.coalesce(_BOOKED.c.sum, _NOTHING) != _fen(BillRun.total))
)

_TAKEN_OFF = (
    sa.select(Entry.community_id, Entry.source_id, sa.func.sum(_fen(Reduction.amount)).label("sum"))
    .join(Reduction, sa.and_(Reduction.community_id == Entry.community_id, Reduction.entry_id == Entry.id))
    .where(Entry.source_kind == "bill_run")
    .group_by(Entry.community_id, Entry.source_id)
    .subquery()
)

_REDUCED_OTHERWISE = (
    sa.select(BillRun.community_id, BillRun.id, BillRun.reduced, _TAKEN_OFF.c.sum.label("reductions"))
    .outerjoin(
        _TAKEN_OFF, sa.and_(_TAKEN_OFF.c.community_id == BillRun.community_id, _TAKEN_OFF.c.source_id == BillRun.id)
    )
    .where(sa.func.coalesce(_TAKEN_OFF.c.sum, _NOTHING) != _fen(BillRun.reduced))
)

_POOLED = sa.union_all(
    sa.select(Pool.community_id, Pool.run_id, Pool.item_id, _fen(Pool.amount).label("x")).where(
        Pool.run_id.is_not(None)
    ),
    sa.select(BillPart.community_id, BillPart.run_id, BillPart.item_id, -_fen(Charge.amount))
    .join(Charge, sa.and_(Charge.community_id == BillPart.community_id, Charge.part_id == BillPart.id))
    .join(
        TariffVersion,
        sa.and_(TariffVersion.community_id == BillPart.community_id, TariffVersion.id == BillPart.version_id),
    )
    .join(BillRun, sa.and_(BillRun.community_id == BillPart.community_id, BillRun.id == BillPart.run_id))
    .where(TariffVersion.basis == Basis.POOL, ~BillRun.supplementary),
).subquery()

_SHARED_OTHERWISE = (
    sa.select(
        _POOLED.c.community_id, _POOLED.c.run_id, _POOLED.c.item_id, sa.func.sum(_POOLED.c.x).label("sums_less_parts")
    )
    .group_by(_POOLED.c.community_id, _POOLED.c.run_id, _POOLED.c.item_id)
    .having(sa.func.sum(_POOLED.c.x) != 0)
)

_OUT_OF_SIGHT = (
    sa.select(Charge.community_id, Charge.period, Charge.item_id)
    .outerjoin(
        BilledMonth,
        sa.and_(
            BilledMonth.community_id == Charge.community_id,
            BilledMonth.period == Charge.period,
            BilledMonth.item_id == Charge.item_id,
        ),
    )
    .where(BilledMonth.period.is_(None))
    .distinct()
)

_NOT_NOTED = sa.select(BillRun.community_id, BillRun.id, BillRun.period).where(
    ~sa.exists().where(
        LogEntry.community_id == BillRun.community_id,
        LogEntry.subject_kind == "bill_run",
        LogEntry.subject_id == BillRun.id,
        LogEntry.kind.in_(("billing.run", "billing.supplement")),
    )
)

_NO_ITEM = (
    sa.select(Charge.community_id, Charge.id, Charge.item_id)
    .outerjoin(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .where(ChargeItem.id.is_(None))
)


_OFFSETS_AND_MOVES = sa.union_all(
    sa.select(Offset.community_id, Offset.entry_id, Offset.wallet_id, _fen(Offset.amount).label("x")),
    sa.select(WalletMove.community_id, WalletMove.entry_id, WalletMove.wallet_id, _fen(WalletMove.amount)).where(
        WalletMove.source_kind == OFFSET
    ),
).subquery()

_NOT_FROM_ITS_WALLET = (
    sa.select(
        _OFFSETS_AND_MOVES.c.community_id,
        _OFFSETS_AND_MOVES.c.entry_id,
        _OFFSETS_AND_MOVES.c.wallet_id,
        sa.func.sum(_OFFSETS_AND_MOVES.c.x).label("difference"),
    )
    .group_by(_OFFSETS_AND_MOVES.c.community_id, _OFFSETS_AND_MOVES.c.entry_id, _OFFSETS_AND_MOVES.c.wallet_id)
    .having(sa.func.sum(_OFFSETS_AND_MOVES.c.x) != 0)
)

_ON_ANOTHER_DAY = (
    sa.select(Charge.community_id, Charge.id, Charge.booked_on, Entry.happened_on)
    .outerjoin(BillPart, sa.and_(BillPart.community_id == Charge.community_id, BillPart.id == Charge.part_id))
    .outerjoin(
        Entry,
        sa.and_(
            Entry.community_id == BillPart.community_id,
            Entry.source_kind == "bill_run",
            Entry.source_id == BillPart.run_id,
        ),
    )
    .where(sa.or_(Charge.booked_on.is_(None), Charge.booked_on != Entry.happened_on))
    .distinct()
)


def _unkept(connection: sa.Connection) -> Rows:
    yield from (dict(row) for row in connection.execute(_NO_ITEM).mappings())
    if connection.dialect.name == "postgresql":
        yield from missing_guards(connection, STATEMENTS)


CHECKS: tuple[Check, ...] = (
    Check("B2", "A bill run counts and sums the charges that it made.", _RUN_WRONG),
    Check("B3", "A unit is charged once for each part of an item's month.", _CHARGED_TWICE),
    Check("B4", "The entries of a bill run come to its total.", _BOOKED_OTHERWISE),
    Check(
        "B5", "Every month in which an item was charged is noted, so that a unit's charges are found.", _OUT_OF_SIGHT
    ),
    Check("B6", "Every charge has its item, and what keeps the references of charges stands.", _unkept),
    Check("B8", "What prepaid money clears of charges is what left its wallets for them.", _NOT_FROM_ITS_WALLET),
    Check("B9", "What a bill run took off at once is what its reductions come to.", _REDUCED_OTHERWISE),
    Check("B10", "The parts of the sums that a bill run shared add up to them.", _SHARED_OTHERWISE),
    Check("B11", "Every charge says the day on which it was booked, and its bill run was.", _ON_ANOTHER_DAY),
    Check("B7", "Every bill run is in the logbook.", _NOT_NOTED),
    *late_checks.CHECKS,
    *dispute_checks.CHECKS,
)
