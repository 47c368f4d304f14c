"""Tiers and floors as people type and read them: from one figure to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from feeapp.core.refusal import Refused, msg
from feeapp.tariffs.rules import Coefficients, Tier

LOWEST, HIGHEST = -9, 150
"""The floors a table may name."""


@dataclass(frozen=True, slots=True)
class Floors:
    """A run of floors, both ends included, that pay the same part."""

    first: int
    last: int
    part: Decimal

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def floor_table(name: str, runs: Iterable[Floors]) -> Coefficients:
    """The table of coefficients that runs of floors make; there is no floor 0 between the cellar and the ground floor.

    Raises Refused where a run goes downwards or too far, or two of them name the same floor.
    """
    by_floor: list[tuple[int, Decimal]] = []
    for run in runs:
        if not LOWEST <= run.first <= run.last <= HIGHEST:
            raise Refused(
                "tariff.floors",
                msg("Floors are written from the lower to the upper, between %(lowest)s and %(highest)s."),
                {"lowest": LOWEST, "highest": HIGHEST},
                field="coefficients",
            )
        whole = run.first == run.last == 0
        by_floor += [(floor, run.part) for floor in range(run.first, run.last + 1) if floor or whole]
    return Coefficients(name, tuple(by_floor))


def floor_runs(table: Coefficients) -> list[Floors]:
    """The table read back, each run of neighbouring floors with the same part as one line."""
    runs: list[Floors] = []
    for floor, part in sorted(table.by_floor):
        if runs and runs[-1].part == part and floor in (runs[-1].last + 1, 1 if runs[-1].last == -1 else None):
            runs[-1] = Floors(runs[-1].first, floor, part)
        else:
            runs.append(Floors(floor, floor, part))
    return runs


def tier_steps(tiers: tuple[Tier, ...]) -> list[tuple[Decimal, Decimal | None, Decimal]]:
    """Each tier as the figures it lies between, in the meter's unit, and its rate; None for no upper end."""
    steps: list[tuple[Decimal, Decimal | None, Decimal]] = []
    for tier in tiers:
        start = (steps[-1][1] if steps else None) or Decimal(0)
        steps.append((start, None if tier.upto is None else Decimal(tier.upto).scaleb(-2), tier.rate))
    return steps


def plain(number: Decimal) -> str:
    """A number without idle zeros: 15, 0.8, 12.5."""
    return f"{number.normalize():f}"
