"""A sheet of readings as rows: columns recognised by their headers, a figure for each meter that was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow
from feeapp.metering.rules import MeterKind, read_figure
from feeapp.registry.rooms import read_place, short_code
from feeapp.spreadsheet import Sheet, cell_name

_WORDS: dict[str, frozenset[str]] = {
    "unit": frozenset(("房号", "房间", "房间号", "室号", "户号", "门牌号", "room", "unit")),
    "kind": frozenset(("类别", "表类", "表别", "表类型", "类型", "kind", "kindofmeter", "metertype", "type")),
    "serial": frozenset(
        ("表号", "表编号", "水表号", "电表号", "燃气表号", "热量表号", "表具编号", "numberonthemeter", "meternumber",
         "meterno", "meter", "serial", "serialnumber")
    ),
    "on": frozenset(("抄表日期", "抄表日", "日期", "本次抄表日期", "readon", "date", "readingdate")),
    "figure": frozenset(
        ("本次读数", "本期读数", "本次止码", "读数", "止码", "表底数", "thisfigure", "figure", "reading")
    ),
}  # fmt: skip
"""How each column is headed in the sheets people keep, blanks and case apart."""

_KINDS: dict[str, MeterKind] = {
    **{kind.value.lower(): kind for kind in MeterKind},
    **{
        "水": MeterKind.WATER,
        "水表": MeterKind.WATER,
        "电": MeterKind.POWER,
        "电表": MeterKind.POWER,
        "electricity": MeterKind.POWER,
    },
    **{"燃气": MeterKind.GAS, "燃气表": MeterKind.GAS, "天然气": MeterKind.GAS, "气": MeterKind.GAS},
    **{"暖气": MeterKind.HEAT, "热": MeterKind.HEAT, "热量表": MeterKind.HEAT, "供暖": MeterKind.HEAT},
}
_SEARCHED = 10
"""So many rows from the top a header may stand."""
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class FileRow:
    """One filled-in row: what it says, or why it cannot be read. ``unit`` is a short code, or as it was written."""

    sheet: str
    row: int
    unit: str
    serial: str
    kind: MeterKind | None = None
    figure: int | None = None
    on: date | None = None
    problem: Refused | None = None


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file of readings: its rows, how many were left blank, and the sheets that hold no readings."""

    rows: tuple[FileRow, ...]
    blank: int
    ignored: tuple[str, ...]


def read_readings(sheets: Sequence[Sheet], on: date | None) -> FileReading:
    """The rows of every sheet that has the columns; ``on`` is the day of rows without one.

    Raises Refused where no sheet has a column of figures and one of rooms or meters.
    """
    rows: list[FileRow] = []
    blank, ignored = 0, []
    for sheet in sheets:
        found = _header(sheet)
        if found is None or sheet.hidden:
            ignored.append(sheet.name)
            continue
        at, columns = found
        for place in range(at + 1, len(sheet.rows)):
            cells = {name: sheet.rows[place][column] for name, column in columns.items()}
            if cells["figure"] is not None:
                rows.append(_row(sheet, place, cells, columns, on))
            elif any(cell is not None for cell in cells.values()):
                blank += 1
    if len(ignored) == len(sheets):
        raise Refused(
            "meter.file",
            msg("No sheet has the columns of a round: a room or the number of the meter, and this figure."),
            field="file",
        )
    return FileReading(tuple(rows), blank, tuple(ignored))


def _header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for at, cells in enumerate(sheet.rows[:_SEARCHED]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            plain = "".join(narrow(cell).lower().split()) if isinstance(cell, str) else ""
            for name, words in _WORDS.items():
                if plain in words:
                    columns.setdefault(name, column)
        if "figure" in columns and columns.keys() & {"unit", "serial"}:
            return at, columns
    return None


def _row(sheet: Sheet, at: int, cells: dict[str, Any], columns: dict[str, int], on: date | None) -> FileRow:
    unit, serial = _text(cells.get("unit")), _text(cells.get("serial"))
    place = read_place(unit) if unit else None
    facts: dict[str, Any] = {
        "sheet": sheet.name[:_LONGEST],
        "row": at + 1,
        "unit": short_code(place) if place else unit,
        "serial": "".join(narrow(serial).split()).upper().removeprefix("'"),
    }
    try:
        figure = _figure(cells["figure"], cell_name(at, columns["figure"]))
        day = _day(cells.get("on"), cell_name(at, columns.get("on", 0)), on)
        kind = _kind(cells.get("kind"), cell_name(at, columns.get("kind", 0)))
    except Refused as problem:
        return FileRow(**facts, problem=problem)
    return FileRow(**facts, figure=figure, on=day, kind=kind)


def _text(cell: Any) -> str:
    """A cell as text fit to be shown; a whole number without its decimals."""
    if cell is None:
        return ""
    text = format(cell.normalize(), "f") if isinstance(cell, Decimal) else str(cell)
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text.strip())[:_LONGEST].strip()


def _figure(cell: Any, name: str) -> int:
    try:
        return read_figure(_text(cell))
    except ValueError:
        raise Refused(
            "meter.file_figure",
            msg("%(cell)s: “%(text)s” is not the figure of a meter."),
            {"cell": name, "text": _text(cell)},
        ) from None


def _day(cell: Any, name: str, on: date | None) -> date:
    if cell is None:
        if on is None:
            raise Refused("meter.file_day", msg("The row has no day, and none was given for such rows."))
        return on
    if isinstance(cell, date):
        return cell
    plain = narrow(_text(cell)).replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").strip("日")
    try:
        year, month, day = (int(part) for part in plain.split("-"))
        return date(year, month, day)
    except ValueError:
        raise Refused(
            "meter.file_day", msg("%(cell)s: “%(text)s” is not a day."), {"cell": name, "text": _text(cell)}
        ) from None


def _kind(cell: Any, name: str) -> MeterKind | None:
    text = _text(cell).lower()
    if not text:
        return None
    if text not in _KINDS:
        raise Refused(
            "meter.file_kind",
            msg("%(cell)s: “%(text)s” is no kind of meter."),
            {"cell": name, "text": _text(cell)},
        )
    return _KINDS[text]
