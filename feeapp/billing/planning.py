"""What a month's prices ask of the units, as statements over all units at once.

Nothing here runs unit by unit: the amounts are worked out by the database in whole numbers (billing/charging.py), so a
month of twenty units and one of a million take the same few statements.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.charging import PlanLine, VersionFacts, amount_fen, largest_quantity, plan_month
from feeapp.billing.models import BillPart, BillRun, Charge
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.models import Ownership, Unit
from feeapp.registry.rules import UnitUse
from feeapp.registry.standing import standing
from feeapp.storage.columns import Key
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.queries import list_items, price_of
from feeapp.tariffs.rules import Basis, Place, Price

LARGEST_AREA = 10**9
"""No area of the registry reaches this many hundredths of a m² (core/area.py)."""

BILLED = (Basis.AREA, Basis.UNIT, Basis.FIXED)
"""What a month is billed on."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One price at work in a month: what it asks of every unit of one use, and when that falls due."""

    item: ChargeItem
    use: UnitUse
    price: Price
    line: PlanLine
    due_on: date


def due_day(item: ChargeItem, period: Period) -> date:
    """The day an item of a month falls due; the last day where the month is shorter."""
    return period.first_day.replace(day=min(item.due_day, period.days))


def plan_period(community_id: int, period: Period) -> list[Planned]:
    """Everything the published prices ask for in a month, item by item, use by use, in order of days."""
    items = {item.id: item for item in list_items(community_id)}
    versions = db.session.scalars(
        sa.select(TariffVersion)
        .where(
            TariffVersion.community_id == community_id,
            TariffVersion.from_on <= period.last_day,
            sa.or_(TariffVersion.to_on.is_(None), TariffVersion.to_on > period.first_day),
            TariffVersion.basis.in_(BILLED),
            TariffVersion.place == Place.COMMUNITY,
            TariffVersion.coefficients.is_(None),
        )
        .order_by(TariffVersion.item_id, TariffVersion.use, TariffVersion.from_on)
    )
    planned: list[Planned] = []
    for (item_id, use), of_use in itertools.groupby(versions, key=lambda version: (version.item_id, version.use)):
        prices = {version.id: (price_of(version), version) for version in of_use}
        facts = [VersionFacts(key, price, version.from_on, version.to_on) for key, (price, version) in prices.items()]
        item = items[item_id]
        planned.extend(
            Planned(item, use, prices[line.version_id][0], line, due_day(item, period))
            for line in plan_month(facts, period)
        )
    uses = list(UnitUse)
    return sorted(planned, key=lambda one: (one.item.position, one.item.id, uses.index(one.use), one.line.seq))


def quantity_of(planned: Planned) -> Any:
    """What a price is multiplied by, as SQL over a unit: its area in 0.01 m², or one."""
    return sa.type_coerce(Unit.area, sa.BigInteger) if planned.price.basis is Basis.AREA else sa.literal(1, Key())


def billed_before(planned: Planned, period: Period) -> sa.ColumnElement[bool] | None:
    """Whether a unit has this charge already, as SQL over a unit; None where nobody has.

    A unit that changed its use after it was billed keeps the charges it has: it is not billed again as the other.
    """
    community_id = planned.item.community_id
    billed = sa.and_(Charge.community_id == community_id, Charge.period == period, Charge.item_id == planned.item.id)
    # The key alone answers this: without a column of the table SQLite does not read the table.
    if not db.session.scalar(sa.select(sa.exists(sa.select(Charge.seq).where(billed)))):
        return None
    as_other_use = list(
        db.session.scalars(
            sa.select(BillPart.id)
            .join(BillRun, sa.and_(BillRun.community_id == BillPart.community_id, BillRun.id == BillPart.run_id))
            .where(
                BillPart.community_id == community_id,
                BillPart.item_id == planned.item.id,
                BillPart.use != planned.use,
                BillRun.period == period,
            )
        )
    )
    same = Charge.seq == planned.line.seq
    if as_other_use:
        same = sa.or_(same, Charge.part_id.in_(as_other_use))
    # One list of units, looked through once: neither database then asks unit by unit, whatever it knows of the table.
    return Unit.id.in_(sa.select(Charge.unit_id).where(billed, same))


