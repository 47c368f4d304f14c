"""Many charges adjusted at once: chosen from the list, looked at one by one, sent as one request."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp.corrections import rules
from feeapp.corrections.models import Correction, CorrectionDraft
from feeapp.storage.db import db
from tests.corrections import ask, held, pay, stands
from tests.owing import owe
from tests.people import Cast

TEN_PERCENT = {"direction": "LESS", "way": "PERCENT", "percent": "10", "amount": "", "ground": "WRONG"}


@pytest.fixture
def billed(cast: Cast) -> list[int]:
    """Four charges: one paid, one paid in part, two open, one of them with a correction that waits."""
    charges = [
        owe(cast, "3-2-501", "2025-11", "56.24"),
        owe(cast, "3-2-501", "2025-12", "56.24"),
        owe(cast, "1-1-101", "2026-01", "58.50"),
        owe(cast, "G07", "2026-01", "150.00", "PARK"),
    ]
    pay(cast, "3-2-501", charges[:2], "76.24")
    ask(cast, charges[3], "140")
    return charges


def _choose(client: FlaskClient, **form: object) -> str:
    """Press the deed of the list; where it leads."""
    return client.post("/XHY/charges/do", data={"deed": "adjust", **form}).headers["Location"]


def _seen(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def _plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_many_are_chosen_looked_at_sent_and_approved(site: Flask, cast: Cast, billed: list[int]) -> None:
    accountant, manager = cast.client("accountant", "en"), cast.client("manager", "en")
    where = _choose(accountant, all="y")
    assert "4 charges were chosen" in accountant.get(where).text
    looked = accountant.get(where, query_string=TEN_PERCENT)
    text = _plain(looked.text)
    assert "Taken" not in text
    assert "Charges changed 3 of 4 chosen Lowered by ¥17.09" in text
    assert "another correction of it waits (1)" in text
    assert "-5.62 50.62 5.62" in text
    book = openpyxl.load_workbook(io.BytesIO(accountant.get(f"{where}.xlsx", query_string=TEN_PERCENT).data)).active
    rows = list(book.iter_rows(values_only=True))
    assert len(rows) == 6
    assert [Decimal(str(rows[-1][at])) for at in (6, 8)] == [Decimal("-17.09"), Decimal("5.62")]
    form = {"reason": "电梯停运", "proof": "", "seen": _seen(looked.text)}
    sent = accountant.post(where, query_string=TEN_PERCENT, data=form).headers["Location"]
    assert accountant.post(where, query_string=TEN_PERCENT, data=form).headers["Location"] == sent
    assert accountant.get(where).headers["Location"] == sent
    assert db.session.query(Correction).filter_by(unit_id=None).one().lines == 3
    assert "A percent of what was billed: 10 %" in manager.get(sent).text
    assert "several units" in manager.get("/XHY/corrections").text
    assert manager.post(sent, data={"deed": "approve"}).status_code == 302
    assert [stands(charge)[1:] for charge in billed] == [
        ("50.62", "5.62"), ("20.00", "5.62"), ("0.00", "5.85"), ("0.00", "0.00"),
    ]  # fmt: skip
    assert str(held(cast)) == "5.62"
    assert "Does not add up" not in accountant.get("/XHY/charges").text


def test_the_ticked_ones_alone_are_chosen(site: Flask, cast: Cast, billed: list[int]) -> None:
    accountant = cast.client("accountant", "en")
    where = _choose(accountant, charge=[billed[1], billed[2], 1])
    assert "2 charges were chosen" in accountant.get(where).text
    everything = accountant.get(where, query_string={"direction": "LESS", "way": "OPEN", "ground": "GOODWILL"}).text
    assert "Lowered by ¥94.74" in _plain(everything)
    five = {"direction": "MORE", "way": "SUM", "amount": "5", "ground": "WRONG"}
    assert "Raised by ¥10.00" in _plain(accountant.get(where, query_string=five).text)
    assert cast.client("cashier").post("/XHY/charges/do", data={"deed": "adjust", "all": "y"}).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent": ""}, "Write a percent"),
        ({"percent": "abc"}, "This is not a percent"),
        ({"percent": "101"}, "Write a percent"),
        ({"percent": "0.001"}, "Write a percent"),
        ({"way": "SUM", "amount": "0"}, "Write a sum above 0"),
        ({"way": "SUM", "amount": "x"}, "This is not an amount"),
        ({"way": "SUM", "direction": "MORE", "amount": "9999999999999"}, "Look at the figure again"),
        ({"way": "OPEN", "direction": "MORE"}, "can only be taken off"),
        ({"direction": "MORE", "ground": "GOODWILL"}, "Goodwill only takes something off"),
        ({"direction": "NONSENSE"}, "Choose one"),
    ],
)
def test_a_change_that_cannot_be_is_told_at_its_field(
    site: Flask, cast: Cast, billed: list[int], typed: dict[str, str], said: str
) -> None:
    accountant = cast.client("accountant", "en")
    where = _choose(accountant, all="y")
    page = accountant.get(where, query_string={**TEN_PERCENT, **typed})
    assert page.status_code == 200
    assert said in page.text
    assert "for approval" not in page.text
    assert accountant.get(f"{where}.xlsx", query_string={**TEN_PERCENT, **typed}).status_code == 404


def test_what_has_changed_since_it_was_looked_at_is_looked_at_again(site: Flask, cast: Cast, billed: list[int]) -> None:
    accountant = cast.client("accountant", "en")
    where = _choose(accountant, all="y")
    form = {"reason": "电梯停运", "seen": _seen(accountant.get(where, query_string=TEN_PERCENT).text)}
    pay(cast, "1-1-101", [billed[2]], "58.50")
    told = accountant.post(where, query_string=TEN_PERCENT, data=form)
    assert "have changed since you looked" in told.text
    assert "电梯停运" in told.text
    form["seen"] = _seen(told.text)
    assert "Fill this in" in accountant.post(where, query_string=TEN_PERCENT, data={**form, "reason": ""}).text
    assert accountant.post(where, query_string=TEN_PERCENT, data=form).status_code == 302


def test_a_choice_belongs_to_who_made_it(site: Flask, cast: Cast, billed: list[int]) -> None:
    where = _choose(cast.client("accountant"), all="y")
    draft = db.session.query(CorrectionDraft).one()
    draft.made_by = cast.users["manager"]
    db.session.commit()
    accountant = cast.client("accountant")
    assert accountant.get(where).status_code == 404
    assert accountant.get(f"{where}.xlsx").status_code == 404
    assert accountant.post(where, query_string=TEN_PERCENT, data={"reason": "x", "seen": "y"}).status_code == 404


def test_what_was_refused_is_asked_for_anew(site: Flask, cast: Cast, billed: list[int]) -> None:
    accountant, manager = cast.client("accountant", "en"), cast.client("manager", "en")
    where = _choose(accountant, charge=billed[:2])
    form = {"reason": "电梯停运", "seen": _seen(accountant.get(where, query_string=TEN_PERCENT).text)}
    sent = accountant.post(where, query_string=TEN_PERCENT, data=form).headers["Location"]
    assert "Ask anew" not in accountant.get(sent).text
    assert accountant.post(f"{sent}/again").status_code == 409
    manager.post(sent, data={"deed": "refuse", "answer": "少算一天"})
    assert "Ask anew" in accountant.get(sent).text
    assert "Ask anew" not in manager.get(sent).text
    again = accountant.post(f"{sent}/again").headers["Location"]
    assert "2 charges were chosen" in accountant.get(again).text
    assert again != where
    for client, status in ((manager, 403), (cast.client("outsider"), 404)):
        assert client.post(f"{sent}/again").status_code == status


def test_too_many_are_refused_in_words(
    site: Flask, cast: Cast, billed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_LINES", 3)
    answer = cast.client("accountant", "en").post("/XHY/charges/do", data={"deed": "adjust", "all": "y"})
    assert answer.status_code == 409
    assert "These are 4 charges" in answer.text
