"""Disputes as pages: noted and answered, listed, not ticked at the counter, not asked for in the portal."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask

from feeapp.billing import disputing
from feeapp.billing.models import Dispute
from feeapp.registry.indexing import reindex
from feeapp.reports import queries as looks
from feeapp.reports.queries import SetUp
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast


def _raise(cast: Cast, charge: int, who: str = "cashier") -> int:
    by = cast.by(who)
    return transaction(lambda: disputing.open_dispute(by, charge, "电梯停运两个月"))


def _ticked(page: str) -> set[int]:
    boxes = re.findall(r'<input type="checkbox" name="items" value="(\d+)"([^>]*)>', page)
    return {int(key) for key, rest in boxes if "checked" in rest}


def test_a_dispute_is_noted_and_answered_by_another_person(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    cashier, manager = cast.client("cashier", "en"), cast.client("manager", "en")
    address = f"/XHY/charges/{charge}/dispute"
    bills = cashier.get(f"/XHY/units/{cast.units['3-2-501']}/bills").text
    assert (f'href="{address}"' in bills, "Dispute it" in bills, "In dispute" in bills) == (True, True, False)
    assert "Put in dispute" in cashier.get(address).text
    assert "Dispute it" in cashier.get(f"/XHY/charges/{charge}").text
    assert cashier.post(address, data={"reason": "the lift stood still"}).headers["Location"] == address
    page = cashier.get(address).text
    assert "the lift stood still" in page
    assert "second person" in page
    again = cashier.post(address, data={"reason": "once more"}).text
    assert "in dispute already" in again
    (dispute,) = db.session.query(Dispute).all()
    close = f"/XHY/disputes/{dispute.id}"
    assert cashier.get(close).headers["Location"] == address
    assert "The charge stands" in manager.get(address).text
    empty = manager.post(close, data={"answer": "", "deed": "uphold"}).text
    assert "Nothing has been saved yet" in empty
    assert manager.post(close, data={"answer": "the log shows it", "deed": "uphold"}).headers["Location"] == address
    page = manager.get(address).text
    assert ("was upheld" in page, f'href="/XHY/charges/{charge}"' in page) == (True, True)
    assert "the log shows it" in manager.get(f"/XHY/charges/{charge}").text
    twice = manager.post(close, data={"answer": "the log shows it", "deed": "uphold"}).text
    assert "answered already" in twice
    db.session.expire_all()
    assert db.session.query(Dispute).one().upheld is True


def test_who_noted_it_is_not_offered_to_answer_it(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    dispute, accountant = _raise(cast, charge, "accountant"), cast.client("accountant", "en")
    assert "The charge stands" not in accountant.get(f"/XHY/charges/{charge}/dispute").text
    refused = accountant.post(f"/XHY/disputes/{dispute}", data={"answer": "x", "deed": "reject"}).text
    assert "somebody else has to answer it" in refused


@pytest.mark.parametrize(
    ("who", "note", "answer", "see"),
    [
        ("cashier", True, False, True),
        ("accountant", True, True, True),
        ("manager", True, True, True),
        ("committee", False, False, True),
        ("auditor", False, False, True),
    ],
)
def test_only_whom_it_concerns(site: Flask, cast: Cast, who: str, note: bool, answer: bool, see: bool) -> None:
    disputed, other = owe(cast, "3-2-501", "2025-11", "56.24"), owe(cast, "3-2-501", "2025-12", "56.24")
    dispute, client = _raise(cast, disputed, "administrator"), cast.client(who)
    assert (client.get("/XHY/disputes").status_code == 200) == see
    noted = client.post(f"/XHY/charges/{other}/dispute", data={"reason": "x"}).status_code
    assert noted == (302 if note else 403)
    answered = client.post(f"/XHY/disputes/{dispute}", data={"answer": "x", "deed": "reject"}).status_code
    assert answered == (302 if answer else 403)


def test_another_community_s_disputes_are_not_there(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    dispute, outsider = _raise(cast, charge), cast.client("outsider")
    for address in (f"/ZYL/charges/{charge}/dispute", f"/ZYL/disputes/{dispute}"):
        assert outsider.get(address).status_code == 404
        assert outsider.post(address, data={"reason": "x", "answer": "x"}).status_code == 404
    assert "3-2-501" not in outsider.get("/ZYL/disputes").text
    assert cast.client("manager").get("/XHY/charges/99999999999999999999/dispute").status_code == 404


def test_the_list_is_searched_by_room_and_goes_to_excel_as_shown(site: Flask, cast: Cast) -> None:
    transaction(lambda: reindex(cast.community, list(cast.units.values())))
    for code in ("3-2-501", "1-1-101"):
        _raise(cast, owe(cast, code, "2025-12", "56.24"))
    manager = cast.client("manager", "en")
    assert [code in manager.get("/XHY/disputes?q=1-1-101").text for code in ("3-2-501", "1-1-101")] == [False, True]
    assert "No dispute fits" in manager.get("/XHY/disputes?state=upheld").text
    sheet = openpyxl.load_workbook(io.BytesIO(manager.get("/XHY/disputes.xlsx?q=3-2").data)).active
    rows = list(sheet.values)
    assert [row[:2] for row in rows[1:]] == [("In dispute", "3-2-501")]
    assert "Nothing is in dispute" in cast.client("outsider", "en").get("/ZYL/disputes").text


def test_the_counter_shows_it_and_does_not_tick_it_but_takes_the_money(site: Flask, cast: Cast) -> None:
    disputed, other = owe(cast, "3-2-501", "2025-11", "30"), owe(cast, "3-2-501", "2025-12", "56.24")
    _raise(cast, disputed)
    cashier, address = cast.client("cashier", "en"), f"/XHY/counter?unit={cast.units['3-2-501']}"
    page = cashier.get(address).text
    assert _ticked(page) == {other}
    assert "In dispute" in page
    assert re.search(r"Of it in dispute, not asked for.*?30\.00", page, re.DOTALL)
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert key
    form = {"key": key[1], "items": [disputed], "payer": "张小明", "tenders-0-amount": "30"}
    assert "/receipts/" in cashier.post(address, data=form).headers["Location"]


def test_the_day_says_what_waits_for_an_answer(site: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "get_set_up", lambda _: SetUp(True, True, True, True))
    manager, accountant = cast.client("manager", "en"), cast.client("accountant", "en")
    assert "for an answer" not in manager.get("/XHY/today").text
    _raise(cast, owe(cast, "3-2-501", "2025-12", "30"), "accountant")
    assert "1 dispute waits for an answer" in manager.get("/XHY/today").text
    assert "for an answer" not in accountant.get("/XHY/today").text


def test_the_list_of_charges_marks_and_filters_it(site: Flask, cast: Cast) -> None:
    disputed = owe(cast, "3-2-501", "2025-12", "30")
    owe(cast, "1-1-101", "2025-12", "58.50")
    _raise(cast, disputed)
    manager = cast.client("manager", "en")
    page = manager.get("/XHY/charges?state=disputed").text
    assert f"/XHY/charges/{disputed}/dispute" in page
    assert ("58.50" in page, "30.00" in page) == (False, True)
    assert "Owing, In dispute" in manager.get("/XHY/charges/print?state=disputed").text
    sheet = openpyxl.load_workbook(io.BytesIO(manager.get("/XHY/charges.xlsx").data)).active
    assert sorted(row[9] for row in list(sheet.values)[1:3]) == ["Owing", "Owing, In dispute"]
    bills = openpyxl.load_workbook(
        io.BytesIO(manager.get(f"/XHY/units/{cast.units['3-2-501']}/bills.xlsx").data)
    ).active
    assert [row[-1] for row in bills.values] == ["In dispute", "Yes"]


def test_the_resident_sees_it_under_review_and_is_not_asked_for_it(site: Flask, cast: Cast) -> None:
    disputed = owe(cast, "3-2-501", "2025-11", "30")
    _raise(cast, disputed)
    resident = cast.client("resident", "en")
    home = resident.get("/my/").text
    assert ("Under review" in home, "You owe" in home, "Everything is paid" in home) == (True, False, False)
    owe(cast, "3-2-501", "2025-12", "56.24")
    home = resident.get("/my/").text
    assert re.search(r"You owe.*?56\.24", home, re.DOTALL)
    bills = resident.get("/my/bills").text
    assert bills.count("Under review") == 2
    assert "not asked for yet" in bills
