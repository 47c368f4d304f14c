"""Faults of changes of owner."""

from __future__ import annotations

from datetime import date

from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind
from feeapp.storage.transaction import transaction
from feeapp.transfers.actions import rehearse, transfer
from feeapp.transfers.rehearsing import rehearsed
from feeapp.transfers.rules import Choices, WalletWay
from feeapp.transfers.staging import Ask, Buyer
from tests.breaking import run_sql
from tests.holding import give
from tests.owing import owe
from tests.people import AT
from tests.plants.planting import plant
from tests.scene import Scene

CHEN = PersonFacts("陈静", PartyKind.PERSON, "", ())


def _sold(scene: Scene, way: WalletWay = WalletWay.HAND_ON) -> int:
    """A sound change of owner of 1-1-101: a debt of 30.00 is taken over, 10.00 of prepaid money goes ``way``."""
    cast, by = scene.cast, scene.cast.by("accountant")
    owe(cast, "1-1-101", "2025-12", "30", "PARK")
    give(cast, "1-1-101", "10", "ouyang", scene.item("FEE"))
    ask = Ask(
        cast.units["1-1-101"], AT.date(), (cast.parties["ouyang"],), (Buyer("buyer1", None, CHEN),), (),
        date(2026, 3, 1), "不动产权证 1",
    )  # fmt: skip
    seen = rehearsed(lambda: rehearse(by, ask))
    [debt], [held] = seen.debts, seen.held
    choices = Choices(seen.hash, "plant", (debt.key,), "补充协议", "陈静", ((held.key, way),))
    return transaction(lambda: transfer(by, ask, choices))


@plant("X1", "a debt that was taken over, its reduction in another's name")
def _(scene: Scene) -> None:
    _sold(scene)
    run_sql("UPDATE reductions SET source_id = 1 WHERE kind = 'TAKEN_OVER'")


@plant("X2", "a debt that was taken over by whoever owed it")
def _(scene: Scene) -> None:
    _sold(scene)
    run_sql(
        "UPDATE charges SET debtor_id = :ouyang WHERE id IN (SELECT new_charge_id FROM transfer_debts)",
        ouyang=scene.cast.parties["ouyang"],
    )


@plant("X3", "prepaid money that was handed on, noted as a fen less")
def _(scene: Scene) -> None:
    _sold(scene)
    run_sql("UPDATE transfer_wallets SET rest = rest - 1")


@plant("X4", "prepaid money to be paid back, noted as a gift that was taken back")
def _(scene: Scene) -> None:
    _sold(scene, WalletWay.REFUND_CASH)
    run_sql("UPDATE transfer_wallets SET gift = 1, rest = rest - 1")


@plant("X5", "a change of owner that the logbook does not know")
def _(scene: Scene) -> None:
    _sold(scene)
    run_sql("DELETE FROM log_entries WHERE kind = 'transfers.make'")
