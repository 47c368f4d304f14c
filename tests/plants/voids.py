"""Faults of receipts that were taken back."""

from __future__ import annotations

from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.cashier.voiding import Asked, approve, ask
from feeapp.core.money import Money
from feeapp.printing.receipt import ALL_PARTS
from feeapp.registry.actions import set_profile
from feeapp.registry.profile import SettlementPolicy
from feeapp.registry.queries import profile_of
from feeapp.storage.transaction import transaction
from tests.breaking import run_sql
from tests.lateness import ask_for, pay
from tests.owing import owe
from tests.plants.planting import plant
from tests.scene import NEXT_DAY, Scene


def _taken_back(scene: Scene, receipt: int) -> None:
    """Take a receipt back on the second day: ``b`` and ``c`` are void then, ``a`` is reversed in red."""
    cashier, manager = scene.cast.by("cashier", NEXT_DAY), scene.cast.by("manager", NEXT_DAY)
    void_id = transaction(lambda: ask(cashier, receipt, Asked("收错", ALL_PARTS)))
    transaction(lambda: approve(manager, void_id))


def _paid(scene: Scene, yuan: str, keep: bool = False, waive: bool = False) -> int:
    """Pay a charge of 60.03 on the second day."""
    charge = owe(scene.cast, "3-2-501", "2025-10", "60.03")
    tender = Tender(Method.CASH, Money.yuan(yuan))
    unit = scene.cast.units["3-2-501"]
    request = Request("more", unit, (charge,), (tender,), "张小明", keep=keep, waive=waive)
    return transaction(lambda: take_payment(scene.cast.by("cashier", NEXT_DAY), request)).receipt_id


@plant("V1", "a mirrored entry of another document than the receipt that was taken back")
def _(scene: Scene) -> None:
    _taken_back(scene, scene.receipts["b"].id)
    run_sql("UPDATE entries SET source_id = source_id + 1 WHERE kind = 'cashier.void'")


@plant("V2", "what a receipt prepaid, drawn from the wallet for another one")
def _(scene: Scene) -> None:
    _taken_back(scene, _paid(scene, "100", keep=True))
    run_sql("UPDATE wallet_moves SET source_id = 1 WHERE kind = 'VOIDED'")


@plant("V3", "small change still let off after its receipt was taken back", "B1")
def _(scene: Scene) -> None:
    profile = profile_of(scene.cast.community).but(small_waiver_receipt=Money(5), small_waiver_day=Money(8))
    transaction(lambda: set_profile(scene.cast.by("manager"), profile, "本处规定"))
    _taken_back(scene, _paid(scene, "60", waive=True))
    run_sql("UPDATE reductions SET amount = amount + 1 WHERE amount < 0")


@plant("V4", "a receipt in red that reverses none")
def _(scene: Scene) -> None:
    _taken_back(scene, scene.receipts["a"].id)
    run_sql("UPDATE receipt_voids SET way = 'VOID', red_id = NULL")


@plant("V5", "a receipt taken back by the cashier who took the money")
def _(scene: Scene) -> None:
    _taken_back(scene, scene.receipts["b"].id)
    users = scene.cast.users
    run_sql("UPDATE receipt_voids SET asked_by = :one, decided_by = :two", one=users["manager"], two=users["cashier"])


@plant("V6", "a late charge open again after its payment was taken back", "K1", "B1")
def _(scene: Scene) -> None:
    ask_for(scene.cast)
    charge = owe(scene.cast, "3-2-501", "2025-06", "674.88")
    paid = pay(scene.cast, [charge], "1", "2026-01-21", SettlementPolicy.STATUTORY)
    _taken_back(scene, paid.id)
    run_sql(
        "UPDATE charges SET reduced = reduced - 1 "
        "WHERE item_id = (SELECT id FROM charge_items WHERE code = 'LATE') AND reduced > 0"
    )


@plant("V7", "a receipt taken back that is not in the logbook")
def _(scene: Scene) -> None:
    _taken_back(scene, scene.receipts["b"].id)
    run_sql("UPDATE log_entries SET kind = 'cashier.ask_void' WHERE kind = 'cashier.void'")
