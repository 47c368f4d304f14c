"""Who wants to be told, from the rooms above, when the registry changes in a way they must follow.

The registry cannot see money. Billing books the arrears that a ledger brings along, says when an import can no longer
be undone, and which months of a unit are billed; the book opens when a community does; a vacancy discount ends when
somebody moves in. All of it happens in the registry's own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.registry.records import YearFigures


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """What a ledger said of a unit's past: only the years that no earlier ledger has brought for it.

    ``party_id`` is the first-named owner, None where the ledger names nobody.
    """

    unit_id: int
    party_id: int | None
    arrears: tuple[YearFigures, ...]


class Follower(Protocol):
    """A room above that follows imports."""

    def applied(self, by: By, batch_id: int, rows: list[AppliedRow]) -> None:
        """A ledger has been applied; every row with years is told."""

    def blocks_undo(self, community_id: int, batch_id: int) -> Refused | None:
        """Why the import cannot be undone any more, or None."""

    def undone(self, by: By, batch_id: int) -> None:
        """The import has been undone: take back what was done for it."""


followers: list[Follower] = []
"""Filled once, where the app is wired."""

billed_upto: list[Callable[[int, int], Period | None]] = []
"""Who knows the last month a unit is billed for, by community and unit; filled once, where the app is wired."""

named_in_money: list[Callable[[int, int, Sequence[int]], bool]] = []
"""Who knows whether charges or prepaid money of a unit stand in one of these persons' names; filled once, where the
app is wired."""

founders: list[Callable[[By], None]] = []
"""What else is done when a community is founded; filled once, where the app is wired."""

movers_in: list[Callable[[By, dict[int, date]], None]] = []
"""Who is told that units are lived in from a day on, ``{unit id: day}``; filled once, where the app is wired."""


def tell_lived_in(by: By, units: dict[int, date]) -> None:
    """Somebody uses these units from these days on, who did not before."""
    if units:
        for told in movers_in:
            told(by, units)
