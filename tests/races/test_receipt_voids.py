"""Receipts taken back at one instant, and against a payment of the same charge."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge
from feeapp.cashier import actions, undoing, voiding
from feeapp.cashier.models import Payment, Void
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.ledger.models import Entry
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.actions.test_receipt_voids import ALL_BACK, pay
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import DONE, at_once, meet


def _asked(cast: Cast) -> tuple[int, int]:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    receipt = pay(cast, [charge], "56.24")
    return charge, transaction(lambda: voiding.ask(cast.by("cashier"), receipt, ALL_BACK))


def _unguarded(by: By, void: Void, deed: str, answer: str) -> None:
    """Deciding as one would write it without thinking of the other manager."""
    db.session.execute(
        sa.update(Void)
        .where(Void.community_id == by.community_id, Void.id == void.id)
        .values(state=voiding.VOID_MOVES.after(void.state, deed), decided_at=by.at, decided_by=by.actor_id)
        .execution_options(synchronize_session=False)
    )


def _mirrors() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).where(Entry.kind == "cashier.void")) or 0


@pytest.mark.broken_book
def test_without_the_guard_money_goes_back_twice(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    _, void = _asked(cast)
    meet(monkeypatch, (voiding, "get_void"))
    monkeypatch.setattr(voiding, "_decide", _unguarded)
    monkeypatch.setattr(undoing, "unsettle", lambda *cleared: None)
    manager = cast.by("manager")
    at_once(app, [lambda: voiding.approve(manager, void)] * 2)
    assert _mirrors() == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]


def test_two_approvals_take_it_back_once(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _, void = _asked(cast)
    meet(monkeypatch, (voiding, "get_void"))
    manager = cast.by("manager")
    told = at_once(app, [lambda: voiding.approve(manager, void)] * 2)
    assert told[0] == DONE
    assert told[1] in ("void.decided", "state.move")
    assert _mirrors() == 1


def test_two_requests_for_one_receipt(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = pay(cast, [owe(cast, "3-2-501", "2026-01", "56.24")], "56.24")
    meet(monkeypatch, (voiding, "get_receipt"))
    cashier = cast.by("cashier")
    assert at_once(app, [lambda: voiding.ask(cashier, receipt, ALL_BACK)] * 2) == [DONE, "void.twice"]


def test_a_void_against_a_payment_of_the_same_charge(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paid before, it is no longer open; paid after, it is open again. Never is more cleared than is owed."""
    charge, void = _asked(cast)
    manager, cashier = cast.by("manager"), cast.by("cashier")
    tender = Tender(Method.CASH, Money.yuan("56.24"))
    request = Request("again", cast.units["3-2-501"], (charge,), (tender,), "张小明")
    told = at_once(app, [lambda: voiding.approve(manager, void), lambda: actions.take_payment(cashier, request)])
    row = db.session.get_one(Charge, (cast.community, charge), populate_existing=True)
    paid_again = db.session.query(Payment).count() == 2
    assert DONE in told
    assert row.settled == (Money.yuan("56.24") if paid_again else Money(0))