def owed(planned: Planned, billed: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
    """The units that a price bills, with their debtor, quantity and amount.

    The debtor is the first-named owner on the first day the line covers. Units whose amount comes to nothing are
    left out.
    """
    quantity = quantity_of(planned)
    fen = amount_fen(planned.line, quantity)
    query = (
        sa.select(
            Unit.id.label("unit_id"),
            Ownership.party_id.label("debtor_id"),
            quantity.label("quantity"),
            fen.label("amount"),
        )
        .join(Ownership, _first_owner(planned.line.from_on))
        .where(Unit.community_id == planned.item.community_id, Unit.use == planned.use, Unit.withdrawn_at.is_(None))
        .where(fen > 0)
    )
    if planned.price.basis is Basis.AREA:
        query = query.where(Unit.area.is_not(None))
        if largest_quantity(planned.line) < LARGEST_AREA:
            query = query.where(quantity <= largest_quantity(planned.line))
    return query if billed is None else query.where(~billed)


def _first_owner(on: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        Ownership.community_id == Unit.community_id,
        Ownership.unit_id == Unit.id,
        Ownership.position == 1,
        standing(on),
    )


@dataclass(frozen=True, slots=True)
class Unbillable:
    """The units that a price should bill and cannot, and the reason, as SQL over a unit."""

    planned: Planned
    code: str
    where: sa.ColumnElement[bool]


def unbillable(planned: Planned, billed: sa.ColumnElement[bool] | None) -> list[Unbillable]:
    """The reasons for which a price may leave units out, each with the condition that finds them.

    A unit is found under one reason alone: the first that holds.
    """
    here = sa.and_(Unit.community_id == planned.item.community_id, Unit.use == planned.use)
    if billed is not None:
        here = sa.and_(here, ~billed)
    reasons: list[tuple[str, sa.ColumnElement[bool]]] = [("withdrawn", Unit.withdrawn_at.is_not(None))]
    if planned.price.basis is Basis.AREA:
        reasons.append(("area", Unit.area.is_(None)))
        if largest_quantity(planned.line) < LARGEST_AREA:
            reasons.append(("size", quantity_of(planned) > largest_quantity(planned.line)))
    reasons.append(("owner", ~sa.exists().where(_first_owner(planned.line.from_on)).correlate(Unit)))
    found = []
    for at, (code, holds) in enumerate(reasons):
        earlier = [sa.not_(sa.func.coalesce(before, sa.false())) for _, before in reasons[:at]]
        found.append(Unbillable(planned, code, sa.and_(here, holds, *earlier)))
    return found


@dataclass(frozen=True, slots=True)
class Summed:
    """What one price comes to over its units: how many, how much, and a checksum over who owes which amount."""

    count: int
    total: Money
    mark: int


def sums(unit_id: Any, debtor_id: Any, amount: Any) -> tuple[sa.ColumnElement[Any], ...]:
    """The columns of ``Summed`` over many rows.

    The checksum tells two sets of charges apart also where their sums are the same, because each amount and debtor
    counts as often as its unit says. Its factors keep eight million units within 63 bits.
    """
    unit, debtor, fen = (sa.type_coerce(each, sa.BigInteger) for each in (unit_id, debtor_id, amount))
    mark = (unit % 1_000_003) * ((debtor + fen) % 1_000_033)
    return sa.func.count(), sa.func.coalesce(sa.func.sum(fen), 0), sa.func.coalesce(sa.func.sum(mark), 0)


def summed(row: Sequence[Any]) -> Summed:
    """One row of ``sums``; PostgreSQL adds whole numbers up to Decimals."""
    return Summed(int(row[0]), Money(int(row[1])), int(row[2]))
