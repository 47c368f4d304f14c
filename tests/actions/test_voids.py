"""A bill that is voided and issued anew: the old one stays, the credit pays the new one (BL-10, BL-15)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeapp.billing.models import BillRun, Charge, Reduction
from feeapp.billing.pools import Wanted as Pooled
from feeapp.billing.pools import enter_pool
from feeapp.billing.queries import ChargeLine, list_charges, marked
from feeapp.billing.rules import ReductionKind, Way
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.corrections import voids
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import CorrectionState
from feeapp.metering.actions import NewMeter, add_meter
from feeapp.metering.judging import Entry
from feeapp.metering.readings import enter
from feeapp.metering.rules import MeterKind, Register
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.naming import MeterKind as TariffMeter
from feeapp.tariffs.places import EVERYWHERE
from feeapp.tariffs.rules import Authority, Basis, Price
from feeapp.wallets.queries import balances
from tests.areas import AT, CODE, bill, on_record, price, sell
from tests.corrections import approve, pay
from tests.owing import owe
from tests.people import Cast
from tests.rules.doctables import table
from tests.voids import MAY, ask, look

COLUMNS = ("what was wrong", "paid", "old bill", "new bill", "paid at once", "left as credit", "still to pay")


@pytest.fixture
def billed(app: Flask, cast: Cast) -> Cast:
    """88.20 m² at 1.20 yuan: 105.84 for May 2026."""
    price(cast)
    on_record(cast, 88_20)
    bill(cast, "2026-05")
    return cast


def _lines(cast: Cast) -> list[ChargeLine]:
    db.session.rollback()
    return list_charges(cast.community, [cast.units[CODE]])


def _held(cast: Cast) -> Money:
    return balances(cast.community, [cast.units[CODE]]).get(cast.units[CODE], ZERO)


def _as_billed() -> list[tuple[object, ...]]:
    columns = [each for each in Charge.__table__.c if each.name not in ("settled", "reduced")]
    return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(Charge.id))]


@pytest.mark.parametrize("row", table("corrected-bills.md", *COLUMNS), ids=lambda row: f"{row[0]} {row[1]}")
def test_the_table_of_the_rules(app: Flask, billed: Cast, row: tuple[str, ...]) -> None:
    wrong, paid, old, new, at_once, credit, owed = row
    [before] = _lines(billed)
    assert str(before.amount) == old
    if paid != "0.00":
        pay(billed, CODE, [before.id], paid)
    if wrong.startswith("area"):
        on_record(billed, int(wrong.removeprefix("area ").replace(".", "")))
    elif wrong.startswith("sold"):
        sell(billed, date(2026, 5, 11))
    kept = _as_billed()
    correction = ask(billed, not_due=wrong == "not due")
    assert [line.open for line in _lines(billed)] == [before.amount - Money.yuan(paid)], (
        "until it is approved nothing changes"
    )
    assert approve(billed, correction, at=AT) == Money.yuan(paid)
    was, *anew = _lines(billed)
    assert (was.id, was.open, was.reduced) == (before.id, ZERO, before.amount)
    assert [str(line.amount) for line in anew] == ([] if new == "none" else new.split(", "))
    assert str(total(line.amount - line.open for line in anew)) == at_once
    assert str(_held(billed)) == credit
    assert str(total(line.open for line in anew)) == owed
    assert _as_billed()[: len(kept)] == kept, "bills stay what they were"
    told = marked(billed.community, [was, *anew])
    assert [(line.voided, line.replaces) for line in told] == [(True, False), *[(False, True)] * len(anew)]


def test_a_voided_bill_whose_month_is_run_again_is_not_billed_twice(app: Flask, billed: Cast) -> None:
    on_record(billed, 86_20)
    approve(billed, ask(billed), at=AT)
    with pytest.raises(Refused, match="Nothing is missing"):
        bill(billed, "2026-05")
    assert len(_lines(billed)) == 2


def test_a_bill_that_was_not_due_is_not_billed_by_the_next_run(app: Flask, billed: Cast) -> None:
    approve(billed, ask(billed, not_due=True), at=AT)
    with pytest.raises(Refused, match="Nothing is missing"):
        bill(billed, "2026-05")
    assert len(_lines(billed)) == 1
    with pytest.raises(Refused, match="voided already"):
        look(billed)


def test_the_new_bill_says_where_it_comes_from_and_may_be_voided_again(app: Flask, billed: Cast) -> None:
    on_record(billed, 86_20)
    correction = ask(billed)
    approve(billed, correction, at=AT)
    run = db.session.scalars(sa.select(BillRun).where(BillRun.supplementary)).one()
    assert (run.source_kind, run.source_id, str(run.total)) == ("correction", correction, "103.44")
    on_record(billed, 90_00)
    approve(billed, ask(billed, key="form again"), at=AT)
    assert [(str(line.amount), str(line.open)) for line in _lines(billed)] == [
        ("105.84", "0.00"), ("103.44", "0.00"), ("108.00", "108.00"),
    ]  # fmt: skip
    kinds = db.session.scalars(sa.select(Reduction.kind)).all()
    assert set(kinds) == {ReductionKind.VOIDED}


def test_the_credit_pays_the_new_bill_before_older_debts(app: Flask, billed: Cast) -> None:
    """April is open; May was paid by choice: the new bill of May is paid, and only the rest goes to April."""
    bill(billed, "2026-04")
    pay(billed, CODE, [line.id for line in _lines(billed) if line.period == MAY], "105.84")
    on_record(billed, 86_20)
    approve(billed, ask(billed), at=AT)
    assert [(str(line.period), str(line.open)) for line in _lines(billed)] == [
        ("2026-04", "103.44"), ("2026-05", "0.00"), ("2026-05", "0.00"),
    ]  # fmt: skip


def test_only_one_debtors_bill(app: Flask, cast: Cast) -> None:
    """Sold on 11 May and billed so; the area comes to be 86.20: only the buyer's bill is issued anew."""
    price(cast)
    on_record(cast, 88_20)
    sell(cast, date(2026, 5, 11))
    bill(cast, "2026-05")
    on_record(cast, 86_20)
    approve(cast, ask(cast, debtor="ouyang"), at=AT)
    assert [(line.debtor_id, str(line.amount), str(line.open)) for line in _lines(cast)] == [
        (cast.parties["zhang"], "34.14", "34.14"),
        (cast.parties["ouyang"], "71.70", "0.00"),
        (cast.parties["ouyang"], "70.07", "70.07"),
    ]  # fmt: skip


