"""The pages of bill runs."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask

from feeapp.billing.amending import Lowering, lower
from feeapp.billing.models import BillRun, Charge
from feeapp.billing.rules import ReductionKind
from feeapp.core.money import Money
from feeapp.ledger.actions import Source
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.pages.test_tariffs import PRICE, _item_id
from tests.people import Cast


@pytest.fixture
def priced(site: Flask, cast: Cast) -> Cast:
    cast.client("manager").post(f"/XHY/prices/{_item_id(cast)}/new", data=PRICE)
    return cast


def _seen(page: str) -> str:
    return re.search(r'name="seen_hash" value="([0-9a-f]+)"', page)[1]  # type: ignore[index]


def test_a_month_is_looked_at_confirmed_listed_and_downloaded(site: Flask, priced: Cast) -> None:
    accountant = priced.client("accountant")
    to_preview = accountant.get("/XHY/bill-runs?period=2026-01")
    assert to_preview.headers["Location"] == "/XHY/bill-runs/2026-01"
    page = accountant.get("/XHY/bill-runs/2026-01").text
    assert "155.28" in page
    assert db.session.query(Charge).count() == 0
    done = accountant.post("/XHY/bill-runs/2026-01", data={"seen_hash": _seen(page)})
    run = accountant.get(done.headers["Location"]).text
    assert "建筑面积 86.53 平方米 × 0.65 元/平方米·月 = 56.2445 元，四舍五入到分，计 56.24 元" in run
    book = openpyxl.load_workbook(io.BytesIO(accountant.get(f"{done.headers['Location']}/charges.xlsx").data))
    assert [row[5] for row in book.active.iter_rows(min_row=2, values_only=True)].count(56.24) == 1
    assert "155.28" in accountant.get("/XHY/bill-runs").text


def test_pressing_twice_bills_once(site: Flask, priced: Cast) -> None:
    accountant = priced.client("accountant", "en")
    seen = _seen(accountant.get("/XHY/bill-runs/2026-01").text)
    answers = [accountant.post("/XHY/bill-runs/2026-01", data={"seen_hash": seen}) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [302, 200]
    assert "Nothing is missing" in answers[1].text
    assert db.session.query(BillRun).count() == 1


@pytest.mark.parametrize(("seen", "said"), [("", "Fill this in"), ("0" * 64, "changed since you looked")])
def test_a_forged_or_missing_hash_bills_nothing(site: Flask, priced: Cast, seen: str, said: str) -> None:
    answer = priced.client("accountant", "en").post("/XHY/bill-runs/2026-01", data={"seen_hash": seen})
    assert answer.status_code == 200
    assert said in answer.text
    assert db.session.query(Charge).count() == 0


@pytest.mark.parametrize("typed", ["2026-13", "soon", "1899-01", ""])
def test_a_month_that_is_none_is_answered_at_the_field(site: Flask, priced: Cast, typed: str) -> None:
    answer = priced.client("accountant").get(f"/XHY/bill-runs?period={typed}")
    assert answer.status_code == 200
    assert "field--bad" in answer.text
    if typed:
        assert priced.client("accountant").get(f"/XHY/bill-runs/{typed}").status_code == 404


def test_whoever_sets_prices_does_not_bill_and_the_neighbour_finds_nothing(site: Flask, priced: Cast) -> None:
    accountant = priced.client("accountant")
    seen = _seen(accountant.get("/XHY/bill-runs/2026-01").text)
    assert priced.client("manager").post("/XHY/bill-runs/2026-01", data={"seen_hash": seen}).status_code == 403
    assert priced.client("cashier").get("/XHY/bill-runs/2026-01").status_code == 403
    accountant.post("/XHY/bill-runs/2026-01", data={"seen_hash": seen})
    run = db.session.query(BillRun).one().id
    outsider = priced.client("outsider")
    assert outsider.get(f"/ZYL/bill-runs/run/{run}").status_code == 404
    assert outsider.get(f"/XHY/bill-runs/run/{run}").status_code == 404
    assert outsider.get(f"/ZYL/units/{priced.units['3-2-501']}/bills").status_code == 404


def test_a_unit_shows_everything_it_was_billed(site: Flask, priced: Cast) -> None:
    accountant = priced.client("accountant", "en")
    where = f"/XHY/units/{priced.units['3-2-501']}/bills"
    assert "Nothing billed yet" in accountant.get(where).text
    accountant.post("/XHY/bill-runs/2026-01", data={"seen_hash": _seen(accountant.get("/XHY/bill-runs/2026-01").text)})
    assert "86.53 m² × 0.65 yuan/m²/month = 56.2445 yuan" in accountant.get(where).text
    assert accountant.get(f"{where}.xlsx").status_code == 200


def test_a_charge_taken_off_altogether_is_not_called_paid(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    wanted = [Lowering(charge, Money.yuan("56.24"), ReductionKind.WAIVED, "flooded cellar")]
    transaction(lambda: lower(cast.by("accountant"), wanted, "billing.reduced", Source("test", 1)))
    page = cast.client("accountant", "en").get(f"/XHY/units/{cast.units['3-2-501']}/bills").text
    assert ("<span>Reduced</span>" in page, "<span>Paid</span>" in page) == (True, False)
