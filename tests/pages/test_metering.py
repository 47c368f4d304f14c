"""The pages of meters: what they show, whom they let in, and what they say to nonsense."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feeapp import clock
from feeapp.core.period import Period
from feeapp.metering.models import Meter, MeterReading
from feeapp.metering.queries import list_readings, rule_of, usage_of
from feeapp.metering.rules import JumpRule, MeterKind
from feeapp.registry.indexing import reindex
from feeapp.spreadsheet import read as read_sheets
from feeapp.spreadsheet import table
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.metering import SPRING, hang, read
from tests.people import Cast

METER = {
    "kind": "WATER", "serial": "W-1", "digits": "5", "decimals": "0", "factor": "1",
    "installed_on": "2026-01-31", "first": "100",
}  # fmt: skip


@pytest.fixture(autouse=True)
def spring(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 20 April 2026 in the office."""
    monkeypatch.setattr(clock, "now", lambda: SPRING)


def _count() -> int:
    return db.session.query(MeterReading).filter_by(voided_at=None).count()


def _put(meter_id: int, figure: str, on: str = "2026-02-28", **more: str) -> dict[str, str]:
    fields = {"figure": figure, "read_on": on, **more}
    return {f"m{meter_id}-{name}": value for name, value in fields.items()}


def test_a_meter_is_put_up_read_and_corrected_at_the_units_page(site: Flask, cast: Cast) -> None:
    clerk, unit = cast.client("accountant"), cast.units["3-2-501"]
    assert "本户没有表" in clerk.get(f"/XHY/meters/units/{unit}").text
    assert clerk.post(f"/XHY/meters/units/{unit}/new", data=METER).status_code == 302
    meter_id = db.session.query(Meter).one().id
    assert clerk.post(f"/XHY/meters/{meter_id}/readings", data=_put(meter_id, "119")).status_code == 302
    page = clerk.get(f"/XHY/meters/units/{unit}").text
    assert re.search(r"19 <span class=\"muted\">m³", page)
    assert "底数，不计用量" in page
    reading = list_readings(cast.community, [meter_id])[meter_id][0].id
    form = {"figure": "109", "read_on": "2026-02-28", "why": "看错"}
    assert clerk.post(f"/XHY/meters/readings/{reading}/correct", data=form).status_code == 302
    page = clerk.get(f"/XHY/meters/units/{unit}").text
    assert "作废：看错" in page
    assert usage_of(cast.community, "WATER", Period(2026, 2))[unit].quantity == 900
    right = list_readings(cast.community, [meter_id])[meter_id][0].id
    assert clerk.post(f"/XHY/meters/readings/{right}/strike", data={"why": ""}).status_code == 200
    assert clerk.post(f"/XHY/meters/readings/{right}/strike", data={"why": "抄成别家"}).status_code == 302
    assert _count() == 1


def test_a_question_is_answered_with_a_tick_and_a_reason_for_that_very_figure(site: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "W1")
    read(cast, meter_id, "2026-01-01 100", "2026-01-31 110")
    clerk = cast.client("cashier", "en")
    url = f"/XHY/meters/{meter_id}/readings"
    page = clerk.post(url, data=_put(meter_id, "900")).text
    assert "far more than usual" in page
    assert f'name="m{meter_id}-confirmed"' in page
    asked = re.search(rf'name="m{meter_id}-asked"[^>]*value="([^"]+)"', page)
    assert asked
    tick = {"confirmed": "y", "asked": asked[1]}
    assert "Say why this figure is right" in clerk.post(url, data=_put(meter_id, "900", **tick)).text
    assert "far more than usual" in clerk.post(url, data=_put(meter_id, "800", reason="burst", **tick)).text
    assert _count() == 2
    assert clerk.post(url, data=_put(meter_id, "900", reason="burst", **tick)).status_code == 302
    assert clerk.post(url, data=_put(meter_id, "900", reason="burst", **tick)).status_code == 200
    assert _count() == 3


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("figure", "abc", "not a figure"),
        ("figure", "", "Fill this in"),
        ("figure", "1234567", "shows at most 99999"),
        ("figure", "120.555", "not a figure"),
        ("read_on", "2026-02-30", "not a day"),
        ("read_on", "2026-04-21", "has not come yet"),
        ("read_on", "2023-01-01", "was put up on 2024-01-01"),
        ("read_on", "2026-01-31", "A reading of this day stands already"),
        ("read_on", "2026-01-15", "A later reading stands"),
    ],
)
def test_nonsense_is_answered_at_the_field(site: Flask, cast: Cast, field: str, typed: str, said: str) -> None:
    meter_id = hang(cast, "3-2-501", "W1")
    read(cast, meter_id, "2026-01-31 110")
    form = {"figure": "120", "read_on": "2026-02-28", field: typed}
    data = {f"m{meter_id}-{name}": value for name, value in form.items()}
    answer = cast.client("cashier", "en").post(f"/XHY/meters/{meter_id}/readings", data=data)
    assert answer.status_code == 200
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert _count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("serial", "", "Fill this in"),
        ("kind", "STEAM", "Choose one"),
        ("digits", "2", "3 to 9 whole digits"),
        ("decimals", "3", "0, 1 or 2 decimals"),
        ("factor", "0", "A factor lies above 0"),
        ("first", "100000", "shows at most"),
        ("installed_on", "2026-05-01", "has not come yet"),
    ],
)
def test_a_meter_that_cannot_be_is_answered_at_the_field(
    site: Flask, cast: Cast, field: str, typed: str, said: str
) -> None:
    url = f"/XHY/meters/units/{cast.units['3-2-501']}/new"
    answer = cast.client("accountant", "en").post(url, data={**METER, field: typed})
    assert answer.status_code == 200
    assert said in answer.text
    assert db.session.query(Meter).count() == 0


