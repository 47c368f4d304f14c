"""Deeds on units, and on the settings of the community."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.core.width import narrow
from feeapp.logbook.actions import log
from feeapp.registry.areas import Areas, write_area_changes
from feeapp.registry.followers import tell_lived_in
from feeapp.registry.indexing import reindex
from feeapp.registry.models import Community, SavedProfile, Unit, Vehicle
from feeapp.registry.placing import renumber, settle_places
from feeapp.registry.profile import Profile, differences
from feeapp.registry.queries import get_community, get_unit, list_area_changes, list_profiles
from feeapp.registry.rooms import Place, canonical_building, canonical_room, canonical_stair, full_name, short_code
from feeapp.registry.rules import LIVED_IN, UnitUse, UseState
from feeapp.storage.db import db

_PLATE = re.compile(r"[\u4e00-\u9fff]?[A-Z][A-Z0-9]{4,6}[\u4e00-\u9fff]?")


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What the registry says of a unit apart from where it lies and whose it is."""

    use: UnitUse
    area: Area | None
    inner_area: Area | None
    floor: int
    use_state: UseState
    moved_in_on: date | None
    remark: str


def create_unit(by: By, building: str, stair: str, room: str, facts: UnitFacts) -> int:
    """Add a unit and return its id; one whose import was undone comes back under its old id.

    Building, stair and room are taken as people write them. Raises Refused where the room stands already.
    """
    _check_areas(facts.area, facts.inner_area)
    place = Place(canonical_building(building), canonical_stair(stair), canonical_room(room))
    code = short_code(place)
    stands = db.session.scalars(sa.select(Unit).filter_by(community_id=by.community_id, code=code)).one_or_none()
    if stands and stands.withdrawn_at is None:
        raise Refused("unit.code_taken", msg("%(code)s is already on the household ledger."), {"code": code}, "room")
    spot = (place.building, place.stair)
    building_id, stair_id = settle_places(by.community_id, [spot])[spot]
    unit = stands or Unit(community_id=by.community_id, code=code, walk=0)
    unit.building_id, unit.stair_id, unit.room = building_id, stair_id, place.room
    unit.name, unit.withdrawn_at = full_name(place), None
    _set(unit, facts)
    db.session.add(unit)
    db.session.flush()
    renumber(by.community_id, [building_id])
    reindex(by.community_id, [unit.id])
    log(by, "registry.create_unit", "unit", unit.id, code=code)
    return unit.id


def edit_unit(by: By, unit_id: int, facts: UnitFacts) -> None:
    """Change what the registry says of a unit.

    An area may only be filled in here, and then holds for all days. Raises Refused where one that stands would change:
    that is ``change_area``, from a day on.
    """
    _check_areas(facts.area, facts.inner_area)
    unit = get_unit(by.community_id, unit_id)
    for name in ("area", "inner_area"):
        if getattr(unit, name) is not None and getattr(facts, name) != getattr(unit, name):
            raise Refused(
                "unit.area_stands",
                msg("An area that is on record changes from a day on. Use “Change of area” on the unit’s page."),
                field=name,
            )
    changes = {
        each.name: [_plain(getattr(unit, each.name)), _plain(getattr(facts, each.name))]
        for each in fields(facts)
        if getattr(unit, each.name) != getattr(facts, each.name)
    }
    if not changes:
        return
    _set(unit, facts)
    db.session.flush()
    if "floor" in changes:
        renumber(by.community_id, [unit.building_id])
    if "remark" in changes:  # it may name people, and the logbook does not
        changes["remark"] = []
    log(by, "registry.edit_unit", "unit", unit.id, code=unit.code, changes=changes)
    if "use_state" in changes and unit.use_state in LIVED_IN:
        tell_lived_in(by, {unit.id: _moved_in(unit, "moved_in_on" in changes, office_day(by.at))})


def change_area(by: By, unit_id: int, from_on: date, area: Area, inner_area: Area | None, reason: str) -> None:
    """Give a unit other areas from a day on; what was billed stays, and days before it keep the area they had (BL-8).

    Raises Refused where the unit has no area yet, where nothing changes or no reason is given, and where the day lies
    ahead, or before the last change.
    """
    hold_community(by.community_id)
    unit = check_area(by.community_id, unit_id, from_on, Areas(area, inner_area), office_day(by.at))
    if not reason.strip():
        raise Refused("area.reason", msg("Say why the area changes, with the paper that shows it."), field="reason")
    if (unit.area, unit.inner_area) == (area, inner_area):
        raise same_area()
    _set_area(by, unit, from_on, Areas(area, inner_area), reason, error=False)


def correct_area(by: By, unit_id: int, from_on: date, areas: Areas, reason: str) -> None:
    """Note that the areas on record were wrong from a day on; the history keeps what they were.

    Nothing is done where they stand so already. Raises Refused as ``check_area``.
    """
    hold_community(by.community_id)
    unit = check_area(by.community_id, unit_id, from_on, areas, office_day(by.at))
    if Areas(unit.area, unit.inner_area) != areas:
        _set_area(by, unit, from_on, areas, reason, error=True)


