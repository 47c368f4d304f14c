"""Which units are billed on one paper: a parking space or storage room goes with its owner's home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from feeapp.registry.rules import UnitUse

_RIDES = {UnitUse.PARKING, UnitUse.STORAGE}


@dataclass(frozen=True, slots=True)
class Owned:
    """A unit and its first-named owner."""

    unit_id: int
    use: UnitUse
    owner_id: int


def leads(units: Iterable[Owned]) -> dict[int, int]:
    """For each unit the one on whose bill it stands, from all units of the owners concerned.

    Parking spaces and storage rooms stand on the bill of the owner's home or shop where there is exactly one; every
    other unit has its own.
    """
    by_owner: dict[int, list[Owned]] = defaultdict(list)
    for unit in units:
        by_owner[unit.owner_id].append(unit)
    lead: dict[int, int] = {}
    for owned in by_owner.values():
        homes = [unit.unit_id for unit in owned if unit.use not in _RIDES]
        for unit in owned:
            rides = unit.use in _RIDES and len(homes) == 1
            lead[unit.unit_id] = homes[0] if rides else unit.unit_id
    return lead
