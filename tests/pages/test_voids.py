"""The page that voids a bill and issues it anew."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp.billing.models import Charge, Reduction
from feeapp.corrections.models import Correction
from feeapp.spreadsheet import read
from feeapp.storage.db import db
from tests.areas import AT, CODE, bill, on_record, price
from tests.corrections import approve
from tests.golden.reading import text
from tests.owing import owe
from tests.people import Cast
from tests.voids import ask

TYPED = {"debtor": "0", "reason": "开错户", "proof": "购房合同"}


@pytest.fixture
def billed(site: Flask, cast: Cast) -> Cast:
    """105.84 for May, when the area on record was 88.20 m²; by now it is 86.20."""
    price(cast)
    on_record(cast, 88_20)
    bill(cast, "2026-05")
    on_record(cast, 86_20)
    return cast


def _where(cast: Cast, code: str = CODE, month: str = "2026-05") -> str:
    return f"/XHY/units/{cast.units[code]}/bills/{month}/void"


def _hidden(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, name
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else ""


def _looked(client: FlaskClient, where: str, **typed: str) -> dict[str, str]:
    form = {**TYPED, "key": _hidden(client.get(where).text, "key"), **typed}
    page = client.post(where, data=form)
    assert page.status_code == 200
    return {**form, "seen": _hidden(page.text, "seen")}


def test_it_is_looked_at_asked_for_and_approved(site: Flask, billed: Cast) -> None:
    accountant, where = billed.client("accountant"), _where(billed)
    assert where in accountant.get(f"/XHY/units/{billed.units[CODE]}/bills").text
    page = accountant.post(where, data={**TYPED, "key": "k"}).text
    assert "105.84" in page
    assert "建筑面积 86.20 平方米 × 1.20 元/平方米·月 = 103.44 元" in page
    assert db.session.query(Correction).count() == 0
    sent = _looked(accountant, where)
    answers = [accountant.post(where, data=sent) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [302, 302], "pressing twice asks once"
    assert db.session.query(Correction).count() == 1
    assert "账单作废重开" in accountant.get(answers[0].headers["Location"]).text
    assert db.session.query(Reduction).count() == 0
    manager = billed.client("manager")
    manager.post(answers[0].headers["Location"], data={"deed": "approve", "answer": "同意"})
    bills = accountant.get(f"/XHY/units/{billed.units[CODE]}/bills").text
    assert "替代已作废的账单" in bills
    assert ">已作废<" in bills
    [sheet] = read(accountant.get(f"/XHY/units/{billed.units[CODE]}/bills.xlsx").data)
    assert sum("已作废: 建筑面积 88.20" in str(row) for row in sheet.rows) == 1
    charge = db.session.query(Charge).filter_by(unit_id=billed.units[CODE], seq=1).one()
    assert ">已作废<" in accountant.get(f"/XHY/charges/{charge.id}").text
    run = re.search(r"/XHY/bill-runs/run/\d+", accountant.get("/XHY/bill-runs").text)
    assert run


def test_the_old_bill_is_printed_as_voided_and_the_new_one_says_what_it_replaces(site: Flask, billed: Cast) -> None:
    unit = billed.units[CODE]
    accountant = billed.client("accountant")
    assert accountant.get(f"/XHY/units/{unit}/bills/2026-05/voided.pdf").status_code == 404
    approve(billed, ask(billed), at=AT)
    old = text(accountant.get(f"/XHY/units/{unit}/bills/2026-05/voided.pdf").data)
    for shown in ("已作废", "105.84", "请勿缴费", "张小明"):
        assert shown in old
    assert "缴费联" not in old
    assert "如何缴费" not in old
    new = text(accountant.get(f"/XHY/units/{unit}/bill.pdf?month=2026-05").data)
    assert "替代已作废的账单" in new
    assert "103.44" in new
    assert "105.84" not in new
    assert accountant.get(f"/XHY/units/{unit}/bills/soon/voided.pdf").status_code == 404
    assert billed.client("auditor").get(f"/XHY/units/{unit}/bills/2026-05/voided.pdf").status_code == 403


def test_the_resident_sees_which_bill_counts(site: Flask, billed: Cast) -> None:
    approve(billed, ask(billed), at=AT)
    page = billed.client("resident").get("/my/bills").text
    assert ">已作废<" in page
    assert "替代已作废的账单" in page


def test_nothing_due_at_all(site: Flask, billed: Cast) -> None:
    page = billed.client("accountant", "en").post(_where(billed), data={**TYPED, "not_due": "1", "key": "k"}).text
    assert "None: nothing is due." in page


def test_what_stays_is_said_with_what_to_do(site: Flask, billed: Cast) -> None:
    owe(billed, CODE, "2026-05", "40", "PARK")
    page = billed.client("accountant", "en").post(_where(billed), data={**TYPED, "key": "k"}).text
    assert "an opening balance is adjusted" in page
    owe(billed, CODE, "2026-04", "40", "PARK")
    only = billed.client("accountant", "en").post(_where(billed, month="2026-04"), data={**TYPED, "key": "k"})
    assert only.status_code == 200
    assert "Nothing of this bill can be voided" in only.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": ""}, "Fill this in"),
        ({"proof": ""}, "Fill this in"),
        ({"debtor": "17"}, "Not a valid choice"),
        ({"debtor": "x"}, "Not a valid choice"),
    ],
)
def test_nonsense_is_answered_at_its_field(site: Flask, billed: Cast, typed: dict[str, str], said: str) -> None:
    answer = billed.client("accountant", "en").post(_where(billed), data={**TYPED, **typed, "key": "k"})
    assert answer.status_code == 200
    assert "field--bad" in answer.text
    assert ("开错户" in answer.text) is ("reason" not in typed)
    assert db.session.query(Correction).count() == 0


def test_what_was_not_looked_at_is_shown_first(site: Flask, billed: Cast) -> None:
    accountant, where = billed.client("accountant"), _where(billed)
    sent = _looked(accountant, where)
    assert accountant.post(where, data={**sent, "not_due": "1"}).status_code == 200
    assert db.session.query(Correction).count() == 0


def test_who_may_and_the_neighbour_finds_nothing(site: Flask, billed: Cast) -> None:
    for who in ("manager", "cashier", "auditor"):
        assert billed.client(who).get(_where(billed)).status_code == 403
    accountant = billed.client("accountant")
    for where in (_where(billed, "ZYL 1-1-101"), _where(billed, month="2026-04"), _where(billed, month="soon")):
        assert accountant.get(where).status_code == 404
    assert billed.client("outsider").get(_where(billed)).status_code == 404
