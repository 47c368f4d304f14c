"""Prepaid money to use in tests, given as a gift of the office so that no payment has to stand behind it."""

from __future__ import annotations

from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import PREPAYMENTS, WAIVERS, Fund, credit, debit
from feeapp.storage.transaction import transaction
from feeapp.wallets.actions import Holder, put
from feeapp.wallets.rules import MoveKind
from tests.people import AT, Cast


def give(
    cast: Cast,
    unit: str,
    yuan: str,
    party: str = "zhang",
    item_id: int | None = None,
    kind: MoveKind = MoveKind.CREDITED,
) -> int:
    """Put an amount into the wallet of a unit and person of Xihuayuan; returns the wallet's id."""
    holder = Holder(cast.units[unit], cast.parties[party], "OP", item_id)
    return transaction(lambda: _give(cast, holder, Money.yuan(yuan), kind))


def give_now(cast: Cast, unit: str, amount: Money, kind: MoveKind = MoveKind.CREDITED, party: str = "ouyang") -> int:
    """The same inside a transaction that is already open."""
    return _give(cast, Holder(cast.units[unit], cast.parties[party], "OP", None), amount, kind)


def _give(cast: Cast, holder: Holder, amount: Money, kind: MoveKind) -> int:
    by, source = cast.by("manager"), Source("test", 1)
    lines = [debit(WAIVERS, amount), credit(PREPAYMENTS, amount)]
    return put(by, holder, amount, kind, source, post(by, Fund.OPERATIONS, "test", AT.date(), source, lines))
