"""Looks at the book: the trial balance of a fund, the lines of an account, one entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import NotFound
from feeapp.ledger.models import Entry, EntryLine
from feeapp.ledger.rules import ACCOUNTS, Account, Fund, Side
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class Days:
    """The days looked at, both inclusive; open-ended where a side is empty."""

    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class AccountSum:
    """One line of a trial balance. ``before`` and ``balance`` are on the account's normal side."""

    account: Account
    before: Money
    debit: Money
    credit: Money

    @property
    def balance(self) -> Money:
        return self.before + _on_side(self.account.side, self.debit, self.credit)


@dataclass(frozen=True, slots=True)
class Sides:
    """What stands on the debit side and what on the credit side; the same in a sound book."""

    debit: Money
    credit: Money

    @property
    def even(self) -> bool:
        return self.debit == self.credit


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The accounts of a fund that were used by the end of the days."""

    rows: Sequence[AccountSum]

    @property
    def opening(self) -> Sides:
        """The debit and the credit balances before the days."""
        return _sides((row.account.side, row.before) for row in self.rows)

    @property
    def moved(self) -> Sides:
        """What was booked in the days."""
        return Sides(self.debit, self.credit)

    @property
    def closing(self) -> Sides:
        """The debit and the credit balances after the days."""
        return _sides((row.account.side, row.balance) for row in self.rows)

    @property
    def even(self) -> bool:
        """Whether all three agree."""
        return self.opening.even and self.moved.even and self.closing.even

    @property
    def debit(self) -> Money:
        return total(row.debit for row in self.rows)

    @property
    def credit(self) -> Money:
        return total(row.credit for row in self.rows)

    @property
    def difference(self) -> Money:
        """Debit balances less credit balances: zero in a sound book."""
        signed = (row.balance if row.account.side is Side.DEBIT else -row.balance for row in self.rows)
        return total(signed)


def _sides(balances: Iterable[tuple[Side, Money]]) -> Sides:
    """Balances by the side on which each stands: one below zero stands on the other side."""
    debit, credit = ZERO, ZERO
    for side, balance in balances:
        if (side is Side.DEBIT) == (balance > ZERO):
            debit += max(balance, -balance)
        else:
            credit += max(balance, -balance)
    return Sides(debit, credit)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for on an account: lines of an amount, of an entry's number, or of kinds of entries."""

    typed: str
    amount: Money | None
    number: int | None
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One line of an account, with the balance after it and the accounts on the other side of its entry."""

    entry_id: int
    happened_on: date
    kind: str
    reversal: bool
    source_kind: str
    source_id: int
    debit: Money
    credit: Money
    balance: Money
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountLines:
    """A page of an account: the balance it begins with, its lines, and what all pages together come to."""

    account: Account
    forward: Money
    page: Page[AccountLine]
    debit: Money
    credit: Money
    balance: Money


def _on_side(side: Side, debit: Money, credit: Money) -> Money:
    """What the two sides leave on an account's normal side; negative where the other one is larger."""
    return debit - credit if side is Side.DEBIT else credit - debit


def _sum(amount: Any) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.type_coerce(amount, sa.BigInteger)), 0), sa.BigInteger)


def _within(days: Days) -> list[sa.ColumnElement[bool]]:
    limits = []
    if days.from_on:
        limits.append(Entry.happened_on >= days.from_on)
    if days.to_on:
        limits.append(Entry.happened_on <= days.to_on)
    return limits


def _lines(*columns: Any, community_id: int, fund: Fund) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .join_from(
            EntryLine, Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id)
        )
        .where(EntryLine.community_id == community_id, EntryLine.fund == fund.value)
    )


def trial_balance(community_id: int, fund: Fund, days: Days) -> TrialBalance:
    """Every account of a fund that was used until the end of the days, in the order of the chart."""
    sums = _lines(
        EntryLine.account, _sum(EntryLine.debit), _sum(EntryLine.credit), community_id=community_id, fund=fund
    ).group_by(EntryLine.account)
    moved = {
        code: (Money(debit), Money(credit)) for code, debit, credit in db.session.execute(sums.where(*_within(days)))
    }
    before = {}
    if days.from_on:
        for code, debit, credit in db.session.execute(sums.where(Entry.happened_on < days.from_on)):
            before[code] = _on_side(ACCOUNTS[code].side, Money(debit), Money(credit))
    return TrialBalance(
        [
            AccountSum(ACCOUNTS[code], before.get(code, ZERO), *moved.get(code, (ZERO, ZERO)))
            for code in sorted(before.keys() | moved.keys())
        ]
    )


