"""The units that a price should bill and cannot, and why."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.billing.charging import largest_quantity
from feeapp.billing.planning import AREA_COLUMNS, LARGEST_AREA, Planned, first_owner, quantity_of
from feeapp.registry.models import Unit


@dataclass(frozen=True, slots=True)
class Unbillable:
    """The units that a price should bill and cannot, and the reason, as SQL over a unit."""

    planned: Planned
    code: str
    where: sa.ColumnElement[bool]


def unbillable(planned: Planned, billed: sa.ColumnElement[bool] | None) -> list[Unbillable]:
    """The reasons for which a price may leave units out, each with the condition that finds them.

    A unit is found under one reason alone: the first that holds.
    """
    here = planned.alike
    if billed is not None:
        here = sa.and_(here, ~billed)
    reasons: list[tuple[str, sa.ColumnElement[bool]]] = [("withdrawn", Unit.withdrawn_at.is_not(None))]
    if (size := AREA_COLUMNS.get(planned.price.basis)) is not None:
        reasons.append(("area", size.is_(None)))
        if largest_quantity(planned.line) < LARGEST_AREA:
            reasons.append(("size", quantity_of(planned) > largest_quantity(planned.line)))
    reasons.append(("owner", ~sa.exists().where(first_owner(planned.line.from_on)).correlate(Unit)))
    found = []
    for at, (code, holds) in enumerate(reasons):
        earlier = [sa.not_(sa.func.coalesce(before, sa.false())) for _, before in reasons[:at]]
        found.append(Unbillable(planned, code, sa.and_(here, holds, *earlier)))
    return found
