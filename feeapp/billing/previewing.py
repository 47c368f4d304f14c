"""Looking at a month before it is billed: what it comes to, what stands out, and what cannot be billed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.drafts import Draft
from feeapp.billing.models import Charge, Pool
from feeapp.billing.planning import AREA_COLUMNS, Planned, Summed, billed_before, owed, summed, sums
from feeapp.billing.reckoning import plan_period
from feeapp.billing.runs import hash_of
from feeapp.billing.unbillable import unbillable
from feeapp.core.area import Area
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.registry.models import Unit
from feeapp.registry.queries import profile_of
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem

SHOWN = 50
"""How many units a list names; their number is always said in full."""

MANY_TIMES = 5
"""An amount this many times the average of its item and use stands out."""


@dataclass(frozen=True, slots=True)
class Part:
    """One price in the preview: what it asks, for how many units, and what that comes to."""

    planned: Planned
    summed: Summed


@dataclass(frozen=True, slots=True)
class ItemSum:
    """An item in the preview, beside what it came to in the month before."""

    item: ChargeItem
    parts: tuple[Part, ...]
    singly: tuple[Draft, ...]
    """The charges reckoned one by one: by days, by meter, by share."""
    last_count: int
    last_total: Money

    @property
    def count(self) -> int:
        """How many charges the run would add."""
        return sum(part.summed.count for part in self.parts) + len(self.singly)

    @property
    def total(self) -> Money:
        """What they come to, before anything is taken off."""
        return total(part.summed.total for part in self.parts) + self.singly_total

    @property
    def singly_total(self) -> Money:
        """What the charges reckoned one by one come to."""
        return total(each.amount for each in self.singly)


@dataclass(frozen=True, slots=True)
class Outlier:
    """A charge worth a look before it is billed: its quantity is not last month's, or it is far above the others."""

    unit_id: int
    unit_name: str
    item: ChargeItem
    amount: Money
    area: Area | None
    last_area: Area | None
    last_amount: Money | None


@dataclass(frozen=True, slots=True)
class Cannot:
    """Units that an item should bill and cannot, all for one reason; the first of them by name."""

    item: ChargeItem
    code: str
    count: int
    units: tuple[tuple[int, str, str], ...]
    """Id, short code and full name."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A month as it would be billed now."""

    period: Period
    items: tuple[ItemSum, ...]
    outliers: tuple[Outlier, ...]
    cannot: tuple[Cannot, ...]
    units: int
    """How many units get a charge."""
    already: int
    """How many charges of the month stand from earlier runs."""
    singly: tuple[Draft, ...]
    """Every charge that is reckoned by itself, in the order of a bill."""
    unshared: tuple[Pool, ...]
    """Sums of which nobody would have a part."""
    seen_hash: str

    @property
    def charges(self) -> int:
        """How many charges the run would add."""
        return sum(item.count for item in self.items)

    @property
    def total(self) -> Money:
        """What they come to."""
        return total(item.total for item in self.items)

    @property
    def relieved(self) -> Money:
        """What reliefs take off at once."""
        return total(each.relieved for each in self.singly)


def preview(community_id: int, period: Period) -> Preview:
    """What billing a month would do now. Nothing is written."""
    plan = plan_period(community_id, period)
    asked = [(planned, billed_before(planned, period)) for planned in plan.alike]
    parts = [Part(planned, _summed(owed(planned, billed))) for planned, billed in asked]
    last = _sums_by_item(community_id, period.plus(-1))
    due = [(part, billed) for part, (_, billed) in zip(parts, asked, strict=True) if part.summed.count]
    return Preview(
        period=period,
        items=_by_item(parts, plan.drafts, last),
        outliers=tuple(outlier for part, billed in due for outlier in _outliers(part, billed, period)),
        cannot=tuple(cannot for planned, billed in asked for cannot in _cannot(planned, billed)),
        units=_count_units([owed(part.planned, billed) for part, billed in due], plan.drafts),
        already=sum(count for count, _ in _sums_by_item(community_id, period).values()),
        singly=plan.drafts,
        unshared=plan.unshared,
        seen_hash=hash_of(
            period,
            ((part.planned, part.summed) for part in parts),
            plan.drafts,
            profile_of(community_id).bill_to_jiao,
        ),
    )


