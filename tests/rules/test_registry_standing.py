"""A ledger held against what stands: what is new, what changed, and what a blank cell leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from feeapp.core.area import Area
from feeapp.registry.comparing import FieldChange, StandingUnit, compare, compare_one
from feeapp.registry.matching import match_parties
from feeapp.registry.rules import Heap, UnitUse, UseState
from feeapp.registry.workbook import read_ledger
from feeapp.spreadsheet import Cell, Sheet
from tests.rules.ledger_rows import CARD, OTHER_CARD, standing_party

ZHANG = standing_party(7, "张三", CARD, "1-1-101", phones=("13812345678",))
STANDS = StandingUnit(
    1, "1-1-101", 1, UnitUse.HOME, Area(6000), Area(5000), (ZHANG,), None, UseState.SELF, date(2014, 11, 1), "急"
)
WIDE: list[Cell] = [
    "门牌号",
    "户主",
    "证件号码",
    "电话",
    "建筑面积",
    "套内面积",
    "用途",
    "居住状态",
    "入住日期",
    "备注",
    "楼层",
]
ROW: list[Cell] = [
    "1-1-101", "张三", CARD, "13812345678", Decimal(60), Decimal(50), "住宅", "自住", date(2014, 11, 1), "急",
    Decimal(1),
]  # fmt: skip


def _against(row: list[Cell], unit: StandingUnit = STANDS) -> tuple[Heap, list[FieldChange]]:
    reading = match_parties(read_ledger([Sheet("账", False, [WIDE, row])]), unit.owners)
    (compared,) = compare(reading, {unit.code: unit}).rows
    return compared.heap, list(compared.changes)


def _changed(at: int, cell: Cell) -> list[Cell]:
    return [cell if place == at else held for place, held in enumerate(ROW)]


def test_the_same_again_is_the_same() -> None:
    assert _against(ROW) == (Heap.SAME, [])


def test_blank_cells_never_erase_what_stands() -> None:
    assert _against(["1-1-101", "张三", *[None] * 9]) == (Heap.SAME, [])


@pytest.mark.parametrize(
    ("at", "cell", "change"),
    [
        (3, "13987654321", ("owner_phone", "13812345678", "13812345678、13987654321")),
        (4, Decimal("60.01"), ("area", "60.00", "60.01")),
        (5, Decimal(51), ("inner_area", "50.00", "51.00")),
        (6, "商业", ("use", "HOME", "SHOP")),
        (7, "出租", ("use_state", "SELF", "LET")),
        (8, date(2015, 1, 1), ("from_on", "2014-11-01", "2015-01-01")),
        (9, "缓", ("remark", "急", "缓")),
        (10, Decimal(2), ("floor", "1", "2")),
    ],
)
def test_each_field_that_differs_is_shown_with_both_values(at: int, cell: Cell, change: tuple[str, str, str]) -> None:
    assert _against(_changed(at, cell)) == (Heap.CHANGED, [FieldChange(*change)])


def test_a_new_owner_is_shown() -> None:
    row = ["1-1-101", "李四", OTHER_CARD, None, *ROW[4:]]
    assert _against(row) == (Heap.CHANGED, [FieldChange("owner", "张三", "李四")])


def test_a_new_owner_of_the_same_name_can_be_told_apart() -> None:
    row = ["1-1-101", "张三", OTHER_CARD, None, *ROW[4:]]
    heap, (change,) = _against(row)
    assert (heap, change.old, change.new) == (Heap.CHANGED, "张三 1101**********203X", "张三 1201**********7285")


def test_a_number_that_was_missing_is_added() -> None:
    unit = replace(STANDS, owners=(replace(ZHANG, id_number=None),))
    assert _against(ROW, unit) == (Heap.CHANGED, [FieldChange("owner_id", "", "1101**********203X")])


def test_a_tenant_moves_in_and_stays() -> None:
    header, row = ["门牌号", "承租人", "承租人电话"], ["1-1-101", "王五", "13700001111"]
    wang = standing_party(9, "王五", None, "1-1-101", phones=("13700001111",))
    for occupant, change in ((None, [FieldChange("occupant", "", "王五")]), (wang, [])):
        unit = replace(STANDS, occupant=occupant)
        standing = [ZHANG, *([occupant] if occupant else [])]
        (record,) = match_parties(read_ledger([Sheet("账", False, [header, row])]), standing).records
        assert list(compare_one(record, unit)[1]) == change


def test_units_that_are_not_in_the_ledger_are_named_and_new_ones_are_new() -> None:
    reading = match_parties(read_ledger([Sheet("账", False, [WIDE, _changed(0, "1-1-102")])]), [ZHANG])
    comparison = compare(reading, {STANDS.code: STANDS})
    assert [(one.record.code, one.unit_id, one.heap) for one in comparison.rows] == [("1-1-102", None, Heap.NEW)]
    assert comparison.absent == ("1-1-101",)


def test_a_missing_area_is_not_asked_for_where_one_stands() -> None:
    assert _against(_changed(4, None)) == (Heap.SAME, [])
    assert _against(_changed(4, None), replace(STANDS, area=None))[0] is Heap.DOUBTFUL


def test_arrears_are_compared_only_when_the_caller_gives_them() -> None:
    header, row = ["门牌号", "2023年应收", "2023年已收"], ["1-1-101", Decimal(100), Decimal(40)]
    (record,) = read_ledger([Sheet("账", False, [header, row])]).records
    assert compare_one(record, STANDS) == (Heap.SAME, ())
    assert compare_one(record, replace(STANDS, arrears=())) == (
        Heap.CHANGED,
        (FieldChange("arrears.2023", "", "60.00"),),
    )
    assert compare_one(record, replace(STANDS, arrears=record.arrears)) == (Heap.SAME, ())
