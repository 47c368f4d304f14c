"""The units a month must look at one by one, with all that is known of them in it.

They are few: the owner or the area changes inside the month, a price of its own or one that does not cover the month
governs the unit, or it pays a part only. Everything is fetched in a handful of statements, however many they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

import sqlalchemy as sa

from feeapp.billing.drafting import Dated, Sizes, UnitFacts, Unlike, spans_within
from feeapp.core.area import Area
from feeapp.core.period import Period, Span
from feeapp.registry.models import Building, Ownership, Unit, UnitArea
from feeapp.registry.queries import list_area_changes
from feeapp.reliefs.queries import reliefs_in
from feeapp.storage.db import among, db


def changing_units(community_id: int, period: Period) -> set[int]:
    """The units whose first-named owner or whose area changes after the first day of a month, inside it or since."""
    after, upto = period.first_day, period.last_day
    first = sa.select(Ownership.unit_id).where(Ownership.community_id == community_id, Ownership.position == 1)
    # Two looks, each along its own index: one for both would read every ownership there is.
    begun = db.session.scalars(first.where(Ownership.from_on > after, Ownership.from_on <= upto)).all()
    ended = db.session.scalars(first.where(Ownership.to_on > after, Ownership.to_on <= upto)).all()
    return {*begun, *ended, *list_area_changes(community_id, after)}


def unlike_units(community_id: int, period: Period) -> dict[int, list[tuple[frozenset[int] | None, Unlike]]]:
    """The reliefs of a month by unit: for which items (None: every property fee), and what of which days."""
    month = Span(period.first_day, period.last_day + timedelta(days=1))
    return {
        unit_id: [(each.item_ids, Unlike(each.relief_id, each.kind.value, each.percent, each.span)) for each in reliefs]
        for unit_id, reliefs in reliefs_in(community_id, month).items()
    }


def facts_of(community_id: int, unit_ids: Collection[int], period: Period) -> dict[int, UnitFacts]:
    """Who owned each unit when in a month, and how large it was; in walking order, without withdrawn ones."""
    changes = list_area_changes(community_id, period.first_day)
    owners = _owners(community_id, unit_ids, period)
    columns = [Unit.__table__.c[name] for name in _OF_UNIT]
    found = db.session.execute(
        sa.select(*columns)
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .where(Unit.community_id == community_id, Unit.id.in_(among(unit_ids)), Unit.withdrawn_at.is_(None))
        .order_by(Building.position, Building.code, Unit.walk, Unit.code)
    )
    return {
        row.id: UnitFacts(
            row.id, row.code, row.name, row.use, row.building_id, row.stair_id, row.floor, tuple(owners[row.id]),
            _sizes(_sized(row.area, row.inner_area), changes.get(row.id, ()), period),
        )
        for row in found
    }  # fmt: skip


_OF_UNIT = ("id", "code", "name", "use", "building_id", "stair_id", "floor", "area", "inner_area")


def _owners(community_id: int, unit_ids: Collection[int], period: Period) -> dict[int, list[Dated[int]]]:
    owners: dict[int, list[Dated[int]]] = defaultdict(list)
    after = period.last_day + timedelta(days=1)
    found = db.session.execute(
        sa.select(Ownership.unit_id, Ownership.party_id, Ownership.from_on, Ownership.to_on)
        .where(
            Ownership.community_id == community_id,
            Ownership.unit_id.in_(among(unit_ids)),
            Ownership.position == 1,
            Ownership.from_on <= period.last_day,
            sa.or_(Ownership.to_on.is_(None), Ownership.to_on > period.first_day),
        )
        .order_by(Ownership.unit_id, Ownership.from_on)
    )
    for unit_id, party_id, from_on, to_on in found:
        inside = Span(from_on, min(to_on or after, after)).within(period)
        if inside:
            owners[unit_id].append((inside, party_id))
    return owners


def _sizes(now: Sizes, changes: Sequence[UnitArea], period: Period) -> tuple[Dated[Sizes], ...]:
    """What the unit measured on each day: what it measured before its first later change, then change by change."""
    if not changes:
        return spans_within([(period.first_day, now)], period)
    held = [(period.first_day, _sized(changes[0].before_area, changes[0].before_inner))]
    held.extend((change.from_on, _sized(change.area, change.inner_area)) for change in changes)
    return spans_within(held, period)


def _sized(area: Area | None, inner: Area | None) -> Sizes:
    return Sizes(area.centi if area else None, inner.centi if inner else None)
