"""Faults of receipts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from feeapp.cashier.models import Receipt
from feeapp.cashier.rules import receipt_label
from feeapp.storage.db import db
from tests.breaking import drop_unique, past_the_guards, run_sql
from tests.plants.planting import plant
from tests.scene import Scene


def _rewrite(scene: Scene, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the frozen copy of a receipt."""
    with db.engine.connect() as connection:
        stands = connection.execute(
            sa.select(Receipt.snapshot).where(Receipt.id == scene.receipts[name].id)
        ).scalar_one()
    copy = json.loads(stands)
    change(copy)
    run_sql("UPDATE receipts SET snapshot = :copy WHERE id = :id", copy=json.dumps(copy), id=scene.receipts[name].id)


def raise_receipt(scene: Scene, name: str) -> None:
    """Make a receipt a fen larger, its frozen copy too."""

    def a_fen_more(copy: dict[str, Any]) -> None:
        copy["total"] += 1
        copy["lines"][0]["amount"] += 1

    run_sql("UPDATE receipts SET amount = amount + 1 WHERE id = :id", id=scene.receipts[name].id)
    _rewrite(scene, name, a_fen_more)


def _renumber(scene: Scene, name: str, number: int) -> None:
    """Give a receipt another number, on its frozen copy too."""
    label = receipt_label("XHY", "OP", 2026, number)
    run_sql(
        "UPDATE receipts SET number = :number, label = :label WHERE id = :id",
        number=number, label=label, id=scene.receipts[name].id,
    )  # fmt: skip
    _rewrite(scene, name, lambda copy: copy.update(number=label))


@plant("R1", "a counter that is ahead of the last number")
def _(scene: Scene) -> None:
    run_sql("UPDATE counters SET value = value + 1 WHERE name = 'receipt/OP/2026'")


@plant("R1", "a receipt that is gone, and its payment left", "R2")
def _(scene: Scene) -> None:
    run_sql("DELETE FROM receipts WHERE id = :id", id=scene.receipts["b"].id)


@plant("R2", "a receipt of another amount than its payment")
def _(scene: Scene) -> None:
    raise_receipt(scene, "a")


@plant("R3", "a number given out a day before a lower one")
def _(scene: Scene) -> None:
    _renumber(scene, "a", 9)
    _renumber(scene, "b", 1)
    _renumber(scene, "a", 2)


@plant("R5", "a printing that was not counted")
def _(scene: Scene) -> None:
    run_sql("UPDATE counters SET value = value + 1 WHERE name LIKE 'receipt_copy/%'")


@plant("R6", "a frozen copy that says another amount")
def _(scene: Scene) -> None:
    _rewrite(scene, "a", lambda copy: copy["lines"][0].update(amount=1) or copy.update(total=1))


@plant("R6", "a frozen copy that cannot be read")
def _(scene: Scene) -> None:
    run_sql("UPDATE receipts SET snapshot = '{' WHERE id = :id", id=scene.receipts["a"].id)


@plant("R6", "a printed number that is not the receipt's")
def _(scene: Scene) -> None:
    run_sql("UPDATE receipts SET label = 'XHYOP2026-000008' WHERE id = :id", id=scene.receipts["a"].id)
    _rewrite(scene, "a", lambda copy: copy.update(number="XHYOP2026-000008"))


@plant("R7", "a number given out twice", "I3")
def _(scene: Scene) -> None:
    with past_the_guards() as connection:
        drop_unique(connection, "receipts", "uq_receipts_community_id_series_year_number")
    _renumber(scene, "b", 1)
