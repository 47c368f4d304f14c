"""The import through the browser: upload, preview, decide, confirm, undo; and everything that must not get through."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feeapp.core.deed import By
from feeapp.registry.communities import create_community
from feeapp.registry.models import ImportBatch, Party, Unit
from feeapp.spreadsheet import table
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

LEDGERS = Path(__file__).parents[1] / "data" / "ledgers"
XIHUAYUAN = ("xihuayuan", "244", "17144.68", "0")
ZIYALI = ("ziyali-messy", "216", "12,490.92", "73,429.14")
FAULTS = ("ten-faults", "10", "600", "0")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def empty(cast: Cast) -> int:
    """A community without a unit, which the administrator may import into."""
    return transaction(lambda: create_community(By(0, None, AT), "桃园小区", "TY", "桃园物业")).id


def _upload(client: FlaskClient, data: bytes, name: str = "台账.xlsx", *sums: str) -> TestResponse:
    units, area, arrears = sums or ("2", "140", "0")
    form = {"units": units, "area": area, "arrears": arrears, "file": (io.BytesIO(data), name)}
    return client.post("/TY/imports", data=form, content_type="multipart/form-data")


def _stage(client: FlaskClient, ledger: tuple[str, str, str, str]) -> str:
    answer = _upload(client, (LEDGERS / f"{ledger[0]}.xlsx").read_bytes(), f"{ledger[0]}.xlsx", *ledger[1:])
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def _counts(text: str) -> dict[str, int]:
    """The number on each tab."""
    return {
        heap: int(count)
        for heap, count in re.findall(r'heap=([A-Z]+)"[^>]*>[^<]*<span class="count">(\d+)</span>', text)
    }


def _units() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Unit).where(Unit.withdrawn_at.is_(None))) or 0


def _parties() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Party)) or 0


def test_a_tidy_ledger_goes_from_upload_to_undo(app: Flask, cast: Cast, empty: int) -> None:
    client, before = cast.client("administrator"), _units()
    batch = _stage(client, XIHUAYUAN)
    text = client.get(batch).text
    assert _counts(text) == {"NEW": 224, "CHANGED": 0, "SAME": 0, "DOUBTFUL": 20, "REFUSED": 0}
    assert text.count("tie--even") == 3
    assert "什么都还没有保存" in text
    assert _units() == before
    assert "还有 20 行有疑问" in client.post(f"{batch}/confirm").text
    client.post(f"{batch}/decide", data={"accept": "all"})
    for _press in range(2):  # the second press changes nothing and does no harm
        answer = client.post(f"{batch}/confirm", follow_redirects=True)
        assert answer.status_code == 200
    assert _units() == before + 244
    again = client.get(_stage(client, XIHUAYUAN)).text
    assert _counts(again) == {"NEW": 0, "CHANGED": 0, "SAME": 244, "DOUBTFUL": 0, "REFUSED": 0}
    assert "请先勾选" in client.post(f"{batch}/undo").text
    assert client.post(f"{batch}/undo", data={"sure": "1"}).status_code == 302
    assert _units() == before
    assert "已撤销" in client.get(batch).text


def test_a_messy_ledger_ties_out_after_its_doubts_are_decided(app: Flask, cast: Cast, empty: int) -> None:
    client, before = cast.client("administrator"), _units()
    batch = _stage(client, ZIYALI)
    text = client.get(batch).text
    assert _counts(text) == {"NEW": 212, "CHANGED": 0, "SAME": 0, "DOUBTFUL": 4, "REFUSED": 1}
    assert "1号楼 第 84 行" in text  # 1-4-102 has no area
    assert text.count("tie--off") == 2  # its area, and the arrears of the one whose cell says 已缴
    client.post(f"{batch}/decide", data={"accept": "all"})
    assert client.get(batch).text.count("tie--even") == 3
    refused = client.get(f"{batch}?heap=REFUSED").text
    assert "1-2-301" in refused
    assert "1号楼 第 109 行" in refused
    assert client.post(f"{batch}/confirm").status_code == 200
    assert _units() == before
    assert client.post(f"{batch}/confirm", data={"leave_out": "1"}).status_code == 302
    assert _units() == before + 216
    people = _parties()
    client.post(f"{batch}/undo", data={"sure": "1"})
    assert _units() == before
    again = _stage(client, ZIYALI)  # the arrears that were booked and taken back still name their debtors
    assert _counts(client.get(again).text) == {"NEW": 212, "CHANGED": 0, "SAME": 0, "DOUBTFUL": 4, "REFUSED": 1}
    client.post(f"{again}/decide", data={"accept": "all"})
    client.post(f"{again}/confirm", data={"leave_out": "1"})
    assert (_units(), _parties()) == (before + 216, people)


def test_one_doubt_is_decided_at_a_time(site: Flask, cast: Cast, empty: int) -> None:
    client = cast.client("administrator")
    batch = _stage(client, ZIYALI)
    text = client.get(f"{batch}?heap=DOUBTFUL").text
    name = next(found for found in re.findall(r'name="(choice:[^"]+)"', text) if "area.missing" in found)
    client.post(f"{batch}/decide", data={name: "leave_out"})
    text = client.get(f"{batch}?heap=DOUBTFUL").text
    assert "还有 3 行未确认" in text
    assert "215" in text
    assert client.post(f"{batch}/decide", data={name: "sideways"}).status_code == 404


def test_what_was_ticked_otherwise_stays_when_the_proposals_are_accepted(site: Flask, cast: Cast, empty: int) -> None:
    client = cast.client("administrator")
    batch = _stage(client, ZIYALI)
    names = re.findall(r'name="(choice:[^"]+)"', client.get(f"{batch}?heap=DOUBTFUL").text)
    same_name = next(name for name in names if "owner.same_name" in name)
    client.post(f"{batch}/decide", data={same_name: "leave_out", "accept": "all"})
    text = client.get(f"{batch}?heap=DOUBTFUL").text
    assert "还有 0 行未确认" in text
    assert "1 行存疑的不导入" in text


def test_ten_faults_are_refused_row_by_row_and_nothing_is_saved(app: Flask, cast: Cast, empty: int) -> None:
    client, before = cast.client("administrator"), _units()
    batch = _stage(client, FAULTS)
    text = client.get(batch).text
    assert _counts(text) == {"NEW": 0, "CHANGED": 0, "SAME": 0, "DOUBTFUL": 0, "REFUSED": 10}
    assert all(f"第 {row} 行" in text for row in range(2, 12))
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    answer = client.post(f"{batch}/confirm", data={"leave_out": "1", "differ": "1"})
    assert answer.status_code == 200
    assert _units() == before


def test_a_changed_row_shows_the_old_and_the_new(site: Flask, cast: Cast, empty: int) -> None:
    client = cast.client("administrator")
    headers = ["房号", "建筑面积", "业主姓名", "居住状态"]
    for area, state in (("80.00", "自住"), ("81.50", "出租")):
        data = table(headers, [["9-1-101", area, "孙志强", state]])
        batch = str(_upload(client, data, "台账.xlsx", "1", area, "0").location)
        text = client.get(batch).text
        client.post(f"{batch}/confirm")
    assert "80.00</span> → 81.50" in text
    assert "自住</span> → 出租" in text


def test_sums_that_differ_are_red_and_need_a_tick(site: Flask, cast: Cast, empty: int) -> None:
    client, before = cast.client("administrator"), _units()
    data = table(["房号", "建筑面积", "业主姓名"], [["9-1-101", "80.00", "孙志强"]])
    batch = str(_upload(client, data, "台账.xlsx", "2", "80.00", "0").location)
    text = client.get(batch).text
    assert (text.count("tie--off"), text.count("tie--even")) == (1, 2)
    assert "您填的是 2" in text
    assert client.post(f"{batch}/confirm").status_code == 200
    assert _units() == before
    client.post(f"{batch}/confirm", data={"differ": "1"})
    assert _units() == before + 1


@pytest.mark.parametrize(
    ("left", "said"), [("units", "请填写"), ("area", "请填写"), ("arrears", "请填写"), ("file", "请选择台账文件")]
)
def test_the_three_sums_and_the_file_are_asked_for(site: Flask, cast: Cast, empty: int, left: str, said: str) -> None:
    form = {"units": "1", "area": "80", "arrears": "0", "file": (io.BytesIO(b"x"), "a.xlsx")}
    del form[left]
    answer = cast.client("administrator").post("/TY/imports", data=form, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert said in answer.text
    assert db.session.scalars(sa.select(ImportBatch.id)).all() == []


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a table at all \x00\x01\x02",
        b"PK\x03\x04broken",
        b"\xd0\xcf\x11\xe0old",
        b"<html><body>hi</body></html>",
    ],
)
def test_what_is_no_ledger_is_refused_in_words_at_the_field(site: Flask, cast: Cast, empty: int, data: bytes) -> None:
    answer = _upload(cast.client("administrator"), data)
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text
    assert db.session.scalars(sa.select(ImportBatch.id)).all() == []


def test_a_package_that_unpacks_to_far_too_much_is_not_opened(site: Flask, cast: Cast, empty: int) -> None:
    answer = _upload(cast.client("administrator"), _bomb())
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text


def test_a_file_too_large_is_turned_away_before_it_is_read(site: Flask, cast: Cast, empty: int) -> None:
    assert _upload(cast.client("administrator"), b"0" * (11 * 1024 * 1024)).status_code == 413


def test_a_hostile_file_name_is_only_text(site: Flask, cast: Cast, empty: int) -> None:
    data = table(["房号", "建筑面积", "业主姓名"], [["9-1-101", "80.00", "孙志强"]])
    batch = str(_upload(cast.client("administrator"), data, "../../etc/<b>\u202egnp.xlsx", "1", "80", "0").location)
    text = cast.client("administrator").get(batch).text
    assert "<b>" not in text.split("<main")[1].split("</h1>")[0]
    assert "\u202e" not in text
    assert db.session.scalars(sa.select(ImportBatch.file_name)).one() == "<b>gnp.xlsx"


def test_importing_takes_its_power_and_a_role_here(site: Flask, cast: Cast, empty: int) -> None:
    batch = _stage(cast.client("administrator"), FAULTS)
    assert cast.client("accountant").get(batch).status_code == 404  # another community
    for who, status in (("cashier", 403), ("committee", 403), ("outsider", 404), ("resident", 404)):
        assert cast.client(who).get("/XHY/imports").status_code == status, who
        assert cast.client(who).post("/XHY/imports", data={}).status_code == status, who


@pytest.mark.parametrize("deed", ["", "/decide", "/confirm", "/discard", "/undo"])
def test_a_batch_of_another_community_does_not_exist_here(site: Flask, cast: Cast, empty: int, deed: str) -> None:
    batch = _stage(cast.client("administrator"), FAULTS).replace("/TY/", "/XHY/")
    client = cast.client("accountant")
    form = {"sure": "1", "accept": "all"}
    answer = client.post(batch + deed, data=form) if deed else client.get(batch)
    assert answer.status_code == 404


def test_a_discarded_ledger_keeps_its_page_and_loses_its_buttons(site: Flask, cast: Cast, empty: int) -> None:
    client = cast.client("administrator")
    batch = _stage(client, XIHUAYUAN)
    client.post(f"{batch}/discard")
    text = client.get(batch).text
    assert "已作废" in text
    assert "/confirm" not in text
    assert client.post(f"{batch}/confirm").status_code == 200
    assert client.post(f"{batch}/discard").status_code == 409
    assert client.post(f"{batch}/decide", data={"accept": "all"}).status_code == 409


def test_the_import_speaks_english_too(site: Flask, cast: Cast, empty: int) -> None:
    client = cast.client("administrator", "en")
    assert "Upload a ledger" in client.get("/TY/imports").text
    text = client.get(_stage(client, ZIYALI)).text
    assert "Nothing is saved yet" in text
    assert "(proposed)" in text
