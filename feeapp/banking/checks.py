"""Checks of statements: what came in is in the book once, and what nobody claimed is what the book calls so."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.banking.models import BankAccount, BankLine
from feeapp.banking.rules import LineState
from feeapp.ledger.models import Entry, EntryLine
from feeapp.ledger.rules import BANK, STATEMENT_LINE, UNIDENTIFIED
from feeapp.storage.checking import Check


def _fen(amount: object) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_ACCOUNT_OF = sa.and_(BankAccount.community_id == BankLine.community_id, BankAccount.id == BankLine.account_id)
_LINES_OF = sa.and_(EntryLine.community_id == Entry.community_id, EntryLine.entry_id == Entry.id)
_ARRIVED = (LineState.UNCLAIMED, LineState.CLAIMED, LineState.PAYOUT)

_UNCLAIMED = sa.union_all(
    sa.select(BankLine.community_id, BankAccount.fund, _fen(BankLine.amount).label("x"))
    .join(BankAccount, _ACCOUNT_OF)
    .where(BankLine.state == LineState.UNCLAIMED),
    sa.select(EntryLine.community_id, EntryLine.fund, _fen(EntryLine.debit) - _fen(EntryLine.credit)).where(
        EntryLine.account == UNIDENTIFIED
    ),
).subquery()

_UNIDENTIFIED_WRONG = (
    sa.select(_UNCLAIMED.c.community_id, _UNCLAIMED.c.fund, sa.func.sum(_UNCLAIMED.c.x).label("lines_less_book"))
    .group_by(_UNCLAIMED.c.community_id, _UNCLAIMED.c.fund)
    .having(sa.func.sum(_UNCLAIMED.c.x) != 0)
)

_BOOKED = sa.union_all(
    sa.select(
        BankLine.community_id,
        BankLine.id.label("line"),
        BankAccount.fund,
        BankLine.happened_on.label("day"),
        _fen(BankLine.amount).label("x"),
    )
    .join(BankAccount, _ACCOUNT_OF)
    .where(BankLine.state.in_([*_ARRIVED, LineState.FEE])),
    sa.select(
        Entry.community_id,
        Entry.source_id,
        Entry.fund,
        Entry.happened_on,
        _fen(EntryLine.credit) - _fen(EntryLine.debit),
    )
    .join(EntryLine, _LINES_OF)
    .where(Entry.source_kind == STATEMENT_LINE, EntryLine.account == BANK),
).subquery()

_BOOKED_OTHERWISE = (
    sa.select(_BOOKED.c.community_id, _BOOKED.c.line, _BOOKED.c.day, sa.func.sum(_BOOKED.c.x).label("missing"))
    .group_by(_BOOKED.c.community_id, _BOOKED.c.line, _BOOKED.c.fund, _BOOKED.c.day)
    .having(sa.func.sum(_BOOKED.c.x) != 0)
)

_COUNTED_TWICE = (
    sa.select(BankLine.community_id, BankLine.account_id, BankLine.fingerprint, sa.func.count().label("times"))
    .group_by(BankLine.community_id, BankLine.account_id, BankLine.fingerprint)
    .having(sa.func.count() > 1)
)

CHECKS: tuple[Check, ...] = (
    Check(
        "BK1",
        "What the book holds as unidentified is what the unclaimed lines of the statements come to.",
        _UNIDENTIFIED_WRONG,
    ),
    Check(
        "BK2",
        "Every line that is booked moved the bank by its amount, on its day and in its account's fund.",
        _BOOKED_OTHERWISE,
    ),
    Check("BK3", "No line of a statement counts twice.", _COUNTED_TWICE),
)
