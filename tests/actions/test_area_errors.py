"""An area that was wrong: the bills within the look-back follow, and the registry too (BL-8, BL-9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeapp.billing.models import Charge, Reduction
from feeapp.billing.queries import list_charges
from feeapp.billing.rules import ReductionKind
from feeapp.core.area import Area
from feeapp.core.money import Money, total
from feeapp.core.refusal import NotFound, Refused
from feeapp.corrections import correcting
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CorrectionState
from feeapp.registry import actions
from feeapp.registry.models import Unit
from feeapp.registry.queries import list_area_changes
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.rules import Basis, Price
from feeapp.wallets.queries import balances
from tests.areas import AT, CODE, ask, bill, look, on_record, price, sell
from tests.corrections import approve, pay
from tests.people import Cast
from tests.rules.doctables import table

COLUMNS = ("wrong since", "month", "was", "should be", "change")


@pytest.fixture
def billed(app: Flask, cast: Cast) -> Cast:
    """88.20 m² at 1.20 yuan: 105.84 in March, April and May 2026."""
    price(cast)
    on_record(cast, 88_20)
    bill(cast, "2026-03", "2026-04", "2026-05")
    return cast


def _open(cast: Cast) -> list[tuple[str, str, str]]:
    lines = list_charges(cast.community, [cast.units[CODE]])
    return [(str(line.period), str(line.amount), str(line.open)) for line in lines]


def _as_billed(cast: Cast) -> list[tuple[object, ...]]:
    """What was billed of everybody's charges, without what cleared them."""
    columns = [each for each in Charge.__table__.c if each.name not in ("settled", "reduced")]
    return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(Charge.id))]


def _ids(cast: Cast) -> list[int]:
    return [line.id for line in list_charges(cast.community, [cast.units[CODE]])]


@pytest.mark.parametrize("since", sorted({row[0] for row in table("corrected-bills.md", *COLUMNS)}))
def test_the_table_of_the_rules(app: Flask, cast: Cast, since: str) -> None:
    price(cast)
    on_record(cast, 88_20)
    told = [row[1:] for row in table("corrected-bills.md", *COLUMNS) if row[0] == since]
    bill(cast, *(row[0] for row in told))
    planned = look(cast, 86_20, since)
    found = [
        (str(each.period), str(each.was), str(each.should), change)
        for some, words in ((planned.older, "not adjusted"), (planned.within, None))
        for each in some
        for change in [words or str(each.change)]
    ]
    assert found == told


def test_what_was_too_much_comes_off_and_the_registry_follows(app: Flask, billed: Cast) -> None:
    """1.63 of March and 2.40 each of April and May; March was paid, so its 1.63 pays for April."""
    pay(billed, CODE, _ids(billed)[:1], "105.84")
    before = _as_billed(billed)
    correction = ask(billed, 86_20, "2026-03-11")
    assert _open(billed)[1:] == [("2026-04", "105.84", "105.84"), ("2026-05", "105.84", "105.84")]
    assert approve(billed, correction, at=AT) == Money.yuan("1.63")
    assert _open(billed) == [
        ("2026-03", "105.84", "0.00"), ("2026-04", "105.84", "101.81"), ("2026-05", "105.84", "103.44"),
    ]  # fmt: skip
    assert _as_billed(billed) == before, "bills stay what they were"
    kinds = db.session.scalars(sa.select(Reduction.kind).where(Reduction.source_kind == "correction")).all()
    assert set(kinds) == {ReductionKind.RECKONED}
    assert db.session.get_one(Unit, (billed.community, billed.units[CODE])).area == Area(86_20)
    [change] = list_area_changes(billed.community, date.min, [billed.units[CODE]])[billed.units[CODE]]
    assert (change.from_on, change.before_area, change.area) == (date(2026, 3, 11), Area(88_20), Area(86_20))
    assert change.reason == "测绘录入错误"


def test_afterwards_nothing_differs_and_the_next_month_has_the_right_area(app: Flask, billed: Cast) -> None:
    approve(billed, ask(billed, 86_20, "2026-03-11"), at=AT)
    assert look(billed, 86_20, "2026-03-11").within == ()
    with pytest.raises(Refused, match="No bill within the look-back"):
        ask(billed, 86_20, "2026-03-11", key="form again")
    bill(billed, "2026-06")
    assert _open(billed)[-1][1] == "103.44"


def test_what_was_too_little_is_charged_at_the_months_end(app: Flask, billed: Cast) -> None:
    """90.00 m²: 108.00 instead of 105.84, 2.16 more a month, due on 30 June."""
    before = _as_billed(billed)
    correction = ask(billed, 90_00, "2026-04-01")
    assert [(line.was, line.should) for line in db.session.query(CorrectionLine)] == [
        (Money.yuan("105.84"), Money.yuan("108.00"))
    ] * 2
    assert approve(billed, correction, at=AT) == Money.yuan(0)
    added = [line for line in list_charges(billed.community, [billed.units[CODE]]) if line.amount == Money.yuan("2.16")]
    assert [line.due_on for line in added] == [date(2026, 6, 30)] * 2
    assert [row for row in _as_billed(billed) if row in before] == before


def test_only_what_the_area_changes_is_put_right(app: Flask, billed: Cast) -> None:
    """An item by the unit does not follow the area, and what a household owes beside it stays."""
    price(billed, code="LIFT", terms=Price(Decimal(20), basis=Basis.UNIT))
    bill(billed, "2026-05")
    assert {each.item.code for each in look(billed, 86_20, "2026-03-11").within} == {"FEE"}


