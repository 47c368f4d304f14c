"""The approval sheet of a relief: one page of A4 whatever was written, in the shipped font, with places to sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from feeapp.printing.paper import render
from feeapp.printing.relief import Fact, ReliefPaper, Section, cut, relief_sheet
from tests.golden import reading

SHEET = ReliefPaper(
    title="减免审批表",
    community="西花园小区",
    body="西花园物业服务有限公司",
    number="XHY-JM-2026-0007",
    printed_on=date(2026, 1, 31),
    facts=(
        Fact("房屋", "Unit", "3号楼2单元501（3-2-501）"),
        Fact("减免期限", "Days", "2026-02-01 至 2026-07-31，共 181 天"),
        Fact("仍需缴纳", "Still to be paid", "60%"),
    ),
    sections=(
        Section("申请", "Application", "2026-01-20 提出申请（录入：王芳）", "申请人", "Applicant"),
        Section("核查情况", "Inspection", "", "核查人", "Inspector"),
        Section("审批意见", "Decision", "", "审批人（章）", "Approved by"),
    ),
)

CROWDED = replace(
    SHEET,
    facts=tuple(Fact("减免承担方", "Borne by", "减" * (200 if at < 2 else 72 if at < 6 else 20)) for at in range(13)),
    sections=tuple(Section("审批意见", "Decision", "审" * 280, "审批人（章）", "Approved by") for _ in range(4)),
    language="en",
)


def _texts(sheet: ReliefPaper) -> list[str]:
    return ["".join(page.extract_text().split()) for page in reading.pages(render(relief_sheet(), sheet))]


def test_a_sheet_says_what_is_on_record_and_leaves_room_to_sign() -> None:
    [text] = _texts(SHEET)
    said = ("减免审批表", "XHY-JM-2026-0007", "2026-02-01至2026-07-31", "录入：王芳", "核查人", "审批人（章）")
    assert [part for part in said if part not in text] == []
    assert "Inspector" not in text


def test_english_stands_beside_where_it_is_asked_for() -> None:
    [text] = _texts(replace(SHEET, language="en"))
    assert all(part in text for part in ("核查人Inspector", "仍需缴纳", "Stilltobepaid"))


def test_however_much_was_written_it_is_one_page_and_nothing_is_cut_off() -> None:
    [page] = reading.pages(render(relief_sheet(), CROWDED))
    text = "".join(page.extract_text().split())
    assert reading.size_mm(page) == pytest.approx((210, 297), abs=0.1)
    assert text.count("审批人（章）") == 4
    assert text.count("审") == 4 * (280 + 2) + 1
    assert "打印日期" in text
    assert [cut(sheet, relief_sheet().size)[0].fine for sheet in (SHEET, CROWDED)] == [False, True]
    assert reading.fonts(render(relief_sheet(), CROWDED)) <= {"FeeSans-SC", "FeeSans-SC-Figures-Bold"}


@pytest.mark.parametrize(
    "change",
    [
        {"facts": SHEET.facts * 5},
        {"sections": SHEET.sections * 2},
        {"sections": (replace(SHEET.sections[0], text="审" * 281),)},
        {"facts": (Fact("房屋", "Unit", "x" * 201),)},
    ],
)
def test_more_than_a_page_holds_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at most|more than"):
        replace(SHEET, **change)