def test_a_meter_is_replaced_and_taken_off(site: Flask, cast: Cast) -> None:
    old = hang(cast, "3-2-501", "OLD")
    read(cast, old, "2026-01-31 500")
    clerk = cast.client("accountant", "en")
    form = {**METER, "serial": "NEW", "removed_on": "2026-02-12", "figure": "490", "first": "0"}
    page = clerk.post(f"/XHY/meters/{old}/replace", data=form).text
    assert "does not look as if the register passed its end" in page
    assert 'name="confirmed"' in page
    assert clerk.post(f"/XHY/meters/{old}/replace", data={**form, "figure": "507"}).status_code == 302
    assert "taken off already" in clerk.post(f"/XHY/meters/{old}/replace", data={**form, "figure": "507"}).text
    new = db.session.query(Meter).filter_by(serial="NEW").one().id
    assert "taken off 2026-02-12" in clerk.get(f"/XHY/meters/units/{cast.units['3-2-501']}").text
    off = {"removed_on": "2026-03-01", "figure": ""}
    assert clerk.post(f"/XHY/meters/{new}/take-off", data=off).status_code == 302
    assert "never read" not in clerk.get(f"/XHY/meters/{new}/take-off").text
    assert db.session.query(Meter).filter_by(removed_on=None).count() == 0


def test_a_round_saves_what_is_right_and_keeps_the_rest_with_its_reason(site: Flask, cast: Cast) -> None:
    one, two = hang(cast, "3-2-501", "W1"), hang(cast, "3-2-502", "W2")
    three = hang(cast, "1-1-101", "W3")
    for meter_id in (one, two, three):
        read(cast, meter_id, "2026-01-01 100", "2026-01-31 110")
    clerk = cast.client("cashier", "en")
    building = re.search(r'value="(\d+)"[^>]*>3号楼', clerk.get("/XHY/meters/round").text)
    assert building
    url = f"/XHY/meters/round?kind=WATER&building={building[1]}&on=2026-02-28"
    first = clerk.get(url).text
    assert (f"figure-{one}" in first, f"figure-{two}" in first, f"figure-{three}" in first) == (True, True, False)
    data = {"on": "2026-02-28", f"figure-{one}": "120", f"figure-{two}": "x9", f"figure-{three}": "120"}
    page = clerk.post(url, data=data).text
    assert "1 readings saved" in page
    assert re.search(r"10 <span class=\"muted\">m³", page)
    assert 'value="x9"' in page
    assert "not a figure" in page
    assert _count() == 7
    page = clerk.post(url, data={"on": "2026-02-28", f"figure-{two}": "900"}).text
    assert "far more than usual" in page
    answer = {f"confirm-{two}": "1", f"asked-{two}": "900 2026-02-28", f"reason-{two}": "burst pipe"}
    assert "not saved" in clerk.post(url, data={"on": "2026-02-28", f"figure-{two}": "901", **answer}).text
    assert "1 readings saved" in clerk.post(url, data={"on": "2026-02-28", f"figure-{two}": "900", **answer}).text
    page = clerk.post(url, data={"on": "2026-02-28", **data}).text
    assert "readings saved" not in page
    assert _count() == 8
    assert "not a day" in clerk.post(url, data={"on": "nonsense", f"figure-{two}": "910"}).text


