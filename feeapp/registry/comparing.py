"""A ledger held against what stands: what is new, what changed and how, and whether the sums are those expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import Refused, msg
from feeapp.registry.deciding import proposals, settle, undecided
from feeapp.registry.matching import StandingParty
from feeapp.registry.records import (
    LedgerReading,
    PartyRecord,
    Problem,
    Severity,
    UnitRecord,
    YearFigures,
    totals,
)
from feeapp.registry.rules import Heap, Sight, UnitUse, UseState, mask_id, mask_phone


@dataclass(frozen=True, slots=True)
class StandingUnit:
    """A unit of the registry. ``arrears`` is None where the caller does not want them compared."""

    id: int
    code: str
    floor: int
    use: UnitUse
    area: Area | None
    inner_area: Area | None
    owners: tuple[StandingParty, ...]
    occupant: StandingParty | None
    use_state: UseState
    from_on: date | None
    remark: str
    arrears: tuple[YearFigures, ...] | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that would change: its name, and both values as text, an enum by its value."""

    field: str
    old: str
    new: str

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"field": self.field, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class Compared:
    """One record, the unit it is about where that stands, its heap, its changes, and what is left to say about it."""

    record: UnitRecord
    unit_id: int | None
    heap: Heap
    changes: tuple[FieldChange, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All records, and the codes of units that stand and are not in the ledger; those stay as they are."""

    rows: tuple[Compared, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """What was counted and what a person expects, as text that shows both."""

    counted: str
    typed: str

    @property
    def agrees(self) -> bool:
        return self.counted == self.typed


@dataclass(frozen=True, slots=True)
class TieOut:
    """The three sums of a ledger against the three sums typed from its last page."""

    units: Pair
    area: Pair
    arrears: Pair

    @property
    def agrees(self) -> bool:
        return self.units.agrees and self.area.agrees and self.arrears.agrees


def compare(reading: LedgerReading, standing: Mapping[str, StandingUnit]) -> Comparison:
    """Put every record on its heap; ``standing`` has the units of the community by code.

    A record in doubt is DOUBTFUL whatever else it is, and its changes are those of the proposals. Asking about a
    missing area is dropped where the unit has one.
    """
    problems = reading.problems_by_row()
    rows = []
    for record in reading.records:
        unit = standing.get(record.code)
        found = problems.get((record.sheet, record.row), ())
        left = tuple(one for one in found if not (one.code == "area.missing" and unit and unit.area))
        ticked = proposals(left)
        proposed = None if undecided(left, ticked) else settle(record, left, ticked)
        heap, changes = compare_one(proposed or record, unit)
        if any(problem.severity is Severity.DOUBTFUL for problem in left):
            heap = Heap.DOUBTFUL
        rows.append(Compared(record, unit.id if unit else None, heap, changes, left))
    return Comparison(tuple(rows), tuple(sorted(standing.keys() - {record.code for record in reading.records})))


def compare_one(record: UnitRecord, unit: StandingUnit | None) -> tuple[Heap, tuple[FieldChange, ...]]:
    """The heap of a record that is not in doubt, and what would change. A blank cell never erases what stands."""
    if unit is None:
        return Heap.NEW, ()
    changes = tuple(change for change in _changes(record, unit) if change.old != change.new)
    return (Heap.CHANGED if changes else Heap.SAME), changes


def _changes(record: UnitRecord, unit: StandingUnit) -> Iterator[FieldChange]:
    if "use" in record.cells:
        yield FieldChange("use", unit.use.value, record.use.value)
    if "floor" in record.cells:
        yield FieldChange("floor", str(unit.floor), str(record.floor))
    if record.area:
        yield FieldChange("area", str(unit.area or ""), str(record.area))
    if record.inner_area:
        yield FieldChange("inner_area", str(unit.inner_area or ""), str(record.inner_area))
    if record.owners:
        yield from _owner_changes(record.owners, unit.owners)
    if record.occupant:
        old = (unit.occupant,) if unit.occupant else ()
        yield from _party_changes("occupant", (record.occupant,), old)
    if record.use_state is not UseState.UNKNOWN:
        yield FieldChange("use_state", unit.use_state.value, record.use_state.value)
    if record.from_on:
        yield FieldChange("from_on", unit.from_on.isoformat() if unit.from_on else "", record.from_on.isoformat())
    if record.remark:
        yield FieldChange("remark", unit.remark, record.remark)
    if unit.arrears is not None and record.arrears:
        yield from _arrears_changes(record.arrears, unit.arrears)


def _owner_changes(new: tuple[PartyRecord, ...], old: tuple[StandingParty, ...]) -> Iterator[FieldChange]:
    yield from _party_changes("owner", new, old)
    standing = {f"party:{party.id}": party for party in old}
    for owner in new:
        party = standing.get(owner.who)
        if party and owner.id_number:
            before = mask_id(party.id_number or "", Sight.STAFF)
            if party.id_number != owner.id_number:
                yield FieldChange("owner_id", before, mask_id(owner.id_number, Sight.STAFF))


def _party_changes(name: str, new: tuple[PartyRecord, ...], old: tuple[StandingParty, ...]) -> Iterator[FieldChange]:
    standing = {f"party:{party.id}": party for party in old}
    if {party.who for party in new} != standing.keys():
        namesakes = [party.name for party in new] == [party.name for party in old]
        yield FieldChange(name, _listed(old, namesakes), _listed(new, namesakes))
    for party in new:
        before = standing[party.who].phones if party.who in standing else party.phones
        after = phones_after(before, party.phones)
        yield FieldChange(f"{name}_phone", "、".join(before), "、".join(after))


def _listed(parties: Sequence[PartyRecord | StandingParty], tell_apart: bool) -> str:
    """Their names; with the number or phones behind them where the names alone do not tell them apart."""
    behind = [
        mask_id(party.id_number or "", Sight.STAFF)
        or " ".join(mask_phone(phone, Sight.STAFF) for phone in party.phones)
        for party in parties
    ]
    names = (party.name for party in parties)
    return "、".join(f"{name} {more or '?'}" if tell_apart else name for name, more in zip(names, behind, strict=True))


def phones_after(standing: Iterable[str], read: Iterable[str]) -> tuple[str, ...]:
    """The phones of a party after an import: those that stand, then those the ledger adds."""
    return tuple(dict.fromkeys((*standing, *read)))


def _arrears_changes(new: tuple[YearFigures, ...], old: tuple[YearFigures, ...]) -> Iterator[FieldChange]:
    before = {figures.year: figures.owed for figures in old}
    for figures in new:
        yield FieldChange(f"arrears.{figures.year}", str(before.get(figures.year, "")), str(figures.owed))


def tie_out(records: Iterable[UnitRecord], units: int, area: Area, arrears: Money) -> TieOut:
    """The sums of the records to be taken over, against those a person typed."""
    counted = totals(tuple(records))
    return TieOut(
        Pair(str(counted.units), str(units)),
        Pair(str(counted.area), str(area)),
        Pair(str(counted.arrears), str(arrears)),
    )


def check_confirm(
    taken: int, undecided: int, refused: int, leave_refused_out: bool, tie: TieOut, sums_differ: bool = False
) -> None:
    """Ask whether a batch may be confirmed, by the number of its rows that are taken, in doubt, and refused.

    Raises Refused where there is nothing to take, a doubt is open, rows are refused and nobody said that they are
    to be left out, or the sums are not those typed and nobody said that this is known.
    """
    if not taken and not undecided:
        raise Refused(
            "import.nothing", msg("No row of this file can be imported. Correct the file and upload it again.")
        )
    if undecided:
        raise Refused(
            "import.undecided_rows",
            msg("Rows still in doubt: %(count)s. Choose for each of them first."),
            {"count": undecided},
        )
    if refused and not leave_refused_out:
        raise Refused(
            "import.refused_rows",
            msg("Refused rows: %(count)s. Correct the file, or tick that they are to be left out."),
            {"count": refused},
        )
    if not tie.agrees and not sums_differ:
        raise Refused(
            "import.tie_out",
            msg("The totals do not match those you typed. Look at the three pairs, or tick that you know."),
        )
