"""Two at one instant over the same charge: nothing is booked twice, and what is paid too much goes back."""

from __future__ import annotations

import pytest
from flask import Flask

from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import ZERO, Money
from feeapp.corrections import adjusting, correcting, filing
from feeapp.corrections.adjusting import Wanted
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import CorrectionState, Ground
from feeapp.storage.db import db
from tests.corrections import added_to, ask, held, stands
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import BROKEN, DONE, at_once, meet, results_at_once


@pytest.mark.parametrize(
    "guarded", [pytest.param(False, marks=pytest.mark.broken_book), True], ids=["unguarded", "guarded"]
)
def test_two_approvals_add_to_the_charge_once(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the move that must hit one row, both book it and the household is charged twice."""
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction = ask(cast, charge, "+15")
    meet(monkeypatch, (correcting, "get_correction"))
    if not guarded:
        monkeypatch.setattr(correcting.CORRECTION_MOVES, "after", lambda *_: CorrectionState.APPROVED)
        monkeypatch.setattr(correcting, "hits", lambda _: 1)
    bosses = cast.by("manager"), cast.by("administrator")
    outcomes = at_once(app, [lambda by=by: correcting.approve(by, correction) for by in bosses])  # type: ignore[misc]
    if guarded:
        late = "state.move" if db.engine.dialect.name == "sqlite" else "corrections.decided"
        assert outcomes == sorted([DONE, late])
    assert len(added_to(charge)) == (1 if guarded else 2)


@pytest.mark.parametrize("guarded", [False, True], ids=["unguarded", "guarded"])
def test_two_requests_for_one_charge_leave_one_that_waits(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The look finds the first where it can; where both look at once, the key stops the second."""
    charge = owe(cast, "3-2-501", "2026-01", "100")
    if not guarded:
        monkeypatch.setattr(filing, "waiting_among", lambda *_: set())
    meet(monkeypatch, (filing, "waiting_among"))
    by, wanted = cast.by("accountant"), Wanted(Money.yuan(60), None, Ground.WRONG)
    outcomes = at_once(
        app,
        [lambda key=key: adjusting.ask(by, charge, wanted, "x", "", key) for key in "ab"],  # type: ignore[misc]
    )
    told = "corrections.waiting" if guarded and db.engine.dialect.name == "sqlite" else BROKEN
    assert outcomes == sorted([DONE, told])
    assert db.session.query(Correction).count() == 1


@pytest.mark.parametrize("should", ["60", "0"])
def test_a_payment_at_the_instant_of_an_approval(app: Flask, cast: Cast, should: str) -> None:
    """Either the payment comes first and the rest goes back, or it comes second and finds less to pay."""
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction, boss, cashier = ask(cast, charge, should), cast.by("manager"), cast.by("cashier")
    tender = Tender(Method.TRANSFER, Money.yuan(100), "T1")
    request = Request("k", cast.units["3-2-501"], (charge,), (tender,), "张小明")
    outcomes = results_at_once(
        app, [lambda: correcting.approve(boss, correction), lambda: take_payment(cashier, request)]
    )
    billed, paid, reduced = stands(charge)
    assert (billed, reduced) == ("100.00", str(Money.yuan(100) - Money.yuan(should)))
    if isinstance(outcomes[1], str):
        assert (paid, outcomes[0], held(cast)) == ("0.00", ZERO, ZERO), outcomes
    else:
        assert (paid, held(cast)) == (str(Money.yuan(should)), Money.yuan(100) - Money.yuan(should)), outcomes
