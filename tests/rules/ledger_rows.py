"""Ledgers of a few rows, and what is said about them."""

from __future__ import annotations

from feeapp.registry.matching import StandingParty, match_parties
from feeapp.registry.records import LedgerReading, Problem, Severity
from feeapp.registry.rules import PartyKind
from feeapp.registry.workbook import read_ledger
from feeapp.spreadsheet import Cell, Sheet

CARD = "11010820001003203X"
OTHER_CARD = "120106195804057285"


def read_rows(*rows: list[Cell], **sheet: object) -> LedgerReading:
    """A ledger of these rows, the header first; more words change the sheet."""
    width = max(len(row) for row in rows)
    full = [row + [None] * (width - len(row)) for row in rows]
    return match_parties(read_ledger([Sheet(**{"name": "账", "hidden": False, "rows": full} | sheet)]))


def one_home(header: str, cell: Cell, **more: Cell) -> LedgerReading:
    """A ledger of one home 1-1-101 with this cell under this header."""
    columns = {"房号": "1-1-101", header: cell} | more
    return read_rows([*columns], [*columns.values()])


def codes(reading: LedgerReading) -> set[str]:
    """What is said of single cells."""
    return {problem.code for problem in reading.problems if problem.row}


def the_doubt(reading: LedgerReading) -> Problem:
    """The one thing that is asked."""
    (doubt,) = doubts(reading)
    return doubt


def doubts(reading: LedgerReading) -> list[Problem]:
    """What is asked."""
    return [problem for problem in reading.problems if problem.severity is Severity.DOUBTFUL]


def standing_party(key: int, name: str, number: str | None, *units: str, phones: tuple[str, ...] = ()) -> StandingParty:
    """A person of the registry."""
    return StandingParty(key, name, PartyKind.PERSON, number, phones, units)
