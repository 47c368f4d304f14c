"""The pages of prices: what they show, whom they let in, and what they say to nonsense."""

from __future__ import annotations

import pytest
from flask import Flask

from feeapp.logbook.models import LogEntry
from feeapp.spreadsheet import read
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from tests.golden.reading import pages
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
        ("use", [], "Choose one"),
        ("place", "PALACE", "Choose one"),
        ("where", "3号楼", "Leave this empty"),
        ("place", "BUILDING", "There is no building"),
        ("basis", "POOL", "A shared sum has no price"),
        ("basis", "METER", "No meter is read"),
        ("tiers-0-rate", "2.80", "each tier has its own price"),
        ("tiers-0-rate", "zwei", "Row 1: This is not a price"),
        ("tiers-0-upto", "15", "Each tier needs its price"),
        ("tiers-0-upto", "1.555", "Row 1: This is not a quantity"),
        ("coefficients-0-first", "G", "This is not a floor"),
        ("coefficients-0-part", "0.12345", "This is not a coefficient"),
        ("coefficients-0-first", "3", "needs its first floor and its coefficient"),
        ("coefficient_name", "\u202e表", "hidden or unreadable"),
    ],
)
def test_nonsense_is_answered_at_the_field_and_kept(site: Flask, cast: Cast, field: str, typed: str, said: str) -> None:
    data = {**PRICE, field: typed, **({"round_to": "10"} if field == "rounding" else {})}
    answer = cast.client("manager", "en").post(f"/XHY/prices/{_item_id(cast)}/new", data=data)
    assert answer.status_code == 200
    assert said in answer.text
    assert "合同第 8 条" in answer.text or field == "authority_text"
    assert db.session.query(TariffVersion).count() == 0


LIFT = {
    "coefficient_name": "电梯费楼层系数",
    "coefficients-0-first": "-1", "coefficients-0-last": "2", "coefficients-0-part": "0",
    "coefficients-1-first": "3", "coefficients-1-last": "", "coefficients-1-part": "0.8",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"coefficient_name": ""}, "Give the table a name"),
        ({"coefficients-1-first": "2"}, "Each floor stands in the table once"),
        ({"coefficients-0-last": "-2"}, "from the lower to the upper"),
        ({"coefficients-0-last": "999999999"}, "from the lower to the upper"),
        ({"coefficients-1-first": "0"}, "no floor 0"),
        ({"coefficients-1-part": "100.1"}, "between 0 and 100"),
        ({"basis": "POOL", "rate": ""}, "Floor coefficients go with"),
    ],
)
def test_a_table_of_floors_is_answered_and_kept(site: Flask, cast: Cast, wrong: dict[str, str], said: str) -> None:
    answer = cast.client("manager", "en").post(f"/XHY/prices/{_item_id(cast)}/new", data={**PRICE, **LIFT, **wrong})
    assert (answer.status_code, said in answer.text) == (200, True)
    assert 'name="coefficients-11-first"' not in answer.text
    assert 'name="coefficients-7-first"' in answer.text
    assert db.session.query(TariffVersion).count() == 0


def test_a_lift_fee_for_one_stair_by_floor(site: Flask, cast: Cast) -> None:
    manager, item = cast.client("manager"), _item_id(cast)
    data = {**PRICE, **LIFT, "place": "STAIR", "where": "3号楼2单元", "basis": "UNIT", "rate": "15"}
    looked = manager.post(f"/XHY/prices/{item}/new", data={**data, "check": "1"}).text
    assert "0.00" in looked
    assert manager.post(f"/XHY/prices/{item}/new", data=data).status_code == 302
    page = manager.get("/XHY/prices").text
    for shown in ("3号楼2单元", "电梯费楼层系数", "-1–2 层 × 0", "3 层 × 0.8", "其他楼层 × 1", "15.00"):
        assert shown in page, shown


def test_several_uses_at_once_all_or_nothing(site: Flask, cast: Cast) -> None:
    manager, item = cast.client("manager", "en"), _item_id(cast)
    assert manager.post(f"/XHY/prices/{item}/new", data={**PRICE, "use": "SHOP"}).status_code == 302
    refused = manager.post(f"/XHY/prices/{item}/new", data={**PRICE, "use": ["HOME", "SHOP", "STORAGE"]})
    assert "A price of 0.65 yuan from 2026-01-01 already stands for these units (Shops, the whole community)" in (
        refused.text
    )
    assert db.session.query(TariffVersion).count() == 1
    looked = manager.post(f"/XHY/prices/{item}/new", data={**PRICE, "use": ["HOME", "STORAGE"], "check": "1"}).text
    assert "40.54" in looked
    assert "Storage rooms: There is no unit" in looked
    assert manager.post(f"/XHY/prices/{item}/new", data={**PRICE, "use": ["HOME", "STORAGE"]}).status_code == 302
    assert db.session.query(TariffVersion).count() == 3


