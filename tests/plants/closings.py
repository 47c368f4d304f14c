"""Faults of closed months."""

from __future__ import annotations

from datetime import date

from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import INCOME_FEE, WAIVERS, Fund, credit, debit
from feeapp.storage.transaction import transaction
from tests.actions.test_closing import MARCH, close
from tests.breaking import run_sql
from tests.plants.planting import plant
from tests.scene import Scene


@plant("L6", "an entry moved into a month after it was closed", "L10")
def _(scene: Scene) -> None:
    close(scene.cast)
    by, lines = (
        scene.cast.by("accountant", MARCH.replace(hour=5)),
        [debit(WAIVERS, Money(1)), credit(INCOME_FEE, Money(1))],
    )
    february = date(2026, 2, 1)
    entry = transaction(lambda: post(by, Fund.OPERATIONS, "test", february, Source("test", 1), lines))
    run_sql("UPDATE entries SET happened_on = '2026-01-31' WHERE id = :id", id=entry)


@plant("L10", "a balance kept with a close that never stood")
def _(scene: Scene) -> None:
    close(scene.cast)
    run_sql("UPDATE closing_balances SET balance = balance + 1 WHERE account = '1001'")


@plant("L11", "a closing left out")
def _(scene: Scene) -> None:
    close(scene.cast)
    run_sql("UPDATE closings SET seq = 2")
