"""Faults of reliefs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from feeapp.reliefs import actions
from feeapp.reliefs.rules import Application, PaperKind, ReliefKind
from feeapp.storage.transaction import transaction
from tests.breaking import run_sql
from tests.people import AT
from tests.plants.planting import plant
from tests.scene import Scene


def _relief(scene: Scene, first: date, last: date) -> int:
    """A sound hardship relief of 3-2-501, approved."""
    today = AT.date()
    asked = Application(
        scene.cast.units["3-2-501"], ReliefKind.HARDSHIP, None, Decimal(50), today, first, last, "低保户",
        paper_kind=PaperKind.LOW_INCOME, paper_number="2025-0043", paper_issuer="民政局", valid_until=last,
        borne_by="帮扶资金",
    )  # fmt: skip

    def deed() -> int:
        relief_id = actions.apply_for(scene.cast.by("cashier"), asked)
        actions.inspect(scene.cast.by("accountant"), relief_id, today, "", "属实")
        actions.approve(scene.cast.by("manager"), relief_id, first, "同意")
        return relief_id

    return transaction(deed)


FEBRUARY = date(2026, 2, 1), date(2026, 2, 28)
MARCH = date(2026, 3, 1), date(2026, 3, 31)


@plant("E1", "a relief approved by whoever entered it")
def _(scene: Scene) -> None:
    run_sql(
        "UPDATE relief_steps SET by_id = :cashier WHERE relief_id = :id AND step = 'APPROVE'",
        cashier=scene.cast.users["cashier"], id=_relief(scene, *FEBRUARY),
    )  # fmt: skip


@plant("E2", "two reliefs that share a day")
def _(scene: Scene) -> None:
    for days in (FEBRUARY, MARCH):
        relief_id = _relief(scene, *days)
    run_sql("UPDATE reliefs SET asked_from = '2026-02-28', from_on = '2026-02-28' WHERE id = :id", id=relief_id)


@plant("E3", "a relief that nobody approved, called approved")
def _(scene: Scene) -> None:
    relief_id = _relief(scene, *FEBRUARY)
    run_sql("DELETE FROM relief_steps WHERE relief_id = :id AND step = 'APPROVE'", id=relief_id)
    run_sql("DELETE FROM log_entries WHERE subject_id = :id AND kind = 'reliefs.approve'", id=relief_id)


@plant("E4", "an approval that the logbook does not know")
def _(scene: Scene) -> None:
    relief_id = _relief(scene, *FEBRUARY)
    run_sql("DELETE FROM log_entries WHERE subject_id = :id AND kind = 'reliefs.approve'", id=relief_id)