WATER = {"kind": "WATER", "code": "WATER", "name": "水费", "name_en": "Water", "due_day": "31", "meter": "WATER"}
TIERS = {"basis": "METER", "rate": "", "tiers-0-upto": "15", "tiers-0-rate": "2.80", "tiers-1-rate": "4"}


def test_water_in_tiers(site: Flask, cast: Cast) -> None:
    manager = cast.client("manager")
    assert manager.post("/XHY/prices/new", data=WATER).status_code == 302
    item = db.session.query(ChargeItem).one()
    assert item.meter_kind == "WATER"
    assert manager.post(f"/XHY/prices/{item.id}/new", data={**PRICE, **TIERS}).status_code == 302
    page = manager.get("/XHY/prices").text
    for shown in ("15 m³ 及以下：2.80", "15 m³ 以上部分：4.00", "元/m³", "10 m³", "28.00", "水表"):
        assert shown in page, shown


@pytest.mark.parametrize(("field", "typed"), [("meter", "POWER"), ("meter", "STEAM")])
def test_a_meter_that_does_not_fit_is_refused(site: Flask, cast: Cast, field: str, typed: str) -> None:
    answer = cast.client("manager", "en").post("/XHY/prices/new", data={**WATER, field: typed})
    assert (answer.status_code, db.session.query(ChargeItem).count()) == (200, 0)
    assert ("not the meter that goes with" in answer.text) or ("Choose one" in answer.text)


def test_ended_prices_stand_below_and_all_of_them_in_the_workbook(site: Flask, cast: Cast) -> None:
    manager, item = cast.client("manager", "en"), _item_id(cast)
    manager.post(
        f"/XHY/prices/{item}/new", data={**PRICE, "from_on": "2020-01-01", "rate": "0.5", "authority_text": "=1"}
    )
    manager.post(f"/XHY/prices/{item}/new", data={**PRICE, "end_running": "y", "place": "COMMUNITY"})
    page = manager.get("/XHY/prices").text
    assert "Earlier prices (1)" in page
    [sheet] = read(manager.get("/XHY/prices/prices.xlsx").data)
    head, *rows = sheet.rows
    assert [dict(zip(head, row, strict=True))["Price in yuan"] for row in rows] == ["0.65", "0.50"]
    assert [dict(zip(head, row, strict=True))["State"] for row in rows] == ["in force", "ended"]
    assert [dict(zip(head, row, strict=True))["Number and article"] for row in rows] == ["合同第 8 条", "'=1"]
    assert cast.client("resident").get("/XHY/prices/prices.xlsx").status_code == 404


def test_the_public_price_list_says_all_that_must_be_marked(site: Flask, cast: Cast) -> None:
    manager, item = cast.client("manager"), _item_id(cast)
    assert manager.get("/XHY/prices/posted.pdf").status_code == 404
    assert "posted.pdf" not in manager.get("/XHY/prices").text
    manager.post(f"/XHY/prices/{item}/new", data={**PRICE, "from_on": "2020-01-01", "rate": "0.5"})
    manager.post(f"/XHY/prices/{item}/new", data={**PRICE, **LIFT, "end_running": "y", "authority": "NOTICE"})
    assert manager.post(f"/XHY/prices/{item}/content", data={"content": "每日清扫楼道一次"}).status_code == 302
    for who, language in (("manager", "zh"), ("manager", "en"), ("committee", "zh")):
        answer = cast.client(who, language).get("/XHY/prices/posted.pdf")
        assert answer.mimetype == "application/pdf"
        text = "".join("".join(page.extract_text() for page in pages(answer.data)).split())
        for marked in (
            "西花园物业服务中心", "物业费", "每日清扫楼道一次", "住宅，全小区", "按建筑面积", "0.65元/平方米·月",
            "2026-01-01起", "政府指导价", "合同第8条", "12315", "电梯费楼层系数", "四舍五入到分",
        ):  # fmt: skip
            assert marked in text, (who, language, marked)
        assert "0.50" not in text
        assert ("Way of charging".replace(" ", "") in text) is (language == "en")


def test_what_an_item_comprises_is_said_by_whoever_sets_prices(site: Flask, cast: Cast) -> None:
    manager, item = cast.client("manager", "en"), _item_id(cast)
    assert "Not said yet" in manager.get("/XHY/prices").text
    assert "At most 200" in manager.post(f"/XHY/prices/{item}/content", data={"content": "字" * 201}).text
    for _press in range(2):
        assert manager.post(f"/XHY/prices/{item}/content", data={"content": "清洁"}).status_code == 302
    assert "清洁" in manager.get("/XHY/prices").text
    assert db.session.query(LogEntry).filter_by(kind="tariffs.describe_item").count() == 1
    assert cast.client("accountant").post(f"/XHY/prices/{item}/content", data={"content": "x"}).status_code == 403
    assert cast.client("outsider").get(f"/ZYL/prices/{item}/content").status_code == 404


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
