"""Faults of wallets."""

from __future__ import annotations

from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import INCOME_FEE, PREPAYMENTS, WAIVERS, Fund, credit, debit
from feeapp.storage.transaction import transaction
from feeapp.wallets.actions import Holder, put
from feeapp.wallets.rules import MoveKind
from tests.breaking import past_the_guards, run_sql
from tests.people import AT
from tests.plants.planting import CHECK_CONSTRAINT, booked, plant
from tests.scene import Scene


def _wallet(scene: Scene, unit: str) -> int:
    """A sound wallet of 10.00, given."""
    by, source = scene.cast.by("manager"), Source("test", 1)
    holder = Holder(scene.cast.units[unit], scene.cast.parties["zhang"], "OP")

    def deed() -> int:
        ten = Money.yuan(10)
        lines = [debit(WAIVERS, ten), credit(PREPAYMENTS, ten)]
        return put(by, holder, ten, MoveKind.GIFT, source, post(by, Fund.OPERATIONS, "test", AT.date(), source, lines))

    return transaction(deed)


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
