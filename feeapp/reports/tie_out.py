"""How what is owed got from the first day of a span to its last, by item and by building (docs/rules/tie-out.md).

What is owed before the span is added up from what was booked until then. What is owed after it is reckoned the other
way round: from what the charges say today, less what was booked since. So opening + billed - reduced - collected -
prepaid used + put back = closing can fail, and is shown when it does. All of it goes by the office day of the booking.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import Charge, Offset, Reduction
from feeapp.cashier.standing import SETTLED
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.core.refusal import msg
from feeapp.ledger.closing import Problem
from feeapp.ledger.models import Entry
from feeapp.ledger.queries import Days, trial_balance
from feeapp.ledger.rules import ACCOUNTS, Account, Fund
from feeapp.registry.models import Building, Unit
from feeapp.storage.columns import Fen
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE, Page


class Figure(enum.Enum):
    """One figure of the tie-out; the value stands in the address of its lines."""

    OPENING = "opening"
    BILLED = "billed"
    REDUCED = "reduced"
    COLLECTED = "collected"
    USED = "used"
    RETURNED = "returned"
    CLOSING = "closing"


FIGURE_WORDS = {
    Figure.OPENING: msg("Owed before"),
    Figure.BILLED: msg("Billed"),
    Figure.REDUCED: msg("Reduced"),
    Figure.COLLECTED: msg("Collected"),
    Figure.USED: msg("Prepaid money used"),
    Figure.RETURNED: msg("Put back"),
    Figure.CLOSING: msg("Owed after"),
}

SIGNS = {Figure.BILLED: 1, Figure.REDUCED: -1, Figure.COLLECTED: -1, Figure.USED: -1, Figure.RETURNED: 1}
"""What each kind of line does to what is owed."""


RECEIVABLE = "1122"
"""The beginning of every account of what households owe; a late charge, owed only when it is paid, has none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whole months, both inclusive; an item or a building narrows."""

    since: Period
    upto: Period
    item_id: int | None = None
    building_id: int | None = None

    @property
    def first(self) -> date:
        return self.since.first_day

    @property
    def last(self) -> date:
        return self.upto.last_day


@dataclass(slots=True)
class Sums:
    """The figures of one item, one building, or of all."""

    of: dict[Figure, Money] = field(default_factory=lambda: dict.fromkeys(Figure, ZERO))

    @property
    def expected(self) -> Money:
        """What should be owed after the span by what was owed before it and what happened in it."""
        owed = self.of[Figure.OPENING]
        for figure, sign in SIGNS.items():
            owed += self.of[figure] if sign > 0 else -self.of[figure]
        return owed

    @property
    def holds(self) -> bool:
        return self.expected == self.of[Figure.CLOSING]

    @property
    def empty(self) -> bool:
        return not any(self.of.values())

    def add(self, figure: Figure, amount: Money) -> None:
        self.of[figure] += amount


@dataclass(frozen=True, slots=True)
class Against:
    """A receivable account beside the charges that stand on it, before and after the span."""

    fund: Fund
    account: Account
    owed_before: Money
    book_before: Money
    owed_after: Money
    book_after: Money

    @property
    def holds(self) -> bool:
        return self.owed_before == self.book_before and self.owed_after == self.book_after


@dataclass(frozen=True, slots=True)
class TieOut:
    """All figures: together, by item and by building, each by id; and the accounts of the book beside them."""

    whole: Sums
    by_item: dict[int, Sums]
    by_building: dict[int, Sums]
    accounts: Sequence[Against]

    @property
    def holds(self) -> bool:
        shown = (self.whole, *self.by_item.values(), *self.by_building.values())
        return all(sums.holds for sums in shown) and all(each.holds for each in self.accounts)


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line behind a figure. ``day`` is when it was booked; of what is owed, when it falls due."""

    day: date
    charge_id: int
    unit_code: str
    item_name: str
    item_name_en: str
    period: Period
    amount: Money
    document_kind: str
    document_id: int


