"""The counter and the receipts as pages: the whole payment by form, nonsense, wrong people, pressing twice."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from feeapp.cashier.models import Payment, Receipt, ReceiptPrint
from feeapp.core.money import Money
from feeapp.registry.actions import set_profile
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast

CASH, WECHAT, ALIPAY, POS, TRANSFER, CHEQUE = range(6)


def _form(page: str, cast: Cast, charges: list[int], **tenders: str) -> dict[str, object]:
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page) or re.search(r'value="([^"]+)"[^>]*name="key"', page)
    assert key
    return {"key": key[1], "items": charges, "payer": "张小明、李娜", **tenders}


def _open_page(client: FlaskClient, cast: Cast, unit: str = "3-2-501") -> str:
    answer = client.get(f"/XHY/counter?unit={cast.units[unit]}")
    assert answer.status_code == 200
    return answer.text


def _pay(client: FlaskClient, cast: Cast, charges: list[int], **tenders: str) -> str:
    page = _open_page(client, cast)
    answer = client.post(f"/XHY/counter?unit={cast.units['3-2-501']}", data=_form(page, cast, charges, **tenders))
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def _count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_household_shows_all_units_with_what_is_due_ticked(site: Flask, cast: Cast) -> None:
    due = owe(cast, "3-2-501", "2025-12", "56.24")
    parking = owe(cast, "G07", "2026-01", "150.00", "PARK")
    later = owe(cast, "3-2-502", "2199-01", "40.54")
    page = _open_page(cast.client("cashier"), cast)
    ticked = {int(found) for found in re.findall(r'value="(\d+)"[^>]*checked', page)}
    assert {due, parking} <= ticked
    assert later not in ticked
    assert "206.24" in page


def test_a_payment_by_form_leads_to_its_receipt_and_prints_it(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    charges = [owe(cast, "3-2-501", "2026-01", "56.24"), owe(cast, "G07", "2026-01", "150.00", "PARK")]
    tenders = {"tenders-0-amount": "100", "tenders-4-amount": "106.24", "tenders-4-reference": "T77"}
    where = _pay(cashier, cast, charges, **tenders)
    page = cashier.get(where).text
    assert "XHYOP2026-000001" in page or "XHYOP" in page
    receipt = db.session.query(Receipt).one()
    printing = cashier.post(f"/XHY/receipts/{receipt.id}/print", data={"size": "a5", "how": "pdf"})
    pdf = cashier.get(printing.headers["Location"])
    text = PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    assert pdf.mimetype == "application/pdf"
    assert "206.24" in text
    assert "补打" not in text
    again = cashier.post(f"/XHY/receipts/{receipt.id}/print", data={"size": "form-140", "how": "page"})
    assert "补打" in cashier.get(again.headers["Location"]).text


def test_the_same_page_sent_twice_takes_the_money_once(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    form = _form(_open_page(cashier, cast), cast, [charge], **{"tenders-0-amount": "56.24"})
    where = [cashier.post(f"/XHY/counter?unit={cast.units['3-2-501']}", data=form).headers["Location"] for _ in "ab"]
    assert where[0] == where[1]
    assert (_count(Payment), _count(Receipt)) == (1, 1)


@pytest.mark.parametrize(
    ("tenders", "said"),
    [
        ({"tenders-0-amount": "abc"}, "This is not an amount"),
        ({"tenders-0-amount": "1.234"}, "This is not an amount"),
        ({"tenders-0-amount": "-5"}, "more than zero"),
        ({}, "Enter how the money is paid"),
        ({"tenders-1-amount": "10"}, "reference number"),
        ({"tenders-1-amount": "100", "tenders-1-reference": "W1"}, "only cash gives change"),
        ({"tenders-0-amount": "10", "payer": ""}, "Fill this in"),
        ({"tenders-0-amount": "10", "items": []}, "Nothing is ticked"),
        ({"tenders-0-amount": "10", "items": ["1"]}, "no longer open"),
        ({"tenders-0-amount": "10", "key": ""}, "Fill this in"),
    ],
)
def test_nonsense_is_answered_and_nothing_is_taken(site: Flask, cast: Cast, tenders: dict[str, str], said: str) -> None:
    cashier = cast.client("cashier", "en")
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    form = {**_form(_open_page(cashier, cast), cast, [charge]), **tenders}
    answer = cashier.post(f"/XHY/counter?unit={cast.units['3-2-501']}", data=form)
    assert answer.status_code == 200
    assert said in answer.text
    assert _count(Payment) == 0


def test_what_was_typed_stays_on_the_page_after_a_refusal(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    charge, other = owe(cast, "3-2-501", "2025-12", "56.24"), owe(cast, "3-2-501", "2026-01", "56.24")
    form = _form(_open_page(cashier, cast), cast, [charge], **{"tenders-1-amount": "12.34", "remark": "代父亲缴"})
    page = cashier.post(f"/XHY/counter?unit={cast.units['3-2-501']}", data=form).text
    assert "12.34" in page
    assert "代父亲缴" in page
    ticked = {int(found) for found in re.findall(r'value="(\d+)"[^>]*checked', page)}
    assert (charge in ticked, other in ticked) == (True, False)


def test_money_is_taken_by_cashiers_alone_and_receipts_stay_in_the_community(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    _pay(cashier, cast, [owe(cast, "3-2-501", "2026-01", "56.24")], **{"tenders-0-amount": "56.24"})
    receipt = db.session.query(Receipt).one()
    for who in ("accountant", "manager", "committee", "auditor"):
        assert cast.client(who).get("/XHY/counter").status_code == 403
        assert cast.client(who).get(f"/XHY/receipts/{receipt.id}").status_code == 200
    outsider = cast.client("outsider")
    assert outsider.get(f"/XHY/receipts/{receipt.id}").status_code == 404
    assert outsider.get(f"/ZYL/receipts/{receipt.id}").status_code == 404
    assert outsider.get(f"/ZYL/receipts/{receipt.id}/1/a5.pdf").status_code in (403, 404)
    assert cashier.get(f"/XHY/counter?unit={cast.units['ZYL 1-1-101']}").status_code == 404
    assert site.test_client().get("/XHY/counter").status_code == 302


def test_a_copy_that_was_never_counted_cannot_be_had(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    _pay(cashier, cast, [owe(cast, "3-2-501", "2026-01", "56.24")], **{"tenders-0-amount": "56.24"})
    receipt = db.session.query(Receipt).one()
    assert cashier.get(f"/XHY/receipts/{receipt.id}/1/a5.pdf").status_code == 404
    assert cashier.post(f"/XHY/receipts/{receipt.id}/print", data={"size": "a0"}).status_code == 404
    assert cashier.get(f"/XHY/receipts/{receipt.id}/print").status_code == 405
    assert _count(ReceiptPrint) == 0


def test_the_list_of_receipts_is_narrowed_summed_and_downloaded_alike(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    for month, yuan in (("2025-11", "10.00"), ("2025-12", "20.00"), ("2026-01", "30.50")):
        _pay(cashier, cast, [owe(cast, "3-2-501", month, yuan)], **{"tenders-0-amount": yuan})
    assert "60.50" in cashier.get("/XHY/receipts").text
    narrowed = cashier.get("/XHY/receipts?q=000002").text
    assert "20.00" in narrowed
    assert "30.50" not in narrowed
    book = openpyxl.load_workbook(io.BytesIO(cashier.get("/XHY/receipts.xlsx?q=000002").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert str(rows[1][0]).endswith("-000002")


def test_a_household_is_found_by_typing_and_opened_at_once_when_it_is_the_only_one(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    assert "没有找到" in cashier.get("/XHY/counter?q=zzzz").text


def test_small_change_is_let_off_only_where_the_settings_allow_it(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    cashier, address = cast.client("cashier", "en"), f"/XHY/counter?unit={cast.units['3-2-501']}"
    assert "Let off the small change" not in cashier.get(address).text
    profile = profile_of(cast.community).but(small_waiver_receipt=Money(5), small_waiver_day=Money(50))
    transaction(lambda: set_profile(cast.by("manager"), profile, "本处规定"))
    assert "up to 0.05 yuan" in cashier.get(address).text
    sent = {"key": "small", "items": [charge], "tenders-0-amount": "56.18", "payer": "张小明", "waive": "y"}
    refused = cashier.post(address, data=sent).text
    assert ("0.06 yuan are short" in refused, 'value="56.18"' in refused) == (True, True)
    looked = cashier.post(address, data={**sent, "tenders-0-amount": "56.20", "look": "1"}).text
    assert "Small change let off" in looked
    taken = cashier.post(address, data={**sent, "tenders-0-amount": "56.20"})
    assert taken.status_code == 302
    assert "抹零 0.04 元" in cashier.get(taken.headers["Location"]).text
