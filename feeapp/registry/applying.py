"""A confirmed ledger written into the registry, set by set: thousands of rows are a few statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.registry import followers
from feeapp.registry.areas import Areas, write_area_changes
from feeapp.registry.comparing import StandingUnit, compare_one
from feeapp.registry.followers import AppliedRow
from feeapp.registry.gathering import Gathered, gather
from feeapp.registry.indexing import reindex, units_of_parties
from feeapp.registry.models import ImportRow, Occupancy, Ownership, Unit
from feeapp.registry.owning import SINCE_ALWAYS, Change, plan, stakes_of, write
from feeapp.registry.placing import renumber, settle_places
from feeapp.registry.records import UnitRecord, YearFigures
from feeapp.registry.rules import LIVED_IN, Heap
from feeapp.registry.snapshot import take_snapshot
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db


@dataclass(slots=True)
class _Writing:
    """One row on its way: its record, the unit it writes, what changes there, and what takes it back."""

    row_id: int
    record: UnitRecord
    unit: StandingUnit | None
    changes: list[dict[str, str]]
    heap: Heap
    unit_id: int
    years: tuple[YearFigures, ...]
    undo: dict[str, Any] = field(default_factory=dict)


def apply(by: By, batch_id: int, records: Mapping[int, UnitRecord]) -> int:
    """Write the settled rows of a batch, ``{row id: record}``, and return how many changed anything.

    Each row is compared anew with what stands now; what is the same already is left alone.
    """
    snapshot = take_snapshot(by.community_id)
    writing = _compare(records, snapshot.units)
    people = gather(by.community_id, {one.row_id: one.record for one in writing}, snapshot.parties)
    _write_units(by, batch_id, writing)
    _write_stakes(by, writing, people)
    for one in writing:
        one.undo["parties"] = people.made.get(one.row_id, [])
        one.undo["completed"] = people.changed.get(one.row_id, [])
        one.undo["years"] = [[each.year, each.billed.fen, each.received.fen] for each in one.years]
    _keep_undo(by, writing)
    completed = {each["id"] for one in writing for each in one.undo["completed"]}
    reindex(by.community_id, {one.unit_id for one in writing} | units_of_parties(by.community_id, completed))
    rows = [AppliedRow(one.unit_id, _debtor(one, people), one.years) for one in writing if one.years]
    for follower in followers.followers:
        follower.applied(by, batch_id, rows)
    today = office_day(by.at)
    followers.tell_lived_in(by, {one.unit_id: today for one in writing if one.unit is not None and _moved_in(one)})
    return len(writing)


def _moved_in(one: _Writing) -> bool:
    """Whether the row says of a unit that stood already that somebody uses it now."""
    begun = any(each["field"] == "use_state" for each in one.changes) and one.record.use_state in LIVED_IN
    return begun or bool((one.undo["occupants"] or {}).get("started"))


def _compare(records: Mapping[int, UnitRecord], standing: Mapping[str, StandingUnit]) -> list[_Writing]:
    ids = iter(new_ids(len(records)))
    writing = []
    for row_id, record in records.items():
        unit = standing.get(record.code)
        heap, changes = compare_one(record, unit)
        if heap is Heap.SAME:
            continue
        known = {figures.year for figures in unit.arrears or ()} if unit else set()
        years = tuple(figures for figures in record.arrears if figures.year not in known)
        facts = [change.to_facts() for change in changes]
        writing.append(_Writing(row_id, record, unit, facts, heap, unit.id if unit else next(ids), years))
    return writing


def _write_units(by: By, batch_id: int, writing: list[_Writing]) -> None:
    new = [one for one in writing if one.unit is None]
    spots = settle_places(by.community_id, {(one.record.building, one.record.stair) for one in new})
    table = Unit.__table__
    withdrawn = dict(
        db.session.execute(
            sa.select(table.c.code, table.c.id).where(
                table.c.community_id == by.community_id, table.c.withdrawn_at.is_not(None)
            )
        ).all()
    )
    made, revived, changed = [], [], []
    areas: dict[int, tuple[Areas, Areas]] = {}
    for one in writing:
        if one.unit is not None:
            one.undo["unit"] = unit_facts(_standing_values(one.unit))
            values = _changed_values(one.unit, one)
            changed.append({"the_id": one.unit_id, **values})
            before = Areas(one.unit.area, one.unit.inner_area)
            areas[one.unit_id] = (before, Areas(values["area"], values["inner_area"]))
            continue
        one.undo["unit"] = None
        values = _new_values(one.record, spots[one.record.building, one.record.stair])
        if one.record.code in withdrawn:
            one.unit_id = withdrawn[one.record.code]
            revived.append({"the_id": one.unit_id, **values})
        else:
            made.append({"community_id": by.community_id, "id": one.unit_id, "code": one.record.code, **values})
    if made:
        db.session.execute(sa.insert(table), made)
    update_units(by.community_id, revived)
    update_units(by.community_id, changed)
    dated = write_area_changes(by, office_day(by.at), areas, batch_id=batch_id)
    for one in writing:
        one.undo["area_change"] = dated.get(one.unit_id)
    moved = {one.unit_id for one in writing if one.unit and any(each["field"] == "floor" for each in one.changes)}
    buildings = {spot[0] for spot in spots.values()} | _buildings_of(by.community_id, moved)
    if buildings:
        renumber(by.community_id, buildings)


def update_units(community_id: int, rows: list[dict[str, Any]]) -> None:
    """Set the same columns of many units, each named by ``the_id``."""
    if not rows:
        return
    table = Unit.__table__
    columns = [name for name in rows[0] if name != "the_id"]
    statement = (
        sa.update(table)
        .where(table.c.community_id == community_id, table.c.id == sa.bindparam("the_id"))
        .values({name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns})
    )
    db.session.connection().execute(
        statement,
        [{"the_id": row["the_id"], **{f"new_{name}": row[name] for name in columns}} for row in rows],
    )


def unit_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """A unit's values as plain JSON."""
    day: date | None = values["moved_in_on"]
    return {
        "floor": values["floor"],
        "use": values["use"].value,
        "area": values["area"].centi if values["area"] else None,
        "inner_area": values["inner_area"].centi if values["inner_area"] else None,
        "use_state": values["use_state"].value,
        "moved_in_on": day.isoformat() if day else None,
        "remark": values["remark"],
    }


