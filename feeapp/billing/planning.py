"""What a month's prices ask of the units, as statements over all units at once.

Nothing here runs unit by unit: the amounts are worked out by the database in whole numbers (billing/charging.py), so a
month of twenty units and one of a million take the same few statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from feeapp.billing.charging import PlanLine, VersionFacts, amount_fen, largest_quantity, plan_bill
from feeapp.billing.drafting import Dated, UnitFacts, governing
from feeapp.billing.models import BillPart, BillRun, Charge
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.models import Ownership, Unit
from feeapp.registry.rules import UnitUse
from feeapp.registry.standing import standing
from feeapp.storage.columns import Key
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.queries import list_items, price_of
from feeapp.tariffs.rules import Basis, Place, Price, RoundAt

LARGEST_AREA = 10**9
"""No area of the registry reaches this many hundredths of a m² (core/area.py)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The units one price is published for: a use, in the whole community or in one building or stair of it."""

    use: UnitUse
    place: Place = Place.COMMUNITY
    place_id: int | None = None

    @property
    def here(self) -> sa.ColumnElement[bool]:
        """Whether a unit of this use lies in the place, as SQL."""
        if self.place is Place.COMMUNITY:
            return sa.true()
        column = {Place.BUILDING: Unit.building_id, Place.STAIR: Unit.stair_id, Place.UNIT: Unit.id}[self.place]
        return column == self.place_id

    def holds(self, unit: UnitFacts) -> bool:
        """Whether a unit of this use lies in the place."""
        if self.place is Place.COMMUNITY:
            return True
        if self.place is Place.BUILDING:
            return unit.building_id == self.place_id
        return (unit.stair_id if self.place is Place.STAIR else unit.id) == self.place_id


APART = (Basis.METER, Basis.POOL)
"""What is never alike for all units: what a meter says, and a share of a sum."""

NARROW_FIRST = (Place.UNIT, Place.STAIR, Place.BUILDING, Place.COMMUNITY)
"""A price of a narrower place governs before one of a wider."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One price at work in a month: what it asks of every unit alike, and when that falls due.

    ``elsewhere`` are narrower scopes that govern their own units; ``apart`` the units that are drafted one by one.
    """

    item: ChargeItem
    scope: Scope
    price: Price
    line: PlanLine
    due_on: date
    coefficient: Decimal | None = None
    floors: tuple[int, ...] | None = None
    """The floors the coefficient is for; None for all that no coefficient names."""
    elsewhere: tuple[Scope, ...] = ()
    apart: frozenset[int] = frozenset()

    @property
    def use(self) -> UnitUse:
        """The use of the units it bills."""
        return self.scope.use

    @property
    def alike(self) -> sa.ColumnElement[bool]:
        """Whether a unit is one of those this price bills all alike, as SQL."""
        inside = [Unit.community_id == self.item.community_id, Unit.use == self.use, self.scope.here]
        inside.extend(sa.not_(sa.func.coalesce(narrower.here, sa.false())) for narrower in self.elsewhere)
        if self.coefficient is not None and self.price.coefficients is not None:
            named = [floor for floor, _ in self.price.coefficients.by_floor]
            inside.append(Unit.floor.not_in(named) if self.floors is None else Unit.floor.in_(self.floors))
        if self.apart:
            inside.append(Unit.id.not_in(among(self.apart)))
        return sa.and_(*inside)


@dataclass(frozen=True, slots=True)
class Scoped:
    """The prices of one item for one use that are in force in a month, scope by scope, narrow ones first."""

    item: ChargeItem
    use: UnitUse
    scopes: tuple[tuple[Scope, tuple[VersionFacts, ...]], ...]
    _known: dict[tuple[int, ...], Sequence[Dated[VersionFacts]]] = field(default_factory=dict)

    def governing(self, unit: UnitFacts, period: Period) -> Sequence[Dated[VersionFacts]]:
        """Which price holds for a unit on which days of a month; worked out once for all units of the same scopes."""
        places = tuple(place for place, (scope, _) in enumerate(self.scopes) if scope.holds(unit))
        if places not in self._known:
            self._known[places] = governing([self.scopes[place][1] for place in places], period)
        return self._known[places]


def due_day(item: ChargeItem, period: Period) -> date:
    """The day an item of a month falls due; the last day where the month is shorter."""
    return period.first_day.replace(day=min(item.due_day, period.days))


def list_scoped(community_id: int, period: Period) -> list[Scoped]:
    """Everything that is priced in a month, item by item and use by use, in the order of a bill."""
    items = {item.id: item for item in list_items(community_id)}
    versions = db.session.scalars(
        sa.select(TariffVersion)
        .where(
            TariffVersion.community_id == community_id,
            TariffVersion.from_on <= period.last_day,
            sa.or_(TariffVersion.to_on.is_(None), TariffVersion.to_on > date(period.year, 1, 1)),
        )
        .order_by(TariffVersion.from_on)
    )
    found: dict[tuple[int, UnitUse], dict[Scope, list[VersionFacts]]] = defaultdict(lambda: defaultdict(list))
    for version in versions:
        facts = VersionFacts(version.id, price_of(version), version.from_on, version.to_on)
        if facts.within(period) or facts.price.round_at is RoundAt.PER_BILL:
            found[version.item_id, version.use][Scope(version.use, version.place, version.place_id)].append(facts)
    for scopes in found.values():
        for scope in [scope for scope, facts in scopes.items() if not any(each.within(period) for each in facts)]:
            del scopes[scope]
    uses = list(UnitUse)
    scoped = [
        Scoped(items[item_id], use, tuple((scope, tuple(scopes[scope])) for scope in sorted(scopes, key=_narrowness)))
        for (item_id, use), scopes in found.items()
        if scopes
    ]
    return sorted(scoped, key=lambda one: (one.item.position, one.item.id, uses.index(one.use)))


def _narrowness(scope: Scope) -> tuple[int, int]:
    return NARROW_FIRST.index(scope.place), scope.place_id or 0


def plan_alike(scoped: Scoped, period: Period, apart: frozenset[int]) -> list[Planned]:
    """What the prices of one item and use ask of all the units that are alike, in order of scopes and days."""
    planned: list[Planned] = []
    narrower: list[Scope] = []
    for scope, versions in scoped.scopes:
        if scope.place is not Place.UNIT and versions[0].price.basis not in APART:
            item = scoped.item
            for coefficient, floors in _floors(versions):
                planned.extend(
                    Planned(
                        item, scope, _price(versions, line), line, due_day(item, period), coefficient, floors,
                        tuple(narrower), apart,
                    )
                    for line in _lines(versions, bill_months(item, period), coefficient)
                )  # fmt: skip
        narrower.append(scope)
    return planned


def bill_months(item: ChargeItem, period: Period) -> list[Period]:
    """The months of the bill that a month belongs to, up to this one: bills of several months begin with the year."""
    place = (period.month - 1) % item.bill_months
    return [period.plus(-back) for back in range(place, -1, -1)]


def _lines(versions: Sequence[VersionFacts], months: Sequence[Period], coefficient: Decimal | None) -> list[PlanLine]:
    """The lines of the last of these months; what is rounded once a bill carries on from the months before it."""
    lines = plan_bill(versions, months, coefficient)
    return [line for line in lines if Period.of(line.from_on) == months[-1]]


def _price(versions: Sequence[VersionFacts], line: PlanLine) -> Price:
    return next(version.price for version in versions if version.id == line.version_id)


def _floors(versions: Sequence[VersionFacts]) -> list[tuple[Decimal | None, tuple[int, ...] | None]]:
    """The coefficients of a price, each with its floors; the floors it does not name have 1."""
    table = versions[0].price.coefficients
    if table is None:
        return [(None, None)]
    by_value: dict[Decimal, list[int]] = defaultdict(list)
    for floor, value in table.by_floor:
        by_value[value].append(floor)
    return [(Decimal(1), None), *((value, tuple(floors)) for value, floors in sorted(by_value.items()))]


def units_apart(scoped: Sequence[Scoped], community_id: int, period: Period) -> set[int]:
    """The units for which no one price holds all month: they have their own, or a narrower one begins or ends in it."""
    apart: set[int] = set()
    conditions = []
    for one in scoped:
        for place, (scope, versions) in enumerate(one.scopes):
            if scope.place is Place.UNIT and scope.place_id is not None:
                apart.add(scope.place_id)
            elif _mixed(versions) or (place + 1 < len(one.scopes) and not _covers(versions, period)):
                conditions.append(sa.and_(Unit.use == one.use, scope.here))
    if conditions:
        query = sa.select(Unit.id).where(Unit.community_id == community_id, sa.or_(*conditions))
        apart.update(db.session.scalars(query))
    return apart


def _covers(versions: Sequence[VersionFacts], period: Period) -> bool:
    held = governing([versions], period)
    return sum(span.days for span, _ in held) == period.days


def _mixed(versions: Sequence[VersionFacts]) -> bool:
    """Whether prices of one month know different floors."""
    return len({version.price.coefficients for version in versions}) > 1


def quantity_of(planned: Planned) -> Any:
    """What a price is multiplied by, as SQL over a unit: its area in 0.01 m², or one."""
    column = AREA_COLUMNS.get(planned.price.basis)
    return sa.literal(1, Key()) if column is None else sa.type_coerce(column, sa.BigInteger)


AREA_COLUMNS = {Basis.AREA: Unit.area, Basis.INNER_AREA: Unit.inner_area}


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
        .join(Ownership, first_owner(planned.line.from_on))
        .where(planned.alike, Unit.withdrawn_at.is_(None))
        .where(fen > 0)
    )
    if (size := AREA_COLUMNS.get(planned.price.basis)) is not None:
        query = query.where(size.is_not(None))
        if largest_quantity(planned.line) < LARGEST_AREA:
            query = query.where(quantity <= largest_quantity(planned.line))
    return query if billed is None else query.where(~billed)


def first_owner(on: date) -> sa.ColumnElement[bool]:
    """The first-named owner of a unit on a day, as SQL for a join of units and ownerships."""
    return sa.and_(
        Ownership.community_id == Unit.community_id,
        Ownership.unit_id == Unit.id,
        Ownership.position == 1,
        standing(on),
    )


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
