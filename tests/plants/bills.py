"""Faults of bill runs, and of what keeps their charges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from feeapp.billing.previewing import preview
from feeapp.billing.runs import confirm
from feeapp.core.period import Period
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, publish
from feeapp.tariffs.rules import Authority, Price
from tests.breaking import drop_unique, past_the_guards, run_schema, run_sql
from tests.plants.planting import plant
from tests.scene import Scene


def _run(scene: Scene) -> int:
    """Bill January soundly: of the homes only 1-1-101 has no fee yet, 90.00 m² at 0.65 are 58.50."""
    price = Published(UnitUse.HOME, Price(Decimal("0.65")), date(2026, 1, 1), Authority.CONTRACT, "合同", False)
    manager, accountant, january = scene.cast.by("manager"), scene.cast.by("accountant"), Period(2026, 1)
    item = scene.item("FEE")
    transaction(lambda: publish(manager, item, price))
    seen = preview(scene.cast.community, january)
    assert str(seen.total) == "58.50"
    return transaction(lambda: confirm(accountant, january, seen.seen_hash))


@plant("B2", "a run that counts one charge too many")
def _(scene: Scene) -> None:
    run_sql("UPDATE bill_runs SET charges = charges + 1 WHERE id = :id", id=_run(scene))


@plant("B2", "a charge whose part is another run's, the book and the unit unchanged", "I4")
def _(scene: Scene) -> None:
    _run(scene)
    run_sql("UPDATE charges SET part_id = 7 WHERE part_id IS NOT NULL")


@plant("B3", "a charge that stands twice, once the key is gone", "I3", "K1")
def _(scene: Scene) -> None:
    with past_the_guards() as connection:
        drop_unique(connection, "charges", "uq_charges_community_id_period_item_id_unit_id_seq")
        connection.exec_driver_sql(
            "INSERT INTO charges SELECT community_id, 7, unit_id, period, item_id, seq, part_id, debtor_id, due_on, "
            f"quantity, amount, 0, 0, note, booked_on FROM charges WHERE id = {scene.charges['open']}"
        )


@plant("B4", "a run whose entry names another document")
def _(scene: Scene) -> None:
    run_sql("UPDATE entries SET source_id = 7 WHERE source_id = :id", id=_run(scene))


@plant("B11", "a charge that does not say when it was booked")
def _(scene: Scene) -> None:
    run_sql("UPDATE charges SET booked_on = NULL WHERE id = :id", id=scene.charges["open"])


@plant("B11", "a charge booked on another day than its bill run")
def _(scene: Scene) -> None:
    _run(scene)
    run_sql("UPDATE charges SET booked_on = '2025-01-01' WHERE part_id IS NOT NULL")


@plant("B5", "a month that nobody noted")
def _(scene: Scene) -> None:
    run_sql("DELETE FROM billed_months WHERE item_id = :id AND period = 202511", id=scene.item("FEE"))


@plant("B6", "a charge of no item on SQLite, a trigger that was dropped on PostgreSQL")
def _(scene: Scene) -> None:
    if db.engine.dialect.name == "postgresql":
        run_schema("DROP TRIGGER charges_refer ON charges")
    else:
        _without_item(scene)


def _without_item(scene: Scene) -> None:
    """A charge of nothing owed any more, on an item that is not there; its month is noted."""
    community, unit, debtor = scene.cast.community, scene.cast.units["S01"], scene.cast.parties["company"]
    with past_the_guards() as connection:
        connection.exec_driver_sql(f"INSERT INTO billed_months VALUES ({community}, 202601, 7)")
        connection.exec_driver_sql(
            "INSERT INTO charges (community_id, id, unit_id, period, item_id, seq, debtor_id, due_on, quantity, "
            f"amount, settled, reduced, booked_on, note) VALUES ({community}, 7, {unit}, 202601, 7, 1, {debtor}, "
            """'2026-01-31', 1, 100, 0, 0, '2026-01-01', '{"billed":100,"received":0}')"""
        )


@plant("B9", "a run that says it took something off")
def _(scene: Scene) -> None:
    run_sql("UPDATE bill_runs SET reduced = 100 WHERE id = :id", id=_run(scene))


@plant("B10", "a run that says it shared a sum of which nobody has a part")
def _(scene: Scene) -> None:
    run_sql(
        "INSERT INTO pools (community_id, id, item_id, period, amount, way, place, used, proof, entered_at, "
        "entered_by, run_id) SELECT community_id, 7, :item, period, 100, 'AREA', 'COMMUNITY', '', '', posted_at, "
        "posted_by, id FROM bill_runs WHERE id = :id",
        id=_run(scene),
        item=scene.item("FEE"),
    )


@plant("B7", "a run that the logbook knows nothing of")
def _(scene: Scene) -> None:
    run_sql("DELETE FROM log_entries WHERE subject_id = :id", id=_run(scene))
