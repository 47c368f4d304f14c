"""What a workload reports, and how two of them are timed fairly."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measured ratio and its limit; ``bound`` is ``at most`` or ``at least``."""

    name: str
    ratio: float
    limit: float
    bound: str
    figures: str

    @property
    def holds(self) -> bool:
        return self.ratio <= self.limit if self.bound == "at most" else self.ratio >= self.limit


Work = Callable[[], Callable[[], object]]
"""Makes everything ready, and returns what is to be timed."""


def in_turn(rounds: int, *works: Work) -> list[float]:
    """Median seconds of each work, done in turn so that the machine's moods fall on all alike; one warm-up round."""
    taken: list[list[float]] = [[] for _ in works]
    for number in range(rounds + 1):
        for place, work in enumerate(works):
            ready = work()
            begun = time.perf_counter()
            ready()
            if number:
                taken[place].append(time.perf_counter() - begun)
    return [statistics.median(each) for each in taken]
