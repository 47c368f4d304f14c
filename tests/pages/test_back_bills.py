"""The pages of billing a unit afterwards."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from feeapp.billing.models import BillRun, Charge
from feeapp.spreadsheet import read
from feeapp.storage.db import db
from tests.golden.reading import text
from tests.missing import CODE, missed_home
from tests.people import Cast


@pytest.fixture
def missed(site: Flask, cast: Cast) -> Cast:
    missed_home(cast)
    return cast


def _where(cast: Cast, code: str = CODE) -> str:
    return f"/XHY/units/{cast.units[code]}/back-bill"


def _hash(page: str) -> str:
    return re.search(r'name="seen_hash" value="([0-9a-f]+)"', page)[1]  # type: ignore[index]


def _of_unit(cast: Cast) -> int:
    return db.session.query(Charge).filter_by(unit_id=cast.units[CODE]).count()


def test_what_is_missing_is_seen_billed_and_marked_everywhere(site: Flask, missed: Cast) -> None:
    accountant = missed.client("accountant")
    page = accountant.get(_where(missed)).text
    for sum_ in ("71.70", "105.84", "283.38"):
        assert sum_ in page
    assert "21 天 ÷ 31 天" in page
    assert _of_unit(missed) == 0
    rows = read(accountant.get(f"{_where(missed)}.xlsx").data)[0].rows
    assert [str(row[4]) for row in rows[1:]] == ["71.7", "105.84", "105.84"]
    done = accountant.post(_where(missed), data={"seen_hash": _hash(page), "due_on": "2199-12-31"})
    assert done.headers["Location"] == f"/XHY/units/{missed.units[CODE]}/bills"
    bills = accountant.get(done.headers["Location"]).text
    assert "已补收 3 个月，共 283.38 元" in bills
    assert bills.count(">补出账<") == 3
    assert accountant.get("/XHY/bill-runs").text.count(">补出账<") == 3
    assert "补收" in accountant.get(f"/XHY/units/{missed.units[CODE]}/statement?since=2025-01-01&upto=2199-12-31").text
    sheet = text(accountant.get(f"/XHY/units/{missed.units[CODE]}/bill.pdf?month=2025-03").data).replace("\n", "")
    assert "补收：" in sheet
    assert "约 71.6981 元" in sheet
    assert "没有漏收" in accountant.get(_where(missed)).text
    assert "补收漏收费用" in missed.client("auditor").get("/XHY/logbook").text
    assert "自 2025-03 起 3 个月，共 283.38 元" in accountant.get(f"/XHY/units/{missed.units[CODE]}").text


def test_pressing_twice_bills_once_and_says_so(site: Flask, missed: Cast) -> None:
    accountant = missed.client("accountant", "en")
    sent = {"seen_hash": _hash(accountant.get(_where(missed)).text), "due_on": "2199-12-31"}
    answers = [accountant.post(_where(missed), data=sent) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [302, 200]
    assert "Nothing is missing" in answers[1].text
    assert db.session.query(BillRun).filter_by(supplementary=True).count() == 3


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"due_on": "soon"}, "not a day"),
        ({"due_on": ""}, "Fill this in"),
        ({"due_on": "2020-01-01"}, "lies behind"),
        ({"seen_hash": "0" * 64}, "changed since you looked"),
        ({"seen_hash": ""}, "Fill this in"),
    ],
)
def test_nonsense_is_answered_where_it_stands_and_bills_nothing(
    site: Flask, missed: Cast, sent: dict[str, str], said: str
) -> None:
    accountant = missed.client("accountant", "en")
    sound = {"seen_hash": _hash(accountant.get(_where(missed)).text), "due_on": "2199-12-31"}
    answer = accountant.post(_where(missed), data={**sound, **sent})
    assert answer.status_code == 200
    assert said in answer.text
    assert f'value="{sent.get("due_on", "2199-12-31")}"' in answer.text
    assert _of_unit(missed) == 0


@pytest.mark.parametrize(
    ("since", "said"), [("2025-13", "not a month"), ("", "Fill this in"), ("2199-01", "up to 2025-05")]
)
def test_a_month_that_is_none_is_answered_at_its_field(site: Flask, missed: Cast, since: str, said: str) -> None:
    accountant = missed.client("accountant", "en")
    for answer in (accountant.get, accountant.post):
        page = answer(f"{_where(missed)}?since={since}")
        assert page.status_code == 200
        assert said in page.text
    assert accountant.get(f"{_where(missed)}.xlsx?since={since}").status_code == 404


def test_the_month_asked_for_is_the_month_that_is_billed(site: Flask, missed: Cast) -> None:
    accountant = missed.client("accountant", "en")
    where = f"{_where(missed)}?since=2025-05"
    seen = _hash(accountant.get(where).text)
    accountant.post(where, data={"seen_hash": seen, "due_on": "2199-12-31", "own_days": "1"})
    assert _of_unit(missed) == 1


def test_who_may_and_the_neighbour_finds_nothing(site: Flask, missed: Cast) -> None:
    for who in ("manager", "cashier", "auditor"):
        assert missed.client(who).get(_where(missed)).status_code == 403
        assert missed.client(who).get("/XHY/missed").status_code == 403
    accountant = missed.client("accountant")
    assert accountant.get(_where(missed, "ZYL 1-1-101")).status_code == 404
    assert accountant.get(f"{_where(missed, 'ZYL 1-1-101')}.xlsx").status_code == 404
    assert missed.client("outsider").get(_where(missed)).status_code == 404


def test_the_list_of_missed_units(site: Flask, missed: Cast) -> None:
    accountant = missed.client("accountant", "en")
    assert "/XHY/missed" in accountant.get("/XHY/bill-runs").text
    page = accountant.get("/XHY/missed").text
    assert f'href="{_where(missed)}?since=2025-03"' in page
    assert "No matching units" in accountant.get("/XHY/missed?q=nobody").text
    assert "not a month" in accountant.get("/XHY/missed?since=soon").text
    assert "No unit was missed" in accountant.get("/XHY/missed?since=2199-01").text
    rows = read(accountant.get("/XHY/missed.xlsx").data)[0].rows
    assert [str(cell) for cell in rows[1]][:2] == [CODE, CODE]


def test_before_anything_is_billed(site: Flask, cast: Cast) -> None:
    accountant = cast.client("accountant", "en")
    assert "Nothing is billed yet" in accountant.get(f"/XHY/units/{cast.units['3-2-501']}/back-bill").text
    assert "No unit was missed" in accountant.get("/XHY/missed").text
