"""Faults of statements."""

from __future__ import annotations

from feeapp.banking.claiming import claim
from feeapp.ledger.rules import INCOME_FEE, UNIDENTIFIED
from feeapp.storage.transaction import transaction
from tests.banking import arrive, own_account
from tests.breaking import drop_unique, past_the_guards, run_sql
from tests.plants.planting import booked, plant
from tests.scene import NEXT_DAY, Scene

_IN = "2026-01-05,09:06:23,88.00,,王伟,6222,3-2-501,R1"
_OUT = "2026-01-07,,-5.00,,,,账户管理费,R3"


@plant("BK1", "money booked as unidentified that no statement lists")
def _(scene: Scene) -> None:
    booked(scene, INCOME_FEE, UNIDENTIFIED)


@plant("BK2", "a bank fee that was marked as booked and is not in the book")
def _(scene: Scene) -> None:
    arrive(scene.cast, own_account(scene.cast), _OUT)
    run_sql("UPDATE bank_lines SET state = 'FEE'")


@plant("BK3", "a line that counts twice", "I3")
def _(scene: Scene) -> None:
    arrive(scene.cast, own_account(scene.cast), _OUT, _OUT.replace("R3", "R4"))
    with past_the_guards() as connection:
        drop_unique(connection, "bank_lines", "uq_bank_lines_community_id_account_id_fingerprint")
        connection.exec_driver_sql("UPDATE bank_lines SET fingerprint = 'a'")


@plant("BK4", "a line that is claimed without a payment", "BK1")
def _(scene: Scene) -> None:
    arrive(scene.cast, own_account(scene.cast), _IN)
    run_sql("UPDATE bank_lines SET state = 'CLAIMED'")


@plant("BK5", "a line claimed twice", "I3")
def _(scene: Scene) -> None:
    cast = scene.cast
    [line_id] = arrive(cast, own_account(cast), _IN)
    by = cast.by("accountant", NEXT_DAY)
    transaction(lambda: claim(by, line_id, cast.units["1-1-101"]))
    with past_the_guards() as connection:
        drop_unique(connection, "bank_claims", "uq_bank_claims_community_id_line_id")
        connection.exec_driver_sql(
            "INSERT INTO bank_claims (community_id, id, line_id, payment_id, unit_id, at)"
            f" SELECT community_id, 7, line_id, {scene.payment('b')}, unit_id, at FROM bank_claims"
        )
