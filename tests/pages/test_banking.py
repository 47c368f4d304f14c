"""The pages of statements: upload, preview, confirm once, own accounts, and a format set up without code."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import openpyxl
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feeapp.banking.models import BankLine
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.registry.indexing import reindex
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.banking import arrive, own_account, upload
from tests.owing import owe
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


def _owing_household(cast: Cast) -> None:
    owe(cast, "3-2-501", "2026-01", "88")
    transaction(lambda: reindex(cast.community, [cast.units["3-2-501"], cast.units["1-1-101"]]))


def _state(line_id: int) -> str:
    db.session.rollback()
    return db.session.scalars(sa.select(BankLine.state).where(BankLine.id == line_id)).one().value


def test_ticked_lines_are_claimed_together_and_once(site: Flask, cast: Cast) -> None:
    _owing_household(cast)
    first, second, third = arrive(
        cast,
        own_account(cast),
        "2026-01-05,,88.00,,王伟德,6222,3号楼2单元501 物业费,R1",
        "2026-01-06,,30.00,,欧阳志远,6223,,R2",
        "2026-01-07,,9.00,,无名氏,6224,,R3",
    )
    clerk = cast.client("cashier", "en")
    page = clerk.get("/XHY/bank/lines").text
    assert "the note names the room; exactly what is open" in page
    assert "clears ¥88.00" in page
    assert "none; search by hand" in page
    assert len(re.findall(r'name="line" value="\d+"[^>]* checked', page)) == 1
    units = {f"unit-{line}": unit for line, unit in re.findall(r'name="unit-(\d+)" value="(\d+)"', page)}
    assert units == {f"unit-{first}": str(cast.units["3-2-501"]), f"unit-{second}": str(cast.units["1-1-101"])}
    form = {"line": [str(first), str(second)], **units}
    assert clerk.post("/XHY/bank/lines/claim", data=form).status_code == 302
    assert clerk.post("/XHY/bank/lines/claim", data=form).status_code == 302
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 2
    assert "Nothing is ticked" in clerk.post("/XHY/bank/lines/claim", data={}).text
    page = clerk.get(f"/XHY/bank/lines/{first}").text
    assert "XHYOP2026-000001" in page
    assert "1 in all" in clerk.get("/XHY/bank/lines?state=UNCLAIMED").text
    assert "王伟德" in clerk.get("/XHY/bank/lines?state=CLAIMED&q=王伟").text
    other = clerk.post("/XHY/bank/lines/claim", data={"line": str(first), f"unit-{first}": cast.units["1-1-101"]})
    assert "Somebody has said already" in other.text
    assert clerk.post("/XHY/bank/lines/claim", data={"line": str(third)}).status_code == 404


def test_a_line_is_claimed_by_hand_or_left_with_a_note(site: Flask, cast: Cast) -> None:
    _owing_household(cast)
    [line_id] = arrive(cast, own_account(cast), "2026-01-07,,9.00,,无名氏,6224,,R3")
    clerk = cast.client("accountant", "en")
    here = f"/XHY/bank/lines/{line_id}"
    assert "Fill this in" in clerk.post(f"{here}/note", data={"note": ""}).text
    assert clerk.post(f"{here}/note", data={"note": "asked by phone"}).status_code == 302
    assert "asked by phone" in clerk.get("/XHY/bank/lines").text
    assert "No household is found" in clerk.get(f"{here}?q=9-9-999").text
    page = clerk.get(f"{here}?q=1-1-101").text
    assert "欧阳志远" in page
    answer = clerk.post(f"{here}/claim", data={"unit": cast.units["1-1-101"]})
    assert "/receipts/" in str(answer.location)
    assert "Somebody has said already" in clerk.post(f"{here}/claim", data={"unit": cast.units["3-2-501"]}).text
    assert _state(line_id) == "CLAIMED"


def test_payouts_fees_and_transfers_of_the_counter(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "88")
    request = Request("a", cast.units["3-2-501"], (charge,), (Tender(Method.TRANSFER, Money.yuan(88), "R1"),), "王伟")
    transaction(lambda: take_payment(cast.by("cashier"), request))
    same, payout, out = arrive(
        cast,
        own_account(cast),
        "2026-01-05,,88.00,,王伟,6222,物业费,R1",
        "2026-01-06,,99.40,,财付通,6223,,R2",
        "2026-01-07,,-20.00,,,,账户管理费,R3",
    )
    clerk = cast.client("cashier", "en")
    assert "XHYOP2026-000001" in clerk.get("/XHY/bank/differences").text
    assert "A transfer of this sum was taken at the counter" in clerk.get("/XHY/bank/lines").text
    [payment] = re.findall(r'name="payment" value="(\d+)"', clerk.get(f"/XHY/bank/lines/{same}").text)
    assert clerk.post(f"/XHY/bank/lines/{payout}/counted", data={"payment": payment}).status_code == 200
    assert clerk.post(f"/XHY/bank/lines/{same}/counted", data={"payment": payment}).status_code == 302
    assert "No differences" in clerk.get("/XHY/bank/differences").text
    assert "not an amount" in clerk.post(f"/XHY/bank/lines/{payout}/payout", data={"gross": "x"}).text
    assert "at least the 99.40" in clerk.post(f"/XHY/bank/lines/{payout}/payout", data={"gross": "99"}).text
    assert clerk.post(f"/XHY/bank/lines/{payout}/payout", data={"gross": "100"}).status_code == 302
    assert clerk.post(f"/XHY/bank/lines/{out}/fee").status_code == 302
    assert "Somebody has said already" in clerk.post(f"/XHY/bank/lines/{out}/fee").text
    assert [_state(line) for line in (same, payout, out)] == ["COUNTED", "PAYOUT", "FEE"]
    book = openpyxl.load_workbook(io.BytesIO(clerk.get("/XHY/bank/lines.xlsx?state=FEE").data)).active
    assert [cell.value for cell in book[2]][3:6] == [-20, None, "账户管理费"]


def test_who_may_claim_and_who_only_looks(site: Flask, cast: Cast) -> None:
    [line_id] = arrive(cast, own_account(cast), "2026-01-05,,88.00,,王伟德,6222,3-2-501,R1")
    here = f"/XHY/bank/lines/{line_id}"
    for who in ("manager", "committee", "auditor"):
        client = cast.client(who)
        for page in ("/XHY/bank/lines", "/XHY/bank/differences", "/XHY/bank/lines.xlsx", here):
            assert client.get(page).status_code == 200
        for deed in ("claim", "counted", "payout", "fee", "note"):
            assert client.post(f"{here}/{deed}", data={"unit": cast.units["3-2-501"]}).status_code == 403
    assert "王伟德" not in cast.client("auditor").get("/XHY/bank/lines").text
    assert cast.client("outsider").get(here).status_code == 404
    assert cast.client("outsider").get(f"/ZYL/bank/lines/{line_id}").status_code == 404
    clerk = cast.client("cashier")
    for path, form in (
        (here, {"unit": cast.units["ZYL 1-1-101"]}),
        (here, {}),
        (here, {"unit": "x"}),
        ("/XHY/bank/lines/7", {"unit": cast.units["3-2-501"]}),
    ):
        assert clerk.post(f"{path}/claim", data=form).status_code == 404
    assert clerk.post(f"{here}/counted", data={"payment": "7"}).status_code == 404
    assert _state(line_id) == "UNCLAIMED"


def test_before_any_statement_the_list_says_where_lines_come_from(site: Flask, cast: Cast) -> None:
    client = cast.client("accountant", "en")
    for state in ("", "?state=UNCLAIMED", "?state=CLAIMED", "?state=nonsense"):
        assert "Lines come from the statements of the bank." in client.get(f"/XHY/bank/lines{state}").text