def test_a_share_of_a_pool_is_parted_among_the_owners_of_now(app: Flask, cast: Cast) -> None:
    """31.00 for May: from the 11th the buyer bears 21 of 31 days; the pool itself is not shared anew."""
    by = cast.by("manager", AT)
    item = transaction(lambda: add_item(by, ItemKind.SHARED, "POWER", "公摊电", "Power", 31))
    wanted = Published(
        UnitUse.HOME, Price(Decimal(0), basis=Basis.POOL), date(2025, 1, 1), Authority.CONTRACT, "合同第 9 条", True
    )
    transaction(lambda: publish(by, item, wanted))
    pool = Pooled(item, MAY, Money.yuan(31), Way.KEY, EVERYWHERE, "1 度", "单", {CODE: Decimal(1)})
    transaction(lambda: enter_pool(cast.by("accountant", AT), pool))
    bill(cast, "2026-05")
    sell(cast, date(2026, 5, 11))
    approve(cast, ask(cast), at=AT)
    assert [str(line.open) for line in _lines(cast)] == ["0.00", "10.00", "21.00"]


def test_what_a_meter_says_is_issued_anew_too(app: Flask, cast: Cast) -> None:
    """12 m³ at 3.50 are 42.00; sold on 16 May they are 20.32 for the seller's 15 days and 21.68 for the buyer's 16."""
    by = cast.by("manager", AT)
    item = transaction(lambda: add_item(by, ItemKind.WATER, "WATER", "水费", "Water", 31, TariffMeter.WATER))
    wanted = Published(
        UnitUse.HOME, Price(Decimal("3.50"), Basis.METER), date(2025, 1, 1), Authority.CONTRACT, "合同第 9 条", True
    )
    transaction(lambda: publish(by, item, wanted))
    new = NewMeter("W-17", Register(), date(2026, 4, 25), 104_00)
    reader = cast.by("cashier", AT)
    meter = transaction(lambda: add_meter(reader, cast.units[CODE], MeterKind.WATER, new))
    transaction(lambda: enter(reader, meter, Entry(116_00, date(2026, 5, 20))))
    bill(cast, "2026-05")
    sell(cast, date(2026, 5, 16))
    approve(cast, ask(cast), at=AT)
    assert [(str(line.amount), str(line.open)) for line in _lines(cast)] == [
        ("42.00", "0.00"), ("20.32", "20.32"), ("21.68", "21.68"),
    ]  # fmt: skip


