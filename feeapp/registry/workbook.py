"""A household ledger read from a workbook: records, problems with sheet and cell, and the sheet's sums checked.

How each doubtful thing is understood, and why: docs/rules/import.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow
from feeapp.registry import rooms, units
from feeapp.registry.cells import Row, as_text, shown
from feeapp.registry.figures import Figures, read_figures
from feeapp.registry.layout import Column, Layout, find_layout, looks_like_header
from feeapp.registry.owners import read_occupant, read_owners
from feeapp.registry.records import LedgerReading, Problem, RefusedRow, Severity, SubtotalCheck, UnitRecord
from feeapp.registry.subtotals import SumRow, check_sums, first_row, sum_label
from feeapp.spreadsheet import Sheet, cell_name

_BUILDING = re.compile(r"[甲乙丙丁]?[0-9A-Za-z一二三四五六七八九十]{1,3}(?:号楼|栋|幢|座)")
_KEY_FIELDS = ("building", "stair", "room", "address", "owner", "area", "billed", "received", "owed")
_PRIVATE_FIELDS = frozenset({"owner_id", "owner_phone", "occupant_phone"})
"""Columns that are not repeated in the list of refused rows."""


@dataclass(slots=True)
class _Read:
    """One row as read: its record, which exists as soon as the row says where the unit lies."""

    row: Row
    record: UnitRecord | None
    figures: Figures


@dataclass(slots=True)
class _SheetRead:
    """One sheet as read."""

    sheet: Sheet
    layout: Layout
    rows: list[_Read] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    subtotals: list[SubtotalCheck] = field(default_factory=list)


def read_ledger(sheets: Sequence[Sheet]) -> LedgerReading:
    """Read every visible sheet that holds a ledger.

    Raises Refused where no sheet does.
    """
    read: list[_SheetRead] = []
    ignored: list[tuple[str, str]] = []
    for sheet in sheets:
        layout = None if sheet.hidden else find_layout(sheet.rows)
        if layout:
            read.append(_read_sheet(sheet, layout))
        elif sheet.hidden:
            ignored.append((sheet.name, msg("The sheet is hidden, so it was not read.")))
        elif any(cell is not None for row in sheet.rows for cell in row):
            ignored.append((sheet.name, msg("No row of column names with a room was found.")))
        else:
            ignored.append((sheet.name, msg("The sheet is empty.")))
    if not any(one.rows for one in read):
        raise Refused(
            "ledger.none",
            msg("No ledger was found. It needs a row of column names, with the room and the area or the owner."),
        )
    _refuse_repeated([one for sheet_read in read for one in sheet_read.rows])
    return _gather(read, ignored)


def _gather(read: Iterable[_SheetRead], ignored: list[tuple[str, str]]) -> LedgerReading:
    records, refused, problems, subtotals = [], [], [], []
    for sheet_read in read:
        problems += sheet_read.problems
        subtotals += sheet_read.subtotals
        for one in sheet_read.rows:
            problems += one.row.problems
            if one.record and not one.row.refused:
                records.append(one.record)
            else:
                refused.append(_refused_row(one))
    return LedgerReading(tuple(records), tuple(refused), tuple(problems), tuple(ignored), tuple(subtotals))


def _refused_row(one: _Read) -> RefusedRow:
    private = {column.at for column in one.row.layout.columns if column.field in _PRIVATE_FIELDS}
    cells = (as_text(cell) for at, cell in enumerate(one.row.sheet.rows[one.row.at]) if at not in private)
    code = one.record.code if one.record else ""
    return RefusedRow(one.row.sheet.name, one.row.at + 1, code, tuple(shown(cell) for cell in cells if cell))


def _read_sheet(sheet: Sheet, layout: Layout) -> _SheetRead:
    result = _SheetRead(sheet, layout)
    filled = _spread(sheet, layout)
    default_building = _building_of_sheet(sheet, layout)
    sums: list[SumRow] = []
    for at in range(layout.data, len(sheet.rows)):
        cells = sheet.rows[at]
        label = sum_label(cells)
        if label:
            sums.append(SumRow(at, label, first_row(label, layout.data, sums)))
        elif _is_ledger_row(sheet, layout, at):
            result.rows.append(_read_row(Row(sheet, layout, at, filled), default_building))
    counted = {one.row.at: one.figures.counted | _counted_areas(one) for one in result.rows}
    result.subtotals = check_sums(sheet, layout, sums, counted)
    _confirm_words(result, sums)
    result.problems = _notes_on_sheet(result)
    return result


def _is_ledger_row(sheet: Sheet, layout: Layout, at: int) -> bool:
    """Whether a row is about a unit, and not blank, the header again, or a line signed at the foot."""
    cells = sheet.rows[at]
    keys = [column.at for column in layout.columns if column.field in _KEY_FIELDS]
    held = [cells[column] for column in keys if cells[column] is not None or (at, column) in sheet.formulas]
    if not held or looks_like_header(cells):
        return False
    texts = [cell for cell in cells if isinstance(cell, str)]
    only_text = len(texts) == sum(cell is not None for cell in cells)
    return not (only_text and texts and re.search(r"[:：]", texts[0]))


def _read_row(row: Row, default_building: str) -> _Read:
    place = units.read_place(row, default_building)
    figures = read_figures(row)
    remarks: list[str] = []
    owners = read_owners(row, remarks)
    price = units.read_price(row)
    where = place or rooms.Place("", "", "0")
    use = units.read_use(row, where)
    record = UnitRecord(
        sheet=row.sheet.name,
        row=row.at + 1,
        cells={
            column.field + (str(column.year) if column.year is not None else ""): cell_name(row.at, column.at)
            for column in row.layout.columns
            if row.value(column) is not None
        },
        building=where.building,
        stair=where.stair,
        room=where.room,
        code=rooms.short_code(where),
        name=rooms.full_name(where),
        floor=units.read_floor(row, where, use),
        use=use,
        area=units.read_area(row, use, figures, price),
        inner_area=row.area(row.layout.column("inner_area")),
        owners=owners,
        occupant=read_occupant(row, remarks),
        use_state=units.read_use_state(row, remarks),
        from_on=units.read_day(row, remarks),
        price=price,
        remark=_remark(row, remarks),
        arrears=figures.years,
    )
    return _Read(row, record if place else None, figures)


def _remark(row: Row, remarks: Iterable[str]) -> str:
    own = row.text(row.layout.column("remark"), units.LONGEST_REMARK).replace("\n", " ")
    return "；".join(dict.fromkeys(part for part in (own, *remarks) if part))[:300]


def _spread(sheet: Sheet, layout: Layout) -> Mapping[tuple[int, int], object]:
    """What building and stair cells merged downwards say for the rows below their first."""
    wanted = {column.at for column in layout.columns if column.field in ("building", "stair")}
    return {
        (row, left): sheet.rows[top][left]
        for top, left, bottom, _ in sheet.merged
        if left in wanted and top >= layout.data
        for row in range(top + 1, min(bottom + 1, len(sheet.rows)))
    }


def _building_of_sheet(sheet: Sheet, layout: Layout) -> str:
    """The one building a sheet is about, from its name or its title, where no column says it; else ""."""
    if "building" in layout.fields:
        return ""
    titles = [cell for row in sheet.rows[: layout.header] for cell in row if isinstance(cell, str)]
    found = {building for title in (sheet.name, *titles) for building in _BUILDING.findall(narrow(title))}
    named = {rooms.canonical_building(building) for building in found}
    return named.pop() if len(named) == 1 else ""


def _counted_areas(one: _Read) -> dict[int, int]:
    if one.record is None:
        return {}
    areas = {"area": one.record.area, "inner_area": one.record.inner_area}
    found = ((column.at, areas.get(column.field)) for column in one.row.layout.columns)
    return {at: area.centi for at, area in found if area}


def _confirm_words(result: _SheetRead, sums: Sequence[SumRow]) -> None:
    """Say so where a sum of the sheet agrees only when a word such as 已缴 is counted as paid in full."""
    agreeing = {figure.cell for check in result.subtotals for figure in check.figures if figure.agrees}
    for one in result.rows:
        below = [each.at for each in sums if each.first <= one.row.at < each.at]
        for at in one.figures.worded:
            by = cell_name(below[0], at) if below else ""
            if by in agreeing:
                word = cell_name(one.row.at, at)
                one.row.problems = [_confirmed(problem, word, by) for problem in one.row.problems]


def _confirmed(problem: Problem, word: str, by: str) -> Problem:
    if problem.code != "received.word" or problem.cell != word:
        return problem
    sentence = msg(
        "“%(word)s” stands where the amount received in %(year)s is expected; %(billed)s was billed. "
        "The sum in %(sum_cell)s is right only if that was paid in full."
    )
    return replace(problem, sentence=sentence, facts={**problem.facts, "sum_cell": by})


def _notes_on_sheet(result: _SheetRead) -> list[Problem]:
    """What was understood about the sheet as a whole."""
    sheet, layout = result.sheet, result.layout

    def note(code: str, sentence: str, **facts: object) -> Problem:
        return Problem(Severity.NOTE, sheet.name, 0, str(facts.get("column", "")), code, sentence, facts)

    notes = [
        note(
            "column.left_out",
            msg("The column “%(label)s” (%(column)s) was left out."),
            label=shown(label),
            column=_letter(at),
        )
        for at, label in layout.left_out
    ]
    blank = Counter(column for one in result.rows for column in one.figures.blank)
    notes += [
        note(
            "received.blank",
            msg("%(count)s blank cells under “%(label)s” (%(column)s) count as nothing received."),
            count=count,
            label=column.label,
            column=_letter(column.at),
        )
        for column, count in sorted(blank.items(), key=lambda item: item[0].at)
    ]
    if "area" not in layout.fields:
        notes.append(note("area.column", msg("There is no area column: the units are imported without areas.")))
    return notes


def _letter(column: int) -> str:
    return cell_name(0, column).rstrip("1")


def _refuse_repeated(rows: Iterable[_Read]) -> None:
    """Refuse rows that name a room another row names too.

    A row the ledger itself marks as 重复 gives way to the other; a row that says the same again gives way to the
    first; where rows contradict each other, none can be trusted and all are refused.
    """
    by_code: dict[str, list[_Read]] = {}
    for one in rows:
        if one.record:
            by_code.setdefault(one.record.code, []).append(one)
    for same in by_code.values():
        marked = [one for one in same if _marked(one)]
        plain = [one for one in same if not _marked(one)] or same
        if len(plain) < len(same):
            for one in marked:
                _refuse(
                    one, "room.marked", msg("%(code)s is also in %(where)s, and this row is marked as a repeat."), plain
                )
        if all(_content(one) == _content(plain[0]) for one in plain):
            for one in plain[1:]:
                _refuse(one, "room.again", msg("%(code)s is already in %(where)s, with the same content."), plain[:1])
        else:
            for one in plain:
                rest = [other for other in plain if other is not one]
                _refuse(one, "room.conflict", msg("%(code)s is also in %(where)s, with other content."), rest)


def _marked(one: _Read) -> bool:
    return one.record is not None and "重复" in one.record.remark


def _refuse(one: _Read, code: str, sentence: str, others: Sequence[_Read]) -> None:
    column = _room_column(one)
    where = "、".join(f"{other.row.sheet.name} {other.row.name(_room_column(other))}" for other in others[:5])
    one.row.refuse(column, code, sentence, code=one.record.code if one.record else "", where=where)


def _room_column(one: _Read) -> Column | None:
    return one.row.layout.column("room") or one.row.layout.column("address")


def _content(one: _Read) -> tuple[object, ...]:
    record = one.record
    if record is None:
        return ()
    owners = tuple((owner.name, owner.id_number) for owner in record.owners)
    return owners, record.area, record.use, record.arrears, one.row.refused
