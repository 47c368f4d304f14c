"""Money above what is due stays with the household, and pays what comes next."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge
from feeapp.cashier.models import Payment
from feeapp.cashier.queries import list_held, list_receipts_of
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method
from feeapp.cashier.settling import Tender as Handed
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused
from feeapp.storage.db import db
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import MoveKind
from tests.actions.test_payments import _cash, _lines, _open, _take
from tests.holding import give
from tests.owing import owe
from tests.people import Cast


def _request(cast: Cast, charges: list[int], *tenders: Handed, key: str = "k1", keep: bool = False) -> Request:
    return Request(key, cast.units["3-2-501"], tuple(charges), tenders, "张小明", keep=keep)


def _wallet(yuan: str) -> Handed:
    return Handed(Method.WALLET, Money.yuan(yuan))


def _held(cast: Cast) -> list[tuple[str, Money]]:
    return [(row.unit_code, row.balance) for row in list_held(cast.community, tuple(cast.units.values()))]


def test_a_transfer_above_what_is_due_is_offered_and_then_kept(app: Flask, cast: Cast) -> None:
    """60.00 for 56.24: refused with the offer, then 3.76 are held."""
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    transfer = Handed(Method.TRANSFER, Money.yuan(60), "T1")
    with pytest.raises(Refused, match="keep the rest as prepayment") as refused:
        _take(cast, _request(cast, [charge], transfer))
    assert refused.value.field == "keep"
    receipt = _take(cast, _request(cast, [charge], transfer, keep=True))
    assert receipt.amount == Money.yuan(60)
    assert _lines(cast, receipt) == [
        ("1002", Money.yuan(60), ZERO),
        ("1122.01", ZERO, Money.yuan("56.24")),
        ("2203", ZERO, Money.yuan("3.76")),
    ]
    assert _held(cast) == [("3-2-501", Money.yuan("3.76"))]
    assert db.session.scalars(sa.select(WalletMove.kind)).all() == [MoveKind.OVERPAID]
    lines = json.loads(receipt.snapshot)["lines"]
    assert (lines[1]["item"], lines[1]["amount"], lines[1]["unit"]) == ("预收款", 376, "3-2-501")


def test_cash_comes_back_as_change_unless_it_is_to_be_kept(app: Flask, cast: Cast) -> None:
    first, second = owe(cast, "3-2-501", "2025-12", "56.24"), owe(cast, "3-2-501", "2026-01", "56.24")
    given_back = _take(cast, _request(cast, [first], _cash("60"), key="a"))
    kept = _take(cast, _request(cast, [second], _cash("60"), key="b", keep=True))
    assert [db.session.get_one(Payment, (cast.community, each.payment_id)).change for each in (given_back, kept)] == [
        Money.yuan("3.76"),
        ZERO,
    ]
    assert _held(cast) == [("3-2-501", Money.yuan("3.76"))]


def test_a_payment_may_be_only_a_prepayment(app: Flask, cast: Cast) -> None:
    receipt = _take(cast, _request(cast, [], _cash("600"), keep=True))
    assert (receipt.amount, receipt.label) == (Money.yuan(600), "XHYOP2026-000001")
    assert _lines(cast, receipt) == [("1001", Money.yuan(600), ZERO), ("2203", ZERO, Money.yuan(600))]
    assert [each.id for each in list_receipts_of(cast.community, (cast.units["3-2-501"],), 3)] == [receipt.id]
    with pytest.raises(Refused, match="Nothing is ticked"):
        _take(cast, _request(cast, [], _cash("600"), key="other"))


def test_prepaid_money_pays_at_the_counter_beside_cash(app: Flask, cast: Cast) -> None:
    """56.24 due: 30.00 of prepaid money and 26.24 in cash; the receipt names both."""
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "3-2-501", "30")
    receipt = _take(cast, _request(cast, [charge], _wallet("30"), _cash("26.24")))
    assert _open(cast, charge) == ZERO
    assert _lines(cast, receipt) == [
        ("1001", Money.yuan("26.24"), ZERO),
        ("2203", Money.yuan(30), ZERO),
        ("1122.01", ZERO, Money.yuan("56.24")),
    ]
    assert [(each["label"], each["amount"]) for each in json.loads(receipt.snapshot)["tenders"]] == [
        ("现金", 2624),
        ("预收抵扣", 3000),
    ]
    assert _held(cast) == []


def test_what_is_kept_for_the_item_is_used_before_the_rest(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    item = db.session.scalars(sa.select(Charge.item_id)).one()
    kept, general = give(cast, "3-2-501", "30", item_id=item), give(cast, "3-2-501", "100")
    _take(cast, _request(cast, [charge], _wallet("56.24")))
    left = {row.id: row.balance for row in db.session.execute(sa.select(Wallet.id, Wallet.balance))}
    assert left == {kept: ZERO, general: Money.yuan("73.76")}


def test_what_is_held_for_a_unit_pays_for_that_unit_alone(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "G07", "2026-01", "150", "PARK")
    give(cast, "3-2-501", "200")
    give(cast, "G07", "20")
    with pytest.raises(Refused, match=r"Only 20\.00 yuan"):
        _take(cast, _request(cast, [charge], _wallet("150")))
    assert _open(cast, charge) == Money.yuan(150)
    _take(cast, _request(cast, [charge], _wallet("20"), key="k2"))
    assert _open(cast, charge) == Money.yuan(130)


def test_the_same_page_sent_twice_uses_prepaid_money_once(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "3-2-501", "100")
    request = _request(cast, [charge], _wallet("56.24"))
    assert _take(cast, request).id == _take(cast, request).id
    assert _held(cast) == [("3-2-501", Money.yuan("43.76"))]
