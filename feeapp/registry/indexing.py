"""The search keys of units, made anew whenever something a unit is found by has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from feeapp.registry.finding import Found
from feeapp.registry.keys import keys_for_party, keys_for_unit
from feeapp.registry.models import Building, Occupancy, Ownership, Party, SearchKey, Stair, Unit, Vehicle
from feeapp.registry.queries import portions
from feeapp.registry.rooms import Place
from feeapp.storage.db import db


def reindex(community_id: int, unit_ids: Collection[int]) -> None:
    """Make these units' keys anew: room, plates, and whoever owns or uses them from now on.

    A unit that was withdrawn keeps none, so that no search finds it.
    """
    keys = SearchKey.__table__
    for some in portions(unit_ids):
        db.session.execute(sa.delete(keys).where(keys.c.community_id == community_id, keys.c.unit_id.in_(some)))
        rows = [
            {"community_id": community_id, "key": key, "kind": kind, "unit_id": unit_id}
            for unit_id, found in _keys(community_id, some).items()
            for kind, key in found
        ]
        if rows:
            db.session.execute(sa.insert(keys), rows)


def units_of_parties(community_id: int, party_ids: Collection[int]) -> set[int]:
    """The units found by these parties: what they own or use, not what they once did."""
    found: set[int] = set()
    for some in portions(party_ids):
        for kind in (Ownership, Occupancy):
            found.update(
                db.session.scalars(
                    sa.select(kind.unit_id).where(
                        kind.community_id == community_id, kind.party_id.in_(some), kind.to_on.is_(None)
                    )
                )
            )
    return found


def _keys(community_id: int, unit_ids: list[int]) -> dict[int, set[tuple[Found, str]]]:
    plates: dict[int, list[str]] = defaultdict(list)
    for unit_id, plate in db.session.execute(
        sa.select(Vehicle.unit_id, Vehicle.plate).where(
            Vehicle.community_id == community_id, Vehicle.unit_id.in_(unit_ids)
        )
    ):
        plates[unit_id].append(plate)
    found: dict[int, set[tuple[Found, str]]] = {}
    for unit_id, building, stair, room in db.session.execute(
        sa.select(Unit.id, Building.code, Stair.code, Unit.room)
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .outerjoin(Stair, sa.and_(Stair.community_id == Unit.community_id, Stair.id == Unit.stair_id))
        .where(Unit.community_id == community_id, Unit.id.in_(unit_ids), Unit.withdrawn_at.is_(None))
    ):
        place = Place(building, stair or "", room)
        rooms = keys_for_unit(place)
        found[unit_id] = _kept(Found.ROOM, rooms)
        if unit_id in plates:
            found[unit_id] |= _kept(Found.PLATE, keys_for_unit(place, plates[unit_id]) - rooms)
    for kind in (Ownership, Occupancy):
        for unit_id, name, phones in db.session.execute(
            sa.select(kind.unit_id, Party.name, Party.phones)
            .join(Party, sa.and_(Party.community_id == kind.community_id, Party.id == kind.party_id))
            .where(kind.community_id == community_id, kind.unit_id.in_(unit_ids), kind.to_on.is_(None))
        ):
            if unit_id in found:
                found[unit_id] |= _kept(Found.NAME, keys_for_party(name, ()))
                found[unit_id] |= _kept(Found.PHONE, keys_for_party("", phones))
    return found


def _kept(kind: Found, keys: Iterable[str]) -> set[tuple[Found, str]]:
    return {(kind, key) for key in keys}
