"""The pages of prices: what they show, whom they let in, and what they say to nonsense."""

from __future__ import annotations

import pytest
from flask import Flask

from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from tests.people import Cast

ITEM = {"kind": "PROPERTY_FEE", "code": "FEE", "name": "物业费", "name_en": "Property fee", "due_day": "31"}
PRICE = {
    "use": "HOME", "rate": "0.65", "basis": "AREA", "from_on": "2026-01-01", "authority": "CONTRACT",
    "authority_text": "合同第 8 条", "proration": "ACTUAL_DAYS", "rounding": "HALF_UP", "round_to": "1",
    "round_at": "PER_MONTH",
}  # fmt: skip


def _item_id(cast: Cast) -> int:
    cast.client("manager").post("/XHY/prices/new", data=ITEM)
    return db.session.query(ChargeItem).filter_by(community_id=cast.community).one().id


def test_an_item_and_its_price_are_published_and_shown(site: Flask, cast: Cast) -> None:
    manager, item = cast.client("manager"), _item_id(cast)
    assert manager.post(f"/XHY/prices/{item}/new", data=PRICE).status_code == 302
    page = manager.get("/XHY/prices").text
    assert "物业费" in page
    assert "0.65" in page
    assert "合同第 8 条" in page
    assert "生效中" in page


def test_looking_at_an_example_publishes_nothing(site: Flask, cast: Cast) -> None:
    page = cast.client("manager", "en").post(f"/XHY/prices/{_item_id(cast)}/new", data={**PRICE, "check": "1"}).text
    assert "40.54" in page
    assert "Nothing is published yet" in page
    assert db.session.query(TariffVersion).count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("rate", "0.65001", "at most four decimals"),
        ("rate", "-1", "not a price"),
        ("rate", "六毛", "not a price"),
        ("rate", "", "Fill this in"),
        ("from_on", "2026-02-30", "not a day"),
        ("authority_text", "", "Fill this in"),
        ("use", "PALACE", "Choose one"),
        ("rounding", "UP", "rounded half up or down"),
    ],
)
def test_nonsense_is_answered_at_the_field_and_kept(site: Flask, cast: Cast, field: str, typed: str, said: str) -> None:
    data = {**PRICE, field: typed, **({"round_to": "10"} if field == "rounding" else {})}
    answer = cast.client("manager", "en").post(f"/XHY/prices/{_item_id(cast)}/new", data=data)
    assert answer.status_code == 200
    assert said in answer.text
    assert "合同第 8 条" in answer.text or field == "authority_text"
    assert db.session.query(TariffVersion).count() == 0


def test_whoever_bills_does_not_set_prices(site: Flask, cast: Cast) -> None:
    item = _item_id(cast)
    accountant = cast.client("accountant")
    assert accountant.get("/XHY/prices").status_code == 200
    assert accountant.get("/XHY/prices/new").status_code == 403
    assert accountant.post(f"/XHY/prices/{item}/new", data=PRICE).status_code == 403


def test_the_neighbour_finds_none_of_it(site: Flask, cast: Cast) -> None:
    item = _item_id(cast)
    outsider = cast.client("outsider")
    assert outsider.get("/XHY/prices").status_code == 404
    assert outsider.get(f"/ZYL/prices/{item}/new").status_code == 404
    assert cast.client("resident").get("/XHY/prices").status_code == 404
