"""Paying ahead on the pages: the counter, the list of prepaid money, offers, risen prices."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp import clock
from feeapp.cashier.models import Payment
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.prepay.models import Offer, Prepayment, PriceChoice
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Authority, Price
from tests.actions.test_bill_runs import _price
from tests.holding import give
from tests.people import Cast


@pytest.fixture
def fee(site: Flask, cast: Cast) -> int:
    item = transaction(lambda: add_item(cast.by("manager"), ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31))
    _price(cast, item, "0.65", date(2020, 1, 1))
    return item


def _address(cast: Cast, item: int, months: str = "12", unit: str = "3-2-501", **changes: str) -> str:
    asked = {"unit": str(cast.units[unit]), "picks": f"{cast.units[unit]}-{item}", "term": "MONTHS", "months": months}
    return "/XHY/counter/prepay?" + "&".join(f"{name}={value}" for name, value in {**asked, **changes}.items())


def _pay(client: FlaskClient, address: str, yuan: str, **changes: str) -> object:
    page = client.get(address).text
    hidden = dict(re.findall(r'name="(key|seen)"[^>]*value="([^"]*)"', page))
    return client.post(address, data={**hidden, "payer": "张小明", "tenders-0-amount": yuan, **changes})


def test_a_year_with_a_gift_month_is_looked_at_and_paid(site: Flask, cast: Cast, fee: int) -> None:
    manager, cashier = cast.client("manager", "en"), cast.client("cashier", "en")
    offer = {
        "item": str(fee), "kind": "MONTHS", "months": "12", "gift_months": "1", "from_on": "2020-01-01",
        "authority": "NOTICE", "authority_text": "公示 2020-1",
    }  # fmt: skip
    assert manager.post("/XHY/prepaid/offers/new", data=offer).status_code == 302
    page = cashier.get(_address(cast, fee)).text
    assert "674.88" in page
    assert "-56.24" in page
    assert "618.64" in page
    assert "1 month free" in page
    answer = _pay(cashier, _address(cast, fee), "618.64")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    receipt = cashier.get(answer.headers["Location"]).text  # type: ignore[attr-defined]
    assert "Offer for paying ahead" in receipt
    assert "618.64" in receipt
    through = Period.of(office_day(clock.now())).plus(11)
    assert db.session.query(Prepayment).one().through_period == through
    assert "paid ahead up to" in cashier.get(f"/XHY/counter?unit={cast.units['3-2-501']}").text
    assert "paid ahead up to" in cast.client("resident", "en").get("/my/").text
    held = cast.client("accountant", "en").get("/XHY/prepaid").text
    assert "3-2-501" in held
    assert "674.88" in held


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"months": "13"}, "At most 12 months"),
        ({"months": "0"}, "Enter how many months"),
        ({"months": "x"}, "not a whole number"),
        ({"term": "THROUGH", "through": "2001-01"}, "is billed or paid ahead already"),
        ({"term": "THROUGH"}, "Choose the last month"),
        ({"term": "YEAR"}, "Enter a year"),
        ({"term": "YEAR", "year": "2001"}, "is billed or paid ahead already"),
        ({"term": "nonsense"}, "Choose one"),
        ({"picks": ""}, "Tick what is paid ahead"),
        ({"picks": "x-y"}, "Tick what is paid ahead"),
    ],
)
def test_nonsense_is_answered_at_its_field(
    site: Flask, cast: Cast, fee: int, changes: dict[str, str], said: str
) -> None:
    answer = cast.client("cashier", "en").get(_address(cast, fee, **changes))
    assert answer.status_code == 200
    assert said in answer.text


def test_a_payment_that_does_not_fit_is_answered_and_nothing_is_taken(site: Flask, cast: Cast, fee: int) -> None:
    cashier = cast.client("cashier", "en")
    for yuan, changes, said in (
        ("600", {}, "paid ahead whole"),
        ("abc", {}, "not an amount"),
        ("674.88", {"seen": "1.00"}, "something has changed"),
        ("674.88", {"seen": "nonsense"}, "something has changed"),
        ("674.88", {"payer": ""}, "Fill this in"),
    ):
        answer = _pay(cashier, _address(cast, fee), yuan, **changes)
        assert answer.status_code == 200  # type: ignore[attr-defined]
        assert said in answer.text  # type: ignore[attr-defined]
    assert db.session.query(Payment).count() == 0


def test_the_same_page_sent_twice_pays_once(site: Flask, cast: Cast, fee: int) -> None:
    cashier, address = cast.client("cashier"), _address(cast, fee)
    page = cashier.get(address).text
    hidden = dict(re.findall(r'name="(key|seen)"[^>]*value="([^"]*)"', page))
    data = {**hidden, "payer": "张小明", "tenders-0-amount": "674.88"}
    first = cashier.post(address, data=data)
    assert first.status_code == 302
    cashier.post(address, data=data)
    assert db.session.query(Prepayment).count() == 1


def test_who_may_take_publish_and_decide(site: Flask, cast: Cast, fee: int) -> None:
    assert cast.client("manager").get(_address(cast, fee)).status_code == 403
    assert cast.client("cashier").get("/XHY/prepaid/offers/new").status_code == 403
    assert cast.client("manager").post("/XHY/prepaid/rises", data={}).status_code == 403
    for page in ("/XHY/prepaid", "/XHY/prepaid/offers", "/XHY/prepaid/rises", "/XHY/prepaid/held.xlsx"):
        assert cast.client("auditor").get(page).status_code == 200
        assert cast.client("outsider").get(page).status_code == 404
        assert cast.client("resident").get(page).status_code == 404
    foreign = cast.client("cashier").get(f"/XHY/counter/prepay?unit={cast.units['ZYL 1-1-101']}")
    assert foreign.status_code == 404
    assert cast.client("cashier").get("/XHY/counter/prepay").status_code == 302
    assert "下月没有" in cast.client("cashier").get(f"/XHY/counter/prepay?unit={cast.units['S01']}").text


def test_an_offer_is_refused_at_its_field_and_ended_after_asking(site: Flask, cast: Cast, fee: int) -> None:
    manager = cast.client("manager", "en")
    good = {
        "item": str(fee), "kind": "PERCENT", "months": "6", "percent": "5", "from_on": "2020-01-01",
        "to_on": "2199-01-01", "authority": "NOTICE", "authority_text": "公示 1",
    }  # fmt: skip
    for change, said in (
        ({"percent": "100"}, "between 0 and 100"),
        ({"percent": ""}, "between 0 and 100"),
        ({"kind": "MONTHS", "gift_months": "6"}, "fewer than are bought"),
        ({"to_on": "2019-01-01"}, "before the first"),
        ({"authority_text": ""}, "Fill this in"),
        ({"item": "1"}, "Not a valid choice"),
    ):
        answer = manager.post("/XHY/prepaid/offers/new", data={**good, **change})
        assert answer.status_code == 200
        assert said in answer.text
    assert db.session.query(Offer).count() == 0
    assert manager.post("/XHY/prepaid/offers/new", data=good).status_code == 302
    offer = db.session.query(Offer).one()
    assert "5.00 % off" in manager.get("/XHY/prepaid/offers").text
    assert cast.client("outsider").get(f"/ZYL/prepaid/offers/{offer.id}/end").status_code == 404
    assert manager.get(f"/XHY/prepaid/offers/{offer.id}/end").status_code == 200
    assert manager.post(f"/XHY/prepaid/offers/{offer.id}/end").status_code == 302
    assert "already ended" in manager.post(f"/XHY/prepaid/offers/{offer.id}/end").text


def test_prepaid_money_is_searched_summed_and_downloaded_alike(site: Flask, cast: Cast, fee: int) -> None:
    accountant = cast.client("accountant", "en")
    assert "Nothing is prepaid" in accountant.get("/XHY/prepaid").text
    give(cast, "3-2-501", "100")
    give(cast, "G07", "50", item_id=fee)
    page = accountant.get("/XHY/prepaid").text
    assert "150.00" in page
    assert "for any item" in page
    assert "No household fits" in accountant.get("/XHY/prepaid?q=zzzz").text
    book = openpyxl.load_workbook(io.BytesIO(accountant.get("/XHY/prepaid/held.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert [(row[0], row[3]) for row in rows[1:]] == [("3-2-501", "for any item"), ("G07", "Property fee")]


def test_a_risen_price_is_decided_once_on_its_page(site: Flask, cast: Cast, fee: int) -> None:
    cashier, accountant = cast.client("cashier"), cast.client("accountant", "en")
    assert "Nothing to decide" in accountant.get("/XHY/prepaid/rises").text
    _pay(cashier, _address(cast, fee), "674.88")
    paid = db.session.query(Prepayment).one()
    start = paid.from_period.plus(6)
    later = clock.now() + timedelta(minutes=5)
    wanted = _published("0.80", start.first_day)
    transaction(lambda: publish(cast.by("manager", later), fee, wanted))
    page = accountant.get("/XHY/prepaid/rises").text
    assert "77.88" in page
    assert "The accountant decides" in cast.client("manager", "en").get("/XHY/prepaid/rises").text
    rows = list(openpyxl.load_workbook(io.BytesIO(accountant.get("/XHY/prepaid/rises.xlsx").data)).active)
    assert len(rows) == 2
    keep = {"picks": str(paid.id), "way": "KEEP"}
    assert "Say why" in accountant.post("/XHY/prepaid/rises", data=keep).text
    assert "Nothing is ticked" in accountant.post("/XHY/prepaid/rises", data={"way": "CHARGE"}).text
    assert accountant.post("/XHY/prepaid/rises", data={**keep, "reason": "已按原价收足"}).status_code == 302
    assert db.session.query(PriceChoice).one().difference.fen == 7788
    again = accountant.post("/XHY/prepaid/rises", data={**keep, "reason": "再来一次"}).text
    assert "decided about meanwhile" in again


def _published(rate: str, day: date) -> Published:
    return Published(UnitUse.HOME, Price(Decimal(rate)), day, Authority.CONTRACT, "合同", True)
