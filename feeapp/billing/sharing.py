"""Sharing a pool among units: weights by area, evenly or by a table, parts by the largest remainder (BL-13).

Rule: docs/rules/sharing.md. Basis: Civil Code art. 283, as agreed, otherwise by area.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feeapp.billing.drafting import Sizes, UnitFacts
from feeapp.billing.rules import Way
from feeapp.core.money import Money


@dataclass(frozen=True, slots=True)
class Share:
    """A unit's part of a pool: its weight, all weights together, and the sum that is shared."""

    pool_id: int
    way: Way
    whole: Money
    weight: int
    weights: int
    amount: Money


def share(
    pool_id: int, whole: Money, way: Way, units: Sequence[UnitFacts], key: Mapping[int, int] | None = None
) -> dict[int, Share]:
    """Each unit's part, in the order of the units, so that they add up to the sum; units of no weight get none.

    An area is the one on the last day of the month. Nobody gets a part where no unit has any weight.
    """
    weights = [_weight(unit, way, key or {}) for unit in units]
    together = sum(weights)
    if not together:
        return {}
    parts = whole.share(weights)
    return {
        unit.id: Share(pool_id, way, whole, weight, together, part)
        for unit, weight, part in zip(units, weights, parts, strict=True)
        if weight
    }


def _weight(unit: UnitFacts, way: Way, key: Mapping[int, int]) -> int:
    last: Sizes | None = unit.sizes[-1][1] if unit.sizes else None
    if not unit.owners:
        return 0
    if way is Way.UNIT:
        return 1
    if way is Way.KEY:
        return key.get(unit.id, 0)
    if last is None:
        return 0
    return (last.area if way is Way.AREA else last.inner_area) or 0
