"""The page that puts a wrong area right."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp.billing.models import Reduction
from feeapp.corrections.models import Correction
from feeapp.storage.db import db
from tests.areas import CODE, bill, on_record, price, sell
from tests.people import Cast

TYPED = {
    "area": "86.20",
    "inner_area": "",
    "from_on": "2026-03-11",
    "reason": "测绘录入错误",
    "proof": "黑(2014)第 1 号",
}


@pytest.fixture
def billed(site: Flask, cast: Cast) -> Cast:
    price(cast)
    on_record(cast, 88_20)
    bill(cast, "2026-03", "2026-04", "2026-05")
    return cast


def _where(cast: Cast, code: str = CODE) -> str:
    return f"/XHY/units/{cast.units[code]}/area-error"


def _hidden(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, name
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else ""


def _looked(client: FlaskClient, where: str, **typed: str) -> dict[str, str]:
    """Fill the form in and look at what it would do; what is to be sent next."""
    form = {**TYPED, "key": _hidden(client.get(where).text, "key"), **typed}
    page = client.post(where, data=form)
    assert page.status_code == 200
    return {**form, "seen": _hidden(page.text, "seen")}


def test_it_is_looked_at_asked_for_and_approved(site: Flask, billed: Cast) -> None:
    accountant, where = billed.client("accountant"), _where(billed)
    page = accountant.post(where, data={**TYPED, "key": "k"}).text
    for shown in ("104.21", "103.44", "-6.43", "88.20", "86.20"):
        assert shown in page
    assert db.session.query(Correction).count() == 0
    sent = _looked(accountant, where)
    answers = [accountant.post(where, data=sent) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [302, 302], "pressing twice asks once"
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert db.session.query(Correction).count() == 1
    asked = accountant.get(answers[0].headers["Location"]).text
    assert "88.20 → 86.20" in asked
    assert "面积有误" in asked
    assert db.session.query(Reduction).count() == 0
    manager = billed.client("manager")
    manager.post(answers[0].headers["Location"], data={"deed": "approve", "answer": "同意"})
    assert db.session.query(Reduction).count() == 3
    assert "86.20" in manager.get(f"/XHY/units/{billed.units[CODE]}").text
    assert "更正 3-2-501 的面积" in billed.client("auditor").get("/XHY/logbook").text


def test_what_lies_too_far_back_stands_apart(site: Flask, billed: Cast) -> None:
    bill(billed, "2023-01")
    page = billed.client("accountant", "en").post(_where(billed), data={**TYPED, "from_on": "2023-01-01"}).text
    assert "Not adjusted: older than 3 years" in page


def test_bills_that_are_wrong_for_another_reason_too_lead_to_voiding(site: Flask, billed: Cast) -> None:
    sell(billed, date(2026, 4, 16))
    page = billed.client("accountant", "en").post(_where(billed), data={**TYPED, "key": "k"}).text
    assert page.count(f"/XHY/units/{billed.units[CODE]}/bills/2026-04/void") == 1
    assert "for another reason too" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"area": "big"}, "not an area"),
        ({"area": "88.20"}, "has already"),
        ({"from_on": "2199-01-01"}, "in the future"),
        ({"from_on": "soon"}, "not a day"),
        ({"reason": ""}, "Fill this in"),
        ({"proof": ""}, "Fill this in"),
    ],
)
def test_nonsense_is_answered_at_its_field_and_stays_typed(
    site: Flask, billed: Cast, typed: dict[str, str], said: str
) -> None:
    page = billed.client("accountant", "en").post(_where(billed), data={**TYPED, **typed, "key": "k"}).text
    assert said in page
    assert "field--bad" in page
    for value in typed.values():
        assert f'value="{value}"' in page
    assert db.session.query(Correction).count() == 0


def test_what_was_not_looked_at_is_shown_first(site: Flask, billed: Cast) -> None:
    accountant, where = billed.client("accountant"), _where(billed)
    sent = _looked(accountant, where)
    assert accountant.post(where, data={**sent, "area": "85.00"}).status_code == 200
    assert db.session.query(Correction).count() == 0


def test_a_month_already_asked_about_waits(site: Flask, billed: Cast) -> None:
    accountant, where = billed.client("accountant", "en"), _where(billed)
    accountant.post(where, data=_looked(accountant, where))
    assert "waits for its decision" in accountant.post(where, data=_looked(accountant, where)).text
    assert db.session.query(Correction).count() == 1


def test_who_may_and_the_neighbour_finds_nothing(site: Flask, billed: Cast) -> None:
    for who in ("manager", "cashier", "auditor"):
        assert billed.client(who).get(_where(billed)).status_code == 403
    assert billed.client("accountant").get(_where(billed, "ZYL 1-1-101")).status_code == 404
    assert billed.client("outsider").get(_where(billed)).status_code == 404


def test_the_page_for_a_change_leads_here(site: Flask, billed: Cast) -> None:
    assert _where(billed) in billed.client("accountant").get(f"/XHY/units/{billed.units[CODE]}/area").text
    assert _where(billed) not in billed.client("manager").get(f"/XHY/units/{billed.units[CODE]}/area").text


def test_a_unit_without_an_area_is_sent_to_its_page(site: Flask, billed: Cast) -> None:
    db.session.execute(db.text("UPDATE units SET area = NULL WHERE code = 'S01'"))
    db.session.commit()
    answer = billed.client("accountant").get(_where(billed, "S01"))
    assert answer.headers["Location"] == f"/XHY/units/{billed.units['S01']}"
