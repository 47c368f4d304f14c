"""Setting up a format from a sample: which row holds the headings, and what each heading probably means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.banking.formats import Column, Format, squeezed
from feeapp.banking.lining import Line, read_lines
from feeapp.core.refusal import Refused, msg
from feeapp.spreadsheet import Cell, Sheet

ROWS, COLUMNS, LONGEST = 40, 60, 60
"""How much of a sample is kept on the page."""

Rows = Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the sample: its heading, what the first rows hold under it, and what it is taken for."""

    place: int
    word: str
    examples: tuple[str, ...]
    meaning: Column | None


def sample_of(sheet: Sheet) -> list[list[str | None]]:
    """The first rows of a sheet, as text."""
    return [[_plain(cell) for cell in row[:COLUMNS]] for row in sheet.rows[:ROWS]]


def _plain(cell: Cell) -> str | None:
    if cell is None:
        return None
    return (cell.isoformat() if isinstance(cell, date) else str(cell))[:LONGEST]


def guess_header_row(rows: Rows, formats: Sequence[Format]) -> int:
    """The row, from 1, that most likely holds the headings: most words known from any format, then most cells."""
    words = set(_known(formats))

    def weight(row: Sequence[str | None]) -> tuple[int, int]:
        cells = [cell for cell in row if cell]
        return sum(squeezed(cell) in words for cell in cells), len(cells)

    return max(range(len(rows)), key=lambda at: (*weight(rows[at]), -at), default=0) + 1


def list_headings(
    rows: Rows, header_row: int, formats: Sequence[Format], said: Mapping[int, Column | None]
) -> list[Heading]:
    """The columns of the sample. ``said`` is what a person chose, by place; what is not there is guessed."""
    if not 1 <= header_row <= len(rows):
        raise Refused("bank.header_row", msg("The sample has no such row."), field="header_row")
    known = _known(formats)
    headings = []
    for place, word in enumerate(rows[header_row - 1]):
        if word:
            below = [row[place] for row in rows[header_row:] if place < len(row)]
            examples = tuple(dict.fromkeys(cell for cell in below if cell))[:2]
            meaning = said[place] if place in said else known.get(squeezed(word))
            headings.append(Heading(place, word, examples, meaning))
    return headings


def _known(formats: Sequence[Format]) -> dict[str, Column]:
    """What a heading means in the formats there are; the first that knows it decides."""
    known: dict[str, Column] = {}
    for made in formats:
        for column, words in made.headers.items():
            for word in words:
                known.setdefault(squeezed(word), column)
    return known


def headers_of(headings: Sequence[Heading]) -> dict[Column, tuple[str, ...]]:
    """The definition's headings: every word by the column it stands for."""
    headers: dict[Column, tuple[str, ...]] = {}
    for heading in headings:
        if heading.meaning is not None:
            headers[heading.meaning] = (*headers.get(heading.meaning, ()), heading.word)
    return headers


def first_lines(rows: Rows, made: Format) -> tuple[Sequence[Line], Sequence[tuple[int, Refused]]]:
    """What the format reads from the sample. Raises Refused where it reads nothing."""
    reading = read_lines(Sheet("sample", False, [list(row) for row in rows]), made)
    return reading.lines[:10], reading.refused[:10]