def test_a_change_recorded_late_may_be_followed_by_its_bills(app: Flask, billed: Cast) -> None:
    """The registry says 86.20 from 11 March already; the bills were issued with 88.20 (BL-8)."""
    by = billed.by("manager", AT)
    unit = billed.units[CODE]
    transaction(lambda: actions.change_area(by, unit, date(2026, 3, 11), Area(86_20), None, "换发产权证"))
    assert str(total(each.change for each in look(billed, 86_20, "2026-03-11").within)) == "-6.43"
    approve(billed, ask(billed, 86_20, "2026-03-11"), at=AT)
    assert [left for _, _, left in _open(billed)] == ["104.21", "103.44", "103.44"]
    assert len(list_area_changes(billed.community, date.min, [unit])[unit]) == 1


def test_a_bill_that_is_wrong_for_another_reason_too_is_left_out(app: Flask, billed: Cast) -> None:
    """A sale in April became known after the bills: April and May are for voiding, the lift of them is no matter."""
    price(billed, code="LIFT", terms=Price(Decimal(20), basis=Basis.UNIT))
    bill(billed, "2026-04", "2026-05")
    sell(billed, date(2026, 4, 16))
    planned = look(billed, 86_20, "2026-03-11")
    assert [(str(each.period), str(each.change)) for each in planned.within] == [("2026-03", "-1.63")]
    assert {(str(each.period), each.item.code) for each in planned.apart} == {("2026-04", "FEE"), ("2026-05", "FEE")}
    approve(billed, ask(billed, 86_20, "2026-03-11"), at=AT)
    assert {line.debtor_id for line in list_charges(billed.community, [billed.units[CODE]])} == {
        billed.parties["zhang"]
    }


@pytest.mark.parametrize(
    ("right", "since", "field"),
    [(88_20, "2026-03-11", "area"), (86_20, "2026-06-11", "from_on"), (0, "2026-03-11", "area")],
)
def test_what_cannot_be_is_refused_at_its_field(app: Flask, billed: Cast, right: int, since: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        look(billed, right, since)
    assert refused.value.field == field


def test_a_day_before_another_change_is_refused(app: Flask, billed: Cast) -> None:
    by, unit = billed.by("manager", AT), billed.units[CODE]
    transaction(lambda: actions.change_area(by, unit, date(2026, 4, 1), Area(91_00), None, "换发产权证"))
    with pytest.raises(Refused, match="already on record"):
        look(billed, 86_20, "2026-03-11")


def test_what_changed_since_it_was_asked_for_stops_it(app: Flask, billed: Cast) -> None:
    correction = ask(billed, 86_20, "2026-03-11")
    on_record(billed, 88_30)
    with pytest.raises(Refused, match="Something has changed since"):
        approve(billed, correction, at=AT)
    assert db.session.get_one(Correction, (billed.community, correction)).state is CorrectionState.ASKED
    assert [left for _, _, left in _open(billed)] == ["105.84"] * 3


def test_a_month_billed_since_it_was_asked_for_stops_it(app: Flask, billed: Cast) -> None:
    correction = ask(billed, 86_20, "2026-03-11")
    bill(billed, "2026-06")
    with pytest.raises(Refused, match="Something has changed since"):
        approve(billed, correction, at=AT)


def test_the_look_back_is_counted_from_the_request(app: Flask, cast: Cast) -> None:
    """Asked for in June 2026, approved in July: June 2023 is still adjusted."""
    price(cast)
    on_record(cast, 88_20)
    bill(cast, "2023-06")
    correction = ask(cast, 86_20, "2023-06-01")
    approve(cast, correction, at=AT.replace(month=7))
    assert _open(cast) == [("2023-06", "105.84", "103.44")]


def test_who_asked_does_not_approve_and_the_neighbour_has_no_such_unit(app: Flask, billed: Cast) -> None:
    correction = ask(billed, 86_20, "2026-03-11")
    by = billed.by("accountant", AT)
    with pytest.raises(Refused, match="second person"):
        transaction(lambda: correcting.approve(by, correction))
    billed.units[CODE] = billed.units["ZYL 1-1-101"]
    with pytest.raises(NotFound):
        look(billed, 86_20, "2026-03-11")


@given(right=st.integers(1, 200_00), day=st.integers(1, 31), paid=st.integers(0, 105_84))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_nothing_is_lost_or_made(site: Flask, cast: Cast, right: int, day: int, paid: int) -> None:
    """Whatever the right area: what is owed less what is held moves by what was seen, and by nothing else."""
    if CODE not in cast.parties:
        cast.parties[CODE] = 0
        price(cast)
        on_record(cast, 88_20)
        bill(cast, "2026-03", "2026-04")
    since = f"2026-03-{day:02d}"
    unit = db.session.get_one(Unit, (cast.community, cast.units[CODE]))
    changes = list_area_changes(cast.community, date.min, [unit.id]).get(unit.id, [])
    if unit.area == Area(right) or (changes and changes[-1].from_on > date.fromisoformat(since)):
        return
    owing = list_charges(cast.community, [unit.id])[0]
    if paid and owing.open >= Money(paid):
        pay(cast, CODE, [owing.id], str(Money(paid).in_yuan))
    planned = look(cast, right, since)
    if not planned.within:
        return
    before = _balance(cast)
    approve(cast, ask(cast, right, since, key=f"form {right} {day} {paid}"), at=AT)
    assert _balance(cast) - before == planned.more - planned.less
    assert all(line.open >= Money(0) for line in list_charges(cast.community, [unit.id]))


def _balance(cast: Cast) -> Money:
    """What the home owes less what is held for it."""
    db.session.rollback()
    unit = cast.units[CODE]
    return total(line.open for line in list_charges(cast.community, [unit])) - balances(cast.community, [unit]).get(
        unit, Money(0)
    )
