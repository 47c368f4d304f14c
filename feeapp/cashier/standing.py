"""What payments cleared, and what of it was taken back: two selections that add up to what still counts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.cashier.models import Payment, Receipt, Settlement, Tender, Void
from feeapp.cashier.void_rules import VoidState
from feeapp.storage.columns import Day, Fen

UNDONE = sa.and_(
    Void.community_id == Payment.community_id, Void.payment_id == Payment.id, Void.state == VoidState.APPROVED
)
"""What joins a payment to how it was taken back."""

OWN_RECEIPT = sa.and_(
    Receipt.community_id == Payment.community_id, Receipt.payment_id == Payment.id, Receipt.reverses_id.is_(None)
)
"""What joins a payment to the receipt that was given for it, and not to one in red."""


def less(amount: Any) -> sa.ColumnElement[Any]:
    """An amount below zero: what is taken back of it."""
    return sa.type_coerce(-sa.type_coerce(amount, sa.BigInteger), Fen)


def of_payment(part: Any) -> sa.ColumnElement[bool]:
    """What joins a payment to one of its rows."""
    return sa.and_(Payment.community_id == part.community_id, Payment.id == part.payment_id)


PAID_ON = sa.func.coalesce(Payment.credited_on, Payment.received_on, type_=Day())
"""Money claimed from a bank statement was paid on the day it reached the bank."""

SETTLED = sa.union_all(
    sa.select(
        Settlement.community_id, Settlement.charge_id, Settlement.payment_id, Settlement.amount,
        Payment.received_on.label("day"), sa.false().label("taken_back"),
    ).join(Payment, of_payment(Settlement)),
    sa.select(
        Settlement.community_id, Settlement.charge_id, Settlement.payment_id, less(Settlement.amount),
        Void.done_on, sa.true(),
    )
    .join(Payment, of_payment(Settlement))
    .join(Void, UNDONE),
).subquery("settled")  # fmt: skip
"""What was cleared of each charge on which day, and again below zero on the day it was taken back.

For named charges; where charges are looked for by something else, SQLite would read all of it, so the two are asked
apart there.
"""

TENDERED = sa.union_all(
    sa.select(
        Tender.community_id, Tender.payment_id, Tender.method, Tender.amount, Payment.fund,
        Payment.received_on.label("day"), Payment.cashier_id, Tender.unidentified,
    ).join(Payment, of_payment(Tender)),
    sa.select(
        Tender.community_id, Tender.payment_id, Tender.method, less(Tender.amount), Payment.fund,
        Void.done_on, Void.asked_by, Tender.unidentified,
    )
    .join(Payment, of_payment(Tender))
    .join(Void, UNDONE),
).subquery("tendered")  # fmt: skip
"""What came in by each way of paying on which day and at whose desk, and below zero what was given back."""
