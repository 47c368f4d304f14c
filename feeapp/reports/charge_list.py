"""Charges over the whole community: one narrowing behind the list, its totals, its print and its workbook.

A charge says itself what was billed and what is still owed; what was collected and what was reduced is added up from
the rows of the sub-ledgers. So billed = collected + reduced + outstanding can fail, and is shown when it does.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import Charge, Dispute, Offset, Reduction
from feeapp.cashier.models import Payment, Settlement, Void
from feeapp.cashier.standing import UNDONE, less, of_payment
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.core.refusal import msg
from feeapp.registry.models import Building, Party, Unit
from feeapp.registry.rules import PartyKind
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows that stand on charges: what they amount to, and what joins them to a charge, one after the other."""

    amount: Any
    joins: tuple[tuple[Any, sa.ColumnElement[bool]], ...]


def _on_charge(model: Any) -> tuple[Any, sa.ColumnElement[bool]]:
    return model, sa.and_(model.community_id == Charge.community_id, model.charge_id == Charge.id)


COLLECTED = (
    _Source(Settlement.amount, (_on_charge(Settlement),)),
    _Source(less(Settlement.amount), (_on_charge(Settlement), (Payment, of_payment(Settlement)), (Void, UNDONE))),
    _Source(Offset.amount, (_on_charge(Offset),)),
)
"""Whose amounts add up to what was collected of a charge: money taken and not taken back, and money that was held."""

REDUCED = (_Source(Reduction.amount, (_on_charge(Reduction),)),)
"""Whose amounts add up to what a charge was reduced by."""


class State(enum.Enum):
    """Which charges are wanted; the value stands in the address."""

    OWING = "owing"
    OPEN = "open"
    PART = "part"
    PAID = "paid"
    REDUCED = "reduced"
    COLLECTED = "collected"
    DISPUTED = "disputed"


STATE_WORDS = {
    State.OWING: msg("Still owed, in whole or in part"),
    State.OPEN: msg("Nothing paid yet"),
    State.PART: msg("Paid in part"),
    State.PAID: msg("Nothing owed any more"),
    State.REDUCED: msg("Reduced"),
    State.COLLECTED: msg("Anything collected"),
    State.DISPUTED: msg("In dispute"),
}


class Sort(enum.Enum):
    """What a list is ordered by; the value stands in the address."""

    MONTH = "month"
    UNIT = "unit"
    DUE = "due"
    DEBTOR = "debtor"
    AMOUNT = "amount"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which charges; what is None or empty does not narrow. ``on`` is today: what is due before it is overdue."""

    on: date
    building_id: int | None = None
    stair_id: int | None = None
    item_id: int | None = None
    since: Period | None = None
    upto: Period | None = None
    state: State | None = None
    typed: str = ""
    """The beginning of a room number, or a part of the debtor's name."""
    least: Money | None = None
    """Only debtors who owe at least so much on the unit in all."""
    overdue: bool = False
    ids: tuple[int, ...] | None = None
    """Only these charges: what somebody ticked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One charge of the list."""

    id: int
    unit_id: int
    unit_code: str
    item_name: str
    item_name_en: str
    period: Period
    due_on: date
    debtor: str
    debtor_kind: PartyKind
    amount: Money
    reduced: Money
    settled: Money
    disputed: bool

    @property
    def open(self) -> Money:
        return self.amount - self.settled - self.reduced

    @property
    def state(self) -> State:
        if not self.open:
            return State.REDUCED if not self.settled else State.PAID
        return State.PART if self.settled or self.reduced else State.OPEN


