"""Any order of payments and adjustments: no fen appears or is lost, and every check of the book holds after it."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeapp.billing.models import Charge, Reduction
from feeapp.cashier.models import Tender
from feeapp.commands.checking import run_checks
from feeapp.core.money import Money, total
from feeapp.core.refusal import Refused
from feeapp.corrections.rules import Ground
from feeapp.storage.db import db
from tests.corrections import adjust, held, pay
from tests.owing import owe
from tests.people import Cast

STEPS = st.tuples(
    st.sampled_from(["pay", "adjust", "adjust", "goodwill"]),
    st.integers(0, 5),
    st.integers(1, 15_000),
)


def _charges(cast: Cast) -> list[Charge]:
    db.session.rollback()
    found = sa.select(Charge).filter_by(community_id=cast.community).order_by(Charge.period, Charge.seq)
    return list(db.session.scalars(found))


def _one(cast: Cast, deed: str, place: int, fen: int) -> None:
    charges = _charges(cast)
    charge = charges[place % len(charges)]
    yuan = str(Money(fen).in_yuan)
    if deed != "pay":
        adjust(cast, charge.id, yuan, Ground.GOODWILL if deed == "goodwill" else Ground.WRONG)
        return
    left = charge.amount - charge.settled - charge.reduced
    if left:
        pay(cast, "3-2-501", [charge.id], str(min(left, Money(fen)).in_yuan))


def _sum(column: sa.orm.InstrumentedAttribute[Money]) -> Money:
    return total(db.session.scalars(sa.select(column)))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
def test_payments_and_adjustments_conserve_money(site: Flask, cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    """Billed = collected + reduced + outstanding; what was taken over the counter is collected or still held."""
    for code in ("2025-11", "2025-12"):
        if not any(str(charge.period) == code for charge in _charges(cast)):
            owe(cast, "3-2-501", code, "100")
    told = set()
    for deed, place, fen in steps:
        try:
            _one(cast, deed, place, fen)
        except Refused as refused:
            told.add(refused.code)
    assert told <= {"corrections.same", "corrections.goodwill_up"}
    charges = _charges(cast)
    billed, settled = total(each.amount for each in charges), total(each.settled for each in charges)
    reduced, taken = _sum(Reduction.amount), _sum(Tender.amount)
    assert billed == settled + reduced + total(each.amount - each.settled - each.reduced for each in charges)
    assert reduced == total(each.reduced for each in charges)
    assert taken == settled + held(cast)
    assert run_checks() == []
