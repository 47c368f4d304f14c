"""What stands on the papers, on which size, on how many pages, and in which font."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feeapp.printing.certificate import CERTIFICATE
from feeapp.printing.notice_sheets import NOTICE_SIZES, notice_on
from feeapp.printing.paper import Size, render
from feeapp.printing.price_list import PRICE_LIST
from feeapp.printing.receipt import ALL_PARTS
from feeapp.printing.receipt_sheets import RECEIPT_SIZES, receipt_on
from feeapp.printing.statement import STATEMENT
from tests.golden import reading
from tests.golden.papers import CERTIFICATES, NOTICE, NOTICES, PLAIN, PRICE_LISTS, RARE, RECEIPTS, STATEMENTS

EXPECTED = Path(__file__).parent / "expected"
SIZES_MM = {
    Size.A5: (210, 148),
    Size.A5_PORTRAIT: (148, 210),
    Size.FORM_140: (241, 140),
    Size.FORM_93: (241, 93.3),
    Size.A4: (210, 297),
}


def _hold_against_gold(name: str, pdf: bytes, size: Size) -> None:
    for page in reading.pages(pdf):
        assert reading.size_mm(page) == pytest.approx(SIZES_MM[size], abs=0.1)
    assert reading.fonts(pdf) <= {"FeeSans-SC", "FeeSans-SC-Figures-Bold"}
    gold = EXPECTED / f"{name}.txt"
    if os.environ.get("FEEAPP_UPDATE_GOLDEN") == "1":
        gold.write_text(reading.text(pdf), encoding="utf-8")
    assert reading.text(pdf) == gold.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", RECEIPT_SIZES, ids=lambda size: size.value)
@pytest.mark.parametrize("case", RECEIPTS)
def test_receipt(case: str, size: Size) -> None:
    _hold_against_gold(f"receipt-{case}-{size.value}", render(receipt_on(size), RECEIPTS[case]), size)


@pytest.mark.parametrize("size", NOTICE_SIZES, ids=lambda size: size.value)
@pytest.mark.parametrize("case", NOTICES)
def test_notice(case: str, size: Size) -> None:
    _hold_against_gold(f"notice-{case}-{size.value}", render(notice_on(size), NOTICES[case]), size)


@pytest.mark.parametrize("case", STATEMENTS)
def test_statement(case: str) -> None:
    _hold_against_gold(f"statement-{case}-a4", render(STATEMENT, STATEMENTS[case]), Size.A4)


@pytest.mark.parametrize("case", PRICE_LISTS)
def test_price_list(case: str) -> None:
    _hold_against_gold(f"price-list-{case}-a4", render(PRICE_LIST, PRICE_LISTS[case]), Size.A4)


@pytest.mark.parametrize("case", CERTIFICATES)
def test_certificate(case: str) -> None:
    _hold_against_gold(f"certificate-{case}-a4", render(CERTIFICATE, CERTIFICATES[case]), Size.A4)


def test_no_gold_is_left_over() -> None:
    kept = {f"receipt-{case}-{size.value}.txt" for case in RECEIPTS for size in RECEIPT_SIZES}
    kept |= {f"notice-{case}-{size.value}.txt" for case in NOTICES for size in NOTICE_SIZES}
    kept |= {f"statement-{case}-a4.txt" for case in STATEMENTS}
    kept |= {f"price-list-{case}-a4.txt" for case in PRICE_LISTS}
    kept |= {f"certificate-{case}-a4.txt" for case in CERTIFICATES}
    assert {path.name for path in EXPECTED.iterdir()} == kept


def test_three_parts_are_three_pages_and_on_a4_three_thirds_of_one() -> None:
    names = ("存根联", "客户联", "记账联")
    for size in RECEIPT_SIZES:
        printed = ["".join(page.extract_text().split()) for page in reading.pages(render(receipt_on(size), PLAIN))]
        if size is Size.A4:
            assert [[name in page for name in names] for page in printed] == [[True, True, True]]
        else:
            assert [[name in page for name in names].index(True) for page in printed] == [0, 1, 2]
    assert len(PLAIN.parts) == len(ALL_PARTS)


def test_many_values_print_in_the_order_given() -> None:
    several = render(receipt_on(Size.FORM_93), [RARE, RECEIPTS["red"], RECEIPTS["void"]])
    printed = [page.extract_text() for page in reading.pages(several)]
    assert ["姚𬭩" in printed[0], "-¥56.24" in printed[1], "作废" in printed[2]] == [True, True, True]
    notices = render(notice_on(Size.A4), [NOTICE, NOTICES["english"]])
    assert ["Amount due" in page.extract_text() for page in reading.pages(notices)] == [False, True]
