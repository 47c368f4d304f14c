"""Who says, from the rooms above, that what a meter counted is on a bill already.

Metering cannot see bills. A reading of a billed month is neither added, corrected nor struck out: what it would change
could never be charged. The room that bills says which units are billed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from feeapp.core.period import Period
from feeapp.metering.rules import MeterKind


class Follower(Protocol):
    """A room above that charges for what was used."""

    def billed(self, community_id: int, kind: MeterKind, period: Period, unit_ids: Collection[int]) -> Collection[int]:
        """Which of these units have their use of this month on a bill."""


followers: list[Follower] = []
"""Filled once, where the app is wired."""


def billed(community_id: int, kind: MeterKind, period: Period, unit_ids: Collection[int]) -> set[int]:
    """Which of these units are billed for this kind and month, as any follower knows."""
    return {
        unit_id for follower in followers for unit_id in follower.billed(community_id, kind, period, unit_ids)
    } & set(unit_ids)
