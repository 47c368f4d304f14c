"""Two cashiers at one instant. Each race is first shown to happen with the guard off."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import offsets
from feeapp.billing.models import Charge, Offset
from feeapp.cashier import actions, owing, recording
from feeapp.cashier.models import Payment, Receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.storage.db import db
from tests.holding import give
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import meet, results_at_once


def _request(cast: Cast, charge: int, key: str) -> Request:
    return Request(key, cast.units["3-2-501"], (charge,), (Tender(Method.CASH, Money.yuan("56.24")),), "张小明")


def _unguarded(community_id: int, cleared: dict[int, Money]) -> None:
    """Clearing a charge as one would write it without thinking of the other cashier."""
    for charge_id, amount in cleared.items():
        db.session.execute(
            sa.update(Charge)
            .where(Charge.community_id == community_id, Charge.id == charge_id)
            .values(settled=amount)
            .execution_options(synchronize_session=False)
        )


def _count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.mark.broken_book
def test_without_the_guard_one_charge_is_paid_twice(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    meet(monkeypatch, (owing, "list_open_charges"))
    monkeypatch.setattr(recording, "settle", _unguarded)
    by = cast.by("cashier")
    results_at_once(app, [lambda key=key: actions.take_payment(by, _request(cast, charge, key)) for key in "ab"])
    assert _count(Payment) == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]


def test_two_cashiers_cannot_take_the_same_charge(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    meet(monkeypatch, (owing, "list_open_charges"))
    by = cast.by("cashier")
    outcomes = results_at_once(
        app, [lambda key=key: actions.take_payment(by, _request(cast, charge, key)) for key in "ab"]
    )
    assert sorted(str(each) for each in outcomes)[-1] == "settle.gone"
    assert (_count(Payment), _count(Receipt)) == (1, 1)


def _meet_over_a_charge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the cashier and the use of prepaid money both look before either writes."""
    look = offsets._open
    monkeypatch.setattr(offsets, "_open", lambda *asked: list(look(*asked)))
    meet(monkeypatch, (owing, "list_open_charges"), (offsets, "_open"))


def _pay_and_apply(app: Flask, cast: Cast, charge: int) -> list[object]:
    cashier, accountant = cast.by("cashier"), cast.by("accountant")
    return results_at_once(
        app,
        [
            lambda: actions.take_payment(cashier, _request(cast, charge, "a")),
            lambda: offsets.apply_wallets(accountant, None, None),
        ],
    )


@pytest.mark.broken_book
def test_without_the_guard_a_charge_is_cleared_by_money_and_by_prepayment(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "3-2-501", "100")
    _meet_over_a_charge(monkeypatch)
    monkeypatch.setattr(recording, "settle", _unguarded)
    _pay_and_apply(app, cast, charge)
    both = _count(Payment) + _count(Offset)
    assert both == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]


def test_money_and_prepayment_never_clear_one_chargeresults_at_once(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "3-2-501", "100")
    _meet_over_a_charge(monkeypatch)
    _pay_and_apply(app, cast, charge)
    assert _count(Payment) + _count(Offset) == 1


def test_one_submission_in_two_threads_gives_one_receipt(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    meet(monkeypatch, (owing, "list_open_charges"))
    by = cast.by("cashier")
    outcomes = results_at_once(app, [lambda: actions.take_payment(by, _request(cast, charge, "same"))] * 2)
    assert all(isinstance(each, recording.Taken) for each in outcomes), outcomes
    assert {each.receipt_id for each in outcomes} == {db.session.query(Receipt).one().id}  # type: ignore[union-attr]
    assert sorted(each.anew for each in outcomes) == [False, True]  # type: ignore[union-attr]


def test_numbers_stay_gapless_when_two_cashiers_work_at_once(app: Flask, cast: Cast) -> None:
    charges = [owe(cast, "3-2-501", f"2025-{month:02}", "56.24") for month in range(1, 11)]
    by = cast.by("cashier")
    for first, second in zip(charges[::2], charges[1::2], strict=True):
        results_at_once(
            app,
            [lambda c=c: actions.take_payment(by, _request(cast, c, f"key {c}")) for c in (first, second)],
        )
    db.session.rollback()
    assert sorted(db.session.scalars(sa.select(Receipt.number))) == list(range(1, 11))
