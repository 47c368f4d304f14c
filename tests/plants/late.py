"""Faults of late charges and their waivers."""

from __future__ import annotations

from feeapp.billing import waiving
from feeapp.billing.models import LateWaiver
from feeapp.core.money import Money
from feeapp.registry.profile import SettlementPolicy
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.breaking import past_the_guards, run_sql
from tests.lateness import ask_for, noon, pay
from tests.owing import owe
from tests.plants.planting import CHECK_CONSTRAINT, plant
from tests.scene import Scene


def _paid_twice(scene: Scene) -> None:
    """A sound late charge paid in two parts, 1.00 and 2.00, a month apart."""
    ask_for(scene.cast)
    charge = owe(scene.cast, "3-2-501", "2025-06", "674.88")
    pay(scene.cast, [charge], "1", "2026-01-22", SettlementPolicy.STATUTORY)
    pay(scene.cast, [charge], "2", "2026-02-22", SettlementPolicy.STATUTORY)


def _asked(scene: Scene) -> int:
    """A sound request to waive 1.00."""
    ask_for(scene.cast)
    charge, by = owe(scene.cast, "3-2-501", "2025-06", "674.88"), scene.cast.by("cashier", noon("2026-01-22"))
    return transaction(lambda: waiving.ask_for_charge(by, charge, Money.yuan(1), "test"))


@plant("O1", "late charges that come to more than their cap together")
def _(scene: Scene) -> None:
    _paid_twice(scene)
    run_sql("UPDATE late_charges SET cap = 200")


@plant("O2", "a day that two payments charged")
def _(scene: Scene) -> None:
    _paid_twice(scene)
    run_sql("UPDATE late_charges SET from_on = '2026-01-22' WHERE seq = 2")


@plant("O3", "a late charge of another sum than its charge")
def _(scene: Scene) -> None:
    _paid_twice(scene)
    run_sql("UPDATE late_charges SET amount = amount - 1 WHERE seq = 2")


@plant("O3", "a charge for being late that is for no days")
def _(scene: Scene) -> None:
    _paid_twice(scene)
    run_sql("DELETE FROM late_charges WHERE seq = 2")


@plant("O4", "a waiver granted by who asked for it", also_on=CHECK_CONSTRAINT)
def _(scene: Scene) -> None:
    waiver, by = _asked(scene), scene.cast.by("manager", noon("2026-01-22"))
    transaction(lambda: waiving.approve(by, waiver))
    with past_the_guards("ck_late_waivers_second_person") as connection:
        connection.exec_driver_sql("UPDATE late_waivers SET decided_by = asked_by")


@plant("O4", "a sum waived that nobody granted")
def _(scene: Scene) -> None:
    _asked(scene)
    assert db.session.query(LateWaiver).count() == 1
    run_sql("UPDATE late_waiver_lines SET waived = asked")
