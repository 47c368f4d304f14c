"""The list of reliefs: one query behind the page and the workbook that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from feeapp.registry.models import Building, Party, SearchKey, Unit
from feeapp.registry.queries import owners_of
from feeapp.registry.searching import key_range
from feeapp.reliefs.models import Relief
from feeapp.reliefs.queries import END
from feeapp.reliefs.rules import EXPIRING_DAYS, GRANTED, Phase, ReliefKind, ReliefState, is_expiring, phase_of
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reliefs a list shows; what is None or empty does not narrow it."""

    phase: Phase | None = None
    expiring: bool = False
    """Only those whose last day is near, the nearest first."""
    kind: ReliefKind | None = None
    building_id: int | None = None
    unit_id: int | None = None
    typed: str = ""


@dataclass(frozen=True, slots=True)
class ReliefLine:
    """One line of the list."""

    relief: Relief
    unit: Unit
    owners: tuple[Party, ...]
    phase: Phase
    expiring: bool


def list_reliefs(community_id: int, wanted: Wanted, today: date, page: int = 1) -> Page[ReliefLine]:
    """One page of the reliefs, the newest first."""
    total = db.session.scalar(_narrowed(sa.select(sa.func.count()), community_id, wanted, today)) or 0
    query = _ordered(community_id, wanted, today).limit(SIZE).offset((page - 1) * SIZE)
    return Page(_lines(query, community_id, today), page, total)


def list_all_reliefs(community_id: int, wanted: Wanted, today: date) -> list[ReliefLine]:
    """All of the same reliefs, in the same order."""
    return _lines(_ordered(community_id, wanted, today), community_id, today)


def count_phases(community_id: int, today: date) -> tuple[dict[Phase, int], int]:
    """How many reliefs stand in each phase, and how many of them are expiring."""
    counts = [sa.func.count().filter(_in_phase(phase, today)) for phase in Phase]
    row = db.session.execute(
        sa.select(*counts, sa.func.count().filter(_expiring(today))).where(Relief.community_id == community_id)
    ).one()
    return dict(zip(Phase, row[:-1], strict=True)), row[-1]


def _ordered(community_id: int, wanted: Wanted, today: date) -> Any:
    query = _narrowed(sa.select(Relief, Unit), community_id, wanted, today)
    if wanted.expiring:
        return query.order_by(END, Relief.id)
    return query.order_by(Relief.year.desc(), Relief.number.desc())


def _narrowed(select: Any, community_id: int, wanted: Wanted, today: date) -> Any:
    select = (
        select.select_from(Relief)
        .join(Unit, sa.and_(Unit.community_id == Relief.community_id, Unit.id == Relief.unit_id))
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .where(Relief.community_id == community_id)
    )
    if wanted.phase is not None:
        select = select.where(_in_phase(wanted.phase, today))
    if wanted.expiring:
        select = select.where(_expiring(today))
    if wanted.kind is not None:
        select = select.where(Relief.kind == wanted.kind)
    if wanted.building_id is not None:
        select = select.where(Unit.building_id == wanted.building_id)
    if wanted.unit_id is not None:
        select = select.where(Relief.unit_id == wanted.unit_id)
    if wanted.typed:
        found = key_range(community_id, wanted.typed)
        select = select.where(
            sa.false() if found is None else Relief.unit_id.in_(sa.select(SearchKey.unit_id).where(found))
        )
    return select


def _in_phase(phase: Phase, today: date) -> sa.ColumnElement[bool]:
    """``rules.phase_of`` as a condition."""
    over = sa.or_(today >= END, Relief.from_on >= END)
    granted = Relief.state.in_(GRANTED)
    return {
        Phase.TO_INSPECT: Relief.state == ReliefState.APPLIED,
        Phase.TO_DECIDE: Relief.state == ReliefState.INSPECTED,
        Phase.TO_COME: sa.and_(granted, ~over, Relief.from_on > today),
        Phase.IN_FORCE: sa.and_(granted, ~over, Relief.from_on <= today),
        Phase.OVER: sa.and_(granted, over),
        Phase.REFUSED: Relief.state == ReliefState.REFUSED,
    }[phase]


def _expiring(today: date) -> sa.ColumnElement[bool]:
    """``rules.is_expiring`` as a condition."""
    return sa.and_(
        sa.or_(_in_phase(Phase.TO_COME, today), _in_phase(Phase.IN_FORCE, today)),
        today + timedelta(days=EXPIRING_DAYS + 1) >= END,
    )


def _lines(query: Any, community_id: int, today: date) -> list[ReliefLine]:
    found: Sequence[Any] = db.session.execute(query).all()
    owners = owners_of(community_id, [unit.id for _, unit in found], today)
    lines = []
    for relief, unit in found:
        phase = phase_of(relief.state, relief.from_on, relief.end, today)
        held = tuple(owners.get(unit.id, ()))
        lines.append(ReliefLine(relief, unit, held, phase, is_expiring(phase, relief.end, today)))
    return lines
