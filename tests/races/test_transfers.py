"""Two at one instant over a unit that changes hands."""

from __future__ import annotations

import pytest
from flask import Flask

from feeapp.billing.queries import list_charges
from feeapp.cashier import actions as cashier
from feeapp.cashier import owing
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.storage.db import db
from feeapp.transfers import actions, looking, staging
from feeapp.transfers.models import Transfer
from feeapp.transfers.rules import Choices
from feeapp.wallets.queries import balances
from tests.actions.test_transfers import by, fee_items, look, sale
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import meet, results_at_once


def _ready(cast: Cast) -> tuple[int, Choices]:
    """Ouyang owes 58.50 for June, and Chen Jing is to take it over."""
    fee_items(cast)
    charge = owe(cast, "1-1-101", "2026-06", "58.50")
    seen = look(cast, sale(cast))
    return charge, Choices(seen.hash, "k", (seen.debts[0].key,), "补充协议", "陈静")


def _pay_and_take_over(app: Flask, cast: Cast, charge: int, choices: Choices) -> list[object]:
    clerk, accountant, ask = by(cast, "cashier"), by(cast), sale(cast)
    request = Request("p", cast.units["1-1-101"], (charge,), (Tender(Method.CASH, Money.yuan("58.50")),), "欧阳志远")
    db.session.rollback()
    return results_at_once(
        app,
        [lambda: cashier.take_payment(clerk, request), lambda: actions.transfer(accountant, ask, choices)],
    )


def test_without_the_lock_the_seller_pays_what_the_buyer_takes_over(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the seller's money lies in a wallet nobody chose about, and the buyer owes the debt all the same.

    The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out.
    """
    charge, choices = _ready(cast)
    monkeypatch.setattr(staging, "_hold_money", lambda community_id, unit_ids: None)
    meet(monkeypatch, (owing, "list_open_charges"), (looking, "list_open_charges"))
    done = [each for each in _pay_and_take_over(app, cast, charge, choices) if not isinstance(each, str)]
    assert len(done) == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]
    held = balances(cast.community, [cast.units["1-1-101"]]).values()
    assert [str(each) for each in held] == {"postgresql": ["58.50"], "sqlite": []}[db.engine.dialect.name]


def test_a_debt_is_paid_or_taken_over_and_never_both(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    charge, choices = _ready(cast)
    meet(monkeypatch, (owing, "list_open_charges"), (staging, "_hold_money"))
    paid, moved = _pay_and_take_over(app, cast, charge, choices)
    assert sorted([isinstance(paid, str), isinstance(moved, str)]) == [False, True]
    assert {each for each in (paid, moved) if isinstance(each, str)} <= {"settle.gone", "transfers.changed"}
    open_ = [line for line in list_charges(cast.community, [cast.units["1-1-101"]]) if line.open]
    assert len(open_) == (1 if isinstance(paid, str) else 0)
    assert balances(cast.community, [cast.units["1-1-101"]]) == {}


@pytest.mark.parametrize("keys", ["kk", "kl"])
def test_a_change_confirmed_twice_at_once_is_done_once(app: Flask, cast: Cast, keys: str) -> None:
    """The same press twice leads to the same record; another person's is refused in words."""
    _, choices = _ready(cast)
    accountant, ask = by(cast), sale(cast)
    deeds = [
        lambda key=key: actions.transfer(
            accountant, ask, Choices(choices.seen, key, choices.take, choices.agreement, choices.signed_by)
        )
        for key in keys
    ]
    db.session.rollback()
    first, second = results_at_once(app, deeds)
    assert db.session.query(Transfer).count() == 1
    if keys == "kk":
        assert first == second
    else:
        assert "transfers.left" in (first, second)
