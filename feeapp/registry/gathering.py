"""The people of a ledger made parties of the registry: who stands is completed, who does not is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from feeapp.core.refusal import Refused, msg
from feeapp.registry.comparing import phones_after
from feeapp.registry.matching import StandingParty
from feeapp.registry.models import Party
from feeapp.registry.records import PartyRecord, UnitRecord
from feeapp.registry.rules import id_kind
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Known:
    """What an import may complete of a party that stands."""

    party_id: int
    phones: tuple[str, ...]
    id_number: str | None


@dataclass(slots=True)
class Gathered:
    """Who everybody named in a ledger is, and for each row what to take back when it is undone."""

    ids: dict[tuple[int, str], int] = field(default_factory=dict)
    """``(row id, who)`` -> party id."""
    made: dict[int, list[int]] = field(default_factory=dict)
    changed: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, row_id: int, person: PartyRecord) -> int:
        """The party a person of a row is."""
        return self.ids[row_id, _who(row_id, person)]


@dataclass(slots=True)
class _Person:
    """Everything the ledger says of one party, over all its rows."""

    record: PartyRecord
    row_id: int
    number: str | None
    phones: tuple[str, ...]


def gather(community_id: int, records: Mapping[int, UnitRecord], standing: Mapping[int, StandingParty]) -> Gathered:
    """Write the people of these rows, each once, and say who is who."""
    people = _people(records)
    by_number = {party.id_number: party for party in standing.values() if party.id_number}
    gathered = Gathered()
    party_ids: dict[str, int] = {}
    new: dict[str, _Person] = {}
    completed: list[Known] = []
    for who, person in people.items():
        stands = _standing(who, person, standing, by_number)
        if stands is None:
            new[who] = person
        else:
            party_ids[who] = stands.id
            completed += _complete(stands, person, gathered)
    write_known(community_id, completed)
    _make(community_id, new, party_ids, gathered)
    for row_id, record in records.items():
        for named in _named(record):
            who = _who(row_id, named)
            gathered.ids[row_id, who] = party_ids[who]
    return gathered


def _people(records: Mapping[int, UnitRecord]) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    for row_id, record in records.items():
        for named in _named(record):
            who = _who(row_id, named)
            known = people.setdefault(who, _Person(named, row_id, named.id_number, ()))
            known.number = known.number or named.id_number
            known.phones = phones_after(known.phones, named.phones)
    return people


def _named(record: UnitRecord) -> Iterable[PartyRecord]:
    return (*record.owners, record.occupant) if record.occupant else record.owners


def _who(row_id: int, person: PartyRecord) -> str:
    """Who a person is; one whom a decision set apart from everybody is known by the row and the name."""
    return person.who or f"row:{row_id}:{person.name}"


def _standing(
    who: str,
    person: _Person,
    standing: Mapping[int, StandingParty],
    by_number: Mapping[str, StandingParty],
) -> StandingParty | None:
    kind, _, key = who.partition(":")
    if kind == "party":
        if int(key) not in standing:
            raise Refused(
                "import.stale",
                msg(
                    "Another ledger was imported or undone since this one was read. "
                    "Discard it and upload the file again."
                ),
            )
        return standing[int(key)]
    return by_number.get(person.number) if person.number else None


def _complete(party: StandingParty, person: _Person, gathered: Gathered) -> Iterator[Known]:
    """Add what the ledger knows more of a party that stands: phones, and a number where it had none."""
    known = Known(party.id, phones_after(party.phones, person.phones), party.id_number or person.number)
    if known != Known(party.id, party.phones, party.id_number):
        before = {"id": party.id, "phones": list(party.phones), "id_number": party.id_number}
        gathered.changed.setdefault(person.row_id, []).append(before)
        yield known


def write_known(community_id: int, known: Iterable[Known]) -> None:
    """Set what an import may complete of many parties, or take it back."""
    table = Party.__table__
    statement = (
        sa.update(table)
        .where(table.c.community_id == community_id, table.c.id == sa.bindparam("the_id"))
        .values(
            phones=sa.bindparam("the_phones", type_=table.c.phones.type),
            id_number=sa.bindparam("the_number"),
            id_kind=sa.bindparam("the_kind", type_=table.c.id_kind.type),
        )
    )
    rows = [
        {
            "the_id": one.party_id,
            "the_phones": list(one.phones),
            "the_number": one.id_number,
            "the_kind": id_kind(one.id_number) if one.id_number else None,
        }
        for one in known
    ]
    if rows:
        db.session.connection().execute(statement, rows)


def _make(community_id: int, new: Mapping[str, _Person], party_ids: dict[str, int], gathered: Gathered) -> None:
    rows = []
    for key, (who, person) in zip(new_ids(len(new)), new.items(), strict=True):
        party_ids[who] = key
        gathered.made.setdefault(person.row_id, []).append(key)
        rows.append(
            {
                "community_id": community_id,
                "id": key,
                "kind": person.record.kind,
                "name": person.record.name,
                "id_kind": id_kind(person.number) if person.number else None,
                "id_number": person.number,
                "phones": list(person.phones),
            }
        )
    if rows:
        db.session.execute(sa.insert(Party.__table__), rows)
