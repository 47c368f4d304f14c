"""Lists of meters: all of them with their latest figures, and a round in walking order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.core.period import Period
from feeapp.metering.models import Meter, MeterReading
from feeapp.metering.queries import STANDS, latest_readings, usage_of
from feeapp.metering.rules import MeterKind, Reading, Register, Usage, counted
from feeapp.registry.models import Building, SearchKey, Stair, Unit
from feeapp.registry.queries import portions
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which meters a list shows; what is None or empty does not narrow it. ``unread``: none of this month."""

    kind: MeterKind | None = None
    building_id: int | None = None
    stair_id: int | None = None
    typed: str = ""
    serial: str = ""
    unread: Period | None = None
    taken_off: bool = False


@dataclass(frozen=True, slots=True)
class MeterLine:
    """A meter, the unit it hangs at, and its latest reading; ``used`` is what was used up to that one."""

    id: int
    unit_id: int
    unit: str
    building: str
    stair: str
    kind: MeterKind
    serial: str
    register: Register
    installed_on: date
    removed_on: date | None
    readings: Sequence[Reading]

    @property
    def last(self) -> Reading | None:
        """The latest reading that stands."""
        return self.readings[-1] if self.readings else None

    @property
    def used(self) -> int | None:
        """What was used between the last two readings; None where there are not two."""
        if len(self.readings) < 2:
            return None
        return self.register.used(counted(self.register, *self.readings[-2:]))


def list_lines(community_id: int, wanted: Wanted, page: int = 1) -> Page[MeterLine]:
    """One page of meters, in walking order."""
    total = db.session.scalar(_narrowed(sa.select(sa.func.count()), community_id, wanted)) or 0
    return Page(_lines(_ordered(community_id, wanted).limit(SIZE).offset((page - 1) * SIZE), community_id), page, total)


def list_all_lines(community_id: int, wanted: Wanted) -> list[MeterLine]:
    """All of the same meters, in the same order."""
    return _lines(_ordered(community_id, wanted), community_id)


def list_kinds(community_id: int) -> list[MeterKind]:
    """The kinds of which a meter hangs anywhere."""
    found = set(
        db.session.scalars(sa.select(Meter.kind).filter_by(community_id=community_id, removed_on=None).distinct())
    )
    return [kind for kind in MeterKind if kind in found]


def list_places(community_id: int, kind: MeterKind) -> list[tuple[Building, list[Stair]]]:
    """The buildings in which a meter of a kind hangs, in walking order, each with its stairs."""
    of_kind = (
        sa.select(Unit.building_id, Unit.stair_id)
        .join(Meter, _AT_UNIT)
        .where(
            Meter.community_id == community_id,
            Meter.kind == kind,
            Meter.removed_on.is_(None),
            Unit.withdrawn_at.is_(None),
        )
        .distinct()
    )
    found = db.session.execute(of_kind).all()
    buildings = _of(Building, community_id, {row.building_id for row in found})
    stairs = _of(Stair, community_id, {row.stair_id for row in found if row.stair_id})
    return [(building, [stair for stair in stairs if stair.building_id == building.id]) for building in buildings]


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What a unit used in a month."""

    unit_id: int
    unit: str
    building: str
    usage: Usage


def list_usage(community_id: int, kind: MeterKind, period: Period) -> list[UsageLine]:
    """What every unit used of a kind in a month, in walking order; units that were not read are left out."""
    used = usage_of(community_id, kind, period)
    lines: list[tuple[Any, UsageLine]] = []
    for some in portions(used):
        for unit, building in db.session.execute(
            sa.select(Unit, Building)
            .join(Building, _IN_BUILDING)
            .where(Unit.community_id == community_id, Unit.id.in_(some), Unit.withdrawn_at.is_(None))
        ):
            order = (building.position, building.id, unit.walk, unit.code)
            lines.append((order, UsageLine(unit.id, unit.code, building.name, used[unit.id])))
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


_AT_UNIT = sa.and_(Unit.community_id == Meter.community_id, Unit.id == Meter.unit_id)
_IN_BUILDING = sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id)
_IN_STAIR = sa.and_(Stair.community_id == Unit.community_id, Stair.id == Unit.stair_id)


def _of(model: Any, community_id: int, ids: Collection[int]) -> list[Any]:
    return list(
        db.session.scalars(
            sa.select(model)
            .where(model.community_id == community_id, model.id.in_(list(ids)))
            .order_by(model.position, model.id)
        )
    )


def _ordered(community_id: int, wanted: Wanted) -> Any:
    return _narrowed(sa.select(Meter, Unit.code, Building.name, Stair.name), community_id, wanted).order_by(
        Building.position, Building.id, Unit.walk, Unit.code, Meter.kind, Meter.serial, Meter.id
    )


def _narrowed(select: Any, community_id: int, wanted: Wanted) -> Any:
    select = (
        select.select_from(Meter)
        .join(Unit, _AT_UNIT)
        .join(Building, _IN_BUILDING)
        .outerjoin(Stair, _IN_STAIR)
        .where(Meter.community_id == community_id, Unit.withdrawn_at.is_(None))
    )
    if not wanted.taken_off:
        select = select.where(Meter.removed_on.is_(None))
    if wanted.kind is not None:
        select = select.where(Meter.kind == wanted.kind)
    if wanted.building_id is not None:
        select = select.where(Unit.building_id == wanted.building_id)
    if wanted.stair_id is not None:
        select = select.where(Unit.stair_id == wanted.stair_id)
    if wanted.typed:
        found = key_range(community_id, wanted.typed)
        at_unit = sa.false() if found is None else Unit.id.in_(sa.select(SearchKey.unit_id).where(found))
        select = select.where(sa.or_(at_unit, Meter.serial.startswith(wanted.serial, autoescape=True)))
    if wanted.unread is not None:
        read = sa.exists().where(
            MeterReading.community_id == community_id,
            MeterReading.meter_id == Meter.id,
            MeterReading.read_on.between(wanted.unread.first_day, wanted.unread.last_day),
            STANDS,
        )
        select = select.where(~read)
    return select


def _lines(select: Any, community_id: int) -> list[MeterLine]:
    found = db.session.execute(select).all()
    readings = latest_readings(community_id, [meter.id for meter, *_ in found])
    return [
        MeterLine(
            meter.id,
            meter.unit_id,
            unit,
            building,
            stair or "",
            meter.kind,
            meter.serial,
            Register(meter.digits, meter.decimals, meter.factor),
            meter.installed_on,
            meter.removed_on,
            readings.get(meter.id, ()),
        )
        for meter, unit, building, stair in found
    ]
