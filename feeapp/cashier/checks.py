"""Checks of what was taken: what payments cleared, what they are made of, and the book that must say the same."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import Charge, Offset, Reduction
from feeapp.cashier import receipt_checks, void_checks
from feeapp.cashier.models import Payment, Settlement, Tender
from feeapp.cashier.rules import ACCOUNT_OF, PAYMENT
from feeapp.cashier.settling import Method
from feeapp.cashier.standing import SETTLED, TENDERED
from feeapp.ledger.models import Entry, EntryLine
from feeapp.ledger.rules import PREPAYMENTS, STATEMENT_LINE, UNIDENTIFIED
from feeapp.logbook.models import LogEntry
from feeapp.storage.checking import Check
from feeapp.storage.columns import Choice
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.models import WalletMove
from feeapp.wallets.rules import MoveKind

_HANDED_OVER = Tender.method != Method.WALLET
_MONEY_ACCOUNTS = sorted(set(ACCOUNT_OF.values()) - {PREPAYMENTS})
_NOTHING = sa.literal(0, sa.BigInteger)


def _fen(amount: Any) -> sa.ColumnElement[int]:
    """Money as a whole number in the query, so that sums and differences of several tables can be taken."""
    return sa.type_coerce(amount, sa.BigInteger)


def _sums(amount: Any, *keys: Any) -> sa.Subquery:
    """The sum of an amount for each key."""
    return sa.select(*keys, sa.func.sum(_fen(amount)).label("sum")).group_by(*keys).subquery()


def _of(table: Any, payment_id: Any) -> sa.ColumnElement[bool]:
    return sa.and_(table.community_id == Payment.community_id, payment_id == Payment.id)


# What is cleared of each charge

_CLEARED = _sums(SETTLED.c.amount, SETTLED.c.community_id, SETTLED.c.charge_id)
_LOWERED = _sums(Reduction.amount, Reduction.community_id, Reduction.charge_id)
_OFFSET = _sums(Offset.amount, Offset.community_id, Offset.charge_id)
_PAID = sa.func.coalesce(_CLEARED.c.sum, _NOTHING) + sa.func.coalesce(_OFFSET.c.sum, _NOTHING)
_OFF = sa.func.coalesce(_LOWERED.c.sum, _NOTHING)

_CHARGE_WRONG = (
    sa.select(
        Charge.community_id, Charge.id, Charge.amount, Charge.settled, _PAID.label("settlements_and_offsets"),
        Charge.reduced, _OFF.label("reductions"),
    )
    .outerjoin(_CLEARED, sa.and_(_CLEARED.c.community_id == Charge.community_id, _CLEARED.c.charge_id == Charge.id))
    .outerjoin(_OFFSET, sa.and_(_OFFSET.c.community_id == Charge.community_id, _OFFSET.c.charge_id == Charge.id))
    .outerjoin(_LOWERED, sa.and_(_LOWERED.c.community_id == Charge.community_id, _LOWERED.c.charge_id == Charge.id))
    .where(sa.or_(_fen(Charge.settled) != _PAID, _fen(Charge.reduced) != _OFF, _fen(Charge.amount) < _PAID + _OFF))
)  # fmt: skip

_NOT_ABOVE_ZERO = sa.select(
    Settlement.community_id, Settlement.payment_id, Settlement.charge_id, Settlement.amount
).where(_fen(Settlement.amount) <= 0)

# What each payment is made of

_TENDERED = _sums(Tender.amount, Tender.community_id, Tender.payment_id)
_SETTLED = _sums(Settlement.amount, Settlement.community_id, Settlement.payment_id)
_HELD = (
    sa.select(WalletMove.community_id, WalletMove.source_id, sa.func.sum(_fen(WalletMove.amount)).label("sum"))
    .where(WalletMove.source_kind == PAYMENT, WalletMove.kind.in_([MoveKind.PREPAID, MoveKind.OVERPAID]))
    .group_by(WalletMove.community_id, WalletMove.source_id)
    .subquery()
)
_CAME = sa.func.coalesce(_TENDERED.c.sum, _NOTHING)
_WENT = sa.func.coalesce(_SETTLED.c.sum, _NOTHING) + sa.func.coalesce(_HELD.c.sum, _NOTHING)

_PAYMENT_WRONG = (
    sa.select(Payment.community_id, Payment.id, Payment.amount, _CAME.label("tenders"), _WENT.label("cleared_and_held"))
    .outerjoin(_TENDERED, _of(_TENDERED.c, _TENDERED.c.payment_id))
    .outerjoin(_SETTLED, _of(_SETTLED.c, _SETTLED.c.payment_id))
    .outerjoin(_HELD, _of(_HELD.c, _HELD.c.source_id))
    .where(sa.or_(_fen(Payment.amount) != _CAME, _fen(Payment.amount) != _WENT))
)

_ITEM_OF = sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id)
_CHARGE_OF = sa.and_(Charge.community_id == Settlement.community_id, Charge.id == Settlement.charge_id)
_ENTRY_OF = sa.and_(Entry.community_id == Payment.community_id, Entry.id == Payment.entry_id)

_MIXED_FUNDS = sa.union_all(
    sa.select(Payment.community_id, Payment.id, Payment.fund, ChargeItem.fund.label("other"))
    .join(Settlement, _of(Settlement, Settlement.payment_id))
    .join(Charge, _CHARGE_OF)
    .join(ChargeItem, _ITEM_OF)
    .where(ChargeItem.fund != Payment.fund),
    sa.select(Payment.community_id, Payment.id, Payment.fund, Entry.fund)
    .join(Entry, _ENTRY_OF)
    .where(Entry.fund != Payment.fund),
)

_SENT_TWICE = (
    sa.select(Payment.community_id, Payment.submission_key, sa.func.count().label("payments"))
    .group_by(Payment.community_id, Payment.submission_key)
    .having(sa.func.count() > 1)
)

_NOTE_OF = sa.and_(
    LogEntry.community_id == Payment.community_id,
    LogEntry.subject_id == Payment.id,
    LogEntry.subject_kind == "payment",
    LogEntry.kind == "cashier.take",
)
_NOTED_OTHERWISE = sa.union_all(
    sa.select(Payment.community_id, Payment.id, sa.literal("not in the logbook").label("fault")).where(
        ~sa.exists().where(_NOTE_OF)
    ),
    sa.select(LogEntry.community_id, LogEntry.subject_id, sa.literal("only in the logbook")).where(
        LogEntry.kind == "cashier.take",
        ~sa.exists().where(Payment.community_id == LogEntry.community_id, Payment.id == LogEntry.subject_id),
    ),
)

# What the book says of it


def _account(of: Any, *before: Any) -> sa.ColumnElement[str]:
    """Where money is booked by the way it came."""
    return sa.case(
        *before, *((of == sa.literal(method, Choice(type(method))), account) for method, account in ACCOUNT_OF.items())
    )


_METHOD_ACCOUNT = _account(Tender.method, (Tender.unidentified.is_(sa.true()), UNIDENTIFIED))
_BOTH_SIDES = sa.union_all(
    sa.select(Tender.community_id, Tender.payment_id, _METHOD_ACCOUNT.label("account"), _fen(Tender.amount).label("x")),
    sa.select(Settlement.community_id, Settlement.payment_id, ChargeItem.receivable, -_fen(Settlement.amount))
    .join(Charge, _CHARGE_OF)
    .join(ChargeItem, _ITEM_OF),
    sa.select(WalletMove.community_id, WalletMove.source_id, sa.literal(PREPAYMENTS), -_fen(WalletMove.amount)).where(
        WalletMove.source_kind == PAYMENT, WalletMove.kind.in_([MoveKind.PREPAID, MoveKind.OVERPAID])
    ),
    sa.select(Payment.community_id, Payment.id, EntryLine.account, _fen(EntryLine.credit) - _fen(EntryLine.debit)).join(
        EntryLine,
        sa.and_(EntryLine.community_id == Payment.community_id, EntryLine.entry_id == Payment.entry_id),
    ),
).subquery()

_BOOKED_OTHERWISE = (
    sa.select(
        _BOTH_SIDES.c.community_id,
        _BOTH_SIDES.c.payment_id,
        _BOTH_SIDES.c.account,
        sa.func.sum(_BOTH_SIDES.c.x).label("missing"),
    )
    .group_by(_BOTH_SIDES.c.community_id, _BOTH_SIDES.c.payment_id, _BOTH_SIDES.c.account)
    .having(sa.func.sum(_BOTH_SIDES.c.x) != 0)
)

_NOT_ITS_ENTRY = (
    sa.select(Payment.community_id, Payment.id, Payment.entry_id)
    .outerjoin(Entry, _ENTRY_OF)
    .where(
        sa.or_(
            Entry.id.is_(None),
            Entry.source_kind != "payment",
            Entry.source_id != Payment.id,
            Entry.happened_on != Payment.received_on,
        )
    )
)

_DESK_ACCOUNT = _account(TENDERED.c.method)
_MOVED = sa.union_all(
    sa.select(
        TENDERED.c.community_id,
        TENDERED.c.fund,
        TENDERED.c.day,
        _DESK_ACCOUNT.label("account"),
        _fen(TENDERED.c.amount).label("x"),
    ).where(TENDERED.c.method != Method.WALLET, TENDERED.c.unidentified.is_(sa.false())),
    sa.select(
        Entry.community_id,
        EntryLine.fund,
        Entry.happened_on,
        EntryLine.account,
        _fen(EntryLine.credit) - _fen(EntryLine.debit),
    )
    .join(EntryLine, sa.and_(EntryLine.community_id == Entry.community_id, EntryLine.entry_id == Entry.id))
    .where(EntryLine.account.in_(_MONEY_ACCOUNTS), Entry.source_kind != STATEMENT_LINE),
).subquery()

_DAY_WRONG = (
    sa.select(
        _MOVED.c.community_id, _MOVED.c.fund, _MOVED.c.day, _MOVED.c.account, sa.func.sum(_MOVED.c.x).label("missing")
    )
    .group_by(_MOVED.c.community_id, _MOVED.c.fund, _MOVED.c.day, _MOVED.c.account)
    .having(sa.func.sum(_MOVED.c.x) != 0)
)

_USED = sa.union_all(
    sa.select(Tender.community_id, Tender.payment_id, _fen(Tender.amount).label("x")).where(~_HANDED_OVER),
    sa.select(WalletMove.community_id, WalletMove.source_id, _fen(WalletMove.amount)).where(
        WalletMove.source_kind == PAYMENT, WalletMove.kind == MoveKind.APPLIED
    ),
).subquery()

_USED_OTHERWISE = (
    sa.select(_USED.c.community_id, _USED.c.payment_id, sa.func.sum(_USED.c.x).label("tenders_less_moves"))
    .group_by(_USED.c.community_id, _USED.c.payment_id)
    .having(sa.func.sum(_USED.c.x) != 0)
)

_OWED = sa.union_all(
    sa.select(
        Charge.community_id,
        ChargeItem.fund,
        ChargeItem.receivable.label("account"),
        (_fen(Charge.amount) - _fen(Charge.settled) - _fen(Charge.reduced)).label("x"),
    ).join(ChargeItem, _ITEM_OF),
    sa.select(
        EntryLine.community_id, EntryLine.fund, EntryLine.account, _fen(EntryLine.credit) - _fen(EntryLine.debit)
    ).where(EntryLine.account.startswith("1122.")),
).subquery()

_CONTROL_WRONG = (
    sa.select(_OWED.c.community_id, _OWED.c.fund, _OWED.c.account, sa.func.sum(_OWED.c.x).label("open_less_book"))
    .group_by(_OWED.c.community_id, _OWED.c.fund, _OWED.c.account)
    .having(sa.func.sum(_OWED.c.x) != 0)
)

CHECKS: tuple[Check, ...] = (
    Check("B1", "What is settled and reduced of a charge is what cleared it, never above its amount.", _CHARGE_WRONG),
    Check("K1", "The receivable accounts of the book come to what is open on the charges.", _CONTROL_WRONG),
    Check("P1", "The tenders of a payment, and what it cleared and prepaid, each come to its amount.", _PAYMENT_WRONG),
    Check("P2", "A settlement is above zero.", _NOT_ABOVE_ZERO),
    Check("P3", "A payment, its entry and the charges it clears belong to one fund.", _MIXED_FUNDS),
    Check("P6", "One submission makes one payment.", _SENT_TWICE),
    Check("P10", "The entry of a payment debits what came in and credits what it cleared.", _BOOKED_OTHERWISE),
    Check("P11", "A payment and its entry name each other and the same day.", _NOT_ITS_ENTRY),
    Check("P12", "Prepaid money that a payment used left its wallets.", _USED_OTHERWISE),
    Check("D1", "On every day the money accounts of the book move by what was tendered, statements aside.", _DAY_WRONG),
    Check("A2", "Every payment is in the logbook, and every payment of the logbook stands.", _NOTED_OTHERWISE),
    *receipt_checks.CHECKS,
    *void_checks.CHECKS,
)
