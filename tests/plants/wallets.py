"""Faults of wallets."""

from __future__ import annotations

from feeapp.billing.offsets import apply_wallets
from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.ledger.rules import INCOME_FEE, PREPAYMENTS
from feeapp.storage.transaction import transaction
from tests.breaking import past_the_guards, run_sql
from tests.holding import give
from tests.plants.planting import CHECK_CONSTRAINT, booked, plant
from tests.scene import NEXT_DAY, Scene


def _wallet(scene: Scene, unit: str) -> int:
    """A sound wallet of 10.00."""
    return give(scene.cast, unit, "10")


@plant("W1", "a fen moved from one wallet to another without a move")
def _(scene: Scene) -> None:
    for unit, fen in (("3-2-501", 1), ("3-2-502", -1)):
        run_sql("UPDATE wallets SET balance = balance + :fen WHERE id = :id", fen=fen, id=_wallet(scene, unit))


@plant("W2", "a prepayment booked into no wallet")
def _(scene: Scene) -> None:
    booked(scene, PREPAYMENTS, INCOME_FEE)


@plant("W3", "a wallet below zero, its moves with it", also_on=CHECK_CONSTRAINT)
def _(scene: Scene) -> None:
    wallets = [(_wallet(scene, "3-2-501"), -2000), (_wallet(scene, "3-2-502"), 2000)]
    with past_the_guards("ck_wallets_balance") as connection:
        for wallet_id, fen in wallets:
            connection.exec_driver_sql(f"UPDATE wallets SET balance = balance + {fen} WHERE id = {wallet_id}")
            connection.exec_driver_sql(f"UPDATE wallet_moves SET amount = amount + {fen} WHERE wallet_id = {wallet_id}")


@plant("B8", "a charge cleared from another wallet than the one that paid")
def _(scene: Scene) -> None:
    _wallet(scene, "3-2-502")
    other, by = _wallet(scene, "3-2-501"), scene.cast.by("accountant")
    assert transaction(lambda: apply_wallets(by, [scene.cast.units["3-2-502"]], None)) == Money.yuan(10)
    run_sql("UPDATE offsets SET wallet_id = :other", other=other)


@plant("B1", "a charge whose prepaid money was noted as a fen more", "B8")
def _(scene: Scene) -> None:
    by = scene.cast.by("accountant")
    _wallet(scene, "3-2-502")
    transaction(lambda: apply_wallets(by, None, None))
    run_sql("UPDATE offsets SET amount = amount + 1")


@plant("P12", "a payment whose prepaid money left another payment's wallet")
def _(scene: Scene) -> None:
    cashier = scene.cast.by("cashier", NEXT_DAY)
    _wallet(scene, "3-2-502")
    tender = Tender(Method.WALLET, Money.yuan(10))
    request = Request("w", scene.cast.units["3-2-502"], (scene.charges["open"],), (tender,), "张小明")
    transaction(lambda: take_payment(cashier, request))
    run_sql("UPDATE wallet_moves SET source_id = 1 WHERE kind = 'APPLIED'")


@plant("P1", "a payment that put aside a fen less than it says", "P10", "W1")
def _(scene: Scene) -> None:
    cashier = scene.cast.by("cashier", NEXT_DAY)
    cash = Tender(Method.CASH, Money.yuan(50))
    request = Request("k", scene.cast.units["3-2-502"], (scene.charges["open"],), (cash,), "张小明", keep=True)
    transaction(lambda: take_payment(cashier, request))
    run_sql("UPDATE wallet_moves SET amount = amount - 1 WHERE kind = 'OVERPAID'")
