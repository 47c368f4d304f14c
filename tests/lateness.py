"""Late charges in tests: settings that ask for them, and payments on named days."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from feeapp.billing.models import LateCharge
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.registry.actions import set_profile
from feeapp.registry.profile import SettlementPolicy
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import Cast

RATE = Decimal("0.0003")


def noon(day: str) -> datetime:
    """Noon in the office on a day."""
    return datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)


def ask_for(cast: Cast, rate: Decimal = RATE, **terms: Any) -> None:
    """Let Xihuayuan ask for being late, at 0.03 % a day unless told otherwise."""
    by = cast.by("manager")
    profile = profile_of(cast.community).but(late_rate=rate, **terms)
    transaction(lambda: set_profile(by, profile, "合同第 9 条"))


def pay(
    cast: Cast, charges: list[int], yuan: str, day: str, policy: SettlementPolicy | None = None, key: str = ""
) -> Receipt:
    """Pay an amount in cash for charges of the household of 3-2-501 on a day."""
    tender = Tender(Method.CASH, Money.yuan(yuan))
    unit = cast.units["3-2-501"]
    request = Request(key or f"{day} {yuan}", unit, tuple(charges), (tender,), "张小明", policy=policy)
    by = cast.by("cashier", noon(day))
    taken = transaction(lambda: take_payment(by, request))
    return db.session.get_one(Receipt, (cast.community, taken.receipt_id))


def late_charges(cast: Cast, principal: int) -> list[LateCharge]:
    """What was charged for being late with a charge, in order."""
    db.session.rollback()
    found = db.session.query(LateCharge).filter_by(community_id=cast.community, principal_id=principal)
    return found.order_by(LateCharge.seq).all()
