"""A sound little book with every kind of row, for the tests that break it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from feeapp.cashier.actions import print_copy, take_payment
from feeapp.cashier.models import Receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.models import ChargeItem
from tests.owing import owe
from tests.people import AT, Cast

NEXT_DAY = AT + timedelta(days=1)


@dataclass
class Scene:
    """A sound little book: three charges paid, two of them a day later, and two left open.

    Payment ``a`` is 100.00 in cash on the first day, its receipt printed; ``b`` is a transfer and ``c`` cash, both of
    60.00 on the second.
    """

    cast: Cast
    charges: dict[str, int] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    def payment(self, name: str) -> int:
        return self.receipts[name].payment_id

    def item(self, code: str) -> int:
        return db.session.execute(
            sa.select(ChargeItem.id).filter_by(community_id=self.cast.community, code=code)
        ).scalar_one()


def sound_book(cast: Cast) -> Scene:
    """Put the scene into a database that has the cast."""
    scene = Scene(cast)
    for name, code, month, yuan, item in (
        ("a", "3-2-501", "2025-11", "100", "FEE"),
        ("b", "3-2-501", "2025-12", "60", "FEE"),
        ("c", "3-2-501", "2026-01", "60", "FEE"),
        ("open", "3-2-502", "2026-01", "40", "FEE"),
        ("parking", "G07", "2026-01", "150", "PARK"),
    ):
        scene.charges[name] = owe(cast, code, month, yuan, item)
    for name, at, tender in (
        ("a", AT, Tender(Method.CASH, Money.yuan(100))),
        ("b", NEXT_DAY, Tender(Method.TRANSFER, Money.yuan(60), "T1")),
        ("c", NEXT_DAY, Tender(Method.CASH, Money.yuan(60))),
    ):
        by = cast.by("cashier", at)
        request = Request(name, cast.units["3-2-501"], (scene.charges[name],), (tender,), "张小明")
        taken = transaction(lambda by=by, request=request: take_payment(by, request))
        scene.receipts[name] = db.session.get_one(Receipt, (cast.community, taken.receipt_id))
    printed = scene.receipts["a"].id
    transaction(lambda: print_copy(cast.by("cashier"), printed))
    for receipt in scene.receipts.values():
        db.session.refresh(receipt)
        db.session.expunge(receipt)
    return scene
