"""Prepaid money on the pages of the counter and of the resident."""

from __future__ import annotations

from flask import Flask

from feeapp.billing.offsets import apply_wallets
from feeapp.cashier.models import Payment
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.holding import give
from tests.owing import owe
from tests.pages.test_counter import _count, _form, _open_page, _pay
from tests.people import Cast


def test_a_surplus_is_offered_and_kept_when_the_page_is_sent_again(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier", "en")
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    where = f"/XHY/counter?unit={cast.units['3-2-501']}"
    form = _form(_open_page(cashier, cast), cast, [charge], **{"tenders-1-amount": "60", "tenders-1-reference": "W1"})
    answer = cashier.post(where, data=form)
    assert (answer.status_code, _count(Payment)) == (200, 0)
    assert "keep the rest as prepayment" in answer.text
    box = answer.text[answer.text.index('name="keep"') - 200 : answer.text.index('name="keep"') + 100]
    assert "checked" in box
    assert cashier.post(where, data={**form, "keep": "y"}).status_code == 302
    assert "3.76" in _open_page(cashier, cast)


def test_the_counter_shows_prepaid_money_and_takes_it(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    assert "tenders-6-amount" not in _open_page(cashier, cast)
    give(cast, "3-2-501", "100")
    assert "100.00" in _open_page(cashier, cast)
    page = cashier.get(_pay(cashier, cast, [charge], **{"tenders-6-amount": "56.24"})).text
    assert "预收款 <span" in page
    assert db.session.query(Payment).one().amount.fen == 5624
    assert "43.76" in _open_page(cashier, cast)


def test_the_day_counts_what_was_handed_over_not_what_was_prepaid_before(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    charge = owe(cast, "3-2-501", "2026-01", "70.00")
    give(cast, "3-2-501", "58.00")
    _pay(cashier, cast, [charge], **{"tenders-0-amount": "12.00", "tenders-6-amount": "58.00"})
    today = cashier.get("/XHY/today").text
    assert "12.00" in today
    assert "58.00" not in today


def test_a_resident_sees_what_is_held_and_what_it_paid(site: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", "2026-01", "56.24")
    resident = cast.client("resident")
    assert "预收余额" not in resident.get("/my/").text
    give(cast, "3-2-501", "100")
    give(cast, "1-1-101", "777", party="ouyang")
    home = resident.get("/my/").text
    assert "预收余额" in home
    assert "100.00" in home
    assert "777" not in home
    accountant = cast.by("accountant")
    transaction(lambda: apply_wallets(accountant, None, None))
    assert "预收款抵扣 56.24 元" in resident.get("/my/bills").text
    assert "预收款抵扣 56.24 元" in cast.client("accountant").get(f"/XHY/units/{cast.units['3-2-501']}/bills").text


def test_a_receipt_of_only_a_prepayment_is_the_residents_own_and_nobody_elses(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    _pay(cashier, cast, [], **{"tenders-0-amount": "600", "keep": "y"})
    assert "XHYOP" in cast.client("resident").get("/my/receipts").text
