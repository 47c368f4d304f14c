"""Sheets of readings: columns found by their headers, figures and days as people write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from feeapp.core.refusal import Refused
from feeapp.metering.rules import MeterKind
from feeapp.metering.workbook import read_readings
from feeapp.spreadsheet import Sheet, read, table

ON = date(2026, 2, 28)


def _sheet(*rows: list[object], name: str = "抄表", hidden: bool = False) -> Sheet:
    return Sheet(name, hidden, list(rows))  # type: ignore[arg-type]


def test_columns_are_found_by_their_words_under_a_title() -> None:
    sheet = _sheet(
        ["2 月抄表", None, None, None],
        [None, None, None, None],
        ["水 表 号", "房 号", "抄表日期", "本次读数"],
        ["w-1", "3号楼2单元501", "2026/2/27", Decimal("123.50")],
        [None, "3-2-502", None, "1,240"],
        ["W3", "1-1-101", ON, None],
        [None, None, None, None],
    )
    found = read_readings([sheet, _sheet(["说明"], name="说明")], ON)
    assert [(row.row, row.unit, row.serial, row.figure, row.on) for row in found.rows] == [
        (4, "3-2-501", "W-1", 12350, date(2026, 2, 27)),
        (5, "3-2-502", "", 124000, ON),
    ]
    assert (found.blank, found.ignored) == (1, ("说明",))


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2026-02-27", 27), ("2026/2/7", 7), ("2026.2.27", 27), ("2026年2月27日", 27), ("２０２６-２-２７", 27)],
)
def test_days_as_people_write_them(typed: str, day: int) -> None:
    (row,) = read_readings([_sheet(["表号", "日期", "读数"], ["W1", typed, "5"])], None).rows
    assert row.on == date(2026, 2, day)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"读数": "约 120"}, "meter.file_figure"),
        ({"读数": Decimal("-5")}, "meter.file_figure"),
        ({"读数": Decimal("1.234")}, "meter.file_figure"),
        ({"读数": True}, "meter.file_figure"),
        ({"日期": "二月底"}, "meter.file_day"),
        ({"日期": "2026-02-30"}, "meter.file_day"),
        ({"日期": None}, "meter.file_day"),
        ({"表类": "蒸汽"}, "meter.file_kind"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(cells: dict[str, object], code: str) -> None:
    row = {"表号": "W1", "日期": ON, "表类": "水", "读数": "120", **cells}
    (found,) = read_readings([_sheet(list(row), list(row.values()))], None).rows
    assert found.problem is not None
    assert found.problem.code == code
    assert str(found.problem)


@pytest.mark.parametrize(
    ("word", "kind"), [("水", MeterKind.WATER), ("Electricity", MeterKind.POWER), ("燃气", MeterKind.GAS)]
)
def test_a_kind_may_be_named(word: str, kind: MeterKind) -> None:
    (row,) = read_readings([_sheet(["房号", "表类", "读数"], ["3-2-501", word, "5"])], ON).rows
    assert row.kind is kind


@pytest.mark.parametrize("header", [["房号", "上次读数"], ["本次读数", "日期"], ["a", "b"], []])
def test_a_file_without_the_columns_is_refused(header: list[object]) -> None:
    with pytest.raises(Refused) as refused:
        read_readings([_sheet(header, ["3-2-501", "5"])], ON)
    assert (refused.value.code, refused.value.field) == ("meter.file", "file")


def test_a_number_that_a_spreadsheet_would_take_for_a_formula_reads_back() -> None:
    data = table(["房号", "表号", "本次读数"], [["3-2-501", "=W1", Decimal("12.50")], ["3-2-502", "0012", 7]])
    rows = read_readings(read(data), ON).rows
    assert [(row.serial, row.figure) for row in rows] == [("=W1", 1250), ("0012", 700)]


def test_a_hidden_sheet_is_passed_over() -> None:
    shown = _sheet(["房号", "读数"], ["3-2-501", "5"])
    found = read_readings([shown, _sheet(["房号", "读数"], ["3-2-502", "5"], name="旧", hidden=True)], ON)
    assert [row.unit for row in found.rows] == ["3-2-501"]
    assert found.ignored == ("旧",)
