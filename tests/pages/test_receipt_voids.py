"""Taking receipts back on the pages: who may, what is asked, what the receipt says afterwards."""

from __future__ import annotations

import pytest
from flask import Flask

from feeapp.cashier.models import Receipt, Void
from feeapp.cashier.numbers import list_sheets
from feeapp.cashier.void_rules import Fate
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.storage.db import db
from tests.actions.test_receipt_voids import pay, take_back
from tests.breaking import run_sql
from tests.owing import owe
from tests.people import AT, Cast

FORM = {"reason": "房号收错", "parts": ["stub", "customer", "book"]}


def _receipt(cast: Cast) -> int:
    return pay(cast, [owe(cast, "3-2-501", "2026-01", "56.24")], "56.24")


def test_a_cashier_asks_and_the_manager_takes_it_back(site: Flask, cast: Cast) -> None:
    receipt = _receipt(cast)
    cashier, manager = cast.client("cashier"), cast.client("manager")
    page = cashier.get(f"/XHY/receipts/{receipt}").text
    assert f"/XHY/receipts/{receipt}/void" in page
    assert cashier.post(f"/XHY/receipts/{receipt}/void", data=FORM).status_code == 302
    void = db.session.query(Void).one().id
    assert "待审批" in cashier.get("/XHY/receipt-voids").text
    assert "房号收错" in manager.get(f"/XHY/receipt-voids/{void}").text
    assert manager.post(f"/XHY/receipt-voids/{void}", data={"deed": "approve"}).status_code == 302
    said = cashier.get(f"/XHY/receipts/{receipt}").text
    assert "已作废" in said or "已红字冲销" in said
    again = manager.post(f"/XHY/receipt-voids/{void}", data={"deed": "approve"})
    assert again.status_code == 200
    assert "errors" in again.text


def test_the_form_says_what_is_missing_and_keeps_what_was_typed(site: Flask, cast: Cast) -> None:
    receipt = _receipt(cast)
    told = cast.client("cashier").post(f"/XHY/receipts/{receipt}/void", data={"reason": "错", "parts": ["stub"]})
    assert "请勾选已收回的联次" in told.text
    assert 'value="错"' in told.text
    assert db.session.query(Void).count() == 0


def test_only_those_who_may(site: Flask, cast: Cast) -> None:
    receipt = _receipt(cast)
    assert cast.client("manager").get(f"/XHY/receipts/{receipt}/void").status_code == 403
    assert cast.client("outsider").get(f"/ZYL/receipts/{receipt}/void").status_code in (403, 404)
    cast.client("cashier").post(f"/XHY/receipts/{receipt}/void", data=FORM)
    void = db.session.query(Void).one().id
    assert cast.client("cashier").post(f"/XHY/receipt-voids/{void}", data={"deed": "approve"}).status_code == 403
    assert cast.client("outsider").get(f"/ZYL/receipt-voids/{void}").status_code == 404
    assert cast.client("outsider").post(f"/ZYL/receipt-voids/{void}", data={"deed": "approve"}).status_code == 404


def test_refused_with_a_reason_or_withdrawn(site: Flask, cast: Cast) -> None:
    receipt = _receipt(cast)
    cashier, manager = cast.client("cashier"), cast.client("manager")
    cashier.post(f"/XHY/receipts/{receipt}/void", data=FORM)
    void = db.session.query(Void).one().id
    assert "errors" in manager.post(f"/XHY/receipt-voids/{void}", data={"deed": "refuse"}).text
    manager.post(f"/XHY/receipt-voids/{void}", data={"deed": "refuse", "answer": "收据无误"})
    assert "收据无误" in cashier.get(f"/XHY/receipt-voids/{void}").text
    cashier.post(f"/XHY/receipts/{receipt}/void", data=FORM)
    second = db.session.query(Void).order_by(Void.id.desc()).first()
    assert second is not None
    assert cashier.post(f"/XHY/receipt-voids/{second.id}/withdraw").status_code == 302
    assert "已撤回" in cashier.get("/XHY/receipt-voids?state=withdrawn").text


