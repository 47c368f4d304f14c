"""Lists of bill runs and of what they charged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.billing.models import BillPart, BillRun, Charge
from feeapp.billing.queries import CHARGE_LINES, ChargeLine, as_lines
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Building, SearchKey, Unit
from feeapp.registry.rules import UnitUse
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class RunRow:
    """One bill run in the list."""

    id: int
    period: Period
    charges: int
    total: Money
    posted_at: datetime
    supplementary: bool
    by: str


def list_runs(community_id: int, page: int) -> Page[RunRow]:
    """Bill runs, the newest month first."""
    here = BillRun.community_id == community_id
    count = db.session.scalar(sa.select(sa.func.count()).select_from(BillRun).where(here)) or 0
    found = db.session.execute(
        sa.select(BillRun.id, BillRun.period, BillRun.charges, BillRun.total, BillRun.posted_at)
        .add_columns(BillRun.supplementary, User.name)
        .join(User, User.id == BillRun.posted_by)
        .where(here)
        .order_by(BillRun.period.desc(), BillRun.posted_at.desc())
        .limit(SIZE)
        .offset((page - 1) * SIZE)
    )
    return Page([RunRow(*row) for row in found], page, count)


def get_run(community_id: int, run_id: int) -> BillRun:
    """A run of this community. Raises NotFound."""
    run = db.session.get(BillRun, (community_id, run_id))
    if run is None:
        raise NotFound
    return run


@dataclass(frozen=True, slots=True)
class PartRow:
    """One price that a run applied to one use of units, on which days, and what it came to."""

    item: ChargeItem
    version: TariffVersion
    use: UnitUse
    coefficient: Decimal | None
    from_on: date
    to_on: date
    count: int
    total: Money


def list_parts(run: BillRun) -> list[PartRow]:
    """The prices of a run with their sums."""
    fen = sa.func.sum(sa.type_coerce(Charge.amount, sa.BigInteger))
    of_price = (BillPart.item_id, BillPart.version_id, BillPart.use, BillPart.coefficient)
    sums = (
        sa.select(
            *of_price,
            sa.func.min(BillPart.from_on).label("from_on"),
            sa.func.max(BillPart.to_on).label("to_on"),
            sa.func.count().label("charges"),
            fen.label("fen"),
        )
        .join(Charge, sa.and_(Charge.community_id == BillPart.community_id, Charge.part_id == BillPart.id))
        .where(BillPart.community_id == run.community_id, BillPart.run_id == run.id, Charge.period == run.period)
        .group_by(*of_price)
        .subquery()
    )
    found = db.session.execute(
        sa.select(ChargeItem, TariffVersion, sums)
        .join(sums, sums.c.item_id == ChargeItem.id)
        .join(TariffVersion, TariffVersion.id == sums.c.version_id)
        .where(ChargeItem.community_id == run.community_id, TariffVersion.community_id == run.community_id)
        .order_by(ChargeItem.position, sums.c.use, TariffVersion.place, TariffVersion.from_on, sums.c.coefficient)
    )
    return [
        PartRow(
            row.ChargeItem, row.TariffVersion, row.use, row.coefficient, row.from_on, row.to_on, row.charges,
            Money(int(row.fen)),
        )
        for row in found
    ]  # fmt: skip


def list_run_charges(run: BillRun, typed: str, page: int | None) -> Page[ChargeLine]:
    """The charges of a run in walking order; all of them where ``page`` is None (for the export)."""
    of_run = sa.select(BillPart.id).where(BillPart.community_id == run.community_id, BillPart.run_id == run.id)
    query = CHARGE_LINES.where(Charge.period == run.period, Charge.part_id.in_(of_run))
    found = key_range(run.community_id, typed)
    if found is not None:
        query = query.where(Charge.unit_id.in_(sa.select(SearchKey.unit_id).where(found)))
    asked = {"community": run.community_id}
    counting = sa.select(sa.func.count()).select_from(query.with_only_columns(Charge.id).subquery())
    count = db.session.connection().execute(counting, asked).scalar_one()
    query = query.join(
        Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id)
    ).order_by(Building.position, Building.code, Unit.walk, Unit.code, ChargeItem.position, Charge.seq)
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page(as_lines(query, asked), page or 1, count)