def list_lines(
    community_id: int, fund: Fund, code: str, days: Days, page: int | None, sought: Sought | None = None
) -> AccountLines:
    """The lines of an account, oldest first, a page at a time; all of them where ``page`` is None (for the export).

    Where something is sought, only the lines that fit are given, each still with the balance that stood after it;
    the sums are then those of the lines that fit. Raises NotFound for an account that the fund does not have.
    """
    account = ACCOUNTS.get(code)
    if account is None or fund not in account.funds:
        raise NotFound
    of_account = EntryLine.account == code
    both = _lines(_sum(EntryLine.debit), _sum(EntryLine.credit), community_id=community_id, fund=fund).where(of_account)
    before = _side_sum(account, both.where(Entry.happened_on < days.from_on)) if days.from_on else ZERO
    turn = (Entry.happened_on, EntryLine.entry_id, EntryLine.line)
    within = (
        _lines(
            EntryLine.entry_id, EntryLine.line, EntryLine.debit, EntryLine.credit, Entry.happened_on, Entry.kind,
            Entry.reverses_id, Entry.source_kind, Entry.source_id, _running(account, turn), community_id=community_id,
            fund=fund,
        )
        .where(of_account, *_within(days))
        .subquery()
    )  # fmt: skip
    lines = sa.select(within).order_by(within.c.happened_on, within.c.entry_id, within.c.line)
    if sought is not None:
        lines = lines.where(_fits(within, sought))
    of_all = lines.order_by(None).subquery()
    count, *sums = db.session.execute(sa.select(sa.func.count(), _sum(of_all.c.debit), _sum(of_all.c.credit))).one()
    skipped = (page - 1) * SIZE if page else 0
    shown = lines.limit(SIZE).offset(skipped) if page else lines
    items = _with_balance(before, db.session.execute(shown).all(), _against(community_id, code, shown))
    forward = items[0].balance - _on_side(account.side, items[0].debit, items[0].credit) if items else before
    debit, credit = (Money(amount) for amount in sums)
    last = before + _on_side(account.side, debit, credit)
    after = items[-1].balance if sought is not None and items else last
    return AccountLines(account, forward, Page(items, page or 1, count), debit, credit, after)


def _running(account: Account, turn: Sequence[Any]) -> sa.ColumnElement[int]:
    """What all lines of the days up to each one leave, on the account's normal side."""
    debit, credit = sa.type_coerce(EntryLine.debit, sa.BigInteger), sa.type_coerce(EntryLine.credit, sa.BigInteger)
    one = debit - credit if account.side is Side.DEBIT else credit - debit
    return sa.cast(sa.func.sum(one).over(order_by=turn), sa.BigInteger).label("running")


def _fits(lines: Any, sought: Sought) -> sa.ColumnElement[bool]:
    fitting: list[sa.ColumnElement[bool]] = [lines.c.kind.in_(sought.kinds)]
    if sought.amount:
        fitting += [lines.c.debit == sought.amount, lines.c.credit == sought.amount]
    if sought.number is not None:
        fitting.append(lines.c.entry_id == sought.number)
    return sa.or_(*fitting)


def _side_sum(account: Account, both: Any) -> Money:
    debit, credit = db.session.execute(both).one()
    return _on_side(account.side, Money(debit), Money(credit))


def _against(community_id: int, code: str, shown: sa.Select[Any]) -> dict[int, tuple[str, ...]]:
    """For each entry shown, the accounts on the other lines of it."""
    of, other = shown.subquery(), aliased(EntryLine)
    accounts: dict[int, set[str]] = defaultdict(set)
    look = (
        sa.select(other.entry_id, other.account)
        .join(of, of.c.entry_id == other.entry_id)
        .where(other.community_id == community_id, other.account != code)
        .distinct()
    )
    for entry_id, account in db.session.execute(look):
        accounts[entry_id].add(account)
    return {entry_id: tuple(sorted(codes)) for entry_id, codes in accounts.items()}


def _with_balance(before: Money, rows: Sequence[sa.Row[Any]], against: dict[int, tuple[str, ...]]) -> list[AccountLine]:
    return [
        AccountLine(
            row.entry_id, row.happened_on, row.kind, row.reverses_id is not None, row.source_kind, row.source_id,
            row.debit, row.credit, before + Money(row.running), against.get(row.entry_id, ()),
        )
        for row in rows
    ]  # fmt: skip


def get_entry(community_id: int, entry_id: int) -> Entry:
    """An entry of this community. Raises NotFound."""
    entry = db.session.get(Entry, (community_id, entry_id))
    if entry is None:
        raise NotFound
    return entry


def list_entry_lines(entry: Entry) -> list[EntryLine]:
    """The lines of an entry as they were booked."""
    return list(
        db.session.scalars(
            sa.select(EntryLine).filter_by(community_id=entry.community_id, entry_id=entry.id).order_by(EntryLine.line)
        )
    )


def find_reversal(entry: Entry) -> Entry | None:
    """The entry that reverses this one, if there is one."""
    return db.session.scalars(sa.select(Entry).filter_by(community_id=entry.community_id, reverses_id=entry.id)).first()
