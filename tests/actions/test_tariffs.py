"""Publishing and ending prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.area import Area
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.rules import ACCOUNTS, Fund
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, end_version, mark_billed, publish, publish_all
from feeapp.tariffs.models import TariffVersion
from feeapp.tariffs.naming import BOOKED, ItemKind, MeterKind
from feeapp.tariffs.places import Where, names_of, read_where
from feeapp.tariffs.queries import find_example, list_versions, price_of
from feeapp.tariffs.rules import Authority, Basis, Coefficients, Place, Price, Tier
from tests.people import AT, Cast


@pytest.fixture
def fee(app: Flask, cast: Cast) -> int:
    by = cast.by("manager")
    return transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31))


def _price(rate: str, basis: Basis = Basis.AREA) -> Price:
    return Price(Decimal(rate), basis)


def _publish(
    cast: Cast,
    item_id: int,
    rate: str,
    day: date,
    end_running: bool = False,
    use: UnitUse = UnitUse.HOME,
    price: Price | None = None,
) -> int:
    wanted = Published(use, price or _price(rate), day, Authority.CONTRACT, "2025 年物业服务合同第 8 条", end_running)
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


@pytest.mark.parametrize(
    "change", ["rate = 1", "from_on = '2020-01-01'", "authority_text = ''", "place_id = 7", "tiers = '[]'"]
)
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


LIFT = Coefficients("电梯费", ((1, Decimal("0")), (3, Decimal("0.8"))))


def _where(cast: Cast, typed: str) -> Where:
    place = {1: Place.BUILDING, 2: Place.STAIR, 3: Place.UNIT}[len(typed.split("-"))]
    return read_where(cast.community, place, typed)


def _publish_at(
    cast: Cast,
    item_id: int,
    typed: str,
    price: Price,
    day: date,
    end_running: bool = False,
    use: UnitUse = UnitUse.HOME,
) -> int:
    where = _where(cast, typed) if typed else Where()
    wanted = Published(use, price, day, Authority.RESOLUTION, "决议", end_running, where.place, where.id)
    by = cast.by("manager")
    return transaction(lambda: publish(by, item_id, wanted))


def test_everything_a_price_may_hold_is_kept_and_read_back(app: Flask, cast: Cast, fee: int) -> None:
    by = cast.by("manager")
    water = transaction(lambda: add_item(by, ItemKind.WATER, "WATER", "水费", "Water", 31, meter=MeterKind.WATER))
    metered = Price(Decimal("2.80"), Basis.METER, tiers=(Tier(1500, Decimal("2.80")), Tier(None, Decimal("4.0"))))
    lift = Price(Decimal("0.35"), Basis.INNER_AREA, coefficients=LIFT)
    kept = [
        _publish_at(cast, water, "", metered, date(2026, 1, 1)),
        _publish_at(cast, fee, "3-2", lift, date(2026, 1, 1)),
    ]
    db.session.expire_all()
    found = [db.session.get_one(TariffVersion, (cast.community, version)) for version in kept]
    assert [price_of(version) for version in found] == [metered, lift]
    assert [names_of(cast.community, [Where(each.place, each.place_id)]) for each in found] == [
        {},
        {_where(cast, "3-2"): "3号楼2单元"},
    ]


def test_each_place_has_a_price_of_its_own(app: Flask, cast: Cast, fee: int) -> None:
    day = date(2026, 1, 1)
    for typed, rate in (("", "0.65"), ("3号楼", "0.70"), ("3-2", "0.75"), ("3-2-501", "0.80"), ("3-2-502", "0.85")):
        _publish_at(cast, fee, typed, _price(rate), day)
    rates = [f"{version.rate:.2f}" for version in list_versions(cast.community, fee)]
    assert (rates[:3], sorted(rates[3:])) == (["0.65", "0.70", "0.75"], ["0.80", "0.85"])
    with pytest.raises(Refused, match=r"A price of 0.7 yuan from 2026-01-01 already stands .*3号楼"):
        raise_refusal(lambda: _publish_at(cast, fee, "3号楼", _price("0.90"), day))


def test_several_uses_are_published_together_or_not_at_all(app: Flask, cast: Cast, fee: int) -> None:
    _publish(cast, fee, "1.20", date(2026, 1, 1), use=UnitUse.SHOP)
    by = cast.by("manager")
    three = [
        Published(use, _price("0.65"), date(2026, 1, 1), Authority.CONTRACT, "合同", False)
        for use in (UnitUse.HOME, UnitUse.SHOP, UnitUse.STORAGE)
    ]
    with pytest.raises(Refused, match=r"1\.2 yuan"):
        raise_refusal(lambda: transaction(lambda: publish_all(by, fee, three)))
    assert len(list_versions(cast.community, fee)) == 1
    assert len(transaction(lambda: publish_all(by, fee, three[::2]))) == 2


def test_places_of_the_neighbour_and_of_nowhere_are_not_found(app: Flask, cast: Cast, fee: int) -> None:
    by = cast.by("manager")
    for place, place_id in (
        (Place.UNIT, cast.units["ZYL 1-1-101"]),
        (Place.BUILDING, 7),
        (Place.STAIR, None),
        (Place.COMMUNITY, cast.units["3-2-501"]),
    ):
        wanted = Published(UnitUse.HOME, _price("1"), date(2026, 1, 1), Authority.CONTRACT, "x", False, place, place_id)
        with pytest.raises(NotFound):
            transaction(lambda wanted=wanted: publish(by, fee, wanted))
    db.session.get_one(Unit, (cast.community, cast.units["3-2-502"])).withdrawn_at = AT
    db.session.commit()
    for place, typed in ((Place.UNIT, "3-2-502"), (Place.BUILDING, "7号楼"), (Place.STAIR, "3-9"), (Place.UNIT, "")):
        with pytest.raises(Refused) as refused:
            read_where(cast.community, place, typed)
        assert refused.value.field == "where"
    assert db.session.query(TariffVersion).count() == 0


@pytest.mark.parametrize("typed", ["3号楼2单元", "3-2", "3栋2单元", "３－２"])
def test_a_stair_is_found_as_people_write_it(site: Flask, cast: Cast, typed: str) -> None:
    assert read_where(cast.community, Place.STAIR, typed) == _where(cast, "3-2")


def test_a_unit_is_priced_as_what_it_is(app: Flask, cast: Cast, fee: int) -> None:
    with pytest.raises(Refused) as refused:
        _publish_at(cast, fee, "3-2-501", _price("1"), date(2026, 1, 1), use=UnitUse.SHOP)
    assert (refused.value.code, refused.value.field) == ("tariff.unit_use", "use")


def test_a_metered_price_needs_an_item_that_is_metered(app: Flask, cast: Cast, fee: int) -> None:
    with pytest.raises(Refused) as refused:
        _publish(cast, fee, "1", date(2026, 1, 1), price=_price("1", Basis.METER))
    assert (refused.value.code, refused.value.field) == ("tariff.meter", "basis")


@pytest.mark.parametrize(("wider", "narrower"), [("", "3号楼"), ("3号楼", "3-2"), ("3-2", "3-2-501"), ("", "3-2-501")])
def test_one_month_of_one_unit_is_charged_in_one_manner(
    app: Flask, cast: Cast, fee: int, wider: str, narrower: str
) -> None:
    """A narrower price begins and ends inside a month only where it differs from the wider in the rate alone."""
    half_way, first = date(2026, 6, 16), date(2026, 6, 1)
    _publish_at(cast, fee, wider, _price("0.65"), date(2026, 1, 1))
    for basis in (Basis.UNIT, Basis.FIXED):
        with pytest.raises(Refused, match="begin on the 1st"):
            _publish_at(cast, fee, narrower, _price("60", basis), half_way)
    version = _publish_at(cast, fee, narrower, _price("60", Basis.UNIT), first)
    by = cast.by("manager")
    with pytest.raises(Refused, match="end with a month"):
        transaction(lambda: end_version(by, version, date(2026, 7, 15)))
    transaction(lambda: end_version(by, version, date(2026, 7, 31)))
    alike = _publish_at(cast, fee, narrower, _price("0.80"), date(2026, 8, 11))
    transaction(lambda: end_version(by, alike, date(2026, 8, 20)))


def test_a_wider_price_does_not_begin_beside_one_that_ends_inside_the_month(app: Flask, cast: Cast, fee: int) -> None:
    version = _publish_at(cast, fee, "3号楼", _price("60", Basis.UNIT), date(2026, 1, 1))
    by = cast.by("manager")
    transaction(lambda: end_version(by, version, date(2026, 6, 15)))
    with pytest.raises(Refused, match="begin on the 1st"):
        _publish_at(cast, fee, "", _price("0.65"), date(2026, 5, 1))
    _publish_at(cast, fee, "1号楼", _price("0.65"), date(2026, 5, 1))
    _publish_at(cast, fee, "", _price("0.65"), date(2026, 7, 1))


def test_a_narrower_price_begins_after_what_is_billed_at_the_wider(app: Flask, cast: Cast, fee: int) -> None:
    wide = _publish_at(cast, fee, "", _price("0.65"), date(2026, 1, 1))
    other = _publish_at(cast, fee, "1号楼", _price("0.60"), date(2026, 1, 1))
    transaction(lambda: mark_billed(cast.community, [wide], Period.read("2026-03")))
    transaction(lambda: mark_billed(cast.community, [other], Period.read("2026-05")))
    with pytest.raises(Refused, match="from 2026-04-01 on"):
        raise_refusal(lambda: _publish_at(cast, fee, "3号楼", _price("0.70"), date(2026, 3, 1)))
    _publish_at(cast, fee, "3号楼", _price("0.70"), date(2026, 4, 1))


def test_the_example_knows_places_inner_areas_floors_and_meters(app: Flask, cast: Cast) -> None:
    """86.53 m² at 0.65 are 56.24; 70.00 inner at 0.80 are 56.00; 15 m³ × 0.8 on the 3rd floor; 10 m³ at 2.80."""
    flat = db.session.get_one(Unit, (cast.community, cast.units["3-2-501"]))
    flat.inner_area, flat.floor = Area(7000), 3
    db.session.commit()

    def paid(typed: str, price: Price) -> str:
        example = find_example(cast.community, UnitUse.HOME, price, _where(cast, typed))
        return str(example.amount) if example else "nobody"

    assert paid("3-2-501", _price("0.65")) == "56.24"
    assert paid("3号楼", _price("0.80", Basis.INNER_AREA)) == "56.00"
    assert paid("1号楼", _price("0.80", Basis.INNER_AREA)) == "nobody"
    assert paid("3-2-501", Price(Decimal(15), Basis.UNIT, coefficients=LIFT)) == "12.00"
    assert paid("1号楼", Price(Decimal(15), Basis.UNIT, coefficients=LIFT)) == "0.00"
    assert paid("3号楼", Price(Decimal(15), Basis.UNIT, coefficients=LIFT)) == "12.00", "a floor that pays"
    assert paid("3-2", Price(Decimal("2.80"), Basis.METER)) == "28.00"
    assert paid("3-2", Price(Decimal(0), Basis.POOL)) == "nobody"
