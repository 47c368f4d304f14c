"""Publishing and ending prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.rules import ACCOUNTS, Fund
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, end_version, mark_billed, publish
from feeapp.tariffs.models import TariffVersion
from feeapp.tariffs.naming import BOOKED, ItemKind
from feeapp.tariffs.queries import find_example, list_versions
from feeapp.tariffs.rules import Authority, Basis, Price
from tests.people import Cast


@pytest.fixture
def fee(app: Flask, cast: Cast) -> int:
    by = cast.by("manager")
    return transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31))


def _price(rate: str, basis: Basis = Basis.AREA) -> Price:
    return Price(Decimal(rate), basis)


def _publish(
    cast: Cast, item_id: int, rate: str, day: date, end_running: bool = False, use: UnitUse = UnitUse.HOME
) -> int:
    wanted = Published(use, _price(rate), day, Authority.CONTRACT, "2025 年物业服务合同第 8 条", end_running)
    by = cast.by("manager")
    return transaction(lambda: publish(by, item_id, wanted))


def _spans(cast: Cast, item_id: int) -> list[tuple[date, date | None]]:
    return sorted((each.from_on, each.to_on) for each in list_versions(cast.community, item_id, UnitUse.HOME))


def test_a_new_price_ends_the_one_before_it_where_the_clerk_says_so(app: Flask, cast: Cast, fee: int) -> None:
    _publish(cast, fee, "0.65", date(2025, 1, 1))
    with pytest.raises(Refused, match="still running"):
        _publish(cast, fee, "0.80", date(2026, 7, 1))
    _publish(cast, fee, "0.80", date(2026, 7, 1), end_running=True)
    assert _spans(cast, fee) == [(date(2025, 1, 1), date(2026, 7, 1)), (date(2026, 7, 1), None)]


def test_two_prices_never_stand_for_the_same_day(app: Flask, cast: Cast, fee: int) -> None:
    _publish(cast, fee, "0.65", date(2026, 3, 1))
    with pytest.raises(Refused, match="already stands"):
        _publish(cast, fee, "0.60", date(2026, 1, 1), end_running=True)


def test_shops_and_homes_have_prices_of_their_own(app: Flask, cast: Cast, fee: int) -> None:
    _publish(cast, fee, "0.65", date(2026, 1, 1))
    _publish(cast, fee, "1.20", date(2026, 1, 1), use=UnitUse.SHOP)
    assert len(list_versions(cast.community, fee)) == 2


def test_a_billed_month_keeps_its_price(app: Flask, cast: Cast, fee: int) -> None:
    """January and March 2026 are billed: a change is possible from April on, also when February is noted late."""
    version = _publish(cast, fee, "0.65", date(2025, 1, 1))
    for month in ("2026-01", "2026-03", "2026-02"):
        transaction(lambda month=month: mark_billed(cast.community, [version], Period.read(month)))
    with pytest.raises(Refused, match="from 2026-04-01 on"):
        raise_refusal(lambda: _publish(cast, fee, "0.80", date(2026, 3, 15), end_running=True))
    by = cast.by("manager")
    with pytest.raises(Refused):
        transaction(lambda: end_version(by, version, date(2026, 3, 30)))
    transaction(lambda: end_version(by, version, date(2026, 3, 31)))
    assert _spans(cast, fee) == [(date(2025, 1, 1), date(2026, 4, 1))]


def raise_refusal(deed: object) -> None:
    """Raise the refusal with its sentence filled in, so that the match sees what a person would read."""
    try:
        deed()  # type: ignore[operator]
    except Refused as refusal:
        raise Refused(refusal.code, str(refusal)) from None


def test_an_end_is_set_once(app: Flask, cast: Cast, fee: int) -> None:
    version = _publish(cast, fee, "0.65", date(2025, 1, 1))
    by = cast.by("manager")
    transaction(lambda: end_version(by, version, date(2026, 6, 30)))
    with pytest.raises(Refused, match="already been given"):
        transaction(lambda: end_version(by, version, date(2026, 7, 31)))


def test_inside_a_month_only_the_rate_may_change(app: Flask, cast: Cast, fee: int) -> None:
    _publish(cast, fee, "0.65", date(2025, 1, 1))
    fixed = Published(UnitUse.HOME, _price("30", Basis.FIXED), date(2026, 6, 16), Authority.NOTICE, "文", True)
    by = cast.by("manager")
    with pytest.raises(Refused, match="begin on the 1st"):
        transaction(lambda: publish(by, fee, fixed))
    _publish(cast, fee, "0.80", date(2026, 6, 16), end_running=True)


@pytest.mark.parametrize("change", ["rate = 1", "from_on = '2020-01-01'", "authority_text = ''"])
def test_the_database_refuses_to_edit_a_published_price(app: Flask, cast: Cast, fee: int, change: str) -> None:
    _publish(cast, fee, "0.65", date(2025, 1, 1))
    with pytest.raises(sa.exc.DBAPIError, match="kept for ever"):
        db.session.execute(sa.text(f"UPDATE tariff_versions SET {change}"))


def test_the_neighbours_items_are_not_found(app: Flask, cast: Cast, fee: int) -> None:
    wanted = Published(UnitUse.HOME, _price("1"), date(2026, 1, 1), Authority.CONTRACT, "x", False)
    outsider = cast.by("outsider")
    foreign = type(outsider)(cast.neighbour, outsider.actor_id, outsider.at)
    with pytest.raises(NotFound):
        transaction(lambda: publish(foreign, fee, wanted))
    assert db.session.query(TariffVersion).count() == 0


def test_the_example_is_what_a_real_unit_pays(app: Flask, cast: Cast) -> None:
    """62.37 m² at 0.65 is 40.5405: 40.54 (the smallest of the sizes that occur once each)."""
    example = find_example(cast.community, UnitUse.HOME, _price("0.65"))
    assert example is not None
    assert (str(example.area), str(example.amount)) == ("62.37", "40.54")
    assert find_example(cast.community, UnitUse.STORAGE, _price("0.65")) is None


def test_every_item_is_booked_on_accounts_the_chart_has() -> None:
    for booked in BOOKED.values():
        for account in (booked.receivable, booked.income):
            assert Fund(booked.fund) in ACCOUNTS[account].funds


@pytest.mark.parametrize(("code", "day"), [("fee", 31), ("F", 31), ("物业", 31), ("FEE", 0), ("FEE", 32)])
def test_a_code_or_a_day_that_will_not_do_is_refused(site: Flask, cast: Cast, code: str, day: int) -> None:
    by = cast.by("manager")
    with pytest.raises(Refused):
        transaction(lambda: add_item(by, ItemKind.PARKING, code, "停车费", "Parking", day))


def test_no_price_begins_in_the_rest_of_a_billed_month(app: Flask, cast: Cast, fee: int) -> None:
    """Billed up to the 15th, January is done: a part added later would not fit the parts that stand."""
    version = _publish(cast, fee, "0.65", date(2025, 1, 1))
    by = cast.by("manager")
    transaction(lambda: end_version(by, version, date(2026, 1, 15)))
    transaction(lambda: mark_billed(cast.community, [version], Period.read("2026-01")))
    with pytest.raises(Refused, match="from 2026-02-01 on"):
        raise_refusal(lambda: _publish(cast, fee, "0.80", date(2026, 1, 16)))
    _publish(cast, fee, "0.80", date(2026, 2, 1))
