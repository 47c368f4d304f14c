"""A bill is voided at the instant at which it is paid, and by two people at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from feeapp.billing.queries import list_charges
from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.core.refusal import Refused
from feeapp.corrections import correcting
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.wallets.queries import balances
from tests.areas import AT, CODE, bill, on_record, price
from tests.people import Cast
from tests.voids import ask


@pytest.fixture
def asked(app: Flask, cast: Cast) -> int:
    """A request to void 105.84 of May; what is issued anew comes to 103.44."""
    price(cast)
    on_record(cast, 88_20)
    bill(cast, "2026-05")
    on_record(cast, 86_20)
    return ask(cast)


def _at_once(app: Flask, *deeds: Callable[[], object]) -> list[str]:
    db.session.rollback()
    outcomes: list[str] = []

    def run(deed: Callable[[], object]) -> None:
        with app.app_context():
            try:
                transaction(deed)
                outcomes.append("done")
            except Refused as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return sorted(outcomes)


def _stands(cast: Cast) -> tuple[int, list[str], str]:
    """How many charges there are, what is open of each, and what is held."""
    unit = cast.units[CODE]
    lines = list_charges(cast.community, [unit])
    held = balances(cast.community, [unit]).get(unit, Money(0))
    return len(lines), [str(line.open) for line in lines], str(held)


def test_two_second_persons_void_it_once(app: Flask, cast: Cast, asked: int) -> None:
    by = cast.by("manager", AT)
    deeds = [lambda: correcting.approve(by, asked)] * 2
    outcomes = _at_once(app, *deeds)
    outcomes.remove("done")
    assert outcomes in (["corrections.decided"], ["state.move"])
    assert _stands(cast) == (2, ["0.00", "103.44"], "0.00")


def test_a_payment_comes_before_or_after_and_is_never_lost(app: Flask, cast: Cast, asked: int) -> None:
    """Paid first, it pays the new bill and 2.40 is held; voided first, the payment is refused in words."""
    unit = cast.units[CODE]
    [charge] = [line.id for line in list_charges(cast.community, [unit])]
    request = Request("once", unit, (charge,), (Tender(Method.CASH, Money.yuan("105.84")),), "张小明")
    manager, cashier = cast.by("manager", AT), cast.by("cashier", AT)
    outcomes = _at_once(app, lambda: correcting.approve(manager, asked), lambda: take_payment(cashier, request))
    assert outcomes in (["done", "done"], ["done", "settle.gone"])
    paid = outcomes == ["done", "done"]
    assert _stands(cast) == ((2, ["0.00", "0.00"], "2.40") if paid else (2, ["0.00", "103.44"], "0.00"))
