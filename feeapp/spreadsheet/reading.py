"""Workbooks and CSV files as plain rows."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine

from feeapp.core.refusal import Refused, msg
from feeapp.spreadsheet.package import (
    LIMITS,
    Limits,
    broken,
    check_extent,
    check_within,
    formulas,
    repack,
    sheet_parts,
    unknown,
    unpack,
)

_ENCODINGS = ("utf-8", "gb18030")
"""UTF-8, or what Chinese Excel writes."""

Cell = str | Decimal | bool | date | time | None
"""Blank cells are None, blank text included; numbers are Decimal, never float; an instant becomes its day."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows and columns counted from 0, every row equally long.

    ``formulas`` has the formula of each cell that holds one, by (row, column); ``merged`` has merged ranges as
    (first row, first column, last row, last column).
    """

    name: str
    hidden: bool
    rows: list[list[Cell]]
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int, int], ...] = ()


def cell_name(row: int, column: int) -> str:
    """The name of a cell as the spreadsheet shows it: (16, 1) is B17."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read(source: Path | bytes, limits: Limits = LIMITS, encodings: Sequence[str] = _ENCODINGS) -> list[Sheet]:
    """Every sheet of an .xlsx workbook, or the one of a CSV file, hidden sheets marked.

    What the file is, is told from its bytes and not from its name; ``encodings`` are tried in turn for a CSV file
    that has no mark of its own. Raises Refused where it is too large, packed
    like a bomb, locked, carries macros, or is something else.
    """
    data = source if isinstance(source, bytes) else _load(source, limits)
    if len(data) > limits.size:
        raise Refused(
            "sheet.size",
            msg("The file is larger than %(limit)s MB. Split it, for example by building."),
            {"limit": limits.size // 1024**2},
        )
    if not data.strip(b"\x00"):
        raise Refused("sheet.empty", msg("The file is empty."))
    if data.startswith(b"PK"):
        return _workbook(data, limits)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(
                "sheet.locked",
                msg("The workbook is protected with a password. Save it without one, then choose it again."),
            )
        raise Refused(
            "sheet.old", msg("This is an old .xls workbook. Open it, save it as .xlsx, and choose that file.")
        )
    return [_csv(data, limits, encodings)]


def _load(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.size + 1)


def _workbook(data: bytes, limits: Limits) -> list[Sheet]:
    parts = unpack(data, limits)
    for name, part in parts.items():
        if "worksheets/" in name:
            check_extent(part, limits)
    order = sheet_parts(parts)
    try:
        with python_calamine.load_workbook(repack(parts)) as book:
            metas = book.sheets_metadata
            if len(metas) != len(order):
                raise broken()
            return [
                _sheet(book, meta, part, limits)
                for meta, part in zip(metas, order, strict=True)
                if meta.typ is python_calamine.SheetTypeEnum.WorkSheet
            ]
    except (python_calamine.CalamineError, ValueError, OverflowError) as failure:
        raise broken() from failure


def _sheet(book: python_calamine.CalamineWorkbook, meta: Any, xml: bytes, limits: Limits) -> Sheet:
    sheet = book.get_sheet_by_name(meta.name)
    check_within(sheet.total_height, sheet.total_width, limits)
    seen: dict[float, Decimal | str] = {}
    rows = [[_cell(value, seen) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    hidden = meta.visible is not python_calamine.SheetVisibleEnum.Visible
    return Sheet(meta.name, hidden, rows, dict(formulas(xml)), merged)


def _cell(value: Any, seen: dict[float, Decimal | str]) -> Cell:
    kind = type(value)
    if kind is str:
        return value if value and not value.isspace() else None
    if kind is float:
        if value not in seen:
            # A spreadsheet keeps 15 significant digits; what a binary fraction has beyond them is noise.
            seen[value] = Decimal(format(value, ".15g")) if math.isfinite(value) else str(value)
        return seen[value]
    if kind is datetime:
        return value.date()
    if kind is int:
        return Decimal(value)
    return str(value) if isinstance(value, timedelta) else value


def _csv(data: bytes, limits: Limits, encodings: Sequence[str]) -> Sheet:
    text = _decode(data, encodings)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows: list[list[Cell]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append([value if value and not value.isspace() else None for value in line])
            check_within(len(rows), len(line), limits)
    except csv.Error as failure:
        raise Refused("sheet.csv", msg("The file cannot be read as CSV: a quotation mark does not close.")) from failure
    width = max(map(len, rows), default=0)
    return Sheet("CSV", False, [row + [None] * (width - len(row)) for row in rows])


def _decode(data: bytes, encodings: Sequence[str]) -> str:
    """The text of a CSV file in UTF-8 or UTF-16 with their marks, or in the first of these that it can be."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    known = [encoding for mark, encoding in marks if data.startswith(mark)]
    for encoding in known or encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return text
    raise unknown()
