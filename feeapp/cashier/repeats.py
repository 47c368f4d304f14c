"""A payment that looks like one that was just taken: asked about first, so that nobody pays the same twice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from feeapp.cashier.models import Payment, Receipt, Void
from feeapp.cashier.rules import Request
from feeapp.cashier.standing import OWN_RECEIPT, UNDONE
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.storage.columns import Fen
from feeapp.storage.db import db

WITHIN = timedelta(minutes=10)
"""How long ago a payment of the same sum still looks like the same one."""


def check_repeat(by: By, request: Request, party_ids: Collection[int]) -> None:
    """Raises Refused where the same household paid the same sum a moment ago, and that payment still stands.

    The same submission sent twice is no second payment, so it is not asked about.
    """
    amount = total(tender.amount for tender in request.tenders)
    label = _just_taken(by, request, amount, party_ids)
    if label is not None:
        raise Refused(
            "cashier.repeat",
            msg(
                "This household paid %(amount)s yuan less than ten minutes ago: receipt %(number)s. "
                "Tick that this is another payment, if it is."
            ),
            {"amount": str(amount), "number": label},
            field="again",
        )


def _just_taken(by: By, request: Request, amount: Money, party_ids: Collection[int]) -> str | None:
    """The receipt of such a payment; None where there is none, or where this very submission made one."""
    sent = db.session.scalar(
        sa.select(Payment.id).where(Payment.community_id == by.community_id, Payment.submission_key == request.key)
    )
    if sent is not None:
        return None
    handed_over = sa.type_coerce(Payment.amount + Payment.change, Fen)
    return db.session.scalar(
        sa.select(Receipt.label)
        .select_from(Payment)
        .join(Receipt, OWN_RECEIPT)
        .outerjoin(Void, UNDONE)
        .where(
            Payment.community_id == by.community_id,
            Payment.party_id.in_(list(party_ids)),
            Payment.received_at > by.at - WITHIN,
            sa.or_(Payment.amount == amount, handed_over == amount),
            Void.id.is_(None),
        )
        .order_by(Payment.received_at.desc())
        .limit(1)
    )