def _standing_values(unit: StandingUnit) -> dict[str, Any]:
    return {
        "floor": unit.floor,
        "use": unit.use,
        "area": unit.area,
        "inner_area": unit.inner_area,
        "use_state": unit.use_state,
        "moved_in_on": unit.from_on,
        "remark": unit.remark,
    }


def _record_values(record: UnitRecord) -> dict[str, Any]:
    return {
        "floor": record.floor,
        "use": record.use,
        "area": record.area,
        "inner_area": record.inner_area,
        "use_state": record.use_state,
        "moved_in_on": record.from_on,
        "remark": record.remark,
    }


def _changed_values(unit: StandingUnit, one: _Writing) -> dict[str, Any]:
    named = {"from_on": "moved_in_on"}
    changed = {named.get(each["field"], each["field"]) for each in one.changes}
    new = _record_values(one.record)
    return _standing_values(unit) | {name: value for name, value in new.items() if name in changed}


def _new_values(record: UnitRecord, spot: tuple[int, int | None]) -> dict[str, Any]:
    return {
        **_record_values(record),
        "building_id": spot[0],
        "stair_id": spot[1],
        "room": record.room,
        "name": record.name,
        "walk": 0,
        "withdrawn_at": None,
    }


def _write_stakes(by: By, writing: list[_Writing], people: Gathered) -> None:
    today = office_day(by.at)
    for kind, name in ((Ownership, "owners"), (Occupancy, "occupants")):
        held = stakes_of(kind, by.community_id, {one.unit_id for one in writing})
        changes: dict[int, Change] = {}
        for one in writing:
            named = one.record.owners if kind is Ownership else [p for p in [one.record.occupant] if p]
            if not named:
                continue
            on = today if one.unit is not None else one.record.from_on or SINCE_ALWAYS
            wanted = list(dict.fromkeys(people.of(one.row_id, person) for person in named))
            change = plan(held.get(one.unit_id, []), wanted, on)
            if change:
                changes[one.unit_id] = change
        written = write(kind, by.community_id, changes)
        for one in writing:
            one.undo[name] = written.get(one.unit_id)


def _debtor(one: _Writing, people: Gathered) -> int | None:
    """The first-named owner: of the ledger, or else the one who stands."""
    if one.record.owners:
        return people.of(one.row_id, one.record.owners[0])
    return one.unit.owners[0].id if one.unit and one.unit.owners else None


def _keep_undo(by: By, writing: list[_Writing]) -> None:
    if not writing:
        return
    table = ImportRow.__table__
    statement = (
        sa.update(table)
        .where(table.c.community_id == by.community_id, table.c.id == sa.bindparam("the_id"))
        .values(
            unit_id=sa.bindparam("unit"),
            undo=sa.bindparam("facts", type_=table.c.undo.type),
            changes=sa.bindparam("changed", type_=table.c.changes.type),
        )
    )
    db.session.connection().execute(
        statement,
        [{"the_id": one.row_id, "unit": one.unit_id, "facts": one.undo, "changed": one.changes} for one in writing],
    )


def _buildings_of(community_id: int, unit_ids: set[int]) -> set[int]:
    if not unit_ids:
        return set()
    found = db.session.execute(
        sa.select(Unit.id, Unit.building_id).where(Unit.community_id == community_id, Unit.withdrawn_at.is_(None))
    )
    return {building_id for unit_id, building_id in found if unit_id in unit_ids}
