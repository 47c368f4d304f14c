"""Billing a unit afterwards for what bill runs missed, and finding such units (BL-15)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeapp.billing.amending import Lowering, lower
from feeapp.billing.lateness import list_memos, terms_of
from feeapp.billing.missed_units import MissedUnit, list_missed_units
from feeapp.billing.missing import Missed, back_bill, begin_of, look
from feeapp.billing.models import BillRun, Charge
from feeapp.billing.pools import Wanted, enter_pool
from feeapp.billing.queries import list_charges
from feeapp.billing.rules import ReductionKind, Way
from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.actions import Source
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.places import EVERYWHERE
from feeapp.tariffs.rules import Authority, Basis, Price
from tests.holding import give
from tests.lateness import ask_for
from tests.missing import AT, CODE, MONTHS, bill, by, find_out, missed_home, price_homes
from tests.people import Cast
from tests.rules.doctables import table

JANUARY, MARCH, MAY = MONTHS[0], MONTHS[2], MONTHS[4]
DUE = date(2025, 7, 10)


def _look(cast: Cast, since: Period = JANUARY) -> Missed:
    found = look(cast.community, cast.units[CODE], since)
    assert found is not None
    return found


def _bill_it(cast: Cast, since: Period = JANUARY, due_on: date | None = DUE, seen: str | None = None) -> Missed:
    seen = seen or _look(cast, since).seen_hash
    return transaction(lambda: back_bill(by(cast), cast.units[CODE], since, due_on, seen))


def _of_unit(cast: Cast, code: str = CODE) -> list[tuple[str, str, date]]:
    lines = list_charges(cast.community, [cast.units[code]])
    return [(str(line.period), str(line.amount), line.due_on) for line in lines]


def test_the_example_of_the_rules_is_billed_as_it_was_seen(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    told = {
        month: charge
        for month, _, _, charge in table("back-billing.md", "month", "owned days", "days of the month", "charge")
        if charge != "none"
    }
    seen = _look(cast)
    assert {str(month.period): str(month.amount) for month in seen.months} == told
    assert str(seen.amount) == "283.38"
    before = _all_but(cast)
    _bill_it(cast)
    assert _of_unit(cast) == [(month, amount, DUE) for month, amount in told.items()]
    assert _all_but(cast) == before, "what was billed before stays as it was"
    runs = db.session.scalars(sa.select(BillRun).where(BillRun.supplementary).order_by(BillRun.period)).all()
    assert [(str(run.period), run.charges, str(run.total)) for run in runs] == [
        (month, 1, amount) for month, amount in told.items()
    ]
    assert all(line.supplementary for line in list_charges(cast.community, [cast.units[CODE]]))


def _all_but(cast: Cast) -> list[tuple[object, ...]]:
    """Every charge of the other units in full."""
    columns = Charge.__table__.c
    return [
        tuple(row)
        for row in db.session.execute(
            sa.select(*columns).where(columns.unit_id != cast.units[CODE]).order_by(columns.id)
        )
    ]


def test_a_second_time_nothing_is_missing(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    seen = _look(cast).seen_hash
    _bill_it(cast)
    assert _look(cast).months == ()
    with pytest.raises(Refused, match="Nothing is missing"):
        _bill_it(cast, seen=seen)
    for month in MONTHS:
        with pytest.raises(Refused, match="Nothing is missing"):
            bill(cast, month)


def test_what_is_charged_already_is_left_out(app: Flask, cast: Cast) -> None:
    """April was run again after the home was entered; a second item came to be missed beside it."""
    missed_home(cast)
    bill(cast, MONTHS[3])
    price_homes(cast, code="LIFT", price=Price(Decimal(20), basis=Basis.UNIT))
    found = {
        str(month.period): [(each.item.code, str(each.amount)) for each in month.drafts] for month in _look(cast).months
    }
    assert found == {
        "2025-03": [("FEE", "71.70"), ("LIFT", "13.55")],
        "2025-04": [("LIFT", "20.00")],
        "2025-05": [("FEE", "105.84"), ("LIFT", "20.00")],
    }


def test_nothing_is_billed_when_something_changed_since_it_was_seen(app: Flask, cast: Cast) -> None:
    unit = missed_home(cast)
    seen = _look(cast).seen_hash
    db.session.get_one(Unit, (cast.community, unit)).area = Area(88_30)
    db.session.commit()
    with pytest.raises(Refused, match="changed since you looked"):
        _bill_it(cast, seen=seen)
    assert _of_unit(cast) == []


def test_prepaid_money_clears_what_it_can_at_once(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    give(cast, CODE, "100", "ouyang")
    _bill_it(cast)
    lines = list_charges(cast.community, [cast.units[CODE]])
    assert [str(line.open) for line in lines] == ["0.00", "77.54", "105.84"]


def test_past_months_keep_their_own_days_only_when_asked(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    _bill_it(cast, due_on=None)
    assert [due for _, _, due in _of_unit(cast)] == [date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)]


@pytest.mark.parametrize(("due_on", "late"), [(DUE, 0), (None, 3)])
def test_late_charges_run_for_the_past_only_when_asked(app: Flask, cast: Cast, due_on: date | None, late: int) -> None:
    """Seen on the day it is billed: three months that fell due on their own old days bear a late charge."""
    missed_home(cast)
    ask_for(cast)
    _bill_it(cast, due_on=due_on)
    unit = cast.units[CODE]
    assert len(list_memos(cast.community, [unit], AT.date(), terms_of(cast.community))) == late


def test_a_due_day_lies_ahead(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    with pytest.raises(Refused) as refused:
        _bill_it(cast, due_on=date(2025, 6, 9))
    assert (refused.value.field, _of_unit(cast)) == ("due_on", [])
    _bill_it(cast, due_on=AT.date())


def test_from_when_on(app: Flask, cast: Cast) -> None:
    """The owner came on 11 March; the others stood before anything was billed; nobody owns a home without an owner."""
    home = missed_home(cast)
    assert begin_of(cast.community, home, AT.date(), JANUARY) == MARCH
    assert begin_of(cast.community, home, date(2025, 2, 1), JANUARY) == MARCH
    assert begin_of(cast.community, cast.units["1-1-101"], AT.date(), JANUARY) == JANUARY
    empty = find_out(cast, owner=None, code="3-2-602")
    assert begin_of(cast.community, empty, AT.date(), JANUARY) == JANUARY
    assert _look(cast, Period(2020, 1)).since == JANUARY
    assert [str(month.period) for month in _look(cast, Period(2025, 4)).months] == ["2025-04", "2025-05"]
    with pytest.raises(Refused) as refused:
        _look(cast, Period(2025, 6))
    assert refused.value.field == "since"


def test_only_months_that_were_billed_for_all(app: Flask, cast: Cast) -> None:
    """March was never run: nobody is billed for it, so this home is not either."""
    price_homes(cast)
    find_out(cast)
    assert look(cast.community, cast.units[CODE], JANUARY) is None
    db.session.rollback()
    for month in (MONTHS[1], MONTHS[3]):
        bill(cast, month)
    find_out(cast, code="3-2-603")
    found = look(cast.community, cast.units["3-2-603"], JANUARY)
    assert found is not None
    assert [str(month.period) for month in found.months] == ["2025-04"]


def test_pools_are_not_shared_anew(app: Flask, cast: Cast) -> None:
    item = transaction(lambda: add_item(by(cast, "manager"), ItemKind.SHARED, "POWER", "公摊电", "Power", 31))
    wanted = Published(
        UnitUse.HOME, Price(Decimal(0), basis=Basis.POOL), date(2025, 1, 1), Authority.CONTRACT, "合同第 9 条", True
    )
    transaction(lambda: publish(by(cast, "manager"), item, wanted))
    pool = Wanted(item, MAY, Money.yuan(90), Way.UNIT, EVERYWHERE, "90 度", "5 月电费单", {})
    transaction(lambda: enter_pool(by(cast), pool))
    bill(cast, MAY)
    find_out(cast)
    assert _look(cast, MAY).months == ()


def test_odd_fen_are_struck_off_where_the_community_does_so(app: Flask, cast: Cast) -> None:
    """71.70, 105.84 and 105.84 are asked as 71.70, 105.80 and 105.80."""
    missed_home(cast)
    ask_for(cast, rate=Decimal(0), bill_to_jiao=True)
    _bill_it(cast)
    lines = list_charges(cast.community, [cast.units[CODE]])
    assert [str(line.open) for line in lines] == ["71.70", "105.80", "105.80"]


def test_a_voided_charge_is_not_missing(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    _bill_it(cast)
    charge = list_charges(cast.community, [cast.units[CODE]])[-1]
    off = [Lowering(charge.id, charge.amount, ReductionKind.VOIDED, "重复")]
    transaction(lambda: lower(by(cast, "manager"), off, "test.void", Source("test", 1)))
    assert _look(cast).months == ()


def test_another_communitys_unit_is_not_there(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    with pytest.raises(NotFound):
        look(cast.community, cast.units["ZYL 1-1-101"], JANUARY)


def _missed(cast: Cast, typed: str = "", since: Period = JANUARY) -> list[MissedUnit]:
    return list(list_missed_units(cast.community, since, typed, 1).items)


def test_missed_units_are_found(app: Flask, cast: Cast) -> None:
    """The home misses the three months in which it had an owner; the shop and the parking space miss nothing."""
    home = missed_home(cast)
    find_out(cast, area=None, code="3-2-602")
    find_out(cast, owner=None, code="3-2-603")
    [found, other] = _missed(cast)
    assert found == MissedUnit(home, CODE, CODE, UnitUse.HOME, 3, MARCH, MAY)
    assert (other.code, other.months) == ("3-2-602", 3)
    assert [(one.code, one.months) for one in _missed(cast, since=MAY)] == [(CODE, 1), ("3-2-602", 1)]
    assert _missed(cast, since=Period(2025, 6)) == []
    _bill_it(cast)
    assert [one.code for one in _missed(cast)] == ["3-2-602"]
    assert list_missed_units(cast.neighbour, JANUARY, "", 1).total == 0


def test_a_unit_that_nobody_owned_then_was_not_missed(app: Flask, cast: Cast) -> None:
    price_homes(cast)
    bill(cast, JANUARY)
    find_out(cast)
    assert _missed(cast) == []


@given(area=st.integers(1, 999_99), rate=st.decimals("0.01", "9.99", places=2), gift=st.integers(0, 60_000))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_what_is_seen_is_what_is_owed_and_what_is_held_is_used_up_first(
    site: Flask, cast: Cast, area: int, rate: Decimal, gift: int
) -> None:
    """However large the home and whatever the price: billed is what was seen, and held + open is conserved."""
    number = 1000 + len(cast.units)
    code = f"3-2-{number}"
    if "FEE" not in cast.parties:
        cast.parties["FEE"] = 0
        price_homes(cast, str(rate))
        for month in MONTHS:
            bill(cast, month)
    find_out(cast, area=area, code=code)
    found = look(cast.community, cast.units[code], JANUARY)
    assert found is not None
    if not found.months:
        return
    if gift:
        give(cast, code, str(Money(gift).in_yuan), "ouyang")
    transaction(lambda: back_bill(by(cast), cast.units[code], JANUARY, DUE, found.seen_hash))
    lines = list_charges(cast.community, [cast.units[code]])
    assert sum(line.amount.fen for line in lines) == found.amount.fen
    assert sum(line.open.fen for line in lines) == max(0, found.amount.fen - gift)