def check_area(community_id: int, unit_id: int, from_on: date, areas: Areas, today: date) -> Unit:
    """The unit, where it can have these areas from a day on.

    Raises NotFound, and Refused at its field where the unit has no area yet, and where the day lies ahead, or before
    the last change.
    """
    _check_areas(*areas)
    if from_on > today:
        raise Refused(
            "area.ahead",
            msg("This date is in the future. Record the change on the day or afterwards."),
            field="from_on",
        )
    unit = get_unit(community_id, unit_id)
    if unit.area is None:
        raise Refused("area.none", msg("This unit has no area yet. Enter it under “Edit”; it then holds for all days."))
    last = list_area_changes(community_id, date.min, [unit_id]).get(unit_id, [])[-1:]
    if last and from_on < last[0].from_on:
        raise Refused(
            "area.before",
            msg("A change on %(day)s is already on record. Choose that day or a later one."),
            {"day": last[0].from_on.isoformat()},
            field="from_on",
        )
    return unit


def same_area() -> Refused:
    """The refusal of areas that stand already."""
    return Refused("area.same", msg("These are the areas the unit has already."), field="area")


def _set_area(by: By, unit: Unit, from_on: date, areas: Areas, reason: str, error: bool) -> None:
    was = Areas(unit.area, unit.inner_area)
    write_area_changes(by, from_on, {unit.id: (was, areas)}, reason=reason.strip())
    unit.area, unit.inner_area = areas
    db.session.flush()
    log(
        by,
        "registry.correct_area" if error else "registry.change_area",
        "unit",
        unit.id,
        code=unit.code,
        day=from_on.isoformat(),
        before=str(was.area),
        after=str(areas.area),
    )


def add_vehicle(by: By, unit_id: int, plate: str) -> None:
    """Note a number plate at a unit. Raises Refused at ``plate``."""
    unit = get_unit(by.community_id, unit_id)
    plain = re.sub(r"[\s·•.-]", "", narrow(plate)).upper()
    if not _PLATE.fullmatch(plain):
        raise Refused("vehicle.plate", msg("This is not a number plate. Write it like 黑C12345."), field="plate")
    if db.session.scalar(sa.select(Vehicle.id).filter_by(community_id=by.community_id, unit_id=unit.id, plate=plain)):
        raise Refused("vehicle.plate_taken", msg("This plate is already listed for the unit."), field="plate")
    db.session.add(Vehicle(community_id=by.community_id, unit_id=unit.id, plate=plain))
    db.session.flush()
    reindex(by.community_id, [unit.id])
    log(by, "registry.add_vehicle", "unit", unit.id, code=unit.code)


def remove_vehicle(by: By, unit_id: int, vehicle_id: int) -> None:
    """Take a number plate off a unit."""
    unit = get_unit(by.community_id, unit_id)
    vehicle = db.session.get(Vehicle, (by.community_id, vehicle_id))
    if vehicle is None or vehicle.unit_id != unit.id:
        raise NotFound
    db.session.delete(vehicle)
    db.session.flush()
    reindex(by.community_id, [unit.id])
    log(by, "registry.remove_vehicle", "unit", unit.id, code=unit.code)


def set_profile(by: By, profile: Profile, why: str, seen: int | None = None) -> None:
    """Save the settings of the community; they hold from now on, and what was billed before stays.

    ``seen`` is the number of the settings the person looked at, 0 for the defaults. Raises Refused where nothing
    changes, where no reason is given, and where somebody else has saved settings since.
    """
    if not why.strip():
        raise Refused("settings.why", msg("Say why, so that it can be understood later."), field="why")
    hold_community(by.community_id)
    get_community(by.community_id)
    latest = next(iter(list_profiles(by.community_id, most=1)), None)
    number = latest.number if latest else 0
    if seen is not None and seen != number:
        raise Refused(
            "settings.changed", msg("Somebody has saved other settings meanwhile. Open this page anew and look first.")
        )
    changed = differences(Profile.of_facts(latest.facts) if latest else Profile(), profile)
    if not changed:
        raise Refused("settings.same", msg("Nothing has been changed."))
    saved = SavedProfile(
        community_id=by.community_id,
        number=number + 1,
        facts=profile.to_facts(),
        why=why.strip(),
        at=by.at,
        by_id=by.actor_id,
    )
    db.session.add(saved)
    db.session.flush()
    log(by, "registry.set_profile", "community", by.community_id, settings=changed, number=saved.number)


def hold_community(community_id: int) -> None:
    """Let others who import, or change an area or the settings of this community wait until this transaction ends.

    On SQLite every writing transaction already has the database to itself.
    """
    db.session.execute(sa.select(Community.id).filter_by(id=community_id).with_for_update(key_share=True))


def note_export(by: By, lines: int) -> None:
    """Note that somebody took the list of households along."""
    log(by, "registry.export_units", "community", by.community_id, lines=lines)


def _check_areas(area: Area | None, inner_area: Area | None) -> None:
    if area is not None and not area:
        raise Refused(
            "unit.area", msg("An area must be more than zero. Leave it empty if it is not known."), field="area"
        )
    if area and inner_area and inner_area > area:
        raise Refused(
            "unit.inner_area", msg("The inner area cannot be larger than the floor area."), field="inner_area"
        )


def _set(unit: Unit, facts: UnitFacts) -> None:
    for each in fields(facts):
        setattr(unit, each.name, getattr(facts, each.name))


def _moved_in(unit: Unit, said: bool, today: date) -> date:
    """The day somebody moved in: what was just written, where that is a day gone by, else today."""
    return unit.moved_in_on if said and unit.moved_in_on and unit.moved_in_on <= today else today


def _plain(value: Any) -> str | int | None:
    """A value as the logbook keeps it."""
    if isinstance(value, Enum):
        return str(value.value)
    return value if value is None or isinstance(value, int) else str(value)
