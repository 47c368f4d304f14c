"""The pages of a household's statement, in the office and in the portal."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask
from pypdf import PdfReader

from tests.owing import owe
from tests.pages.test_counter import _pay
from tests.people import Cast


@pytest.fixture
def paid(site: Flask, cast: Cast) -> Cast:
    charges = [owe(cast, "3-2-501", "2025-12", "56.24"), owe(cast, "G07", "2026-01", "150.00", "PARK")]
    owe(cast, "1-1-101", "2026-01", "58.50")
    _pay(cast.client("cashier"), cast, charges, **{"tenders-0-amount": "206.24"})
    return cast


def _where(cast: Cast, code: str = "3-2-501") -> str:
    return f"/XHY/units/{cast.units[code]}/statement"


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_page_answers_what_was_paid_in_one_large_figure(paid: Cast) -> None:
    page = paid.client("accountant", "en").get(_where(paid)).text
    figure = _text(re.search(r'class="figure.*?</span>\s*</div>|class="figure[^>]*>.*?(?=</div>)', page, re.S)[0])  # type: ignore[index]
    assert "206.24" in figure
    assert re.search(r"XHYOP\d{4}-000001", page)
    all_days = re.search(r'href="([^"]*)"[^>]*>Everything', page)[1].replace("&amp;", "&")  # type: ignore[index]
    assert "¥206.24" in _text(paid.client("accountant", "en").get(all_days).text)
    assert (
        "Nothing happened in these days"
        in paid.client("accountant", "en").get(_where(paid) + "?since=2001-01-01&upto=2001-12-31").text
    )


def test_paper_and_workbook_say_the_same(paid: Cast) -> None:
    cashier = paid.client("cashier")
    days = "?since=2025-01-01&upto=2199-12-31"
    pdf = PdfReader(io.BytesIO(cashier.get(f"{_where(paid)}.pdf{days}").data))
    printed = pdf.pages[0].extract_text()
    assert "张小明" in printed
    assert "¥206.24" in printed
    book = openpyxl.load_workbook(io.BytesIO(cashier.get(f"{_where(paid)}.xlsx{days}").data))
    rows = [*book.active.values]
    assert rows[1][1:] == ("期初余额", None, None, None, None, 0)
    assert rows[-1][3:] == (206.24, 0, 206.24, 0)
    one = openpyxl.load_workbook(io.BytesIO(cashier.get(f"{_where(paid)}.xlsx{days}&units=one").data))
    assert [*one.active.values][-1][3:] == (56.24, 0, 56.24, 0)


@pytest.mark.parametrize("days", ["since=gestern", "since=2026-02-01&upto=2026-01-01"])
def test_days_that_are_none_are_answered_at_the_field(paid: Cast, days: str) -> None:
    answer = paid.client("accountant").get(f"{_where(paid)}?{days}")
    assert (answer.status_code, "field--bad" in answer.text) == (200, True)
    assert paid.client("accountant").get(f"{_where(paid)}.pdf?{days}").status_code == 404


def test_overseers_look_but_do_not_print_and_strangers_find_nothing(paid: Cast) -> None:
    committee = paid.client("committee")
    assert "张小明" not in committee.get(_where(paid)).text
    assert committee.get(f"{_where(paid)}.pdf").status_code == 403
    outsider = paid.client("outsider")
    assert outsider.get(_where(paid)).status_code == 404
    assert outsider.get(_where(paid).replace("XHY", "ZYL")).status_code == 404
    assert paid.client("accountant").get(f"{_where(paid)}?whose=7").status_code == 404
    assert paid.client("resident").get(_where(paid)).status_code == 404


def test_a_resident_sees_their_own_year_and_saves_it(paid: Cast) -> None:
    resident = paid.client("resident", "en")
    page = _text(resident.get("/my/statement?since=2025-01-01&upto=2199-12-31").text)
    assert "¥ 206.24" in page or "¥206.24" in page
    assert "58.50" not in page
    pdf = PdfReader(io.BytesIO(resident.get("/my/statement.pdf?since=2025-01-01&upto=2199-12-31").data))
    assert "对账单" in "".join(pdf.pages[0].extract_text().split())
    assert resident.get("/my/statement.pdf?since=x").status_code == 404
    assert paid.client("cashier").get("/my/statement").status_code == 404
    assert "/my/statement" in resident.get("/my/").text


def test_the_bill_of_a_household_is_one_press_away(paid: Cast) -> None:
    where = f"/XHY/units/{paid.units['1-1-101']}/bill.pdf"
    pdf = paid.client("cashier").get(f"{where}?month=2026-01")
    text = PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    assert "缴费账单" in "".join(text.split())
    assert "¥58.50" in text
    assert "Amount due" in PdfReader(io.BytesIO(paid.client("cashier", "en").get(where).data)).pages[0].extract_text()
    assert paid.client("cashier").get(f"{where}?month=2026-13").status_code == 404
    assert paid.client("committee").get(where).status_code == 403
    assert paid.client("outsider").get(where.replace("XHY", "ZYL")).status_code == 404
    assert where in paid.client("cashier").get(f"/XHY/units/{paid.units['1-1-101']}/bills").text


def test_many_bills_are_asked_for_by_place(paid: Cast) -> None:
    cashier = paid.client("cashier")
    page = cashier.get("/XHY/bills/print").text
    building = re.search(r'name="place" value="(b\d+)"', page)[1]  # type: ignore[index]
    sent = cashier.post("/XHY/bills/print", data={"month": "2026-01", "owing": "y", "place": [building, "b7"]})
    assert "/jobs/" in sent.headers["Location"]
    assert paid.app.extensions["feeapp_worker"].work_once()
    assert cashier.get(f"{sent.headers['Location']}/file").mimetype == "application/zip"
    wrong = cashier.post("/XHY/bills/print", data={"month": "x", "least": "viel", "place": building})
    assert (wrong.status_code, wrong.text.count("field--bad")) == (200, 2)
    assert "checked" in wrong.text
    assert paid.client("auditor").get("/XHY/bills/print").status_code == 403


def test_the_list_of_charges_prints_the_bills_of_what_is_ticked(paid: Cast) -> None:
    cashier = paid.client("cashier")
    sent = cashier.post("/XHY/charges/do", data={"deed": "bills", "all": "y", "state": "owing"})
    assert "/jobs/" in sent.headers["Location"]
    refused = paid.client("committee").post("/XHY/charges/do", data={"deed": "bills", "all": "y"})
    assert refused.status_code == 403


def test_a_resident_saves_only_their_own_bill(paid: Cast) -> None:
    resident = paid.client("resident")
    own = resident.get(f"/my/bills/{paid.units['3-2-501']}/2025-12.pdf")
    assert "56.24" in PdfReader(io.BytesIO(own.data)).pages[0].extract_text()
    assert resident.get(f"/my/bills/{paid.units['1-1-101']}/2026-01.pdf").status_code == 404
    assert resident.get(f"/my/bills/{paid.units['3-2-501']}/never.pdf").status_code == 404


def test_a_certificate_is_issued_and_printed_again_as_it_was(paid: Cast) -> None:
    where = f"/XHY/units/{paid.units['3-2-501']}/certificates"
    accountant = paid.client("accountant")
    assert "尚未开具" in accountant.get(where).text
    asked = {"whose": "0", "kind": "NO_DEBT", "on": "2026-11-01"}
    assert accountant.post(where, data=asked | {"on": "2199-01-01"}).text.count("field--bad") == 1
    assert accountant.post(where, data=asked | {"kind": "ARREARS", "whose": "7"}).status_code == 200
    today = accountant.get(where).text
    day = re.search(r'name="on"[^>]*value="([\d-]+)"', today)[1]  # type: ignore[index]
    assert accountant.post(where, data=asked | {"on": day}).status_code == 302
    link = re.search(r"/XHY/certificates/\d+\.pdf", accountant.get(where).text)[0]  # type: ignore[index]
    text = PdfReader(io.BytesIO(accountant.get(link).data)).pages[0].extract_text()
    assert "无欠费" in "".join(text.split())
    for who in ("cashier", "committee"):
        assert paid.client(who).get(where).status_code == 403
    assert paid.client("outsider").get(link.replace("XHY", "ZYL")).status_code == 404
    other = accountant.post(
        where.replace(str(paid.units["3-2-501"]), str(paid.units["1-1-101"])), data=asked | {"on": day}
    )
    assert "请改开欠费证明" in other.text