@dataclass(slots=True)
class Sums:
    """What charges come to."""

    count: int = 0
    billed: Money = ZERO
    collected: Money = ZERO
    reduced: Money = ZERO
    open: Money = ZERO

    @property
    def holds(self) -> bool:
        """Whether billed = collected + reduced + outstanding."""
        return self.billed == self.collected + self.reduced + self.open

    def add(self, other: Sums) -> None:
        self.count += other.count
        self.billed += other.billed
        self.collected += other.collected
        self.reduced += other.reduced
        self.open += other.open


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of all that is wanted: together, by item and by building, each by id."""

    whole: Sums
    by_item: dict[int, Sums]
    by_building: dict[int, Sums]

    @property
    def holds(self) -> bool:
        """Whether the identity holds for every figure shown."""
        shown = (self.whole, *self.by_item.values(), *self.by_building.values())
        return all(sums.holds for sums in shown)


def list_charge_rows(
    community_id: int, wanted: Wanted, sort: Sort, down: bool, page: int | None, most: int | None = None
) -> list[Row]:
    """The charges wanted: one page of them, or all (at most ``most``) where ``page`` is None."""
    query = _narrowed(sa.select(*_COLUMNS), community_id, wanted).join(
        ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id)
    )
    query = query.join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
    query = query.join(Party, sa.and_(Party.community_id == Charge.community_id, Party.id == Charge.debtor_id))
    key: Any = _ORDER[sort]
    walk = [Building.position, Building.id, Unit.walk, Unit.code]
    first = [each.desc() for each in walk] if sort is Sort.UNIT and down else walk if sort is Sort.UNIT else []
    query = query.order_by(
        *(first or [key.desc() if down else key]), Charge.period.desc(), *walk, ChargeItem.position, Charge.seq
    )
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    elif most is not None:
        query = query.limit(most)
    return [Row(*row) for row in db.session.execute(query)]


def sum_up(community_id: int, wanted: Wanted) -> Totals:
    """The totals over all that is wanted, in one statement for each kind of row that makes them."""
    groups: dict[tuple[int, int], Sums] = defaultdict(Sums)
    billed = _grouped(community_id, wanted, sa.func.count(), _sum(Charge.amount), _sum(_OPEN))
    for item_id, building_id, count, amount, left in db.session.execute(billed):
        groups[item_id, building_id].add(Sums(count, Money(int(amount)), open=Money(int(left))))
    _add_money(groups, community_id, wanted, COLLECTED, lambda amount: Sums(collected=amount))
    _add_money(groups, community_id, wanted, REDUCED, lambda amount: Sums(reduced=amount))
    totals = Totals(Sums(), defaultdict(Sums), defaultdict(Sums))
    for (item_id, building_id), sums in groups.items():
        totals.whole.add(sums)
        totals.by_item[item_id].add(sums)
        totals.by_building[building_id].add(sums)
    return totals


def list_wanted_ids(community_id: int, wanted: Wanted) -> list[int]:
    """The ids of the charges wanted, the oldest month first."""
    query = _narrowed(sa.select(Charge.id), community_id, wanted).order_by(Charge.period, Charge.id)
    return list(db.session.scalars(query))


def list_wanted_units(community_id: int, wanted: Wanted) -> list[int]:
    """The units that the charges wanted stand on."""
    query = _narrowed(sa.select(Charge.unit_id).distinct(), community_id, wanted)
    return sorted(db.session.scalars(query))


def _add_money(
    groups: dict[tuple[int, int], Sums],
    community_id: int,
    wanted: Wanted,
    sources: Iterable[_Source],
    sums: Callable[[Money], Sums],
) -> None:
    for source in sources:
        query = _grouped(community_id, wanted, _sum(source.amount))
        for table, on in source.joins:
            query = query.join(table, on)
        for item_id, building_id, amount in db.session.execute(query):
            groups[item_id, building_id].add(sums(Money(int(amount))))


def _fen(column: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(column, sa.BigInteger)


def _sum(amount: Any) -> sa.ColumnElement[int]:
    return sa.func.sum(_fen(amount))


_OPEN = _fen(Charge.amount) - _fen(Charge.settled) - _fen(Charge.reduced)
_NOTHING = sa.literal(0, sa.BigInteger)
_CLEARED = _fen(Charge.settled) + _fen(Charge.reduced)

_DISPUTED = sa.exists().where(
    Dispute.community_id == Charge.community_id, Dispute.charge_id == Charge.id, Dispute.closed_at.is_(None)
)

_COLUMNS: tuple[Any, ...] = (
    Charge.id, Charge.unit_id, Unit.code, ChargeItem.name, ChargeItem.name_en, Charge.period, Charge.due_on,
    Party.name, Party.kind, Charge.amount, Charge.reduced, Charge.settled, _DISPUTED.label("disputed"),
)  # fmt: skip

_ORDER: dict[Sort, Any] = {
    Sort.MONTH: Charge.period,
    Sort.UNIT: Unit.walk,
    Sort.DUE: Charge.due_on,
    Sort.DEBTOR: Party.name,
    Sort.AMOUNT: Charge.amount,
    Sort.OPEN: _OPEN,
}

_IN_STATE = {
    State.OWING: _OPEN > _NOTHING,
    State.OPEN: _CLEARED == _NOTHING,
    State.PART: sa.and_(_OPEN > _NOTHING, _CLEARED > _NOTHING),
    State.PAID: _OPEN == _NOTHING,
    State.REDUCED: _fen(Charge.reduced) > _NOTHING,
    State.COLLECTED: _fen(Charge.settled) > _NOTHING,
    State.DISPUTED: _DISPUTED,
}


def _grouped(community_id: int, wanted: Wanted, *figures: sa.ColumnElement[Any]) -> sa.Select[Any]:
    groups = Charge.item_id, Unit.building_id
    return _narrowed(sa.select(*groups, *figures), community_id, wanted).group_by(*groups)


def _narrowed(query: sa.Select[Any], community_id: int, wanted: Wanted) -> sa.Select[Any]:
    """The one narrowing: everything shown of the wanted charges goes through it.

    Months narrow by the beginning of the charges' unique key (docs/decisions/0008).
    """
    query = (
        query.select_from(Charge)
        .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
        .where(Charge.community_id == community_id)
    )
    exact = {
        Unit.building_id: wanted.building_id,
        Unit.stair_id: wanted.stair_id,
        Charge.item_id: wanted.item_id,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if wanted.since:
        query = query.where(Charge.period >= wanted.since)
    if wanted.upto:
        query = query.where(Charge.period <= wanted.upto)
    if wanted.state:
        query = query.where(_IN_STATE[wanted.state])
    if wanted.overdue:
        query = query.where(Charge.due_on < wanted.on, _OPEN > _NOTHING)
    if wanted.typed:
        query = query.where(_fits(community_id, wanted.typed))
    if wanted.least is not None:
        query = query.where(sa.tuple_(Charge.unit_id, Charge.debtor_id).in_(_owing(community_id, wanted.least)))
    if wanted.ids is not None:
        query = query.where(Charge.id.in_(wanted.ids))
    return query


def _fits(community_id: int, typed: str) -> sa.ColumnElement[bool]:
    """Units whose room number begins so, and debtors whose name holds it."""
    plain = typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    named = sa.select(Party.id).where(Party.community_id == community_id, Party.name.like(f"%{plain}%", escape="\\"))
    return sa.or_(Unit.code.ilike(f"{plain}%", escape="\\"), Charge.debtor_id.in_(named))


def _owing(community_id: int, least: Money) -> Any:
    return (
        sa.select(Charge.unit_id, Charge.debtor_id)
        .where(Charge.community_id == community_id, _OPEN > _NOTHING)
        .group_by(Charge.unit_id, Charge.debtor_id)
        .having(_sum(_OPEN) >= least.fen)
    )


def known_ids(community_id: int, ids: Collection[int]) -> tuple[int, ...]:
    """Those of the ids that are charges of this community, each once."""
    query = sa.select(Charge.id).where(Charge.community_id == community_id, Charge.id.in_(sorted(set(ids))))
    return tuple(db.session.scalars(query.order_by(Charge.id)))
