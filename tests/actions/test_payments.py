"""Taking money at the counter: what is cleared, what is booked, what number the receipt gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge
from feeapp.cashier.actions import print_copy, take_payment
from feeapp.cashier.models import Payment, Receipt, Settlement, Tender
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method
from feeapp.cashier.settling import Tender as Handed
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import Entry, EntryLine
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import AT, Cast


def _cash(yuan: str) -> Handed:
    return Handed(Method.CASH, Money.yuan(yuan))


def _request(cast: Cast, charges: list[int], *tenders: Handed, key: str = "k1", unit: str = "3-2-501") -> Request:
    return Request(key, cast.units[unit], tuple(charges), tenders, payer="张小明")


def _take(cast: Cast, request: Request, at: datetime = AT) -> Receipt:
    by = cast.by("cashier", at)
    taken = transaction(lambda: take_payment(by, request))
    return get_receipt(cast.community, taken.receipt_id)


def _open(cast: Cast, charge_id: int) -> Money:
    charge = db.session.get_one(Charge, (cast.community, charge_id), populate_existing=True)
    return charge.amount - charge.settled - charge.reduced


def _count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _lines(cast: Cast, receipt: Receipt) -> list[tuple[str, Money, Money]]:
    payment = db.session.get_one(Payment, (cast.community, receipt.payment_id))
    found = db.session.scalars(
        sa.select(EntryLine).filter_by(community_id=cast.community, entry_id=payment.entry_id).order_by(EntryLine.line)
    )
    return [(line.account, line.debit, line.credit) for line in found]


def test_one_payment_clears_two_flats_and_a_parking_space_with_two_tenders(app: Flask, cast: Cast) -> None:
    """56.24 + 40.54 + 150.00 = 246.78, paid with 100.00 in cash and a transfer of 146.78."""
    charges = [
        owe(cast, "3-2-501", "2026-01", "56.24"),
        owe(cast, "3-2-502", "2026-01", "40.54"),
        owe(cast, "G07", "2026-01", "150.00", "PARK"),
    ]
    receipt = _take(cast, _request(cast, charges, _cash("100"), Handed(Method.TRANSFER, Money.yuan("146.78"), "T77")))
    assert receipt.amount == Money.yuan("246.78")
    assert receipt.label == "XHYOP2026-000001"
    assert [_open(cast, charge) for charge in charges] == [Money(0)] * 3
    assert _lines(cast, receipt) == [
        ("1001", Money.yuan("100"), Money(0)),
        ("1002", Money.yuan("146.78"), Money(0)),
        ("1122.01", Money(0), Money.yuan("96.78")),
        ("1122.03", Money(0), Money.yuan("150")),
    ]


def test_part_payment_goes_to_the_oldest_and_says_what_stays_open(app: Flask, cast: Cast) -> None:
    """500.00 for 812.40: the older 400.00 whole, 100.00 of the younger 412.40."""
    younger = owe(cast, "3-2-501", "2026-01", "412.40")
    older = owe(cast, "3-2-501", "2025-12", "400.00")
    receipt = _take(cast, _request(cast, [younger, older], _cash("500")))
    assert (_open(cast, older), _open(cast, younger)) == (Money(0), Money.yuan("312.40"))
    assert receipt.amount == Money.yuan("500")
    lines = json.loads(receipt.snapshot)["lines"]
    assert [line["period"] for line in lines] == ["2025-12", "2026-01"]
    assert "31240" in json.dumps(lines[1])


def test_change_is_given_for_cash_and_only_what_is_kept_is_booked(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "262.48")
    receipt = _take(cast, _request(cast, [charge], _cash("300")))
    payment = db.session.get_one(Payment, (cast.community, receipt.payment_id))
    assert (payment.amount, payment.change) == (Money.yuan("262.48"), Money.yuan("37.52"))
    assert _lines(cast, receipt)[0] == ("1001", Money.yuan("262.48"), Money(0))


def test_pressing_twice_takes_the_money_once(app: Flask, cast: Cast) -> None:
    request = _request(cast, [owe(cast, "3-2-501", "2026-01", "56.24")], _cash("56.24"))
    assert _take(cast, request).id == _take(cast, request).id
    assert [_count(model) for model in (Payment, Receipt, Settlement, Tender)] == [1, 1, 1, 1]


def test_the_key_of_a_payment_cannot_serve_another(app: Flask, cast: Cast) -> None:
    first, second = owe(cast, "3-2-501", "2025-12", "56.24"), owe(cast, "3-2-501", "2026-01", "56.24")
    _take(cast, _request(cast, [first], _cash("56.24")))
    with pytest.raises(Refused, match="already taken"):
        _take(cast, _request(cast, [second], _cash("56.24")))


def test_numbers_have_no_gap_after_a_payment_that_was_refused(app: Flask, cast: Cast) -> None:
    charges = [owe(cast, "3-2-501", f"2025-{month:02}", "56.24") for month in range(10, 13)]
    assert _take(cast, _request(cast, charges[:1], _cash("56.24"), key="a")).number == 1
    with pytest.raises(Refused):
        _take(cast, _request(cast, charges[:1], _cash("56.24"), key="b"))
    assert _take(cast, _request(cast, charges[1:2], _cash("56.24"), key="c")).number == 2


def test_the_number_starts_again_with_the_year_of_the_office(app: Flask, cast: Cast) -> None:
    """16:30 UTC on New Year's Eve is already 2027 in the office."""
    charges = [owe(cast, "3-2-501", "2025-11", "10.00"), owe(cast, "3-2-501", "2025-12", "10.00")]
    _take(cast, _request(cast, charges[:1], _cash("10"), key="a"))
    newer = _take(cast, _request(cast, charges[1:], _cash("10"), key="b"), datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert (newer.label, newer.issued_on.isoformat()) == ("XHYOP2027-000001", "2027-01-01")


def test_a_paid_charge_is_not_paid_again(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    _take(cast, _request(cast, [charge], _cash("56.24"), key="a"))
    with pytest.raises(Refused, match="no longer open"):
        _take(cast, _request(cast, [charge], _cash("56.24"), key="b"))
    assert _count(Payment) == 1


def test_another_household_cannot_be_paid_from_this_page(app: Flask, cast: Cast) -> None:
    foreign = owe(cast, "1-1-101", "2026-01", "58.50")
    with pytest.raises(Refused, match="no longer open"):
        _take(cast, _request(cast, [foreign], _cash("58.50")))


def test_a_unit_of_the_neighbour_is_not_found(app: Flask, cast: Cast) -> None:
    with pytest.raises(NotFound):
        _take(cast, _request(cast, [1], _cash("1"), unit="ZYL 1-1-101"))


def test_a_refused_payment_leaves_nothing_behind(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    entries = _count(Entry)
    with pytest.raises(Refused):
        _take(cast, _request(cast, [charge], Handed(Method.WECHAT, Money.yuan("60"), "W1")))
    assert [_count(model) for model in (Payment, Receipt, Settlement, Tender)] == [0, 0, 0, 0]
    assert (_count(Entry), _open(cast, charge)) == (entries, Money.yuan("56.24"))


def test_printing_is_counted_from_the_original_on(app: Flask, cast: Cast) -> None:
    receipt = _take(cast, _request(cast, [owe(cast, "3-2-501", "2026-01", "56.24")], _cash("56.24")))
    by = cast.by("cashier")
    assert [transaction(lambda: print_copy(by, receipt.id)) for _ in range(3)] == [1, 2, 3]