def _by_item(
    parts: Sequence[Part], drafts: Sequence[Draft], last: Mapping[int, tuple[int, Money]]
) -> tuple[ItemSum, ...]:
    items = {part.planned.item.id: part.planned.item for part in parts} | {each.item.id: each.item for each in drafts}
    return tuple(
        ItemSum(
            item,
            tuple(part for part in parts if part.planned.item.id == item.id),
            tuple(each for each in drafts if each.item.id == item.id),
            *last.get(item.id, (0, ZERO)),
        )
        for item in sorted(items.values(), key=lambda item: (item.position, item.id))
    )


def _summed(query: sa.Select[Any]) -> Summed:
    of_all = query.subquery()
    row = db.session.execute(sa.select(*sums(of_all.c.unit_id, of_all.c.debtor_id, of_all.c.amount))).one()
    return summed(row)


def _count_units(queries: Sequence[sa.Select[Any]], drafts: Sequence[Draft]) -> int:
    """How many units get a charge: units that are alike for one item may be looked at singly for another."""
    singly = {each.unit.id for each in drafts}
    if not queries:
        return len(singly)
    units = sa.union(*(sa.select(query.subquery().c.unit_id) for query in queries)).subquery()
    alike = db.session.scalar(sa.select(sa.func.count()).where(units.c.unit_id.not_in(among(singly)))) or 0
    return alike + len(singly)


def _sums_by_item(community_id: int, period: Period) -> dict[int, tuple[int, Money]]:
    """How many charges each item made in a month, and what they came to; opening balances are left aside."""
    fen = sa.func.sum(sa.type_coerce(Charge.amount, sa.BigInteger))
    found = db.session.execute(
        sa.select(Charge.item_id, sa.func.count(), fen)
        .where(Charge.community_id == community_id, Charge.period == period, Charge.part_id.is_not(None))
        .group_by(Charge.item_id)
    )
    return {item_id: (count, Money(int(amount))) for item_id, count, amount in found}


def _outliers(part: Part, billed: sa.ColumnElement[bool] | None, period: Period) -> list[Outlier]:
    """First the units whose quantity changed since last month, then those far above the average; a few of each."""
    of_all = owed(part.planned, billed).subquery()
    before = sa.orm.aliased(Charge)
    item, line = part.planned.item, part.planned.line
    query = (
        sa.select(of_all.c.unit_id, Unit.name, of_all.c.amount, of_all.c.quantity, before.quantity, before.amount)
        .join(Unit, sa.and_(Unit.community_id == item.community_id, Unit.id == of_all.c.unit_id))
        .outerjoin(
            before,
            sa.and_(
                before.community_id == item.community_id,
                before.period == period.plus(-1),
                before.item_id == item.id,
                before.unit_id == of_all.c.unit_id,
                before.seq == line.seq,
            ),
        )
    )
    average = part.summed.total.fen // part.summed.count
    unlike = query.where(before.quantity != of_all.c.quantity).order_by(Unit.name).limit(SHOWN)
    large = query.where(of_all.c.amount > MANY_TIMES * average).order_by(of_all.c.amount.desc()).limit(SHOWN)
    by_area = part.planned.price.basis in AREA_COLUMNS
    found = {row[0]: row for some in (unlike, large) for row in db.session.execute(some)}
    return [
        Outlier(
            unit_id=unit_id,
            unit_name=name,
            item=item,
            amount=Money(int(amount)),
            area=Area(quantity) if by_area else None,
            last_area=Area(last_quantity) if by_area and last_quantity is not None else None,
            last_amount=last_amount,
        )
        for unit_id, name, amount, quantity, last_quantity, last_amount in found.values()
    ]


def _cannot(planned: Planned, billed: sa.ColumnElement[bool] | None) -> list[Cannot]:
    found = []
    for reason in unbillable(planned, billed):
        count = db.session.scalar(sa.select(sa.func.count()).select_from(Unit).where(reason.where)) or 0
        if count:
            first = sa.select(Unit.id, Unit.code, Unit.name).where(reason.where).order_by(Unit.code).limit(SHOWN)
            units = tuple((unit_id, code, name) for unit_id, code, name in db.session.execute(first))
            found.append(Cannot(planned.item, reason.code, count, units))
    return found