def test_both_receipts_lead_to_each_other_and_copies_are_marked(site: Flask, cast: Cast) -> None:
    receipt = _receipt(cast)
    take_back(cast, receipt, AT.replace(day=AT.day + 1))
    red = db.session.query(Receipt).filter(Receipt.reverses_id == receipt).one().id
    cashier = cast.client("cashier")
    assert f"/XHY/receipts/{red}" in cashier.get(f"/XHY/receipts/{receipt}").text
    page = cashier.get(f"/XHY/receipts/{red}").text
    assert f"/XHY/receipts/{receipt}" in page
    assert cashier.get(f"/XHY/receipts/{red}/void").status_code == 404
    listed = cashier.get("/XHY/receipts").text
    assert "已红字冲销" in listed
    assert "红字（冲销原收据）" in listed
    printed = cashier.post(f"/XHY/receipts/{receipt}/print", data={"size": "a5", "how": "page"}, follow_redirects=True)
    assert "作废" in printed.text
    in_red = cashier.post(f"/XHY/receipts/{red}/print", data={"size": "a5", "how": "page"}, follow_redirects=True).text
    assert "红字收据" in in_red
    assert "负伍拾陆元贰角肆分" in in_red


def test_the_resident_sees_that_it_is_void(site: Flask, cast: Cast) -> None:
    receipt = _receipt(cast)
    take_back(cast, receipt)
    resident = cast.client("resident")
    assert "作废" in resident.get("/my/receipts").text
    assert "作废" in resident.get(f"/my/receipts/{receipt}").text


def test_the_lists_can_be_taken_along(site: Flask, cast: Cast) -> None:
    take_back(cast, _receipt(cast))
    cashier = cast.client("cashier")
    for path in ("/XHY/receipt-voids.xlsx", "/XHY/receipts.xlsx"):
        assert cashier.get(path).data[:2] == b"PK"
    english = cast.client("cashier", "en").get("/XHY/receipt-voids").text
    assert "Receipts taken back" in english


def test_the_sheet_of_numbers_says_what_became_of_each(site: Flask, cast: Cast) -> None:
    first = _receipt(cast)
    take_back(cast, first)
    second = pay(cast, [owe(cast, "3-2-501", "2025-12", "30")], "30", AT)
    take_back(cast, second, AT.replace(day=AT.day + 1))
    auditor = cast.client("auditor")
    page = auditor.get("/XHY/receipts/numbers?month=2026-01").text
    assert "XHYOP2026-000001" in page
    assert "XHYOP2026-000003" in page
    assert "红字（冲销原收据）" in page
    [sheet] = list_sheets(cast.community, Period(2026, 1))
    assert [row.fate for row in sheet.rows] == [Fate.VOID, Fate.REVERSED, Fate.RED]
    assert (sheet.missing, sheet.amount) == ((), Money(0))
    assert "没有开具收据" in auditor.get("/XHY/receipts/numbers?month=2025-01").text
    assert auditor.get("/XHY/receipts/numbers?month=never").status_code == 404
    assert auditor.get("/XHY/receipts/numbers.xlsx?month=2026-01").data[:2] == b"PK"
    assert "000002" in auditor.get("/XHY/receipts/numbers/print?month=2026-01").text


@pytest.mark.broken_book
def test_a_number_that_is_missing_stands_in_red(site: Flask, cast: Cast) -> None:
    first = _receipt(cast)
    pay(cast, [owe(cast, "3-2-501", "2025-12", "30")], "30", AT)
    run_sql("DELETE FROM receipts WHERE id = :id", id=first)
    page = cast.client("auditor").get("/XHY/receipts/numbers?month=2026-01").text
    assert '<span class="error">1: 1</span>' in page
