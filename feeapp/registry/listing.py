"""The list of units: one query behind the page and the workbook that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.core.area import Area
from feeapp.registry.models import Building, Party, SearchKey, Unit
from feeapp.registry.queries import owners_of
from feeapp.registry.rules import UnitUse, UseState
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which units a list shows; what is None or empty does not narrow it."""

    building_id: int | None = None
    use: UnitUse | None = None
    use_state: UseState | None = None
    without_area: bool = False
    typed: str = ""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One line of the list."""

    id: int
    code: str
    name: str
    building: str
    floor: int
    use: UnitUse
    area: Area | None
    use_state: UseState
    owners: tuple[Party, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """One building: how many units it has, and how much of them is known."""

    id: int
    name: str
    units: int
    area: Area
    without_area: int
    vacant: int


def list_units(community_id: int, wanted: Wanted, on: date, page: int = 1) -> Page[UnitLine]:
    """One page of the units, in walking order."""
    total = db.session.scalar(_narrowed(sa.select(sa.func.count()), community_id, wanted)) or 0
    lines = _lines(_units(community_id, wanted).limit(SIZE).offset((page - 1) * SIZE), community_id, on)
    return Page(lines, page, total)


def list_all_units(community_id: int, wanted: Wanted, on: date) -> list[UnitLine]:
    """All of the same units, in the same order."""
    return _lines(_units(community_id, wanted), community_id, on)


def total_area(community_id: int, wanted: Wanted) -> Area:
    """The known area of the same units."""
    return Area(int(db.session.scalar(_narrowed(sa.select(_centi(Unit.area)), community_id, wanted)) or 0))


def list_building_lines(community_id: int) -> list[BuildingLine]:
    """Every building with its sums, in walking order."""
    found = db.session.execute(
        sa.select(
            Building.id,
            Building.name,
            sa.func.count(),
            _centi(Unit.area),
            sa.func.count().filter(Unit.area.is_(None)),
            sa.func.count().filter(Unit.use_state == UseState.VACANT),
        )
        .join(Unit, sa.and_(Unit.community_id == Building.community_id, Unit.building_id == Building.id))
        .where(Building.community_id == community_id, Unit.withdrawn_at.is_(None))
        .group_by(Building.id, Building.name, Building.position)
        .order_by(Building.position, Building.id)
    )
    return [
        BuildingLine(key, name, units, Area(int(area or 0)), lacking, vacant)
        for key, name, units, area, lacking, vacant in found
    ]


def _centi(column: sa.SQLColumnExpression[Area | None]) -> sa.ColumnElement[int]:
    """The sum of areas as a plain number."""
    return sa.func.sum(sa.type_coerce(column, sa.BigInteger))


def _units(community_id: int, wanted: Wanted) -> sa.Select[tuple[Unit, str]]:
    return _narrowed(sa.select(Unit, Building.name), community_id, wanted).order_by(
        Building.position, Unit.walk, Unit.code
    )


def _narrowed(select: Any, community_id: int, wanted: Wanted) -> Any:
    select = (
        select.select_from(Unit)
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .where(Unit.community_id == community_id, Unit.withdrawn_at.is_(None))
    )
    if wanted.building_id is not None:
        select = select.where(Unit.building_id == wanted.building_id)
    if wanted.use is not None:
        select = select.where(Unit.use == wanted.use)
    if wanted.use_state is not None:
        select = select.where(Unit.use_state == wanted.use_state)
    if wanted.without_area:
        select = select.where(Unit.area.is_(None))
    if wanted.typed:
        found = key_range(community_id, wanted.typed)
        inside = sa.false() if found is None else Unit.id.in_(sa.select(SearchKey.unit_id).where(found))
        select = select.where(inside)
    return select


def _lines(select: sa.Select[tuple[Unit, str]], community_id: int, on: date) -> list[UnitLine]:
    found: Sequence[Any] = db.session.execute(select).all()
    owners = owners_of(community_id, [unit.id for unit, _ in found], on)
    return [
        UnitLine(
            unit.id,
            unit.code,
            unit.name,
            building,
            unit.floor,
            unit.use,
            unit.area,
            unit.use_state,
            tuple(owners.get(unit.id, ())),
            unit.remark,
        )
        for unit, building in found
    ]
