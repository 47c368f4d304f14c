"""Headers, sheets, sums and rooms named twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.area import Area
from feeapp.core.money import Money, total
from feeapp.core.refusal import Refused
from feeapp.registry.deciding import proposals, settle
from feeapp.registry.records import totals
from feeapp.registry.workbook import read_ledger
from feeapp.spreadsheet import Cell, Sheet
from tests.rules.ledger_rows import codes, read_rows, the_doubt


def test_columns_are_known_by_their_words_wherever_they_stand() -> None:
    reading = read_rows(
        ["备注", "姓名", "建筑面积(平方米)", "备用", "房号", "单元", "楼栋"],
        ["急", "张三", Decimal("60.5"), "x", "101", "2单元", "3栋"],
    )
    (record,) = reading.records
    assert (record.code, record.area, record.owners[0].name, record.remark) == ("3-2-101", Area(6050), "张三", "急")
    assert [one.facts["label"] for one in reading.problems] == ["备用"]


@pytest.mark.parametrize(
    "header",
    [
        [["门牌号", "2023年应收", "2023年实收", "2023年欠费"]],
        [["门牌号", "2023年", None, None], [None, "应收", "已收", "欠费"]],
        [["某小区台账"], [], ["门牌号", "2023", None, None], [None, "应缴", "实缴", "欠缴"]],
        [["门牌号", Decimal(2023), None, None], [None, "应收金额", "已收金额", "欠费金额"]],
    ],
)
def test_yearly_figures_under_one_header_row_or_two(header: list[list[Cell]]) -> None:
    reading = read_rows(*header, ["1-1-101", Decimal(100), Decimal(40), Decimal(60)])
    (record,) = reading.records
    assert [(one.year, one.billed, one.received) for one in record.arrears] == [(2023, Money(10000), Money(4000))]
    assert codes(reading) == set()


def test_stated_arrears_that_contradict_the_year_are_asked() -> None:
    reading = read_rows(
        ["门牌号", "2023年应收", "2023年已收", "2023年欠费"], ["1-1-101", Decimal(100), Decimal(40), Decimal(50)]
    )
    doubt = the_doubt(reading)
    owed = {choice: settle(reading.records[0], [doubt], {doubt.place: choice}).owed for choice in ("counted", "stated")}
    assert (doubt.proposal, owed) == (None, {"counted": Money(6000), "stated": Money(5000)})


def test_a_ledger_may_have_arrears_and_nothing_else() -> None:
    reading = read_rows(["门牌号", "户主", "欠费"], ["1-1-101", "张三", Decimal("88.5")])
    assert [(one.year, one.owed) for one in reading.records[0].arrears] == [(0, Money(8850))]


def test_a_total_of_arrears_is_held_against_the_years() -> None:
    header = ["门牌号", "2023年欠费", "2024年欠费", "欠费合计"]
    right, wrong = (read_rows(header, ["1-1-101", Decimal(10), Decimal(20), Decimal(sum_)]) for sum_ in (30, 31))
    assert [one.records[0].owed for one in (right, wrong)] == [Money(3000), Money(3000)]
    assert [codes(one) for one in (right, wrong)] == [set(), {"owed.total"}]


def test_a_surplus_is_capped_only_when_somebody_says_so() -> None:
    reading = read_rows(["门牌号", "2023年应收", "2023年已收"], ["1-1-101", Decimal(100), Decimal(140)])
    doubt = the_doubt(reading)
    assert (doubt.proposal, proposals(reading.problems)) == (None, {})
    assert settle(reading.records[0], [doubt], {doubt.place: "capped"}).owed == Money(0)


def test_a_building_may_be_said_by_merged_cells_by_the_sheet_or_by_the_title() -> None:
    merged = read_rows(
        ["楼栋", "单元", "房号", "户主"],
        ["3号楼", "1", "101", "甲"],
        [None, None, "102", "乙"],
        merged=((1, 0, 2, 0), (1, 1, 2, 1)),
    )
    assert [one.code for one in merged.records] == ["3-1-101", "3-1-102"]
    for sheet in ({"name": "3号楼"}, {"name": "Sheet1"}):
        reading = read_rows(["某小区3号楼台账"], ["单元", "房号", "户主"], ["1单元", "101", "甲"], **sheet)
        assert [one.code for one in reading.records] == ["3-1-101"]


def test_a_blank_building_that_is_not_merged_is_refused() -> None:
    reading = read_rows(["楼栋", "单元", "房号", "户主"], ["3号楼", "1", "101", "甲"], [None, None, "102", "乙"])
    assert ([one.code for one in reading.records], codes(reading)) == (["3-1-101"], {"room.building"})


def test_subtotals_that_do_not_agree_are_shown() -> None:
    reading = read_rows(
        ["门牌号", "面积", "2023年应收"],
        ["1-1-101", Decimal("50.5"), Decimal(100)],
        ["1-1-102", Decimal("49.5"), Decimal(200)],
        ["1单元小计", Decimal(100), Decimal(301)],
        ["1-2-101", Decimal(60), Decimal(10)],
        ["2单元小计", Decimal(60), Decimal(10)],
        ["合计", Decimal(160), Decimal(310)],
    )
    assert [(check.row, check.agrees) for check in reading.subtotals] == [(4, False), (6, True), (7, True)]
    wrong = [figure for figure in reading.subtotals[0].figures if not figure.agrees]
    assert [(one.cell, one.stated, one.counted) for one in wrong] == [("C4", "301.00", "300.00")]


def test_headers_again_blank_rows_and_signed_lines_are_skipped() -> None:
    reading = read_rows(
        ["门牌号", "户主", "面积"],
        ["1-1-101", "张三", Decimal(50)],
        [],
        ["门牌号", "户主", "面积"],
        ["1-1-102", "李四", Decimal(60)],
        ["制表人：王会计", "审核：李经理"],
    )
    assert ([one.code for one in reading.records], reading.refused) == (["1-1-101", "1-1-102"], ())


def test_formulas_count_as_their_stored_results() -> None:
    rows = [["门牌号", "户主", "面积"], ["1-1-101", "张三", Decimal("48.89")], ["1-1-102", "李四", None]]
    reading = read_rows(*rows, formulas={(1, 2): "=24.445*2", (2, 2): "=A1*2"})
    assert [(one.code, one.area) for one in reading.records] == [("1-1-101", Area(4889))]
    (problem,) = reading.problems
    assert (problem.cell, problem.code) == ("C3", "cell.formula")


def test_a_file_without_a_ledger_is_refused() -> None:
    blank, notes = Sheet("空", False, []), Sheet("说明", False, [["请勿外传"]])
    hidden = Sheet("旧", True, [["门牌号", "户主"], ["1-1-101", "张三"]])
    with pytest.raises(Refused, match="No ledger was found"):
        read_ledger([blank, notes, hidden])
    ledger = Sheet("账", False, [["门牌号", "户主"], ["1-1-102", "李四"]])
    reading = read_ledger([blank, notes, hidden, ledger])
    assert [name for name, _ in reading.ignored] == ["空", "说明", "旧"]
    assert [one.code for one in reading.records] == ["1-1-102"]


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (["1-1-101", "张三", Decimal(60), None], {"A3": "room.again"}),
        (["1号楼1单元101", "张三", Decimal(60), None], {"A3": "room.again"}),
        (["1-1-101", "李四", Decimal(60), None], {"A2": "room.conflict", "A3": "room.conflict"}),
        (["1-1-101", "张三", Decimal(61), None], {"A2": "room.conflict", "A3": "room.conflict"}),
        (["1-1-101", "李四", Decimal(60), "重复？"], {"A3": "room.marked"}),
    ],
)
def test_a_room_named_twice(second: list[Cell], refused: dict[str, str]) -> None:
    reading = read_rows(["门牌号", "户主", "面积", "备注"], ["1-1-101", "张三", Decimal(60), None], second)
    assert {one.cell: one.code for one in reading.problems} == refused
    assert len(reading.records) == 2 - len(refused)


@given(
    st.lists(
        st.tuples(st.integers(1, 10_000_000), st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=30
    )
)
def test_the_sums_of_a_reading_are_the_sums_of_its_rows(rows: list[tuple[int, int, int]]) -> None:
    cells: list[list[Cell]] = [
        [
            f"1-1-{101 + at}",
            Decimal(area).scaleb(-2),
            Decimal(billed).scaleb(-2),
            Decimal(min(billed, received)).scaleb(-2),
        ]
        for at, (area, billed, received) in enumerate(rows)
    ]
    reading = read_rows(["门牌号", "面积", "2023年应收", "2023年已收"], *cells)
    sums = totals(reading.records)
    assert (sums.units, sums.area) == (len(rows), Area(sum(area for area, _, _ in rows)))
    assert sums.arrears == total(Money(billed - min(billed, received)) for _, billed, received in rows)
