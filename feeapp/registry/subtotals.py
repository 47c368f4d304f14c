"""The sum rows of a sheet, held against the rows above them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from feeapp.core.width import narrow
from feeapp.registry.layout import Column, Layout
from feeapp.registry.records import SubtotalCheck, SubtotalFigure
from feeapp.spreadsheet import Sheet, cell_name

_PART = re.compile(r"小计")
_WHOLE = re.compile(r"合计|总计|累计|^total", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SumRow:
    """A sum row: where it stands, its words, and the first row it adds up (rows counted from 0)."""

    at: int
    label: str
    first: int


def sum_label(row: Sequence[object]) -> str:
    """The words a sum row begins with (1单元小计, 合计), or "" for any other row."""
    first = next((cell for cell in row if isinstance(cell, str)), "")
    text = re.sub(r"\s", "", narrow(first))
    return text if len(text) <= 16 and (_PART.search(text) or _WHOLE.search(text)) else ""


def first_row(label: str, data: int, earlier: Sequence[SumRow]) -> int:
    """The first row a sum row adds up: a 小计 those since the sum row before it, a 合计 the whole sheet."""
    if not _PART.search(label) or not earlier:
        return data
    return earlier[-1].at + 1


def check_sums(
    sheet: Sheet, layout: Layout, sums: Sequence[SumRow], counted: Mapping[int, Mapping[int, int]]
) -> list[SubtotalCheck]:
    """One check for every sum row that states a figure; ``counted`` is what each row adds, by column, in 0.01."""
    columns = [column for column in layout.columns if column.year is not None or column.field in ("area", "inner_area")]
    checks = []
    for one in sums:
        figures = tuple(
            _figure(sheet, one, column, counted)
            for column in columns
            if isinstance(sheet.rows[one.at][column.at], Decimal)
        )
        if figures:
            checks.append(SubtotalCheck(sheet.name, one.at + 1, one.label, figures))
    return checks


def _figure(sheet: Sheet, one: SumRow, column: Column, counted: Mapping[int, Mapping[int, int]]) -> SubtotalFigure:
    summed = sum(counted.get(at, {}).get(column.at, 0) for at in range(one.first, one.at))
    stated = sheet.rows[one.at][column.at]
    return SubtotalFigure(
        column.label, cell_name(one.at, column.at), f"{stated:,.2f}", f"{Decimal(summed).scaleb(-2):,.2f}"
    )
