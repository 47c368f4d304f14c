"""The pages on which months are closed: who asks, who decides, what keeps a month open."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask

from feeapp.core.period import Period
from feeapp.ledger.closing import closed_upto, last_closed
from feeapp.ledger.closings import find_waiting, list_closings
from tests.breaking import run_sql
from tests.people import Cast
from tests.scene import sound_book


def _text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _ask(cast: Cast, month: str = "2026-01") -> object:
    return cast.client("accountant", "en").post("/XHY/book/close/ask", data={"period": month}, follow_redirects=True)


def _decide(cast: Cast, deed: str = "confirm", who: str = "manager") -> object:
    waiting = find_waiting(cast.community)
    data = {"deed": deed, "answer": "looked at it"}
    return cast.client(who, "en").post(f"/XHY/book/close/{waiting.id}/decide", data=data, follow_redirects=True)


def test_a_month_is_asked_for_and_closed_through_the_pages(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    page = cast.client("accountant", "en").get("/XHY/book/close?check=1").text
    assert "Every check of the book holds, and the tie-out" in page
    assert "Check and ask to close" in page
    asked = _ask(cast).text
    assert "Asked. A second person looks at it" in asked
    assert "Take the request back" in asked
    assert "Check and ask to close" not in asked
    assert "Decided." in _decide(cast).text
    assert closed_upto(cast.community).isoformat() == "2026-01-31"
    closing = list_closings(cast.community)[0]
    one = cast.client("auditor", "en").get(f"/XHY/book/close/{closing.id}").text
    assert "what was carried over is what was closed" in one
    assert "1001 Cash in hand 160.00 160.00" in _text(one)
    sheet = cast.client("auditor", "en").get(f"/XHY/book/close/{closing.id}.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet.data)).active.values)
    assert rows[1][1:5] == ("1001", "Cash in hand", 160, 160)
    log = _text(cast.client("manager", "en").get("/XHY/logbook").text)
    assert "Closed 2026-01" in log


def test_a_request_is_refused_taken_back_and_a_month_reopened(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    _ask(cast)
    _decide(cast, "refuse")
    assert find_waiting(cast.community) is None
    _ask(cast)
    waiting = find_waiting(cast.community)
    cast.client("accountant").post(f"/XHY/book/close/{waiting.id}/withdraw", data={})
    assert find_waiting(cast.community) is None
    _ask(cast)
    _decide(cast)
    accountant = cast.client("accountant", "en")
    bare = accountant.post("/XHY/book/close/reopen", data={"period": "2026-01", "reason": ""})
    assert "Fill this in" in bare.text
    accountant.post("/XHY/book/close/reopen", data={"period": "2026-01", "reason": "a statement came late"})
    assert last_closed(cast.community) == Period(2026, 1)
    _decide(cast)
    assert last_closed(cast.community) is None


@pytest.mark.broken_book
def test_a_book_that_does_not_hold_is_not_closed(site: Flask, cast: Cast) -> None:
    scene = sound_book(cast)
    _ask(cast)
    run_sql("UPDATE charges SET settled = settled - 100 WHERE id = :id", id=scene.charges["b"])
    refused = _decide(cast).text
    assert "cannot be closed" in refused
    assert closed_upto(cast.community) is None
    page = _text(cast.client("manager", "en").get("/XHY/book/close?check=1").text)
    assert "B1 What is settled and reduced of a charge" in page
    assert "TIE The tie-out of the month adds up" in page
    waiting = find_waiting(cast.community)
    cast.client("accountant").post(f"/XHY/book/close/{waiting.id}/withdraw", data={})
    assert "cannot be closed" in _ask(cast).text


def test_a_wrong_month_is_refused_in_words(site: Flask, cast: Cast) -> None:
    assert "Nothing is booked yet" in _ask(cast).text
    sound_book(cast)
    assert "the next one is 2026-01" in _ask(cast, "2026-02").text
    assert "This is not a month" in _ask(cast, "soon").text
    _ask(cast)
    assert "A request waits already" in _ask(cast).text


def test_who_may_do_what(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    for who, ask, see in (("manager", 403, 200), ("auditor", 403, 200), ("cashier", 403, 403), ("outsider", 404, 404)):
        assert cast.client(who).get("/XHY/book/close").status_code == see, who
        assert cast.client(who).post("/XHY/book/close/ask", data={"period": "2026-01"}).status_code == ask, who
    _ask(cast)
    waiting = find_waiting(cast.community)
    for who, code in (("accountant", 403), ("auditor", 403), ("cashier", 403), ("outsider", 404)):
        data = {"deed": "confirm"}
        assert cast.client(who).post(f"/XHY/book/close/{waiting.id}/decide", data=data).status_code == code, who
    for path in ("/XHY/book/close/7", "/XHY/book/close/7.xlsx", f"/ZYL/book/close/{waiting.id}"):
        who = "outsider" if "ZYL" in path else "manager"
        assert cast.client(who).get(path).status_code == 404, path
    assert cast.client("manager").post("/XHY/book/close/7/decide", data={"deed": "confirm"}).status_code == 404
    assert cast.client("accountant").post("/XHY/book/close/7/withdraw", data={}).status_code == 404
    assert cast.client("accountant").get("/XHY/book/close").status_code == 200
