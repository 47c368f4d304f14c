"""Checks of statements: what came in is in the book once, and what nobody claimed is what the book calls so."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.banking.models import BankAccount, BankClaim, BankLine
from feeapp.banking.rules import LineState
from feeapp.cashier.models import Tender
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

_CLAIM_OF = sa.and_(BankClaim.community_id == BankLine.community_id, BankClaim.line_id == BankLine.id)
_PAID_WITH = sa.and_(Tender.community_id == BankClaim.community_id, Tender.payment_id == BankClaim.payment_id)
_NO_PAYMENT = ~sa.exists().where(
    _CLAIM_OF,
    _PAID_WITH,
    Tender.amount == BankLine.amount,
    Tender.unidentified == (BankLine.state == LineState.CLAIMED),
)
_CLAIMED_OTHERWISE = sa.union_all(
    sa.select(BankLine.community_id, BankLine.id, sa.literal("no payment of its sum").label("fault")).where(
        BankLine.state.in_([LineState.CLAIMED, LineState.COUNTED]), _NO_PAYMENT
    ),
    sa.select(BankLine.community_id, BankLine.id, sa.literal("a payment without being claimed"))
    .join(BankClaim, _CLAIM_OF)
    .where(BankLine.state.not_in([LineState.CLAIMED, LineState.COUNTED])),
    sa.select(Tender.community_id, Tender.payment_id, sa.literal("paid from no line")).where(
        Tender.unidentified.is_(sa.true()),
        ~sa.exists().where(BankClaim.community_id == Tender.community_id, BankClaim.payment_id == Tender.payment_id),
    ),
)

_CLAIMED_TWICE = sa.union_all(
    *(
        sa.select(BankClaim.community_id, column.label("claimed"), sa.func.count().label("times"))
        .group_by(BankClaim.community_id, column)
        .having(sa.func.count() > 1)
        for column in (BankClaim.line_id, BankClaim.payment_id)
    )
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
    Check(
        "BK4",
        "Every claimed line is one payment of its sum, and what was paid from lines is claimed.",
        _CLAIMED_OTHERWISE,
    ),
    Check("BK5", "Every line is claimed at most once, and every payment by one line.", _CLAIMED_TWICE),
)
