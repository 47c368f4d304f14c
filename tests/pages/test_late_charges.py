"""Late charges as pages: at the counter, in the lists, asked to be waived and decided, seen by whoever owes them."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from flask import Flask

from feeapp import clock
from feeapp.billing.lateness import find_memo
from feeapp.billing.models import LateCharge, LateWaiver
from feeapp.cashier.models import Payment
from feeapp.clock import office_day
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.profile import SettlementPolicy
from feeapp.storage.db import db
from tests.lateness import ask_for
from tests.owing import owe
from tests.people import Cast


def _months_ago(months: int) -> str:
    return str(Period.of(office_day(clock.now())).plus(-months))


def _late(cast: Cast, charge: int, days_ago: int = 0) -> Money:
    memo = find_memo(cast.community, charge, office_day(clock.now()) - timedelta(days=days_ago))
    assert memo
    return memo.amount


def _counter(cast: Cast) -> str:
    return f"/XHY/counter?unit={cast.units['3-2-501']}"


def _key(page: str) -> str:
    found = re.search(r'name="key"[^>]*value="([^"]+)"', page) or re.search(r'value="([^"]+)"[^>]*name="key"', page)
    assert found
    return found[1]


def _plan(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.split('id="plan"')[1].split("</form>")[0]).split())


def test_the_counter_shows_what_has_run_up_and_the_payment_takes_it(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", _months_ago(3), "674.88")
    late, cashier = _late(cast, charge), cast.client("cashier", "en")
    page = cashier.get(_counter(cast)).text
    assert "× 0.03% a day" in page
    due = Money.yuan("674.88") + late
    assert str(due) in page
    assert "all fees first, then late charges" in page
    form = {"key": _key(page), "items": [charge], "payer": "张小明", "tenders-0-amount": str(due.in_yuan)}
    where = cashier.post(_counter(cast), data=form).headers["Location"]
    receipt = cashier.get(where).text
    assert "Late charge: Property fee" in receipt
    assert str(late) in receipt
    assert db.session.query(LateCharge).one().amount == late
    again = cashier.post(_counter(cast), data=form).headers["Location"]
    assert (again, db.session.query(LateCharge).count()) == (where, 1)


def test_the_plan_is_looked_at_before_anything_is_taken_and_the_order_can_be_changed(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", _months_ago(3), "674.88")
    late, cashier = _late(cast, charge), cast.client("cashier", "en")
    page = cashier.get(_counter(cast)).text
    assert "not paid now" not in _plan(page)
    form = {"key": _key(page), "items": [charge], "payer": "张小明", "tenders-0-amount": "500"}
    fees_first = _plan(cashier.post(_counter(cast), data={**form, "look": "1"}).text)
    assert "stays open: 174.88 yuan" in fees_first
    assert f"late charge not paid now: {late} yuan" in fees_first
    by_law = {**form, "order": "STATUTORY", "look": "1"}
    looked = cashier.post(_counter(cast), data=by_law)
    assert f"stays open: {Money.yuan('174.88') + late} yuan" in _plan(looked.text)
    assert "each late charge before its fee" in looked.text
    assert 'value="500"' in looked.text
    assert db.session.query(Payment).count() == 0
    del by_law["look"]
    assert cashier.post(_counter(cast), data=by_law).status_code == 302
    assert db.session.query(LateCharge).one().amount == late


def test_the_community_s_order_is_the_one_first_offered(site: Flask, cast: Cast) -> None:
    ask_for(cast, settlement_policy=SettlementPolicy.STATUTORY)
    owe(cast, "3-2-501", _months_ago(3), "674.88")
    assert "逐笔先冲违约金" in _plan(cast.client("cashier").get(_counter(cast)).text)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"items": []}, "Nothing is ticked yet"),
        ({"tenders-0-amount": ""}, "Enter how the money is paid"),
        ({"tenders-1-amount": "5"}, "reference number"),
        ({"order": "WHATEVER"}, "stays open"),
    ],
)
def test_the_plan_of_nonsense_says_what_is_missing(site: Flask, cast: Cast, changed: dict, said: str) -> None:
    charge, cashier = owe(cast, "3-2-501", _months_ago(3), "674.88"), cast.client("cashier", "en")
    form = {"items": [charge], "payer": "张小明", "tenders-0-amount": "5", "look": "1", **changed}
    answer = cashier.post(_counter(cast), data=form)
    assert answer.status_code == 200
    assert said in _plan(answer.text)


def test_without_late_charges_the_counter_does_not_speak_of_them(site: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", _months_ago(3), "674.88")
    page = cast.client("cashier", "en").get(_counter(cast)).text
    assert "late charge" not in page.lower().replace('href="/xhy/late-charges"', "").replace(">late charges<", "")
    assert "Late charges are off" in cast.client("manager", "en").get("/XHY/late-charges").text


def test_a_late_charge_is_asked_to_be_waived_and_decided_by_another_person(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", _months_ago(3), "674.88")
    late, cashier, manager = _late(cast, charge), cast.client("cashier", "en"), cast.client("manager", "en")
    ask = f"/XHY/late-charges/of/{charge}"
    assert str(late.in_yuan) in cashier.get(ask).text
    bad = cashier.post(ask, data={"amount": "99999", "reason": "太久"})
    assert bad.status_code == 200
    assert f"Between 0.01 and {late} yuan" in bad.text
    assert 'value="99999"' in bad.text
    assert "Fill this in" in cashier.post(ask, data={"amount": "1", "reason": ""}).text
    where = cashier.post(ask, data={"amount": "1", "reason": "调解"}).headers["Location"]
    assert "Waive 1.00 yuan" not in cashier.get(where).text
    assert cashier.post(where, data={"deed": "approve"}).status_code == 403
    assert "Waive 1.00 yuan" in manager.get(where).text
    assert "Say why" in manager.post(where, data={"deed": "refuse"}).text
    assert manager.post(where, data={"deed": "approve"}).status_code == 302
    assert "decided already" in manager.post(where, data={"deed": "approve"}).text
    assert _late(cast, charge) == late - Money.yuan("1")
    waived = manager.get("/XHY/late-charges/waived?q=501").text
    assert "调解" in waived
    book = openpyxl.load_workbook(io.BytesIO(manager.get("/XHY/late-charges/waived.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert (rows[1][0], Decimal(str(rows[1][6]))) == ("3-2-501", Decimal(1))
    assert "waived" in manager.get("/XHY/late-charges/requests").text


def test_many_households_are_asked_for_at_once(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    charges = {code: owe(cast, code, _months_ago(3), "674.88") for code in ("3-2-501", "1-1-101", "S01")}
    accountant = cast.client("accountant", "en")
    listed = accountant.get("/XHY/late-charges").text
    assert all(code in listed for code in charges)
    day = office_day(clock.now()) - timedelta(days=10)
    address = f"/XHY/late-charges?on={day}"
    assert "Tick at least one unit" in accountant.post(address, data={"reason": "决议"}).text
    kept = accountant.post(address, data={"units": [cast.units["S01"]]})
    assert "Fill this in" in kept.text
    assert re.search(rf'value="{cast.units["S01"]}"[^>]*checked', kept.text)
    some = {"units": [cast.units["S01"], cast.units["ZYL 1-1-101"]], "reason": "决议"}
    assert accountant.post(address, data=some).status_code == 302
    assert accountant.post(f"{address}&q=1-1", data={"every": "1", "reason": "决议"}).status_code == 302
    first, second = db.session.query(LateWaiver).order_by(LateWaiver.id)
    page = accountant.get(f"/XHY/late-charges/requests/{first.id}").text
    assert ("S01" in page, "1-1-101" in page) == (True, False)
    page = accountant.get(f"/XHY/late-charges/requests/{second.id}").text
    assert ("S01" in page, "1-1-101" in page) == (False, True)
    assert first.upto_on == day
    rows = openpyxl.load_workbook(io.BytesIO(accountant.get(f"{address[:17]}.xlsx?on={day}").data)).active
    assert [row[0] for row in rows.iter_rows(min_row=2, values_only=True)] == ["1-1-101", "3-2-501", "S01"]
    sheet = accountant.get(f"/XHY/late-charges/requests/{first.id}.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(sheet.data)).active.max_row == 2


def test_only_whom_it_concerns(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", _months_ago(3), "674.88")
    cashier = cast.client("cashier")
    where = cashier.post(f"/XHY/late-charges/of/{charge}", data={"amount": "1", "reason": "调解"}).headers["Location"]
    for who in ("manager", "committee", "auditor"):
        assert cast.client(who).get(f"/XHY/late-charges/of/{charge}").status_code == 403
        assert cast.client(who).post("/XHY/late-charges", data={"every": "1", "reason": "x"}).status_code == 403
        assert cast.client(who).get("/XHY/late-charges").status_code == 200
    outsider = cast.client("outsider")
    assert outsider.get(where).status_code == 404
    assert outsider.get(where.replace("XHY", "ZYL")).status_code == 404
    assert outsider.post(where.replace("XHY", "ZYL"), data={"deed": "approve"}).status_code == 404
    assert outsider.get(f"{where.replace('XHY', 'ZYL')}.xlsx").status_code == 404
    assert cashier.get("/XHY/late-charges/of/1").status_code == 404
    assert db.session.query(LateWaiver).count() == 1


def test_nonsense_in_addresses_is_taken_for_today(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    owe(cast, "3-2-501", _months_ago(3), "674.88")
    manager = cast.client("manager")
    for asked in ("on=x", "on=2999-01-01", "page=-3", "q=%25%27", "page=99"):
        assert manager.get(f"/XHY/late-charges?{asked}").status_code == 200
        assert manager.get(f"/XHY/late-charges/waived?{asked}&from=y").status_code == 200
        assert manager.get(f"/XHY/late-charges/requests?{asked}").status_code == 200


def test_who_owes_it_sees_it_on_the_bills_of_the_unit_and_in_the_portal(site: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", _months_ago(3), "674.88")
    said = f"late charge to date {_late(cast, charge)} yuan, due when you pay"
    resident = cast.client("resident", "en")
    assert said in resident.get("/my/bills").text
    assert f"Late charges to date: {_late(cast, charge)} yuan" in resident.get("/my/").text
    bills = f"/XHY/units/{cast.units['3-2-501']}/bills"
    assert said in cast.client("accountant", "en").get(bills).text
    book = openpyxl.load_workbook(io.BytesIO(cast.client("accountant", "en").get(f"{bills}.xlsx").data)).active
    assert Decimal(str(book.cell(2, 10).value)) == _late(cast, charge).in_yuan
    assert date.fromisoformat(str(book.cell(2, 5).value)[:10]) < office_day(clock.now())
    ask_for(cast, Decimal(0))
    assert "late charge" not in resident.get("/my/bills").text
