"""Who owns or uses a unit from when to when: the change worked out, written set-wise, and taken back.

Ownerships and occupancies are stakes in a unit, half-open in time. A change on a day ends the stakes of those who
leave and begins those of who come; nothing that stood for a day is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.registry.models import Occupancy, Ownership
from feeapp.registry.queries import portions
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db

Stakes = type[Ownership] | type[Occupancy]

SINCE_ALWAYS = date(1900, 1, 1)
"""The first day of a stake whose beginning nobody wrote down."""


@dataclass(frozen=True, slots=True)
class Stake:
    """One party's time with a unit."""

    id: int
    party_id: int
    from_on: date
    to_on: date | None
    position: int = 1
    share: str = ""


@dataclass(slots=True)
class Change:
    """What must be written so that just the wanted parties hold a unit from a day on."""

    on: date
    ended: list[Stake] = field(default_factory=list)
    removed: list[Stake] = field(default_factory=list)
    reopened: list[Stake] = field(default_factory=list)
    started: list[tuple[int, int]] = field(default_factory=list)
    """Party and position."""
    moved: list[tuple[Stake, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ended or self.removed or self.reopened or self.started or self.moved)


def plan(stakes: Sequence[Stake], wanted: Sequence[int], on: date) -> Change:
    """The change from what stands to the wanted parties, in their order, from a day on.

    A stake that would end on the day it began never stood, and goes; one that ended that very day goes on. Places
    among co-owners may have gaps, so that nobody is moved, now or in the past, where the order holds without. Only
    the first place is never empty, for who has it is written on the bill: a co-owner who comes to it from a later
    place holds anew from that day.
    """
    change = Change(on)
    known: dict[int, Stake] = {}
    for stake in stakes:
        if stake.to_on is not None and stake.to_on <= on:
            continue
        if stake.party_id in wanted:
            known[stake.party_id] = stake
        elif stake.from_on >= on:
            change.removed.append(stake)
        else:
            change.ended.append(stake)
    for stake in stakes:
        if stake.to_on == on and stake.party_id in wanted and stake.party_id not in known:
            known[stake.party_id] = stake
            change.reopened.append(stake)
    place = 0
    for party_id in wanted:
        held = known.get(party_id)
        if place == 0 and held is not None and held.position > 1 and held.from_on < on:
            _hold_anew(change, held)
            held = None
        place = max(place + 1, held.position if held and place else 0)
        if held is None:
            change.started.append((party_id, place))
        elif held.position != place:
            change.moved.append((held, place))
    return change


def _hold_anew(change: Change, held: Stake) -> None:
    """End the stake of somebody who goes on from that day in another place."""
    if held in change.reopened:
        change.reopened.remove(held)
    else:
        change.ended.append(held)


def stakes_of(kind: Stakes, community_id: int, unit_ids: Collection[int]) -> dict[int, list[Stake]]:
    """Every stake ever held in these units."""
    table = kind.__table__
    found: dict[int, list[Stake]] = defaultdict(list)
    for some in portions(unit_ids):
        for row in db.session.execute(
            sa.select(table).where(table.c.community_id == community_id, table.c.unit_id.in_(some))
        ):
            more = (row.position, row.share) if kind is Ownership else ()
            found[row.unit_id].append(Stake(row.id, row.party_id, row.from_on, row.to_on, *more))
    return found


def write(
    kind: Stakes, community_id: int, changes: Mapping[int, Change], shares: Mapping[int, str] | None = None
) -> dict[int, dict[str, Any]]:
    """Write the changes of many units; the answer is, for each unit, what ``take_back`` needs.

    ``shares`` are those of the parties who come, where they are known.
    """
    ids = iter(new_ids(sum(len(change.started) for change in changes.values())))
    begun = {unit_id: [next(ids) for _ in change.started] for unit_id, change in changes.items()}
    _remove(kind, community_id, (stake.id for change in changes.values() for stake in change.removed))
    ended = [(stake.id, change.on) for change in changes.values() for stake in change.ended]
    _set(kind, community_id, "to_on", ended)
    _set(kind, community_id, "to_on", [(stake.id, None) for change in changes.values() for stake in change.reopened])
    _add(
        kind,
        community_id,
        [
            (unit_id, Stake(key, party_id, change.on, None, place, (shares or {}).get(party_id, "")))
            for unit_id, change in changes.items()
            for key, (party_id, place) in zip(begun[unit_id], change.started, strict=True)
        ],
    )
    if kind is Ownership:
        moved = [(stake.id, place) for change in changes.values() for stake, place in change.moved]
        _set(kind, community_id, "position", moved)
    return {
        unit_id: {
            "started": begun[unit_id],
            "ends": [[stake.id, _iso(stake.to_on)] for stake in (*change.ended, *change.reopened)],
            "moved": [[stake.id, stake.position] for stake, _ in change.moved],
            "removed": [_facts(stake) for stake in change.removed],
        }
        for unit_id, change in changes.items()
    }


def take_back(kind: Stakes, community_id: int, written: Mapping[int, Mapping[str, Any]]) -> None:
    """Undo what ``write`` did to many units."""
    every = written.values()
    _remove(kind, community_id, (key for facts in every for key in facts["started"]))
    _set(kind, community_id, "to_on", [(key, _day(ended)) for facts in every for key, ended in facts["ends"]])
    if kind is Ownership:
        _set(kind, community_id, "position", [(key, place) for facts in every for key, place in facts["moved"]])
    _add(
        kind,
        community_id,
        [(unit_id, _stake(facts)) for unit_id, change in written.items() for facts in change["removed"]],
    )


def _remove(kind: Stakes, community_id: int, ids: Iterable[int]) -> None:
    table = kind.__table__
    for some in portions(ids):
        db.session.execute(sa.delete(table).where(table.c.community_id == community_id, table.c.id.in_(some)))


def _set(kind: Stakes, community_id: int, column: str, values: Sequence[tuple[int, Any]]) -> None:
    if not values:
        return
    table = kind.__table__
    statement = (
        sa.update(table)
        .where(table.c.community_id == community_id, table.c.id == sa.bindparam("the_id"))
        .values({column: sa.bindparam("value", type_=table.c[column].type)})
    )
    db.session.connection().execute(statement, [{"the_id": key, "value": value} for key, value in values])


def _add(kind: Stakes, community_id: int, stakes: Sequence[tuple[int, Stake]]) -> None:
    rows = [
        {
            "community_id": community_id,
            "id": stake.id,
            "unit_id": unit_id,
            "party_id": stake.party_id,
            "from_on": stake.from_on,
            "to_on": stake.to_on,
        }
        | ({"position": stake.position, "share": stake.share} if kind is Ownership else {})
        for unit_id, stake in stakes
    ]
    if rows:
        db.session.execute(sa.insert(kind.__table__), rows)


def _facts(stake: Stake) -> dict[str, Any]:
    return {
        "id": stake.id,
        "party_id": stake.party_id,
        "from_on": stake.from_on.isoformat(),
        "to_on": _iso(stake.to_on),
        "position": stake.position,
        "share": stake.share,
    }


def _stake(facts: Mapping[str, Any]) -> Stake:
    return Stake(
        facts["id"],
        facts["party_id"],
        date.fromisoformat(facts["from_on"]),
        _day(facts["to_on"]),
        facts["position"],
        facts["share"],
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
