"""The pages of the book: what they show, to whom, and that the workbooks say the same."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pytest
from flask import Flask

from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post, reverse
from feeapp.ledger.rules import INCOME_FEE, WAIVERS, Fund, credit, debit
from feeapp.storage.transaction import transaction
from tests.breaking import run_sql
from tests.people import Cast
from tests.scene import sound_book


def _text(page: str) -> str:
    """What a reader sees, every run of spaces as one."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _page(cast: Cast, path: str, who: str = "accountant", language: str = "zh") -> str:
    answer = cast.client(who, language).get(f"/XHY/book{path}")
    assert answer.status_code == 200, path
    return answer.text


def _sheet(cast: Cast, path: str) -> list[tuple[object, ...]]:
    answer = cast.client("accountant", "en").get(f"/XHY/book{path}")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    return list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)


def _booked(cast: Cast) -> int:
    by, lines = cast.by("accountant"), [debit(WAIVERS, Money(5)), credit(INCOME_FEE, Money(5))]
    return transaction(lambda: post(by, Fund.OPERATIONS, "billing.run", date(2026, 1, 5), Source("bill_run", 1), lines))


def test_the_trial_balance_is_shown_by_account_and_said_to_be_in_balance(site: Flask, cast: Cast) -> None:
    """410.00 billed (100 + 60 + 60 + 40 and 150 parking), 220.00 paid: 160.00 in cash, 60.00 by transfer."""
    sound_book(cast)
    said = _text(_page(cast, ""))
    assert "试算平衡：借方、贷方发生额均为 630.00 元" in said
    for line in (
        "1001 库存现金 160.00 借 160.00",
        "1002 银行存款 60.00 借 60.00",
        "1122.01 应收物业费 260.00 220.00 借 40.00",
        "1122.03 应收停车费 150.00 借 150.00",
        "6001 物业费收入 260.00 贷 260.00",
        "合计 630.00 630.00",
    ):
        assert line in said
    assert "1122.01 Receivable: property fee 260.00 220.00 Dr 40.00" in _text(_page(cast, "", language="en"))


def test_days_narrow_the_trial_balance_and_what_stood_before_is_shown(site: Flask, cast: Cast) -> None:
    """Billed on 1 January; 100.00 in cash on the 20th, 60.00 in cash and 60.00 by transfer on the 21st."""
    sound_book(cast)
    said = _text(_page(cast, "?from=2026-01-21&to=2026-01-21", language="en"))
    assert "1001 Cash in hand 100.00 60.00 Dr 160.00" in said
    assert "both sides come to 120.00 yuan" in said
    assert "Nothing was booked in these days" in _text(_page(cast, "?to=2025-12-31", language="en"))