def test_the_sheet_to_fill_in_holds_the_round(site: Flask, cast: Cast) -> None:
    read(cast, hang(cast, "3-2-501", "W1"), "2026-01-31 110.5")
    hang(cast, "1-1-101", "=W3")
    clerk = cast.client("cashier")
    (sheet,) = read_sheets(clerk.get("/XHY/meters/round.xlsx?whole=1&on=2026-02-28").data)
    assert sheet.rows[0] == ["房号", "表类", "表号", "上次抄表日期", "上次读数", "抄表日期", "本次读数"]
    assert [[str(cell) for cell in row[:3]] for row in sheet.rows[1:]] == [
        ["1-1-101", "水", "'=W3"], ["3-2-501", "水", "W1"],
    ]  # fmt: skip
    assert str(sheet.rows[2][4]) == "110.5"
    assert clerk.get("/XHY/meters/round.xlsx").status_code == 200


def test_the_list_is_filtered_and_its_workbook_is_the_same(site: Flask, cast: Cast) -> None:
    read(cast, hang(cast, "3-2-501", "W1"), "2026-01-31 110", "2026-04-02 130")
    hang(cast, "3-2-502", "P2", MeterKind.POWER)
    transaction(lambda: reindex(cast.community, [cast.units["3-2-501"], cast.units["3-2-502"]]))
    clerk = cast.client("manager", "en")
    for query, shown in (
        ("", {"W1", "P2"}), ("kind=POWER", {"P2"}), ("q=w1", {"W1"}), ("q=3-2-502", {"P2"}), ("unread=1", {"P2"}),
        ("kind=NONSENSE&building=x", {"W1", "P2"}), ("q=zzz", set()),
    ):  # fmt: skip
        page = clerk.get(f"/XHY/meters?{query}").text
        assert {serial for serial in ("W1", "P2") if f">{serial}<" in page} == shown, query
        (sheet,) = read_sheets(clerk.get(f"/XHY/meters/meters.xlsx?{query}").data)
        assert {row[2] for row in sheet.rows[1:]} == shown


def test_the_use_of_a_month_is_shown_and_downloaded(site: Flask, cast: Cast) -> None:
    read(cast, hang(cast, "3-2-501", "W1"), "2026-01-31 110", "2026-02-28 130.5")
    clerk = cast.client("auditor", "en")
    assert "20.5" in clerk.get("/XHY/meters/usage?kind=WATER&month=2026-02").text
    assert "Nothing was read" in clerk.get("/XHY/meters/usage?kind=WATER&month=2026-03").text
    assert clerk.get("/XHY/meters/usage?kind=X&month=never").status_code == 200
    (sheet,) = read_sheets(clerk.get("/XHY/meters/usage.xlsx?kind=WATER&month=2026-02").data)
    assert [str(cell) for cell in sheet.rows[1]] == [
        "3-2-501",
        "W1",
        "2026-01-31",
        "2026-02-28",
        "110",
        "130.5",
        "20.5",
    ]


def test_the_rule_is_changed_on_its_page(site: Flask, cast: Cast) -> None:
    clerk = cast.client("accountant", "en")
    assert "Between 2 and 100" in clerk.post("/XHY/meters/rule", data={"times": "1", "months": "6", "least": "1"}).text
    assert clerk.post("/XHY/meters/rule", data={"times": "8", "months": "3", "least": "2.5"}).status_code == 302
    assert rule_of(cast.community) == JumpRule(8, 3, 250)


