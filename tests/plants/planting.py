"""A fault, and the register of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import Fund, credit, debit
from feeapp.storage.transaction import transaction
from tests.people import AT
from tests.scene import Scene


@dataclass(frozen=True)
class Plant:
    """A fault, the check that is made for it, and the checks that cannot help seeing it too."""

    check: str
    fault: str
    sow: Callable[[Scene], None]
    also: frozenset[str] = frozenset()
    also_on: dict[str, str] = field(default_factory=dict)
    """One more check, on one kind of database."""


PLANTS: list[Plant] = []

CHECK_CONSTRAINT = {"sqlite": "I1", "postgresql": "I3"}
"""SQLite itself reports a row against a CHECK; PostgreSQL cannot hold one without losing the constraint."""


def plant(
    check: str, fault: str, *also: str, also_on: dict[str, str] | None = None
) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Register a fault."""

    def registered(sow: Callable[[Scene], None]) -> Callable[[Scene], None]:
        PLANTS.append(Plant(check, fault, sow, frozenset(also), also_on or {}))
        return sow

    return registered


def booked(scene: Scene, left: str, right: str) -> int:
    """Book 10.00 between two accounts, as no document of the house would."""
    by = scene.cast.by("accountant")
    lines = [debit(left, Money.yuan(10)), credit(right, Money.yuan(10))]
    return transaction(lambda: post(by, Fund.OPERATIONS, "test", AT.date(), Source("test", 1), lines))
