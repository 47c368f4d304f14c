"""Buildings and stairs made where a unit needs them, and the walking order kept true."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from feeapp.registry.models import Building, Stair, Unit
from feeapp.registry.rooms import Place, building_name, stair_name, walking_order
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db

Spot = tuple[str, str]
"""A building and a stair by their codes; the stair is empty where there is none."""


def settle_places(community_id: int, spots: Iterable[Spot]) -> dict[Spot, tuple[int, int | None]]:
    """The building and stair ids of each spot; what does not stand yet is made."""
    wanted = sorted(set(spots))
    buildings = _buildings(community_id)
    missing = sorted({building for building, _ in wanted} - buildings.keys())
    _insert(
        Building,
        community_id,
        [{"code": code, "name": building_name(code), "position": 0} for code in missing],
    )
    buildings = _buildings(community_id) if missing else buildings
    stairs = _stairs(community_id)
    needed = [(buildings[building], stair) for building, stair in wanted if stair]
    lacking = [
        {"building_id": building_id, "code": code, "name": stair_name(code), "position": 0}
        for building_id, code in needed
        if (building_id, code) not in stairs
    ]
    _insert(Stair, community_id, lacking)
    stairs = _stairs(community_id) if lacking else stairs
    return {
        (building, stair): (buildings[building], stairs[buildings[building], stair] if stair else None)
        for building, stair in wanted
    }


def renumber(community_id: int, building_ids: Collection[int]) -> None:
    """Number the buildings, their stairs, and the units of these buildings in the order one walks them."""
    buildings = db.session.execute(
        sa.select(Building.id, Building.position, Building.code).where(Building.community_id == community_id)
    ).all()
    _number(Building, "position", community_id, sorted(buildings, key=lambda row: _order(building=row.code)))
    for building_id in sorted(building_ids):
        stairs = db.session.execute(
            sa.select(Stair.id, Stair.position, Stair.code).where(
                Stair.community_id == community_id, Stair.building_id == building_id
            )
        ).all()
        _number(Stair, "position", community_id, sorted(stairs, key=lambda row: _order(stair=row.code)))
        units = db.session.execute(
            sa.select(Unit.id, Unit.walk, Stair.code, Unit.floor, Unit.room)
            .outerjoin(Stair, sa.and_(Stair.community_id == Unit.community_id, Stair.id == Unit.stair_id))
            .where(Unit.community_id == community_id, Unit.building_id == building_id)
        ).all()
        walked = sorted(units, key=lambda row: _order(stair=row.code or "", floor=row.floor, room=row.room))
        _number(Unit, "walk", community_id, walked)


def _order(building: str = "", stair: str = "", floor: int = 0, room: str = "") -> tuple[object, ...]:
    return walking_order(Place(building, stair, room), floor)


def _buildings(community_id: int) -> dict[str, int]:
    rows = db.session.execute(sa.select(Building.code, Building.id).where(Building.community_id == community_id))
    return dict(rows.all())


def _stairs(community_id: int) -> dict[tuple[int, str], int]:
    rows = db.session.execute(
        sa.select(Stair.building_id, Stair.code, Stair.id).where(Stair.community_id == community_id)
    )
    return {(building_id, code): stair_id for building_id, code, stair_id in rows}


def _insert(kind: type[Building] | type[Stair], community_id: int, rows: list[dict[str, object]]) -> None:
    if rows:
        ids = new_ids(len(rows))
        made = [{"community_id": community_id, "id": key, **row} for key, row in zip(ids, rows, strict=True)]
        db.session.execute(sa.insert(kind.__table__), made)


def _number(
    kind: type[Building] | type[Stair] | type[Unit], column: str, community_id: int, rows: Sequence[sa.Row]
) -> None:
    """Number rows ``(id, number it has, …)`` from 1, writing only those whose number changes."""
    changed = [{"the_id": row[0], "number": at} for at, row in enumerate(rows, 1) if row[1] != at]
    if changed:
        table = kind.__table__
        statement = (
            sa.update(table)
            .where(table.c.community_id == community_id, table.c.id == sa.bindparam("the_id"))
            .values({column: sa.bindparam("number")})
        )
        db.session.connection().execute(statement, changed)
