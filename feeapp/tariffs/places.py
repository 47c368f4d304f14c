"""Where a price holds: the community, a building, a stair or one unit, and how such a place is written and read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.registry.models import Building, Stair, Unit
from feeapp.registry.rooms import canonical_building, read_place, short_code, squeeze
from feeapp.storage.db import db
from feeapp.tariffs.rules import Place


@dataclass(frozen=True, slots=True)
class Where:
    """One place of a community. ``id`` is its building, stair or unit; None for the community as a whole."""

    place: Place = Place.COMMUNITY
    id: int | None = None


EVERYWHERE = Where()


def lineage(community_id: int, where: Where) -> frozenset[Where]:
    """A place with every wider one around it. Raises NotFound where this community has no such place."""
    if where == EVERYWHERE:
        return frozenset({EVERYWHERE})
    model = _MODELS.get(where.place)
    found = db.session.get(model, (community_id, where.id)) if model and where.id is not None else None
    if found is None or (isinstance(found, Unit) and found.withdrawn_at is not None):
        raise NotFound
    around = {EVERYWHERE, where}
    if isinstance(found, Unit) and found.stair_id is not None:
        around.add(Where(Place.STAIR, found.stair_id))
    if isinstance(found, Stair | Unit):
        around.add(Where(Place.BUILDING, found.building_id))
    return frozenset(around)


_MODELS: dict[Place, type[Building] | type[Stair] | type[Unit]] = {
    Place.BUILDING: Building,
    Place.STAIR: Stair,
    Place.UNIT: Unit,
}


def read_where(community_id: int, place: Place, typed: str) -> Where:
    """The place a person typed, such as 3号楼, 3号楼2单元 or 3-2-501.

    Raises Refused at the field ``where`` where nothing, or something unknown, is written.
    """
    if place is Place.COMMUNITY:
        if typed:
            raise Refused(
                "tariff.where", msg("Leave this empty for the whole community, or choose what it is."), field="where"
            )
        return EVERYWHERE
    found = _FIND[place](community_id, typed) if typed else None
    if found is None:
        raise Refused("tariff.where", _UNKNOWN[place], {"typed": typed}, field="where")
    return Where(place, found)


_UNKNOWN = {
    Place.BUILDING: msg("There is no building “%(typed)s” here. Write it like 3号楼."),
    Place.STAIR: msg("There is no stair “%(typed)s” here. Write it like 3号楼2单元."),
    Place.UNIT: msg("There is no unit “%(typed)s” here. Write it like 3-2-501."),
}


def _building(community_id: int, typed: str) -> int | None:
    code = canonical_building(typed)
    return db.session.scalar(sa.select(Building.id).filter_by(community_id=community_id, code=code))


def _stair(community_id: int, typed: str) -> int | None:
    """The stair a room would lie in whose name goes on from what was typed, or one with that very name."""
    room = read_place(f"{typed}-101")
    by_code = sa.and_(Building.code == room.building, Stair.code == room.stair) if room else sa.false()
    return db.session.scalar(
        sa.select(Stair.id)
        .join(Building, sa.and_(Building.community_id == Stair.community_id, Building.id == Stair.building_id))
        .where(Stair.community_id == community_id, sa.or_(by_code, Building.name.concat(Stair.name) == typed))
    )


def _unit(community_id: int, typed: str) -> int | None:
    read = read_place(typed)
    codes = {typed, squeeze(typed), *([short_code(read)] if read else [])}
    return db.session.scalar(
        sa.select(Unit.id).where(
            Unit.community_id == community_id,
            sa.or_(Unit.code.in_(codes), Unit.name == typed),
            Unit.withdrawn_at.is_(None),
        )
    )


_FIND = {Place.BUILDING: _building, Place.STAIR: _stair, Place.UNIT: _unit}


def names_of(community_id: int, places: Iterable[Where]) -> dict[Where, str]:
    """What these places are called, the community itself left out."""
    ids: dict[Place, set[int]] = {}
    for where in places:
        if where.id is not None:
            ids.setdefault(where.place, set()).add(where.id)
    named: dict[Where, str] = {}
    for place, wanted in ids.items():
        for place_id, *name in db.session.execute(_NAMES[place](community_id, wanted)):
            named[Where(place, place_id)] = "".join(name)
    return named


def _name_buildings(community_id: int, ids: set[int]) -> sa.Executable:
    return sa.select(Building.id, Building.name).where(Building.community_id == community_id, Building.id.in_(ids))


def _name_stairs(community_id: int, ids: set[int]) -> sa.Executable:
    return (
        sa.select(Stair.id, Building.name, Stair.name)
        .join(Building, sa.and_(Building.community_id == Stair.community_id, Building.id == Stair.building_id))
        .where(Stair.community_id == community_id, Stair.id.in_(ids))
    )


def _name_units(community_id: int, ids: set[int]) -> sa.Executable:
    return sa.select(Unit.id, Unit.name).where(Unit.community_id == community_id, Unit.id.in_(ids))


_NAMES = {Place.BUILDING: _name_buildings, Place.STAIR: _name_stairs, Place.UNIT: _name_units}
