"""Looks at reliefs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from feeapp.core.period import Span
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Occupancy, Ownership, Unit
from feeapp.registry.rules import LIVED_IN
from feeapp.reliefs.models import Relief, ReliefStep
from feeapp.reliefs.rules import GRANTED, ReliefKind, ReliefState
from feeapp.storage.db import db

END: sa.ColumnElement[date] = sa.func.coalesce(Relief.ended_on, Relief.to_on)
"""The first day without a relief."""


@dataclass(frozen=True, slots=True)
class ReliefSpan:
    """The days of an approved relief: ``percent`` stays to be paid, of these items or (None) of every fee item."""

    relief_id: int
    unit_id: int
    item_ids: frozenset[int] | None
    kind: ReliefKind
    percent: Decimal
    span: Span


def reliefs_in(community_id: int, span: Span) -> dict[int, list[ReliefSpan]]:
    """The approved reliefs that hold on a day of the span, by unit, with all their days; the earliest first."""
    found = db.session.execute(
        sa.select(
            Relief.id, Relief.unit_id, Relief.item_id, Relief.kind, Relief.percent, Relief.from_on, END.label("end")
        )
        .where(
            Relief.community_id == community_id,
            Relief.to_on > span.start,
            Relief.state.in_(GRANTED),
            Relief.from_on < span.end,
            span.start < END,
            Relief.from_on < END,
        )
        .order_by(Relief.unit_id, Relief.from_on, Relief.id)
    )
    reliefs: dict[int, list[ReliefSpan]] = {}
    for row in found:
        items = None if row.item_id is None else frozenset({row.item_id})
        days = Span(row.from_on, row.end)
        reliefs.setdefault(row.unit_id, []).append(ReliefSpan(row.id, row.unit_id, items, row.kind, row.percent, days))
    return reliefs


def get_relief(community_id: int, relief_id: int) -> Relief:
    """A relief of this community. Raises NotFound."""
    relief = db.session.get(Relief, (community_id, relief_id))
    if relief is None:
        raise NotFound
    return relief


def list_steps(community_id: int, relief_id: int) -> list[ReliefStep]:
    """What was done to a relief, in order."""
    return list(
        db.session.scalars(
            sa.select(ReliefStep)
            .filter_by(community_id=community_id, relief_id=relief_id)
            .order_by(ReliefStep.position)
        )
    )


def list_reliefs_of(community_id: int, unit_ids: Sequence[int]) -> list[Relief]:
    """Every relief of these units that was not refused, by its first day."""
    return list(
        db.session.scalars(
            sa.select(Relief)
            .where(
                Relief.community_id == community_id,
                Relief.unit_id.in_(unit_ids),
                Relief.state != ReliefState.REFUSED,
            )
            .order_by(Relief.from_on, Relief.id)
            .execution_options(populate_existing=True)
        )
    )


def is_lived_in(community_id: int, unit_id: int, on: date) -> bool:
    """Whether the household ledger says that somebody uses the unit: its owner, an occupant, or both."""
    occupied = sa.exists().where(
        Occupancy.community_id == community_id,
        Occupancy.unit_id == unit_id,
        Occupancy.from_on <= on,
        sa.or_(Occupancy.to_on.is_(None), Occupancy.to_on > on),
    )
    state = db.session.scalar(sa.select(Unit.use_state).where(Unit.community_id == community_id, Unit.id == unit_id))
    return state in LIVED_IN or bool(db.session.scalar(sa.select(occupied)))


def find_change_of_owner(community_id: int, unit_id: int, after: date, upto: date) -> date | None:
    """The last day of these on which an owner of the unit left; None where nobody did."""
    return db.session.scalar(
        sa.select(sa.func.max(Ownership.to_on)).where(
            Ownership.community_id == community_id,
            Ownership.unit_id == unit_id,
            Ownership.to_on > after,
            Ownership.to_on <= upto,
        )
    )