def tie_out(community_id: int, wanted: Wanted) -> TieOut:
    """Every figure of the span, one statement for each kind of line."""
    groups: dict[tuple[int, int], Sums] = defaultdict(Sums)
    query = _narrowed(sa.select(*_GROUP, sa.func.sum(_OPEN)), community_id, wanted).group_by(*_GROUP)
    for item_id, building_id, left in db.session.execute(query):
        groups[item_id, building_id].add(Figure.CLOSING, Money(int(left)))
    for figure, lines in _LINES.items():
        day, amount = lines.c.day, _fen(lines.c.amount)
        sums = [
            sa.func.sum(sa.case((when, amount), else_=sa.literal(0, sa.BigInteger)))
            for when in (day < wanted.first, sa.and_(day >= wanted.first, day <= wanted.last), day > wanted.last)
        ]
        query = _narrowed(sa.select(*_GROUP, *sums), community_id, wanted, lines).group_by(*_GROUP)
        for item_id, building_id, *found in db.session.execute(query):
            before, within, since = (Money(int(each)) for each in found)
            of = groups[item_id, building_id]
            of.add(Figure.OPENING, before if SIGNS[figure] > 0 else -before)
            of.add(figure, within)
            of.add(Figure.CLOSING, -since if SIGNS[figure] > 0 else since)
    whole = Sums()
    by_item: dict[int, Sums] = defaultdict(Sums)
    by_building: dict[int, Sums] = defaultdict(Sums)
    for (item_id, building_id), sums_of in groups.items():
        for of_figure, money in sums_of.of.items():
            for each in (whole, by_item[item_id], by_building[building_id]):
                each.add(of_figure, money)
    narrowed = wanted.item_id is not None or wanted.building_id is not None
    accounts = [] if narrowed else _accounts(community_id, wanted, by_item)
    return TieOut(whole, by_item, by_building, accounts)


def problems_of_the_month(community_id: int, period: Period) -> list[Problem]:
    """Why a month cannot be closed by its tie-out; nothing where it holds."""
    found = tie_out(community_id, Wanted(period, period))
    sums = (found.whole, *found.by_item.values(), *found.by_building.values())
    broken = sum(not each.holds for each in sums) + sum(not each.holds for each in found.accounts)
    return [Problem("TIE", msg("The tie-out of the month adds up, beside the book too."), broken)] if broken else []


def list_lines(community_id: int, wanted: Wanted, figure: Figure, page: int | None) -> Page[LineRow]:
    """The lines behind a figure, oldest first: one page of them, or all where ``page`` is None."""
    lines = _owed(community_id, wanted, figure) if figure in _OWED else _moved(wanted, figure)
    query = _narrowed(
        sa.select(
            lines.c.day, Charge.id, Unit.code, ChargeItem.name, ChargeItem.name_en, Charge.period,
            sa.type_coerce(lines.c.amount, Fen), lines.c.document_kind, lines.c.document_id,
        ),
        community_id, wanted, lines,
    ).join(ChargeItem, _ITEM)  # fmt: skip
    counted = _narrowed(sa.select(sa.func.count()), community_id, wanted, lines)
    count = db.session.scalar(counted) or 0
    query = query.order_by(lines.c.day, Unit.code, Charge.period, Charge.id, lines.c.document_id)
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([LineRow(*row) for row in db.session.execute(query)], page or 1, count)


def sum_lines(community_id: int, wanted: Wanted, figure: Figure) -> Money:
    """What the same lines come to."""
    lines = _owed(community_id, wanted, figure) if figure in _OWED else _moved(wanted, figure)
    query = _narrowed(sa.select(sa.func.sum(_fen(lines.c.amount))), community_id, wanted, lines)
    return Money(int(db.session.scalar(query) or 0))


def list_places(community_id: int) -> list[tuple[int, str]]:
    """The buildings in walking order."""
    query = sa.select(Building.id, Building.name).where(Building.community_id == community_id)
    return [(key, name) for key, name in db.session.execute(query.order_by(Building.position, Building.id))]


def _fen(column: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(column, sa.BigInteger)


_OPEN = _fen(Charge.amount) - _fen(Charge.settled) - _fen(Charge.reduced)
_GROUP: tuple[Any, ...] = (Charge.item_id, Unit.building_id)
_ITEM = sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id)
_OWED = {Figure.OPENING, Figure.CLOSING}


def _line(table: Any, charge_id: Any, day: Any, amount: Any, kind: str, key: Any) -> sa.Select[Any]:
    return sa.select(
        table.community_id.label("community_id"), charge_id.label("charge_id"), day.label("day"),
        amount.label("amount"), sa.literal(kind).label("document_kind"), key.label("document_id"),
    )  # fmt: skip


def _of_entry(table: Any, amount: Any) -> sa.Select[Any]:
    """Lines that name the entry they were booked in."""
    return _line(table, table.charge_id, Entry.happened_on, amount, "entry", table.entry_id).join(
        Entry, sa.and_(Entry.community_id == table.community_id, Entry.id == table.entry_id)
    )


