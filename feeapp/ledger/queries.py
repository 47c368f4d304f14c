"""Looks at the book: the trial balance of a fund, the lines of an account, one entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
class TrialBalance:
    """The accounts of a fund that were used by the end of the days."""

    rows: Sequence[AccountSum]

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


def list_lines(community_id: int, fund: Fund, code: str, days: Days, page: int | None) -> AccountLines:
    """The lines of an account, oldest first, a page at a time; all of them where ``page`` is None (for the export).

    Raises NotFound for an account that the fund does not have.
    """
    account = ACCOUNTS.get(code)
    if account is None or fund not in account.funds:
        raise NotFound
    of_account = EntryLine.account == code
    both = _lines(_sum(EntryLine.debit), _sum(EntryLine.credit), community_id=community_id, fund=fund).where(of_account)
    before = _side_sum(account, both.where(Entry.happened_on < days.from_on)) if days.from_on else ZERO
    debit, credit = (Money(amount) for amount in db.session.execute(both.where(*_within(days))).one())
    lines = (
        _lines(
            EntryLine.entry_id, EntryLine.line, EntryLine.debit, EntryLine.credit, Entry.happened_on, Entry.kind,
            Entry.reverses_id, Entry.source_kind, Entry.source_id, community_id=community_id, fund=fund,
        )
        .where(of_account, *_within(days))
        .order_by(Entry.happened_on, EntryLine.entry_id, EntryLine.line)
    )  # fmt: skip
    count = db.session.scalar(sa.select(sa.func.count()).select_from(lines.order_by(None).subquery())) or 0
    skipped = (page - 1) * SIZE if page else 0
    forward = before + _skipped(account, lines, skipped)
    shown = lines.limit(SIZE).offset(skipped) if page else lines
    items = _with_balance(account, forward, db.session.execute(shown).all(), _against(community_id, code, shown))
    return AccountLines(
        account, forward, Page(items, page or 1, count), debit, credit,
        before + _on_side(account.side, debit, credit),
    )  # fmt: skip


def _side_sum(account: Account, both: Any) -> Money:
    debit, credit = db.session.execute(both).one()
    return _on_side(account.side, Money(debit), Money(credit))


def _skipped(account: Account, lines: sa.Select[Any], count: int) -> Money:
    """What the lines of the earlier pages leave."""
    if not count:
        return ZERO
    earlier = lines.limit(count).subquery()
    return _side_sum(account, sa.select(_sum(earlier.c.debit), _sum(earlier.c.credit)))


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


def _with_balance(
    account: Account, forward: Money, rows: Sequence[sa.Row[Any]], against: dict[int, tuple[str, ...]]
) -> list[AccountLine]:
    items, balance = [], forward
    for row in rows:
        balance += _on_side(account.side, row.debit, row.credit)
        items.append(
            AccountLine(
                row.entry_id, row.happened_on, row.kind, row.reverses_id is not None, row.source_kind, row.source_id,
                row.debit, row.credit, balance, against.get(row.entry_id, ()),
            )
        )  # fmt: skip
    return items


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
