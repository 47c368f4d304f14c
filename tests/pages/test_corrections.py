"""Corrections as pages: one charge in full, another amount asked for and looked at first, the list, the decision."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp.corrections.models import Correction
from feeapp.corrections.views import _PAPERS
from feeapp.reports import queries as looks
from feeapp.reports.queries import SetUp
from feeapp.storage.db import db
from tests.corrections import adjust, approve, ask, pay, stands
from tests.owing import owe
from tests.people import Cast


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found, name
    return found[1]


def _send(client: FlaskClient, address: str, **typed: str) -> tuple[str, dict[str, str]]:
    """Fill the form in, look at what it does, and press again; where that leads, and what was sent."""
    form = {"ground": "WRONG", "reason": "面积有误", "key": _hidden(client.get(address).text, "key"), **typed}
    looked = client.post(address, data=form)
    assert looked.status_code == 200
    form["seen"] = _hidden(looked.text, "seen")
    assert form["seen"]
    return client.post(address, data=form).headers["Location"], form


def _plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_one_charge_says_all_that_happened_to_it(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    pay(cast, "3-2-501", [charge], "90")
    adjust(cast, charge, "60")
    page = cast.client("accountant", "en").get(f"/XHY/charges/{charge}").text
    text = _plain(page)
    assert "Carried over from the ledger" in text
    assert "XHYOP2026-000001" in text
    assert "/XHY/receipts/" in page
    assert "Back to the household as credit -30.00" in text
    assert "Charge was wrong 面积有误" in text
    assert f"/XHY/corrections/{db.session.query(Correction).one().id}" in page
    book = openpyxl.load_workbook(
        io.BytesIO(cast.client("accountant", "en").get(f"/XHY/charges/{charge}.xlsx").data)
    ).active
    sums = [Decimal(str(row[5])) for row in book.iter_rows(min_row=2, values_only=True)]
    assert sums == [Decimal(each) for each in (100, -90, 30, -40, 0)]
    assert sum(sums[:-1]) == sums[-1]
    for who in ("cashier", "manager", "committee", "auditor"):
        assert cast.client(who).get(f"/XHY/charges/{charge}").status_code == 200
    assert "adjust" not in cast.client("cashier").get(f"/XHY/charges/{charge}").text


def test_other_communities_charges_and_nonsense_are_not_found(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction = ask(cast, charge, "60")
    outsider, accountant, manager = cast.client("outsider"), cast.client("accountant"), cast.client("manager")
    for address in (f"charges/{charge}", f"charges/{charge}/adjust", f"corrections/{correction}", "corrections"):
        assert outsider.get(f"/XHY/{address}").status_code == 404, address
    assert outsider.get(f"/ZYL/charges/{charge}").status_code == 404
    assert outsider.get(f"/ZYL/corrections/{correction}").status_code == 404
    assert outsider.post(f"/ZYL/corrections/{correction}", data={"deed": "approve"}).status_code == 404
    for address in ("charges/1", "charges/1/adjust", "corrections/1", "corrections/1.xlsx", "corrections/choice/1"):
        assert accountant.get(f"/XHY/{address}").status_code == 404, address
    assert manager.post("/XHY/corrections/1", data={"deed": "approve"}).status_code == 404
    assert accountant.post("/XHY/corrections/1/withdraw").status_code == 404


def test_who_may_not_is_told_so(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction = ask(cast, charge, "60")
    for who in ("cashier", "manager", "committee", "auditor"):
        client = cast.client(who)
        assert client.get(f"/XHY/charges/{charge}/adjust").status_code == 403, who
        assert client.get("/XHY/corrections/choice/1").status_code == 403, who
        assert client.get(f"/XHY/corrections/{correction}").status_code == 200, who
    for who in ("cashier", "accountant", "committee", "auditor"):
        assert cast.client(who).post(f"/XHY/corrections/{correction}", data={"deed": "approve"}).status_code == 403


def test_another_amount_is_looked_at_and_sent(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    pay(cast, "3-2-501", [charge], "90")
    accountant, manager = cast.client("accountant", "en"), cast.client("manager", "en")
    address = f"/XHY/charges/{charge}/adjust"
    form = {"amount": "60", "ground": "WRONG", "reason": "面积有误", "proof": "产权证 12 号"}
    looked = accountant.post(address, data=form)
    assert "Back to the household as credit ¥30.00" in _plain(looked.text)
    assert db.session.query(Correction).count() == 0
    where, sent = _send(accountant, address, **form)
    assert accountant.post(address, data=sent).headers["Location"] == where
    assert db.session.query(Correction).count() == 1
    page = accountant.get(where).text
    assert "Approve and book it" not in page
    assert "Withdraw" in page
    assert "A correction of this charge waits" in accountant.get(f"/XHY/charges/{charge}").text
    page = _plain(manager.get(where).text)
    assert "Would go back to households as credit ¥30.00" in page
    assert "产权证 12 号" in page
    done = manager.post(where, data={"deed": "approve"}, follow_redirects=True)
    assert "¥30.00 went back to households as credit" in done.text
    assert "possible any more" in manager.post(where, data={"deed": "approve"}).text
    assert stands(charge) == ("100.00", "60.00", "40.00")


def test_the_day_says_what_waits_for_whom(site: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "get_set_up", lambda _: SetUp(True, True, True, True))
    manager, accountant = cast.client("manager", "en"), cast.client("accountant", "en")
    assert "waits for your decision" not in manager.get("/XHY/today").text
    ask(cast, owe(cast, "3-2-501", "2026-01", "100"), "60")
    assert "1 correction waits for your decision" in manager.get("/XHY/today").text
    assert "waits for your decision" not in accountant.get("/XHY/today").text


def test_a_changed_sum_is_looked_at_again(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    accountant, address = cast.client("accountant", "en"), f"/XHY/charges/{charge}/adjust"
    form = {"amount": "60", "ground": "WRONG", "reason": "x"}
    form["seen"] = _hidden(accountant.post(address, data=form).text, "seen")
    again = accountant.post(address, data={**form, "amount": "50"})
    assert again.status_code == 200
    assert "-¥50.00" in again.text
    assert db.session.query(Correction).count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "", "change": ""}, "one of the two"),
        ({"amount": "1", "change": "-1"}, "one of the two"),
        ({"amount": "abc"}, "This is not an amount"),
        ({"change": "-100.01"}, "At most 100.00 yuan"),
        ({"amount": "100"}, "Nothing would change"),
        ({"amount": "120", "ground": "GOODWILL"}, "Goodwill only takes something off"),
        ({"amount": "1", "ground": "NONSENSE"}, "Choose one"),
        ({"amount": "1", "reason": ""}, "Fill this in"),
        ({"amount": "1", "proof": "x" * 201}, "At most 200 characters"),
    ],
)
def test_wrong_input_is_told_at_its_field_and_stays(site: Flask, cast: Cast, typed: dict[str, str], said: str) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    answer = cast.client("accountant", "en").post(
        f"/XHY/charges/{charge}/adjust", data={"ground": "WRONG", "reason": "写明的理由", **typed}
    )
    assert answer.status_code == 200
    assert said in answer.text
    assert ("写明的理由" in answer.text) is ("reason" not in typed)
    assert db.session.query(Correction).count() == 0


def test_a_second_request_for_the_same_charge_is_told_of_the_first(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    ask(cast, charge, "60")
    accountant, address = cast.client("accountant", "en"), f"/XHY/charges/{charge}/adjust"
    form = {"amount": "50", "ground": "WRONG", "reason": "x"}
    form["seen"] = _hidden(accountant.post(address, data=form).text, "seen")
    assert "waits for its decision already" in accountant.post(address, data=form).text


def test_a_request_is_refused_with_a_reason_or_withdrawn(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    accountant, manager = cast.client("accountant", "en"), cast.client("manager", "en")
    first = f"/XHY/corrections/{ask(cast, charge, '60')}"
    assert "Say why" in manager.post(first, data={"deed": "refuse"}).text
    assert manager.post(first, data={"deed": "refuse", "answer": "证据不足"}).status_code == 302
    assert "证据不足" in accountant.get(first).text
    second = f"/XHY/corrections/{ask(cast, charge, '60')}"
    assert accountant.post(f"{second}/withdraw").status_code == 302
    assert "possible any more" in accountant.post(f"{second}/withdraw").text
    assert stands(charge) == ("100.00", "0.00", "0.00")


def test_the_list_has_tabs_and_goes_to_excel(site: Flask, cast: Cast) -> None:
    accountant = cast.client("accountant", "en")
    assert "No correction yet" in accountant.get("/XHY/corrections").text
    approve(cast, ask(cast, owe(cast, "3-2-501", "2026-01", "100"), "60"))
    ask(cast, owe(cast, "1-1-101", "2026-01", "100"), "115")
    page = accountant.get("/XHY/corrections").text
    assert ("3-2-501" in page, "1-1-101" in page) == (True, True)
    page = accountant.get("/XHY/corrections?state=approved").text
    assert ("3-2-501" in page, ">1-1-101<" in page) == (True, False)
    assert "No correction fits" in accountant.get("/XHY/corrections?state=refused&q=9").text
    assert accountant.get("/XHY/corrections?state=nonsense&page=x").status_code == 200
    rows = list(
        openpyxl.load_workbook(io.BytesIO(accountant.get("/XHY/corrections.xlsx").data)).active.iter_rows(
            values_only=True
        )
    )
    assert [(row[3], Decimal(str(row[5])), Decimal(str(row[6]))) for row in rows[1:]] == [
        ("1-1-101", Decimal(0), Decimal(15)),
        ("3-2-501", Decimal(40), Decimal(0)),
    ]
    first = db.session.query(Correction).order_by(Correction.id).first()
    assert first
    book = openpyxl.load_workbook(io.BytesIO(accountant.get(f"/XHY/corrections/{first.id}.xlsx").data)).active
    assert [book.cell(2, at).value for at in (1, 3)] == ["3-2-501", "2026-01"]


def test_a_charge_is_one_click_away_from_where_charges_are_listed(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    owe(cast, "1-1-101", "2026-01", "100")
    accountant, unit = cast.client("accountant", "en"), cast.units["3-2-501"]
    for address in (f"/XHY/units/{unit}/bills", "/XHY/charges"):
        assert f'href="/XHY/charges/{charge}"' in accountant.get(address).text
    assert f"/XHY/units/{unit}/certificates" in accountant.get("/XHY/charges?q=3-2-501").text
    assert "/certificates" not in accountant.get("/XHY/charges").text


def test_every_paper_a_reduction_rests_on_has_its_page(site: Flask) -> None:
    rules = {rule.endpoint: rule.arguments for rule in site.url_map.iter_rules()}
    for _, endpoint, argument in _PAPERS.values():
        assert rules[endpoint] == {"community", argument}, endpoint