def test_opening_balances_stay(app: Flask, billed: Cast) -> None:
    owe(billed, CODE, "2026-05", "40", "PARK")
    planned = look(billed)
    assert [str(line.amount) for line in planned.kept] == ["40.00"]
    assert [str(line.amount) for line in planned.charges] == ["105.84"]
    approve(billed, ask(billed), at=AT)
    assert "40.00" in [str(line.open) for line in _lines(billed)]


def test_what_changed_since_it_was_asked_for_stops_it(app: Flask, billed: Cast) -> None:
    correction = ask(billed)
    on_record(billed, 86_20)
    with pytest.raises(Refused, match="Something has changed since"):
        approve(billed, correction, at=AT)
    assert db.session.get_one(Correction, (billed.community, correction)).state is CorrectionState.ASKED
    assert [str(line.open) for line in _lines(billed)] == ["105.84"]


def test_what_was_paid_since_it_was_asked_for_becomes_credit(app: Flask, billed: Cast) -> None:
    correction = ask(billed, not_due=True)
    pay(billed, CODE, [_lines(billed)[0].id], "50")
    assert approve(billed, correction, at=AT) == Money.yuan(50)
    assert _held(billed) == Money.yuan(50)


def test_no_such_bill(app: Flask, billed: Cast) -> None:
    with pytest.raises(NotFound):
        look(billed, period=Period(2026, 4))
    with pytest.raises(NotFound):
        look(billed, debtor="ouyang")
    billed.units[CODE] = billed.units["ZYL 1-1-101"]
    with pytest.raises(NotFound):
        look(billed)


@given(area=st.integers(1, 200_00), sold=st.integers(0, 31), paid=st.integers(0, 105_84), not_due=st.booleans())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_nothing_is_lost_or_made(site: Flask, cast: Cast, area: int, sold: int, paid: int, not_due: bool) -> None:
    """Whatever was wrong: what is owed less what is held moves by the new bill less the old one, by nothing else."""
    months = cast.parties.setdefault("months", 0)
    if not months:
        price(cast)
        bill(cast, "2026-05")
    cast.parties["months"] = months + 1
    owing = [line for line in _lines(cast) if line.open > ZERO]
    if owing and paid:
        pay(cast, CODE, [owing[0].id], str(min(Money(paid), owing[0].open).in_yuan))
    on_record(cast, area)
    if sold and months == 0:
        sell(cast, date(2026, 5, sold))
    try:
        planned = look(cast, not_due)
    except Refused:
        return
    before = _balance(cast)
    by = cast.by("accountant", AT)
    wanted = voids.Wanted(MAY, None, not_due)
    key = f"form {months}"
    correction = transaction(lambda: voids.ask(by, cast.units[CODE], wanted, "错", "单", key))
    approve(cast, correction, at=AT)
    assert _balance(cast) - before == planned.more - planned.less


def _balance(cast: Cast) -> Money:
    return total(line.open for line in _lines(cast)) - _held(cast)