def _of_payment(amount: Any) -> sa.Select[Any]:
    """What payments cleared, on the day it was booked, and what of it was taken back, on that day."""
    settled = SETTLED.c
    return _line(settled, settled.charge_id, settled.day, amount, "payment", settled.payment_id)


_LINES: dict[Figure, Any] = {
    figure: lines.subquery(figure.value)
    for figure, lines in {
        Figure.BILLED: _line(Charge, Charge.id, Charge.booked_on, _fen(Charge.amount), "charge", Charge.id),
        Figure.REDUCED: _of_entry(Reduction, _fen(Reduction.amount)),
        Figure.COLLECTED: _of_payment(_fen(SETTLED.c.amount)).where(_fen(SETTLED.c.amount) > 0),
        Figure.USED: _of_entry(Offset, _fen(Offset.amount)).where(_fen(Offset.amount) > 0),
        Figure.RETURNED: sa.union_all(
            _of_entry(Offset, -_fen(Offset.amount)).where(_fen(Offset.amount) < 0),
            _of_payment(-_fen(SETTLED.c.amount)).where(_fen(SETTLED.c.amount) < 0),
        ),
    }.items()
}
"""The lines of each kind: of which charge, booked on which day, how much, and by which document."""


def _moved(wanted: Wanted, figure: Figure) -> Any:
    lines = _LINES[figure]
    return sa.select(lines).where(lines.c.day >= wanted.first, lines.c.day <= wanted.last).subquery()


def _owed(community_id: int, wanted: Wanted, figure: Figure) -> Any:
    """What was still owed of each charge before the first day of the span, or after its last."""
    parts = []
    for kind, lines in _LINES.items():
        when = lines.c.day < wanted.first if figure is Figure.OPENING else lines.c.day <= wanted.last
        signed = _fen(lines.c.amount) if SIGNS[kind] > 0 else -_fen(lines.c.amount)
        parts.append(
            sa.select(lines.c.charge_id, signed.label("amount")).where(when, lines.c.community_id == community_id)
        )
    both = sa.union_all(*parts).subquery()
    left = (
        sa.select(both.c.charge_id, sa.cast(sa.func.sum(both.c.amount), sa.BigInteger).label("amount"))
        .group_by(both.c.charge_id)
        .having(sa.func.sum(both.c.amount) != 0)
        .subquery()
    )
    return (
        sa.select(
            Charge.community_id, left.c.charge_id, Charge.due_on.label("day"), left.c.amount,
            sa.literal("charge").label("document_kind"), left.c.charge_id.label("document_id"),
        )
        .join(left, left.c.charge_id == Charge.id)
        .where(Charge.community_id == community_id)
        .subquery()
    )  # fmt: skip


def _narrowed(query: sa.Select[Any], community_id: int, wanted: Wanted, lines: Any = None) -> sa.Select[Any]:
    """The one narrowing: figures and lines go through it."""
    query = query.select_from(Charge).join(
        Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id)
    )
    if lines is not None:
        query = query.join(lines, sa.and_(lines.c.community_id == Charge.community_id, lines.c.charge_id == Charge.id))
    query = query.where(Charge.community_id == community_id)
    if wanted.item_id is not None:
        query = query.where(Charge.item_id == wanted.item_id)
    if wanted.building_id is not None:
        query = query.where(Unit.building_id == wanted.building_id)
    return query


def _accounts(community_id: int, wanted: Wanted, by_item: dict[int, Sums]) -> list[Against]:
    """Each receivable account of the book beside the charges whose items stand on it."""
    owed: dict[tuple[str, str], list[Money]] = defaultdict(lambda: [ZERO, ZERO])
    stand = sa.select(ChargeItem.id, ChargeItem.fund, ChargeItem.receivable).where(
        ChargeItem.community_id == community_id
    )
    for item_id, fund, account in db.session.execute(stand):
        if item_id in by_item and account.startswith(RECEIVABLE):
            before, after = owed[fund, account]
            sums = by_item[item_id].of
            owed[fund, account] = [before + sums[Figure.OPENING], after + sums[Figure.CLOSING]]
    booked: dict[tuple[str, str], tuple[Money, Money]] = {}
    for each in Fund:
        for row in trial_balance(community_id, each, Days(wanted.first, wanted.last)).rows:
            if row.account.code.startswith(RECEIVABLE):
                booked[each.value, row.account.code] = (row.before, row.balance)
    return [
        Against(Fund(fund), ACCOUNTS[account], owed[fund, account][0], before, owed[fund, account][1], after)
        for fund, account in sorted(owed.keys() | booked.keys())
        for before, after in [booked.get((fund, account), (ZERO, ZERO))]
    ]
