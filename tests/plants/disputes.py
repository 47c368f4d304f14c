"""Faults of disputes."""

from __future__ import annotations

from feeapp.billing import disputing
from feeapp.storage.columns import new_id
from feeapp.storage.transaction import transaction
from tests.breaking import past_the_guards, run_sql
from tests.plants.planting import CHECK_CONSTRAINT, plant
from tests.scene import NEXT_DAY, Scene


def _raised(scene: Scene) -> int:
    """A sound dispute over the open charge."""
    by, charge = scene.cast.by("cashier"), scene.charges["open"]
    return transaction(lambda: disputing.open_dispute(by, charge, "面积不对"))


def _answered(scene: Scene) -> None:
    """A sound dispute that was answered a day later."""
    dispute, by = _raised(scene), scene.cast.by("manager", NEXT_DAY)
    transaction(lambda: disputing.close_dispute(by, dispute, "已复测，面积无误", upheld=False))


@plant("D2", "a charge in dispute twice at once", "I3", "D4")
def _(scene: Scene) -> None:
    _raised(scene)
    with past_the_guards() as connection:
        connection.exec_driver_sql("DROP INDEX ix_disputes_open")
        connection.exec_driver_sql(
            "INSERT INTO disputes (community_id, id, charge_id, reason, opened_at, opened_by, answer) "
            f"SELECT community_id, {new_id()}, charge_id, reason, opened_at, opened_by, answer FROM disputes"
        )


@plant("D3", "an answer by who noted the dispute", also_on=CHECK_CONSTRAINT)
def _(scene: Scene) -> None:
    _answered(scene)
    with past_the_guards("ck_disputes_second_person") as connection:
        connection.exec_driver_sql("UPDATE disputes SET closed_by = opened_by")


@plant("D3", "an answer without words")
def _(scene: Scene) -> None:
    _answered(scene)
    run_sql("UPDATE disputes SET answer = ''")


@plant("D3", "an answer from before the dispute")
def _(scene: Scene) -> None:
    _answered(scene)
    run_sql("UPDATE disputes SET closed_at = '2026-01-19T00:00:00.000000Z'")


@plant("D4", "a dispute that the logbook does not know")
def _(scene: Scene) -> None:
    _raised(scene)
    run_sql("DELETE FROM log_entries WHERE kind = 'billing.dispute'")