@pytest.mark.broken_book
def test_a_fund_out_of_balance_is_said_to_be_so(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    run_sql("UPDATE entry_lines SET debit = debit + 500 WHERE account = '1002'")
    assert "借贷不平，相差 5.00 元" in _text(_page(cast, ""))


def test_an_account_runs_on_and_leads_to_receipts_and_entries(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    page = _page(cast, "/OP/1001")
    assert "2026-01-20 收款 XHYOP2026-000001 1122.01 应收物业费 100.00 借 100.00" in _text(page)
    assert "2026-01-21 收款 XHYOP2026-000003 1122.01 应收物业费 60.00 借 160.00" in _text(page)
    client = cast.client("accountant")
    document = re.search(r'"(/XHY/payments/\d+)">XHYOP2026-000001', page)
    assert document
    assert "XHYOP2026-000001" in client.get(document[1], follow_redirects=True).text
    entry = re.search(r'"(/XHY/book/entries/\d+)"', page)
    assert entry
    said = _text(client.get(entry[1]).text)
    assert "1001 库存现金 100.00" in said
    assert "1122.01 应收物业费 100.00" in said
    later = _text(_page(cast, "/OP/1001?from=2026-01-21", language="en"))
    assert "Balance before Dr 100.00" in later


def test_a_reversal_and_the_entry_it_reverses_lead_to_each_other(site: Flask, cast: Cast) -> None:
    by, first = cast.by("accountant"), _booked(cast)
    second = transaction(lambda: reverse(by, first, "billing.run", date(2026, 1, 6), Source("bill_run", 1)))
    assert f"/XHY/book/entries/{second}" in _page(cast, f"/entries/{first}")
    assert "本凭证已于 2026-01-06 冲销" in _page(cast, f"/entries/{first}")
    assert f"/XHY/book/entries/{first}" in _page(cast, f"/entries/{second}")
    assert "Reversal: Billed for a month" in _text(_page(cast, "/OP/6001", language="en"))


def test_the_workbooks_say_what_the_pages_say(site: Flask, cast: Cast) -> None:
    scene = sound_book(cast)
    book = _sheet(cast, ".xlsx?fund=OP&from=2026-01-20")
    assert book[0] == ("Account code", "Account", "Balance before", "Debit", "Credit", "Side", "Balance")
    assert ("1122.01", "Receivable: property fee", 260, 0, 220, "Dr", 40) in book
    lines = _sheet(cast, "/OP/1001/lines.xlsx")
    assert [row[2:7] for row in lines[2:]] == [
        ("XHYOP2026-000001", "1122.01", 100, None, 100),
        ("XHYOP2026-000003", "1122.01", 60, None, 160),
        (None, None, 160, 0, 160),
    ]
    entry_id = lines[2][7]
    assert _sheet(cast, f"/entries/{entry_id}.xlsx")[1:] == [
        ("1001", "Cash in hand", 100, None),
        ("1122.01", "Receivable: property fee", None, 100),
        (None, "Total", 100, 100),
    ]
    assert scene.receipts["a"].amount == Money.yuan(100)


def test_both_sides_are_said_before_within_and_after_the_days_on_the_page_and_on_paper(site: Flask, cast: Cast) -> None:
    """Before the 21st: 410.00 billed, 100.00 of it paid; on the 21st 120.00 paid; no account changes its side."""
    sound_book(cast)
    for path in ("?from=2026-01-21&to=2026-01-21", "/print?from=2026-01-21&to=2026-01-21"):
        said = _text(_page(cast, path, language="en"))
        assert "before: 410.00 = 410.00 booked: 120.00 = 120.00 after: 410.00 = 410.00" in said
        assert "1122.01 Receivable: property fee 160.00 120.00 Dr 40.00" in said


@pytest.mark.broken_book
def test_sides_that_differ_before_the_days_are_red(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    run_sql("UPDATE entry_lines SET debit = debit + 500 WHERE account = '1002'")
    page = _page(cast, "?from=2026-02-01", language="en")
    assert "identity--broken" in page
    assert "before: 415.00 ≠ 410.00" in _text(page)


def test_the_spans_asked_for_most_are_one_click_away(site: Flask, cast: Cast) -> None:
    page = _page(cast, "", language="en")
    for said in ("This month", "Last month", "This year", "Last year"):
        assert said in page


def test_an_account_is_searched_and_each_line_keeps_its_balance(site: Flask, cast: Cast) -> None:
    """The bank takes 60.00; cash 100.00, then 60.00: the second line found alone still stands at 160.00."""
    sound_book(cast)
    found = _text(_page(cast, "/OP/1001?q=60", language="en"))
    assert "60.00 Dr 160.00" in found
    assert "XHYOP2026-000001" not in found
    assert "XHYOP2026-000001" in _text(_page(cast, "/OP/1001?q=收款"))
    assert "没有符合的分录" in _page(cast, "/OP/1001?q=61")
    lines = _sheet(cast, "/OP/1001/lines.xlsx?q=60")
    assert [row[4:7] for row in lines[1:]] == [(60, None, 160), (60, 0, None)]
    assert "Payment taken" in _text(_page(cast, f"/OP/1001?q={lines[1][7]}", language="en"))


def test_an_empty_fund_says_what_will_fill_it(site: Flask, cast: Cast) -> None:
    assert "这项资金还没有记账" in _page(cast, "?fund=RN")
    assert "Nothing is booked on this account yet" in _page(cast, "/RN/1001", language="en")


def test_a_day_that_is_none_is_left_out(site: Flask, cast: Cast) -> None:
    sound_book(cast)
    assert "630.00" in _page(cast, "?from=2026-02-30&to=soon")


@pytest.mark.parametrize("path", ["?fund=XX", "/XX/1001", "/OP/9999", "/RN/6001", "/entries/7", "/OP/9999/lines.xlsx"])
def test_what_the_book_does_not_have_is_not_found(site: Flask, cast: Cast, path: str) -> None:
    assert cast.client("accountant").get(f"/XHY/book{path}").status_code == 404


def test_the_book_is_for_those_who_may_see_it(site: Flask, cast: Cast) -> None:
    """A cashier is refused; a manager of the neighbour does not find it, nor this entry in the own book."""
    by, lines = cast.by("accountant"), [debit(WAIVERS, Money(5)), credit(INCOME_FEE, Money(5))]
    entry = transaction(
        lambda: post(by, Fund.OPERATIONS, "billing.run", date(2026, 1, 5), Source("bill_run", 1), lines)
    )
    for path in (
        "",
        ".xlsx",
        "/print",
        "/OP/1001",
        "/OP/1001/lines.xlsx",
        f"/entries/{entry}",
        f"/entries/{entry}.xlsx",
    ):
        assert cast.client("auditor").get(f"/XHY/book{path}").status_code == 200, path
        assert cast.client("cashier").get(f"/XHY/book{path}").status_code == 403, path
        assert cast.client("outsider").get(f"/XHY/book{path}").status_code == 404, path
        assert cast.client("resident").get(f"/XHY/book{path}").status_code == 404, path
    assert cast.client("outsider").get(f"/ZYL/book/entries/{entry}").status_code == 404
