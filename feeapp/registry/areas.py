"""Changes of area written set-wise, and taken back when an import is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.registry.models import UnitArea
from feeapp.registry.queries import list_area_changes, portions
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db


class Areas(NamedTuple):
    """The floor area and the inner area of a unit; None where it is not known."""

    area: Area | None
    inner_area: Area | None


def write_area_changes(
    by: By, on: date, changes: Mapping[int, tuple[Areas, Areas]], reason: str = "", batch_id: int | None = None
) -> dict[int, int]:
    """Note that units have other areas from a day on, ``{unit: (before, after)}``; the answer is ``{unit: row}``.

    A change that already begins that day is replaced. An area that was missing before counts as having been so always.
    """
    dated = {
        unit_id: (Areas(before.area or after.area, before.inner_area or after.inner_area), after)
        for unit_id, (before, after) in changes.items()
    }
    dated = {unit_id: pair for unit_id, pair in dated.items() if pair[0] != pair[1]}
    same_day = list_area_changes(by.community_id, on - timedelta(days=1), list(dated))
    rows = []
    for key, (unit_id, (before, after)) in zip(new_ids(len(dated)), dated.items(), strict=True):
        standing = next(iter(same_day.get(unit_id, ())), None)
        if standing:
            before = Areas(standing.before_area, standing.before_inner)
        rows.append(_row(by, key, unit_id, on, before, after, standing.id if standing else None, reason, batch_id))
    if rows:
        db.session.execute(sa.insert(UnitArea.__table__), rows)
    return {row["unit_id"]: row["id"] for row in rows}


def take_back_area_changes(by: By, batch_id: int, wanted: Mapping[int, Areas]) -> None:
    """Replace the changes of an import by the areas the units had before it, ``{row: areas before}``."""
    rows = []
    for key, row in zip(new_ids(len(wanted)), _rows(by.community_id, wanted), strict=True):
        before = Areas(row.before_area, row.before_inner)
        after = Areas(
            *(
                was if size is None and was == made else size  # the import had only filled it in
                for size, was, made in zip(wanted[row.id], before, (row.area, row.inner_area), strict=True)
            )
        )
        rows.append(_row(by, key, row.unit_id, row.from_on, before, after, row.id, "", batch_id))
    if rows:
        db.session.execute(sa.insert(UnitArea.__table__), rows)


def _rows(community_id: int, ids: Iterable[int]) -> list[UnitArea]:
    return [
        row
        for some in portions(ids)
        for row in db.session.scalars(
            sa.select(UnitArea).where(UnitArea.community_id == community_id, UnitArea.id.in_(some))
        )
    ]


def _row(
    by: By,
    key: int,
    unit_id: int,
    on: date,
    before: Areas,
    after: Areas,
    replaces_id: int | None,
    reason: str,
    batch_id: int | None,
) -> dict[str, Any]:
    return {
        "community_id": by.community_id,
        "id": key,
        "unit_id": unit_id,
        "from_on": on,
        "area": after.area,
        "inner_area": after.inner_area,
        "before_area": before.area,
        "before_inner": before.inner_area,
        "reason": reason,
        "batch_id": batch_id,
        "replaces_id": replaces_id,
        "at": by.at,
        "by_id": by.actor_id,
    }
