"""Who is the same person: across the rows of a ledger, and between a ledger and those who stand in the registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from feeapp.core.refusal import msg
from feeapp.registry.records import LEAVE_OUT, Choice, LedgerReading, PartyRecord, Problem, Severity, UnitRecord
from feeapp.registry.rules import PartyKind

SAME, OTHER = "same", "other"


@dataclass(frozen=True, slots=True)
class StandingParty:
    """A party of the registry, with the codes of the units it owns or uses."""

    id: int
    name: str
    kind: PartyKind
    id_number: str | None
    phones: tuple[str, ...]
    units: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """A party known so far, from the registry or from an earlier row."""

    who: str
    name: str
    id_number: str | None
    phones: set[str]
    units: list[str]
    stands: bool = False


@dataclass(slots=True)
class _Directory:
    """Everybody known so far."""

    by_name: dict[str, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    by_number: dict[str, _Known] = field(default_factory=dict)

    def add(self, known: _Known) -> _Known:
        self.by_name[known.name].append(known)
        if known.id_number:
            self.by_number[known.id_number] = known
        return known

    def meet(self, known: _Known, party: PartyRecord, code: str) -> PartyRecord:
        """Take note that a row names a known party once more."""
        known.phones.update(party.phones)
        if code not in known.units:
            known.units.append(code)
        return replace(party, who=known.who)


def match_parties(reading: LedgerReading, standing: Iterable[StandingParty] = ()) -> LedgerReading:
    """Give every owner and occupant a ``who``, the same for the same person, and ask where that is not certain.

    The same number is the same person. Without a number, the same name is the same person where the unit already
    stands in that name or a phone is shared; otherwise it is asked, with a proposal where only one person of that
    name is known and nothing speaks against it.
    """
    directory = _Directory()
    for party in standing:
        known = _Known(f"party:{party.id}", party.name, party.id_number, set(party.phones), list(party.units), True)
        directory.add(known)
    records = [_numbered(record, directory) for record in reading.records]
    problems: list[Problem] = list(reading.problems)
    records = [_named(record, directory, problems) for record in records]
    return replace(reading, records=tuple(records), problems=tuple(problems))


def _numbered(record: UnitRecord, directory: _Directory) -> UnitRecord:
    """Owners with a number: the number says who they are."""
    return replace(record, owners=tuple(_by_number(owner, record.code, directory) for owner in record.owners))


def _by_number(party: PartyRecord, code: str, directory: _Directory) -> PartyRecord:
    if not party.id_number:
        return party
    known = directory.by_number.get(party.id_number)
    if known is None:
        known = next(
            (
                one
                for one in directory.by_name.get(party.name, ())
                if one.stands and not one.id_number and code in one.units
            ),
            None,
        )
        if known:
            known.id_number = party.id_number
            directory.by_number[party.id_number] = known
    if known is None:
        known = directory.add(_Known(f"id:{party.id_number}", party.name, party.id_number, set(), []))
    return directory.meet(known, party, code)


def _named(record: UnitRecord, directory: _Directory, problems: list[Problem]) -> UnitRecord:
    """Owners without a number and the occupant; and numbers that stand under another name."""
    owners = []
    for nth, owner in enumerate(record.owners):
        if owner.id_number:
            problems.extend(_other_name(record, nth, owner, directory))
            owners.append(owner)
        else:
            owners.append(_by_name(record, nth, owner, directory, problems))
    occupant = record.occupant
    if occupant:
        known = _certain(occupant, record.code, directory.by_name.get(occupant.name, ()))
        known = known or directory.add(_Known(occupant.who, occupant.name, None, set(), []))
        occupant = directory.meet(known, occupant, record.code)
    return replace(record, owners=tuple(owners), occupant=occupant)


def _by_name(
    record: UnitRecord, nth: int, owner: PartyRecord, directory: _Directory, problems: list[Problem]
) -> PartyRecord:
    candidates = directory.by_name.get(owner.name, [])
    certain = _certain(owner, record.code, candidates)
    if certain:
        return directory.meet(certain, owner, record.code)
    if candidates:
        problems.append(_same_name(record, nth, owner, candidates))
        return owner
    return directory.meet(directory.add(_Known(owner.who, owner.name, None, set(), [])), owner, record.code)


def _certain(party: PartyRecord, code: str, candidates: Sequence[_Known]) -> _Known | None:
    """The one of that name who already has this unit, or shares a phone."""
    fits = [one for one in candidates if (one.stands and code in one.units) or one.phones.intersection(party.phones)]
    return fits[0] if len(fits) == 1 else None


def _same_name(record: UnitRecord, nth: int, owner: PartyRecord, candidates: Sequence[_Known]) -> Problem:
    choices = [
        Choice(
            SAME if len(candidates) == 1 else f"{SAME}:{number}",
            msg("The same person as %(name)s of %(units)s"),
            {"name": one.name, "units": "、".join(one.units[:4]), "who": one.who},
        )
        for number, one in enumerate(candidates, 1)
    ]
    choices.append(Choice(OTHER, msg("Another person of the same name")))
    choices.append(Choice(LEAVE_OUT, msg("Leave this row out")))
    proposal = None
    if len(candidates) == 1:
        proposal = OTHER if owner.phones and candidates[0].phones else SAME
    return Problem(
        Severity.DOUBTFUL,
        record.sheet,
        record.row,
        record.cells.get("owner", ""),
        "owner.same_name",
        msg("%(name)s has no identity number here, and the name is already known. Who is it?"),
        {"name": owner.name, "owner": nth},
        tuple(choices),
        proposal,
        nth,
    )


def _other_name(record: UnitRecord, nth: int, owner: PartyRecord, directory: _Directory) -> Iterable[Problem]:
    known = directory.by_number[owner.id_number or ""]
    if known.name == owner.name:
        return
    yield Problem(
        Severity.DOUBTFUL,
        record.sheet,
        record.row,
        record.cells.get("owner_id", ""),
        "id.other_name",
        msg("The identity number of %(name)s is that of %(known)s of %(units)s."),
        {"name": owner.name, "owner": nth, "known": known.name, "units": "、".join(known.units[:4])},
        (
            Choice(SAME, msg("It is %(known)s"), {"known": known.name}),
            Choice("without", msg("Import %(name)s without a number"), {"name": owner.name}),
            Choice(LEAVE_OUT, msg("Leave this row out")),
        ),
        None,
        nth,
    )
