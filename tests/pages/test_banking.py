"""The pages of statements: upload, preview, confirm once, own accounts, and a format set up without code."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feeapp.banking.models import BankLine
from feeapp.storage.db import db
from tests.banking import own_account, upload
from tests.people import Cast

STATEMENTS = Path(__file__).parents[1] / "data" / "statements"


def _count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(BankLine)) or 0


def _upload(client: FlaskClient, account: int, data: bytes, name: str = "流水.csv") -> TestResponse:
    form = {"file": (io.BytesIO(data), name), "account": str(account), "format": ""}
    return client.post("/XHY/bank/statements", data=form, content_type="multipart/form-data")


def test_a_statement_is_uploaded_looked_at_and_imported_once(site: Flask, cast: Cast) -> None:
    clerk = cast.client("accountant")
    assert "还没有本方账户" in clerk.get("/XHY/bank/statements").text
    form = {"name": "农行基本户", "kind": "BANK", "fund": "OP", "number": "6228480012345678"}
    assert clerk.post("/XHY/bank/accounts", data=form).status_code == 302
    page = clerk.get("/XHY/bank/accounts").text
    assert "****5678" in page
    assert "12345678" not in page
    assert "已有同名账户" in clerk.post("/XHY/bank/accounts", data=form).text
    account = int(re.findall(r'<option value="(\d+)">农行基本户', clerk.get("/XHY/bank/statements").text)[0])
    answer = _upload(clerk, account, (STATEMENTS / "abc-2026-01.csv").read_bytes())
    assert answer.status_code == 302, answer.text
    page = clerk.get(str(answer.location)).text
    for said in ("50,000.00", "68,540.95", "余额逐笔相符", "第 13 行与第 12 行相同", "文件余额按两笔计算", "将导入"):
        assert said in page, said
    assert _count() == 0
    for _press in range(2):
        assert clerk.post(f"{answer.location}/confirm").status_code == 302
    assert "已导入" in clerk.get("/XHY/bank/statements").text
    again = _upload(clerk, account, (STATEMENTS / "abc-2026-01.csv").read_bytes())
    assert "没有新的流水" in clerk.post(f"{again.location}/confirm").text
    assert clerk.post(f"{again.location}/discard").status_code == 302


def test_a_file_that_is_none_is_answered_at_the_field(site: Flask, cast: Cast) -> None:
    account = own_account(cast)
    clerk = cast.client("accountant", "en")
    for data, said in (
        (b"", "The file is empty"),
        (b"a,b\n1,2\n", "No known format fits"),
        (b"\xd0\xcf\x11\xe0 old", "old .xls"),
        ("日期,金额\n".encode(), "no lines under them"),
    ):
        answer = _upload(clerk, account, data)
        assert (answer.status_code, said in answer.text) == (200, True), said
    answer = clerk.post("/XHY/bank/statements", data={"account": str(account), "format": ""})
    assert "Choose the statement" in answer.text
    assert _count() == 0


def test_a_format_nobody_knows_is_set_up_without_code(site: Flask, cast: Cast) -> None:
    account = own_account(cast)
    clerk = cast.client("accountant", "en")
    data = "牡丹江商业银行流水\n记账日,进账,汇款人,说明\n2026-01-05,88.00,王伟,3-2-501\n".encode("gb18030")
    assert "No known format fits" in _upload(clerk, account, data).text
    page = clerk.post(
        "/XHY/bank/formats/new", data={"file": (io.BytesIO(data), "a.csv")}, content_type="multipart/form-data"
    ).text
    assert "Say which column holds the day" in page
    sample = html.unescape(re.findall(r'name="sample"[^>]*value="([^"]*)"', page)[0])
    form = {"name": "商行", "header_row": "2", "sample": sample, "means-0": "DAY", "means-2": "NAME", "means-3": "MEMO"}
    page = clerk.post("/XHY/bank/formats/new", data={**form, "look": "1"}).text
    assert "money in and money out" in page
    twice = clerk.post("/XHY/bank/formats/new", data={**form, "save": "1"})
    assert (twice.status_code, "money in and money out" in twice.text) == (200, True)
    form["means-1"] = "INCOMING"
    page = clerk.post("/XHY/bank/formats/new", data={**form, "look": "1"}).text
    assert "88.00" in page
    assert clerk.post("/XHY/bank/formats/new", data={**form, "save": "1"}).status_code == 302
    page = clerk.get("/XHY/bank/formats").text
    assert "own, version 1" in page
    assert _upload(clerk, account, data).status_code == 302
    page = clerk.get("/XHY/bank/formats/own-1").text
    assert "商行" in page
    assert clerk.post("/XHY/bank/formats/own-1", data={**form, "name": "商行二", "save": "1"}).status_code == 302
    assert "own, version 2" in clerk.get("/XHY/bank/formats").text


def test_nonsense_in_the_format_form_is_refused_in_words(site: Flask, cast: Cast) -> None:
    clerk = cast.client("accountant", "en")
    for sample in ("", "{}", "[1]", "nonsense", '[["a", 5, null]]'):
        for row in ("", "0", "9", "x"):
            form = {"name": "n", "header_row": row, "sample": sample, "means-0": "NO", "means-x": "DAY", "save": "1"}
            assert clerk.post("/XHY/bank/formats/new", data=form).status_code == 200
    assert clerk.get("/XHY/bank/formats/own-7").status_code == 404


def test_who_may_see_import_and_who_finds_nothing(site: Flask, cast: Cast) -> None:
    file_id = upload(cast, own_account(cast), "2026-01-05,,88.00,,王伟德,6222,3-2-501,R1")
    for who in ("cashier", "manager", "committee", "auditor"):
        client = cast.client(who)
        assert client.get("/XHY/bank/statements").status_code == 200
        assert client.get(f"/XHY/bank/statements/{file_id}").status_code == 200
        assert client.post(f"/XHY/bank/statements/{file_id}/confirm").status_code == 403
        assert {client.get(f"/XHY/bank/{page}").status_code for page in ("accounts", "formats")} == {403}
    assert "王伟德" not in cast.client("auditor").get(f"/XHY/bank/statements/{file_id}").text
    assert cast.client("outsider").get("/XHY/bank/statements").status_code == 404
    assert cast.client("outsider").get(f"/ZYL/bank/statements/{file_id}").status_code == 404
    clerk = cast.client("accountant")
    assert clerk.get("/XHY/bank/statements/7").status_code == 404
    assert clerk.post("/XHY/bank/statements/7/confirm").status_code == 404
    assert clerk.post(f"/XHY/bank/statements/{file_id}/confirm", data={"repeated": "7"}).status_code == 404
    assert _count() == 0
