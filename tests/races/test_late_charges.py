"""Two at one instant over the same late charge: nobody charges a day that another has just charged or waived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from feeapp.billing import waiving
from feeapp.billing.lateness import find_memo
from feeapp.cashier import owing
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.lateness import ask_for, late_charges, noon, pay
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import BROKEN, meet, results_at_once

DAY = "2025-03-10"


def _let_both_reckon(monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    """Take the hold away and let both reckon before either writes; SQLite lets only one in at a time anyway."""
    if guarded or db.engine.dialect.name == "sqlite":
        return
    monkeypatch.setattr(owing, "hold", lambda *_: None)
    monkeypatch.setattr(waiving, "hold", lambda *_: None)
    meet(monkeypatch, (owing, "list_memos"), (waiving, "list_memos"))


def _left_over(cast: Cast) -> int:
    """A charge whose principal is paid and whose late charge of 13.97 is not."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "674.88", DAY)
    return charge


def _payment(cast: Cast, charge: int, key: str) -> Callable[[], object]:
    by = cast.by("cashier", noon(DAY))
    tender = Tender(Method.CASH, Money.yuan("13.97"))
    request = Request(key, cast.units["3-2-501"], (charge,), (tender,), "张小明")
    return lambda: take_payment(by, request)


@pytest.mark.parametrize("guarded", [False, True])
def test_two_payments_charge_the_days_once(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the hold the key alone stops the second, as an error; with it the second is answered in words."""
    charge = _left_over(cast)
    _let_both_reckon(monkeypatch, guarded)
    outcomes = results_at_once(app, [_payment(cast, charge, key) for key in "ab"])
    unguarded = not guarded and db.engine.dialect.name == "postgresql"
    assert (BROKEN if unguarded else "settle.gone") in outcomes
    assert [late.amount for late in late_charges(cast, charge)] == [Money.yuan("13.97")]
    assert db.session.query(Payment).count() == 2


@pytest.mark.parametrize("guarded", [False, True])
def test_what_is_being_waived_is_not_taken(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the hold 13.97 is taken and waived as well; with it whoever comes second finds nothing left."""
    charge = _left_over(cast)
    asker, boss = cast.by("accountant", noon(DAY)), cast.by("manager", noon(DAY))
    waiver = transaction(lambda: waiving.ask_for_charge(asker, charge, None, "调解"))
    _let_both_reckon(monkeypatch, guarded)
    outcomes = results_at_once(app, [_payment(cast, charge, "a"), lambda: waiving.approve(boss, waiver)])
    refused = [each for each in outcomes if each in ("settle.gone", "late.gone")]
    unguarded = not guarded and db.engine.dialect.name == "postgresql"
    assert len(refused) == (0 if unguarded else 1), outcomes
    db.session.rollback()
    assert find_memo(cast.community, charge, date.fromisoformat(DAY)) is None
