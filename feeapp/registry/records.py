"""What a ledger says, once read: one record a unit, the problems found, and the sums to compare with."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from feeapp.core.area import Area
from feeapp.core.money import Money, total
from feeapp.registry.rules import IdKind, PartyKind, UnitUse, UseState

LEAVE_OUT = "leave_out"
"""The choice every doubtful row offers: the row is left out of the import and stays listed."""


class Severity(enum.Enum):
    """REFUSED keeps the row out, DOUBTFUL waits for a choice, NOTE only tells how something was understood."""

    REFUSED = "REFUSED"
    DOUBTFUL = "DOUBTFUL"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a doubt. ``sentence`` is English with places for ``facts``."""

    key: str
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to say about a cell. ``row`` is 0 and ``cell`` empty where it is about a whole sheet.

    ``proposal`` is the key of the choice that stands ticked, or None where a person must choose.
    """

    severity: Severity
    sheet: str
    row: int
    cell: str
    code: str
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    proposal: str | None = None
    nth: int = 0

    @property
    def place(self) -> str:
        """Where and what, in one text that is the same whenever the same file is read."""
        return f"{self.sheet}!{self.cell}:{self.code}" + (f"#{self.nth}" if self.nth else "")

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "severity": self.severity.value,
            "sheet": self.sheet,
            "row": self.row,
            "cell": self.cell,
            "code": self.code,
            "sentence": self.sentence,
            "facts": dict(self.facts),
            "choices": [{"key": one.key, "sentence": one.sentence, "facts": dict(one.facts)} for one in self.choices],
            "proposal": self.proposal,
            "nth": self.nth,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Problem:
        """The problem kept by ``to_facts``."""
        return cls(
            **{
                **facts,
                "severity": Severity(facts["severity"]),
                "choices": tuple(Choice(**one) for one in facts["choices"]),
            }
        )


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """A person or company named in a row.

    ``who`` is the same text for all rows of one party: ``id:<number>``, ``at:<sheet>!<cell>#<nth>`` for the first
    place of a party without a number, or ``party:<id>`` of one that stands in the registry.
    """

    name: str
    kind: PartyKind
    id_kind: IdKind | None = None
    id_number: str | None = None
    phones: tuple[str, ...] = ()
    who: str = ""

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "id_kind": self.id_kind.value if self.id_kind else None,
            "id_number": self.id_number,
            "phones": list(self.phones),
            "who": self.who,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> PartyRecord:
        """The party kept by ``to_facts``."""
        return cls(
            facts["name"],
            PartyKind(facts["kind"]),
            IdKind(facts["id_kind"]) if facts["id_kind"] else None,
            facts["id_number"],
            tuple(facts["phones"]),
            facts["who"],
        )


@dataclass(frozen=True, slots=True)
class YearFigures:
    """What a unit was asked for and what came in; ``year`` is 0 for older arrears without a year."""

    year: int
    billed: Money
    received: Money

    @property
    def owed(self) -> Money:
        return self.billed - self.received


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One unit as the ledger has it. ``cells`` names the cell of each field the row had something in."""

    sheet: str
    row: int
    cells: Mapping[str, str]
    building: str
    stair: str
    room: str
    code: str
    name: str
    floor: int
    use: UnitUse
    area: Area | None = None
    inner_area: Area | None = None
    owners: tuple[PartyRecord, ...] = ()
    occupant: PartyRecord | None = None
    use_state: UseState = UseState.UNKNOWN
    from_on: date | None = None
    price: Decimal | None = None
    remark: str = ""
    arrears: tuple[YearFigures, ...] = ()

    @property
    def owed(self) -> Money:
        """All years together."""
        return total(figures.owed for figures in self.arrears)

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON values: areas in 0.01 m², money in fen, days as ISO text."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "cells": dict(self.cells),
            "building": self.building,
            "stair": self.stair,
            "room": self.room,
            "code": self.code,
            "name": self.name,
            "floor": self.floor,
            "use": self.use.value,
            "area": self.area.centi if self.area else None,
            "inner_area": self.inner_area.centi if self.inner_area else None,
            "owners": [owner.to_facts() for owner in self.owners],
            "occupant": self.occupant.to_facts() if self.occupant else None,
            "use_state": self.use_state.value,
            "from_on": self.from_on.isoformat() if self.from_on else None,
            "price": str(self.price) if self.price is not None else None,
            "remark": self.remark,
            "arrears": [[one.year, one.billed.fen, one.received.fen] for one in self.arrears],
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> UnitRecord:
        """The record kept by ``to_facts``."""
        return cls(
            **{
                **facts,
                "use": UnitUse(facts["use"]),
                "area": Area(facts["area"]) if facts["area"] is not None else None,
                "inner_area": Area(facts["inner_area"]) if facts["inner_area"] is not None else None,
                "owners": tuple(PartyRecord.from_facts(owner) for owner in facts["owners"]),
                "occupant": PartyRecord.from_facts(facts["occupant"]) if facts["occupant"] else None,
                "use_state": UseState(facts["use_state"]),
                "from_on": date.fromisoformat(facts["from_on"]) if facts["from_on"] else None,
                "price": Decimal(facts["price"]) if facts["price"] is not None else None,
                "arrears": tuple(
                    YearFigures(year, Money(billed), Money(received)) for year, billed, received in facts["arrears"]
                ),
            }
        )


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be taken as it is: what it shows, for the list. Its reasons are among the problems."""

    sheet: str
    row: int
    code: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubtotalFigure:
    """One figure of a sum row: what the sheet states and what its rows add up to (decimal text, two decimals)."""

    column: str
    cell: str
    stated: str
    counted: str

    @property
    def agrees(self) -> bool:
        return self.stated == self.counted

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"column": self.column, "cell": self.cell, "stated": self.stated, "counted": self.counted}


@dataclass(frozen=True, slots=True)
class SubtotalCheck:
    """A sum row of the sheet, held against the rows above it."""

    sheet: str
    row: int
    label: str
    figures: tuple[SubtotalFigure, ...]

    @property
    def agrees(self) -> bool:
        return all(figure.agrees for figure in self.figures)

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        figures = [figure.to_facts() for figure in self.figures]
        return {"sheet": self.sheet, "row": self.row, "label": self.label, "figures": figures}


@dataclass(frozen=True, slots=True)
class Totals:
    """What a set of records adds up to; the area counts only where it is known."""

    units: int
    area: Area
    without_area: int
    arrears: Money


@dataclass(frozen=True, slots=True)
class LedgerReading:
    """A whole file, read. ``records`` include doubtful rows, as read; refused rows are only in ``refused``."""

    records: tuple[UnitRecord, ...]
    refused: tuple[RefusedRow, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[tuple[str, str], ...]
    """Sheets left out: name, and why as an English sentence marked for translation."""
    subtotals: tuple[SubtotalCheck, ...]

    def problems_by_row(self) -> dict[tuple[str, int], tuple[Problem, ...]]:
        """The problems of each row by (sheet, row), in the order they were found; row 0 is the sheet as a whole."""
        found: dict[tuple[str, int], tuple[Problem, ...]] = {}
        for problem in self.problems:
            key = (problem.sheet, problem.row)
            found[key] = (*found.get(key, ()), problem)
        return found


def totals(records: tuple[UnitRecord, ...] | list[UnitRecord]) -> Totals:
    """The three sums to tie out, and how many units have no area yet."""
    known = [record.area.centi for record in records if record.area]
    return Totals(len(records), Area(sum(known)), len(records) - len(known), total(record.owed for record in records))