def test_who_only_looks_enters_nothing_and_the_neighbour_finds_nothing(site: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "W1", first="1")
    reading = list_readings(cast.community, [meter_id])[meter_id][0].id
    unit = cast.units["3-2-501"]
    pages = ["/meters/round", f"/meters/units/{unit}/new", f"/meters/{meter_id}/replace", "/meters/rule"]
    pages += [
        f"/meters/{meter_id}/take-off",
        f"/meters/readings/{reading}/correct",
        f"/meters/readings/{reading}/strike",
    ]
    for who in ("manager", "committee", "auditor"):
        client = cast.client(who)
        assert client.get(f"/XHY/meters/units/{unit}").status_code == 200
        assert {client.get(f"/XHY{page}").status_code for page in pages} == {403}
        assert client.post(f"/XHY/meters/{meter_id}/readings", data=_put(meter_id, "9")).status_code == 403
    outsider = cast.client("outsider")
    for page in ("/XHY/meters", f"/ZYL/meters/units/{unit}", "/XHY/meters/usage"):
        assert outsider.get(page).status_code == 404
    assert cast.client("resident").get("/XHY/meters").status_code == 404
    clerk = cast.client("accountant")
    for page in (f"/meters/{reading}/replace", "/meters/7/take-off", "/meters/readings/7/correct", "/meters/units/7"):
        assert clerk.get(f"/XHY{page}").status_code == 404
    assert clerk.post("/XHY/meters/7/readings", data=_put(7, "9")).status_code == 404


def _upload(client: FlaskClient, data: bytes) -> TestResponse:
    form = {"file": (io.BytesIO(data), "抄表.xlsx"), "on": "2026-02-28"}
    return client.post("/XHY/meters/imports", data=form, content_type="multipart/form-data")


def test_the_sheet_comes_back_filled_in_and_is_entered_once(site: Flask, cast: Cast) -> None:
    """Downloaded, filled in on foot with one figure that is asked about, uploaded, answered, confirmed twice."""
    for code in ("3-2-501", "3-2-502", "1-1-101"):
        read(cast, hang(cast, code, f"={code}"), "2026-01-01 100", "2026-01-31 110")
    clerk = cast.client("cashier")
    (sheet,) = read_sheets(clerk.get("/XHY/meters/round.xlsx?whole=1&on=2026-02-28").data)
    filled = [[*row[:6], figure] for row, figure in zip(sheet.rows[1:], ("120", None, "900"), strict=True)]
    answer = _upload(clerk, table([str(cell) for cell in sheet.rows[0]], filled))
    assert answer.status_code == 302, answer.text
    page = clerk.get(str(answer.location)).text
    assert "远超平常" in page
    assert "1 行未填读数" in page
    assert "尚未核对" in page
    assert "请勾选录入其余读数" in clerk.post(f"{answer.location}/confirm").text
    [row] = re.findall(r'name="row" value="(\d+)"', page)
    answers = {"row": row, f"confirm-{row}": "1", f"reason-{row}": "水管爆裂"}
    assert clerk.post(f"{answer.location}/decide", data=answers).status_code == 302
    assert _count() == 6
    for _press in range(2):
        assert clerk.post(f"{answer.location}/confirm").status_code == 302
    assert _count() == 8
    assert "已导入" in clerk.get(str(answer.location)).text
    assert "抄表.xlsx" in clerk.get("/XHY/meters/imports").text
    again = _upload(clerk, table([str(cell) for cell in sheet.rows[0]], filled))
    assert "将录入 0 条" in clerk.get(str(again.location)).text
    assert clerk.post(f"{again.location}/discard").status_code == 302


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "The file is empty"), (b"a,b\n1,2\n", "No sheet has the columns"), (b"\xd0\xcf\x11\xe0 old", "old .xls")],
)
def test_a_file_that_is_none_is_answered_at_the_field(site: Flask, cast: Cast, data: bytes, said: str) -> None:
    answer = _upload(cast.client("cashier", "en"), data)
    assert (answer.status_code, said in answer.text) == (200, True)


def test_files_of_readings_are_for_those_who_enter_and_of_one_community(site: Flask, cast: Cast) -> None:
    hang(cast, "3-2-501", "W1")
    uploaded = str(_upload(cast.client("cashier"), table(["表号", "读数"], [["W1", 5]])).location)
    batch = uploaded.rpartition("/")[2]
    for page in (uploaded, "/XHY/meters/imports"):
        assert cast.client("manager").get(page).status_code == 403
        assert cast.client("outsider").get(page).status_code == 404
    clerk = cast.client("cashier")
    assert clerk.get("/XHY/meters/imports/7").status_code == 404
    assert clerk.post(f"/XHY/meters/imports/{batch}/decide", data={"row": "7"}).status_code == 404
    assert clerk.post("/XHY/meters/imports", data={}).status_code == 200
