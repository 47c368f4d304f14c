"""Papers too long for one page: nothing is lost, nothing is clipped, the carried totals are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from feeapp.core.money import Money, total
from feeapp.printing import notice_sheets, receipt_sheets
from feeapp.printing.notice import MOST_LINES, Activation, Aside, NoticeLine, NoticePaper
from feeapp.printing.notice_sheets import NOTICE_SIZES, notice_on
from feeapp.printing.paper import Size, render
from feeapp.printing.receipt import ALL_PARTS, MOST_TENDERS, Part, ReceiptLine, ReceiptPaper, Tender
from feeapp.printing.receipt_sheets import RECEIPT_SIZES, receipt_on
from tests.golden import reading

BOTTOM_MM = 2
"""Nothing may stand lower: printers leave that much."""


def _receipt(lines: tuple[ReceiptLine, ...], **others: object) -> ReceiptPaper:
    return replace(
        ReceiptPaper(
            title="收款收据",
            community="西花园小区",
            body="西花园物业服务有限公司",
            number="XHYS2026-000123",
            issued_on=date(2026, 12, 31),
            payer="张小明",
            lines=lines,
            total=total(line.amount for line in lines),
            words="人民币",
            tenders=(Tender("现金", total(line.amount for line in lines)),),
            cashier="王芳",
        ),
        **others,
    )


def _widest(letter: str) -> ReceiptPaper:
    """A receipt whose every text is as long as it may be, in Chinese or in Latin letters."""
    line = ReceiptLine(
        unit=letter * 64,
        item=letter * 40,
        period=letter * 30,
        quantity=letter * 20,
        price=letter * 30,
        amount=Money(123456789012),
        remaining=Money(123456789012),
        item_en="Renovation " * 7,
    )
    return _receipt(
        (line, line),
        title=letter * 12,
        community=letter * 64,
        body=letter * 64,
        payer=letter * 64,
        payer_title=letter * 64,
        words="人民币" + "玖" * 42,
        cashier=letter * 20,
        reviewer=letter * 20,
        remark=letter * 200,
        tenders=(Tender(letter * 8, Money(123456789012), letter * 64, "Bank transfer abroad"),) * MOST_TENDERS,
        change=Money(123456789012),
        check="https://fees.example.cn/" + "r" * 90,
    )


def _lowest_mm(pdf: bytes) -> float:
    return min(y for page in reading.pages(pdf) for _, _, y in reading.words_mm(page))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("letter", ["囗", "W"])
@pytest.mark.parametrize("size", RECEIPT_SIZES, ids=lambda size: size.value)
def test_even_the_longest_receipt_is_not_clipped(size: Size, letter: str, language: str) -> None:
    receipt = replace(_widest(letter), language=language)
    pdf = render(receipt_on(size), receipt)
    assert _lowest_mm(pdf) >= BOTTOM_MM
    printed = reading.text(pdf).replace("\n", "").replace(" ", "")
    assert printed.count(letter) >= len(ALL_PARTS) * (2 * 64 + 200)


@pytest.mark.parametrize("size", RECEIPT_SIZES, ids=lambda size: size.value)
def test_a_receipt_of_any_number_of_lines_stays_on_its_pages(size: Size) -> None:
    """One line more each time: the page before the break is as full as it gets."""
    line = ReceiptLine("3号楼2单元501", "物业费", "2026-01", "86.53 m²", "0.65 元/m²·月", Money(5624))
    part_paid = replace(line, remaining=Money(1))
    many = [_receipt((line, part_paid) * (n // 2) + (line,) * (n % 2), parts=(Part.CUSTOMER,)) for n in range(1, 26)]
    pdf = render(receipt_on(size), many)
    assert len(reading.pages(pdf)) == sum(len(receipt_sheets.cut(receipt, size)) for receipt in many)
    assert _lowest_mm(pdf) >= BOTTOM_MM


lines = some.lists(
    some.builds(
        ReceiptLine,
        unit=some.text("三号楼A1 ", max_size=64),
        item=some.text("物业费fee，", max_size=40),
        period=some.text("2026-01 至", max_size=30),
        quantity=some.text("0123456789.", max_size=20),
        price=some.text("元/m²·月", max_size=30),
        amount=some.builds(Money, some.integers(-(10**9), 10**12)),
        remaining=some.none() | some.builds(Money, some.integers(0, 10**12)),
        item_en=some.none() | some.text("Property fee", max_size=80),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60)
@given(
    lines, some.text("备注，remark ", max_size=200), some.sampled_from(RECEIPT_SIZES), some.sampled_from(["zh", "en"])
)
def test_every_line_is_printed_once_and_the_totals_carry_on(
    charged: list[ReceiptLine], remark: str, size: Size, language: str
) -> None:
    receipt = _receipt(tuple(charged), remark=remark, language=language)
    sheets = receipt_sheets.cut(receipt, size)
    for part in ALL_PARTS:
        slips = [slip for sheet in sheets for slip in sheet.slips if slip.part is part]
        assert [row.line for slip in slips for row in slip.rows] == charged
        assert [(slip.page, slip.pages) for slip in slips] == [(at + 1, len(slips)) for at in range(len(slips))]
        assert slips[0].brought is None
        assert slips[-1].carried is None
        for before, after in pairwise(slips):
            assert before.carried == after.brought
        running = Money(0)
        for slip in slips[:-1]:
            running += total(row.line.amount for row in slip.rows)
            assert slip.carried == running


def test_a4_holds_the_parts_of_a_page_together_and_one_part_fills_the_thirds() -> None:
    line = ReceiptLine("3-2-501", "物业费", "2026-01", "86.53 m²", "0.65 元/m²·月", Money(5624))
    receipt = _receipt((line,) * 40)
    sheets = receipt_sheets.cut(receipt, Size.A4)
    assert [[slip.part for slip in sheet.slips] for sheet in sheets] == [list(ALL_PARTS)] * len(sheets)
    alone = receipt_sheets.cut(replace(receipt, parts=(Part.BOOK,)), Size.A4)
    assert [slip.page for slip in alone[0].slips] == [1, 2, 3]


def test_the_last_page_of_a_receipt_never_stands_without_a_line() -> None:
    line = ReceiptLine("3-2-501", "物业费", "2026-01", "86.53 m²", "0.65 元/m²·月", Money(5624))
    for size in RECEIPT_SIZES:
        for n in range(1, 40):
            *_, last = receipt_sheets.cut(_receipt((line,) * n, parts=(Part.STUB,)), size)
            assert last.slips[-1].rows


def test_a_receipt_is_not_printed_on_a_size_it_has_no_form_for() -> None:
    with pytest.raises(ValueError, match="a5-portrait"):
        receipt_on(Size.A5_PORTRAIT)
    with pytest.raises(ValueError, match="form-93"):
        notice_on(Size.FORM_93)


def _notice(letter: str, n: int) -> NoticePaper:
    line = NoticeLine(letter * 64, letter * 40, letter * 30, letter * 300, Money(123456789012))
    return NoticePaper(
        title=letter * 12,
        community=letter * 64,
        body=letter * 64,
        number="3-2-501",
        issued_on=date(2026, 12, 31),
        addressee=letter * 64,
        address=(letter * 64,) * 3,
        lines=(line,) * n,
        total=line.amount * n,
        pay_by=date(2026, 12, 31),
        ways_to_pay=(letter * 64,) * 5,
        contact=letter * 60,
        activation=Activation("K7MQ-4XWP-2R", "https://fees.example.cn/" + "a" * 70, date(2026, 12, 31)),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("letter", ["囗", "W"])
@pytest.mark.parametrize("size", NOTICE_SIZES, ids=lambda size: size.value)
def test_even_the_longest_notice_keeps_clear_of_its_slip(size: Size, letter: str, language: str) -> None:
    for n in (1, 3):
        notice = replace(_notice(letter, n), language=language)
        *_, last = reading.pages(render(notice_on(size), notice))
        words = reading.words_mm(last)
        slip = max(y for text, _, y in words if "缴费联" in text)
        above = min(y for text, _, y in words if y > slip + 1)
        assert above > slip + 5
        assert min(y for _, _, y in words) >= BOTTOM_MM


@pytest.mark.parametrize("size", NOTICE_SIZES, ids=lambda size: size.value)
def test_a_notice_keeps_every_line_in_order(size: Size) -> None:
    charged = tuple(NoticeLine("3-2-501", "物业费", f"第{n}期", "每月 8 元", Money(800 + n)) for n in range(MOST_LINES))
    notice = replace(_notice("甲", 1), lines=charged, total=total(line.amount for line in charged))
    leaves = notice_sheets.cut(notice, size)
    assert tuple(line for leaf in leaves for line in leaf.lines) == charged
    assert all(leaf.lines for leaf in leaves)
    assert [leaf.carried for leaf in leaves[:-1]] == [leaf.brought for leaf in leaves[1:]]
    assert leaves[-1].carried is None


@pytest.mark.parametrize("size", NOTICE_SIZES, ids=lambda size: size.value)
def test_what_is_told_beside_the_total_stands_last_and_is_never_carried(size: Size) -> None:
    lines = tuple(NoticeLine("3-2-501", "物业费", f"第{n}期", "每月 8 元", Money(800)) for n in range(MOST_LINES))
    asides = tuple(
        Aside("有异议，暂不催缴" * 4, "In dispute, not asked for yet " * 2, some) for some in (lines[:-1], lines[:1])
    )
    asked = lines[:1]
    notice = replace(_notice("甲", 1), lines=asked, total=Money(800), asides=asides, language="en")
    leaves = notice_sheets.cut(notice, size)
    rows = [row for leaf in leaves for row in leaf.lines]
    assert [row.line for row in rows if isinstance(row, notice_sheets.Beside)] == [*lines[:-1], lines[0]]
    assert rows[0] == asked[0]
    assert {leaf.carried for leaf in leaves[:-1]} == {leaf.brought for leaf in leaves[1:]} == {Money(800)}
    printed = reading.pages(render(notice_on(size), notice))
    assert len(printed) == len(leaves)
    assert all(min(y for _, _, y in reading.words_mm(page)) >= BOTTOM_MM for page in printed)


def test_a_notice_with_too_much_beside_its_total_is_not_made() -> None:
    line = NoticeLine("3-2-501", "物业费", "2026-01", "每月 8 元", Money(800))
    with pytest.raises(ValueError, match="beside its total"):
        replace(_notice("甲", 1), asides=(Aside("有异议", "In dispute", (line,) * (MOST_LINES + 1)),))
