"""The exceptions a property office lives in: each billed to the fen, each explained, each book still sound."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.explaining import explained
from feeapp.billing.models import BillRun, Charge, Pool, Reduction
from feeapp.billing.pools import Wanted, enter_pool, read_key, withdraw_pool
from feeapp.billing.previewing import preview
from feeapp.billing.queries import ChargeLine, list_charges
from feeapp.billing.reckoning import reckon
from feeapp.billing.rules import ReductionKind, Way
from feeapp.billing.runs import confirm
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.metering.actions import NewMeter, add_meter
from feeapp.metering.judging import Entry
from feeapp.metering.readings import enter
from feeapp.metering.rules import MeterKind, Register
from feeapp.registry.actions import change_area, set_profile
from feeapp.registry.models import Building, Ownership, Stair, Unit
from feeapp.registry.profile import FirstMonth, OwnerChange
from feeapp.registry.queries import profile_of
from feeapp.registry.rules import UnitUse, UseState
from feeapp.reliefs.actions import apply_for, approve, inspect
from feeapp.reliefs.rules import Application, PaperKind, ReliefKind
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.naming import MeterKind as TariffMeter
from feeapp.tariffs.places import EVERYWHERE, Where
from feeapp.tariffs.rules import Authority, Basis, Coefficients, Place, Price, RoundAt, Tier
from tests.people import Cast

MAY = Period(2026, 5)
JUNE = Period(2026, 6)
AT = datetime(2026, 5, 25, 2, 0, tzinfo=UTC)


@pytest.fixture
def fee(app: Flask, cast: Cast) -> int:
    """The property fee of homes: 0.65 a m² from 2025."""
    item_id = _item(cast, "FEE", ItemKind.PROPERTY_FEE)
    _price(cast, item_id, Price(Decimal("0.65")))
    return item_id


def _by(cast: Cast, who: str) -> By:
    return cast.by(who, AT)


def _item(cast: Cast, code: str, kind: ItemKind) -> int:
    return transaction(lambda: add_item(_by(cast, "manager"), kind, code, code, code, 31))


def _price(
    cast: Cast,
    item_id: int,
    price: Price,
    day: date = date(2025, 1, 1),
    use: UnitUse = UnitUse.HOME,
    where: Where = EVERYWHERE,
) -> None:
    wanted = Published(use, price, day, Authority.CONTRACT, "合同第 8 条", True, where.place, where.id)
    transaction(lambda: publish(_by(cast, "manager"), item_id, wanted))


def _bill(cast: Cast, period: Period = MAY) -> int:
    seen = preview(cast.community, period)
    run_id = transaction(lambda: confirm(_by(cast, "accountant"), period, seen.seen_hash))
    run = db.session.get_one(BillRun, (cast.community, run_id))
    assert (run.charges, run.total) == (seen.charges, seen.total), "what was seen is what is billed"
    return run_id


def _lines(cast: Cast, code: str, period: Period = MAY) -> list[ChargeLine]:
    return [line for line in list_charges(cast.community, [cast.units[code]]) if line.period == period]


def _amounts(cast: Cast, code: str, period: Period = MAY) -> list[str]:
    return [str(line.amount) for line in _lines(cast, code, period)]


def _sell(cast: Cast, code: str, day: date, buyer: str) -> None:
    """The unit goes to a buyer on a day."""
    for owned in db.session.scalars(
        sa.select(Ownership).filter_by(community_id=cast.community, unit_id=cast.units[code], to_on=None)
    ):
        owned.to_on = day
    db.session.add(
        Ownership(
            community_id=cast.community, unit_id=cast.units[code], party_id=cast.parties[buyer], position=1,
            from_on=day, share="",
        )
    )  # fmt: skip
    db.session.commit()


class TestChangeOfOwner:
    def test_the_month_is_parted_by_days(self, app: Flask, cast: Cast, fee: int) -> None:
        """From the 16th of 31 days: 56.2445 × 15/31 = 27.2151 → 27.22 for the seller, 29.02 for the buyer."""
        _sell(cast, "3-2-501", date(2026, 5, 16), "ouyang")
        _bill(cast)
        lines = _lines(cast, "3-2-501")
        assert [(line.debtor_id, str(line.amount)) for line in lines] == [
            (cast.parties["zhang"], "27.22"), (cast.parties["ouyang"], "29.02"),
        ]  # fmt: skip
        with app.test_request_context(headers={"Accept-Language": "en"}):
            assert "15 of 31 days" in explained(lines[0])

    def test_or_stays_whole_where_the_community_says_so(self, app: Flask, cast: Cast, fee: int) -> None:
        _set(cast, owner_change=OwnerChange.WHOLE_MONTH)
        _sell(cast, "3-2-501", date(2026, 5, 16), "ouyang")
        _bill(cast)
        assert [(line.debtor_id, str(line.amount)) for line in _lines(cast, "3-2-501")] == [
            (cast.parties["zhang"], "56.24")
        ]

    def test_a_sale_that_is_told_after_billing_adds_nothing_by_itself(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast)
        _sell(cast, "3-2-501", date(2026, 5, 16), "ouyang")
        with pytest.raises(Refused, match="Nothing is missing"):
            _bill(cast)
        assert _amounts(cast, "3-2-501") == ["56.24"]


def _set(cast: Cast, **settings: object) -> None:
    profile = replace(profile_of(cast.community), **settings)
    transaction(lambda: set_profile(_by(cast, "manager"), profile, "业主大会决议"))


class TestAreas:
    def test_an_area_that_changes_inside_the_month(self, app: Flask, cast: Cast, fee: int) -> None:
        """90.00 m² to 20 May, 100.00 from the 21st: 58.50 × 20/31 + 65.00 × 11/31 = 60.8065: 37.74 + 23.07."""
        change = date(2026, 5, 21), Area(10000), None, "重新测绘"
        transaction(lambda: change_area(_by(cast, "accountant"), cast.units["1-1-101"], *change))
        _bill(cast)
        assert _amounts(cast, "1-1-101") == ["37.74", "23.07"]

    def test_a_month_before_the_change_is_billed_on_the_area_it_had(self, app: Flask, cast: Cast, fee: int) -> None:
        change = date(2026, 5, 21), Area(10000), None, "重新测绘"
        transaction(lambda: change_area(_by(cast, "accountant"), cast.units["1-1-101"], *change))
        _bill(cast, Period(2026, 4))
        assert _amounts(cast, "1-1-101", Period(2026, 4)) == ["58.50"]

    def test_inner_areas_and_floors(self, app: Flask, cast: Cast) -> None:
        """70.00 m² inner area at 0.50 are 35.00, of which the first floor pays half; the rest have no inner area."""
        item = _item(cast, "LIFT", ItemKind.PROPERTY_FEE)
        _unit(cast, "3-2-501").inner_area = Area(7000)
        _unit(cast, "3-2-502").inner_area = Area(5000)
        _unit(cast, "3-2-502").floor = 6
        db.session.commit()
        floors = Coefficients("电梯", ((1, Decimal("0.5")), (2, Decimal(0))))
        _price(cast, item, Price(Decimal("0.50"), Basis.INNER_AREA, coefficients=floors))
        seen = preview(cast.community, MAY)
        assert [(each.code, each.count) for each in seen.cannot] == [("area", 1)]
        _bill(cast)
        assert {code: _amounts(cast, code) for code in ("3-2-501", "3-2-502", "1-1-101")} == {
            "3-2-501": ["17.50"], "3-2-502": ["25.00"], "1-1-101": [],
        }  # fmt: skip


def _unit(cast: Cast, code: str) -> Unit:
    return db.session.get_one(Unit, (cast.community, cast.units[code]))


class TestPlaces:
    def test_the_narrower_price_holds(self, app: Flask, cast: Cast, fee: int) -> None:
        """Building 3 pays 0.80, its home 502 a price of its own, 1.00; building 1 the community's 0.65."""
        building = db.session.scalars(sa.select(Building.id).filter_by(community_id=cast.community, code="3")).one()
        _price(cast, fee, Price(Decimal("0.80")), where=Where(Place.BUILDING, building))
        _price(cast, fee, Price(Decimal("1.00")), where=Where(Place.UNIT, cast.units["3-2-502"]))
        _bill(cast)
        assert {code: _amounts(cast, code) for code in ("3-2-501", "3-2-502", "1-1-101")} == {
            "3-2-501": ["69.22"], "3-2-502": ["62.37"], "1-1-101": ["58.50"],
        }  # fmt: skip

    def test_a_narrower_price_that_begins_inside_the_month(self, app: Flask, cast: Cast, fee: int) -> None:
        """BL-7 in a place: 0.65 to 15 May, 0.80 from then: 58.50 × 15/31 = 28.3065, with 37.1613 together 65.47."""
        stair = db.session.get_one(Unit, (cast.community, cast.units["1-1-101"])).stair_id
        _price(cast, fee, Price(Decimal("0.80")), date(2026, 5, 16), where=Where(Place.STAIR, stair))
        _bill(cast)
        assert _amounts(cast, "1-1-101") == ["28.31", "37.16"]
        assert _amounts(cast, "3-2-501") == ["56.24"]
        assert db.session.query(Stair).count() > 1


def test_singly_and_all_alike_come_to_the_same(app: Flask, cast: Cast, fee: int) -> None:
    """What a run works out for all units at once is what the rule says of each by itself."""
    shop = _item(cast, "SHOPFEE", ItemKind.PROPERTY_FEE)
    _price(cast, shop, Price(Decimal("1.2345")), use=UnitUse.SHOP)
    _price(cast, shop, Price(Decimal("30"), Basis.UNIT), date(2026, 5, 12), use=UnitUse.PARKING)
    _price(cast, fee, Price(Decimal("0.7777")), date(2026, 5, 12))
    singly = {
        (each.unit.id, each.item.id, each.drafted.line.seq): (each.drafted.debtor_id, each.amount)
        for each in reckon(cast.community, cast.units.values(), MAY)
    }
    _bill(cast)
    billed = db.session.execute(
        sa.select(Charge.unit_id, Charge.item_id, Charge.seq, Charge.debtor_id, Charge.amount).filter_by(
            community_id=cast.community
        )
    )
    assert {tuple(row[:3]): (row.debtor_id, row.amount) for row in billed} == singly
    assert len(singly) == 8


class TestReliefs:
    def test_an_empty_home_is_billed_in_full_and_relieved_at_once(self, app: Flask, cast: Cast, fee: int) -> None:
        """Vacant from 1 May at 60 %: 56.24 billed, 22.49 taken off, 33.75 stays (BL-11)."""
        _relieve(cast, "3-2-501", ReliefKind.VACANCY, "60")
        seen = preview(cast.community, MAY)
        assert str(seen.relieved) == "22.49"
        run_id = _bill(cast)
        (line,) = _lines(cast, "3-2-501")
        assert (str(line.amount), str(line.reduced), str(line.open)) == ("56.24", "22.49", "33.75")
        (reduction,) = db.session.query(Reduction).all()
        assert (reduction.kind, str(reduction.amount), reduction.source_kind) == (
            ReductionKind.VACANCY, "22.49", "relief",
        )  # fmt: skip
        assert str(db.session.get_one(BillRun, (cast.community, run_id)).reduced) == "22.49"

    def test_an_exemption_leaves_nothing_open(self, app: Flask, cast: Cast, fee: int) -> None:
        _relieve(cast, "1-1-101", ReliefKind.EXEMPTION, "0")
        _bill(cast)
        (line,) = _lines(cast, "1-1-101")
        assert (str(line.reduced), str(line.open)) == ("58.50", "0.00")


def _relieve(cast: Cast, code: str, kind: ReliefKind, percent: str) -> None:
    """A relief for May 2026, applied for in April, inspected, and approved by a second person."""
    _set(cast, vacancy_percent=Decimal(60))
    _unit(cast, code).use_state = UseState.VACANT
    db.session.commit()
    april = datetime(2026, 4, 20, 2, 0, tzinfo=UTC)
    cashier, manager = cast.by("cashier", april), cast.by("manager", april)
    asked = Application(
        cast.units[code], kind, None, Decimal(percent), date(2026, 4, 20), date(2026, 5, 1), date(2026, 5, 31), "证明"
    )
    if kind is ReliefKind.VACANCY:
        asked = replace(asked, since_on=date(2025, 1, 1))
    else:
        paper = {"paper_kind": PaperKind.LOW_INCOME, "paper_number": "D-7", "paper_issuer": "民政局"}
        asked = replace(asked, **paper, valid_until=date(2026, 12, 31), borne_by="物业服务中心")
    relief_id = transaction(lambda: apply_for(cashier, asked))
    transaction(lambda: inspect(cashier, relief_id, date(2026, 4, 20), "王桂芳", "水表未动"))
    transaction(lambda: approve(manager, relief_id, date(2026, 5, 1), "同意"))


class TestOddFen:
    def test_they_are_struck_off_as_a_line_of_their_own(self, app: Flask, cast: Cast, fee: int) -> None:
        """56.24, 40.54 and 58.50: 0.04 and 0.04 are struck off, 58.50 stays."""
        _set(cast, bill_to_jiao=True)
        _bill(cast)
        opened = {code: str(_lines(cast, code)[0].open) for code in ("3-2-501", "3-2-502", "1-1-101")}
        assert opened == {"3-2-501": "56.20", "3-2-502": "40.50", "1-1-101": "58.50"}
        kinds = [(each.kind, str(each.amount)) for each in db.session.query(Reduction).order_by(Reduction.charge_id)]
        assert kinds == [(ReductionKind.ROUNDING, "0.04")] * 2

    def test_the_setting_changed_since_it_was_seen(self, app: Flask, cast: Cast, fee: int) -> None:
        seen = preview(cast.community, MAY).seen_hash
        _set(cast, bill_to_jiao=True)
        with pytest.raises(Refused, match="changed since you looked"):
            transaction(lambda: confirm(_by(cast, "accountant"), MAY, seen))


def test_a_year_rounded_once(app: Flask, cast: Cast) -> None:
    """BL-3: 86.53 m² at 0.65: by months 12 × 56.24 = 674.88, rounded once over the year 674.93."""
    by = _by(cast, "manager")
    with pytest.raises(Refused, match="1, 3, 6 or 12"):
        transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "BAD", "五月", "Five", 31, bill_months=5))
    item_id = transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "YEAR", "年费", "Year", 31, bill_months=12))
    _price(cast, item_id, Price(Decimal("0.65"), round_at=RoundAt.PER_BILL))
    months = [Period(2025, month) for month in range(1, 13)]
    for month in months:
        _bill(cast, month)
    billed = [line.amount for line in list_charges(cast.community, [cast.units["3-2-501"]])]
    assert str(total(billed)) == "674.93"
    assert {str(amount) for amount in billed} == {"56.24", "56.25"}


class TestMeters:
    """A meter that showed 104 on 25 April and 116 on 20 May: 12 m³."""

    @pytest.fixture
    def meter(self, app: Flask, cast: Cast) -> int:
        new = NewMeter("W-17", Register(), date(2026, 4, 25), 104_00)
        meter_id = transaction(lambda: add_meter(_by(cast, "cashier"), cast.units["3-2-501"], MeterKind.WATER, new))
        _read(cast, meter_id, date(2026, 5, 20), 116_00)
        return meter_id

    def test_what_was_used_is_billed_once(self, app: Flask, cast: Cast, meter: int) -> None:
        """12 m³ at 3.50 are 42.00; the month of the first figure bills nothing."""
        _price(cast, _water(cast), Price(Decimal("3.50"), Basis.METER))
        with pytest.raises(Refused, match="Nothing is missing"):
            _bill(cast, Period(2026, 4))
        _bill(cast)
        assert _amounts(cast, "3-2-501") == ["42.00"]
        with pytest.raises(Refused, match="Nothing is missing"):
            _bill(cast)

    def test_by_tiers_and_parted_between_owners(self, app: Flask, cast: Cast, meter: int) -> None:
        """10 at 3.00 and 2 at 4.50 are 39.00; 15 and 16 of 31 days: 18.87 for the seller and 20.13 for the buyer."""
        tiers = (Tier(1000, Decimal("3")), Tier(None, Decimal("4.50")))
        _price(cast, _water(cast), Price(Decimal("3"), Basis.METER, tiers=tiers))
        _sell(cast, "3-2-501", date(2026, 5, 16), "ouyang")
        _bill(cast)
        assert _amounts(cast, "3-2-501") == ["18.87", "20.13"]

    def test_a_billed_month_takes_no_reading_any_more(self, app: Flask, cast: Cast, meter: int) -> None:
        _price(cast, _water(cast), Price(Decimal("3.50"), Basis.METER))
        _bill(cast)
        with pytest.raises(Refused) as refused:
            _read(cast, meter, date(2026, 5, 24), 118_00)
        assert "billed" in refused.value.sentence


def _water(cast: Cast) -> int:
    by = _by(cast, "manager")
    return transaction(lambda: add_item(by, ItemKind.WATER, "WATER", "水费", "Water", 31, TariffMeter.WATER))


def _read(cast: Cast, meter_id: int, on: date, figure: int) -> None:
    transaction(lambda: enter(_by(cast, "cashier"), meter_id, Entry(figure, on)))


class TestPools:
    @pytest.fixture
    def power(self, app: Flask, cast: Cast) -> int:
        item_id = _item(cast, "POWER", ItemKind.SHARED)
        _price(cast, item_id, Price(Decimal(0), Basis.POOL))
        return item_id

    def test_the_parts_add_up(self, app: Flask, cast: Cast, power: int) -> None:
        """BL-13: 100.00 over 86.53, 62.37 and 90.00 m²: 36.22, 26.11, 37.67."""
        _enter(cast, power, "100")
        _bill(cast)
        assert {code: _amounts(cast, code) for code in ("3-2-501", "3-2-502", "1-1-101")} == {
            "3-2-501": ["36.22"], "3-2-502": ["26.11"], "1-1-101": ["37.67"],
        }  # fmt: skip
        with pytest.raises(Refused, match="Nothing is missing"):
            _bill(cast)

    def test_two_sums_of_one_month_each_in_its_place(self, app: Flask, cast: Cast, power: int) -> None:
        """10.00 evenly in building 3 is 5.00 each; 100.00 over three homes 33.34, 33.33, 33.33 in walking order."""
        building = db.session.scalars(sa.select(Building.id).filter_by(community_id=cast.community, code="3")).one()
        _enter(cast, power, "100", Way.UNIT)
        _enter(cast, power, "10", Way.UNIT, Where(Place.BUILDING, building))
        _bill(cast)
        assert {code: _amounts(cast, code) for code in ("1-1-101", "3-2-501", "3-2-502")} == {
            "1-1-101": ["33.34"], "3-2-501": ["33.33", "5.00"], "3-2-502": ["33.33", "5.00"],
        }  # fmt: skip

    def test_by_a_table_of_weights(self, app: Flask, cast: Cast, power: int) -> None:
        """30.00 by 1.5 to 0.5: 22.50 and 7.50; who is not in the table pays nothing."""
        key = read_key("3-2-501 1.5\n\n3-2-502\t0.5\n")
        _enter(cast, power, "30", Way.KEY, key=key)
        _bill(cast)
        assert [_amounts(cast, code) for code in ("3-2-501", "3-2-502", "1-1-101")] == [["22.50"], ["7.50"], []]

    @pytest.mark.parametrize(
        ("typed", "said"), [("3-2-501", "Line 1"), ("3-2-501 1\n3-2-501 2", "Line 2"), ("3-2-501 -1", "Line 1")]
    )
    def test_a_table_that_cannot_be_read(self, typed: str, said: str) -> None:
        with pytest.raises(Refused) as refused:
            read_key(typed)
        assert refused.value.field == "key"
        assert str(refused.value.facts["line"]) == said.split()[1]

    def test_what_cannot_be_entered(self, app: Flask, cast: Cast, power: int) -> None:
        with pytest.raises(Refused, match="more than zero"):
            _enter(cast, power, "0")
        with pytest.raises(Refused, match="There is no unit"):
            _enter(cast, power, "10", Way.KEY, key={"9-9-999": Decimal(1)})
        with pytest.raises(Refused, match="Nobody has a weight"):
            _enter(cast, power, "10", Way.KEY, key={"3-2-501": Decimal(0)})
        fee = _item(cast, "PLAIN", ItemKind.PROPERTY_FEE)
        with pytest.raises(Refused, match="No price shares"):
            _enter(cast, fee, "10")
        assert db.session.query(Pool).count() == 0

    def test_one_that_nobody_has_a_part_of_waits(self, app: Flask, cast: Cast, power: int) -> None:
        """The garage has no home: nothing is shared there, and the sum is not lost."""
        garage = db.session.scalars(sa.select(Building.id).filter_by(community_id=cast.community, code="车库")).one()
        pool_id = _enter(cast, power, "100", where=Where(Place.BUILDING, garage))
        _enter(cast, power, "30", Way.UNIT)
        assert [pool.id for pool in preview(cast.community, MAY).unshared] == [pool_id]
        _bill(cast)
        assert db.session.get_one(Pool, (cast.community, pool_id)).run_id is None

    def test_one_that_was_taken_back_is_not_shared(self, app: Flask, cast: Cast, power: int) -> None:
        pool_id = _enter(cast, power, "100")
        transaction(lambda: withdraw_pool(_by(cast, "accountant"), pool_id))
        with pytest.raises(Refused, match="Nothing is missing"):
            _bill(cast)
        with pytest.raises(Refused, match="shared or taken back"):
            transaction(lambda: withdraw_pool(_by(cast, "accountant"), pool_id))

    def test_one_that_is_shared_cannot_be_taken_back(self, app: Flask, cast: Cast, power: int) -> None:
        pool_id = _enter(cast, power, "100")
        _bill(cast)
        with pytest.raises(Refused, match="shared or taken back"):
            transaction(lambda: withdraw_pool(_by(cast, "accountant"), pool_id))


def _enter(
    cast: Cast,
    item_id: int,
    yuan: str,
    way: Way = Way.AREA,
    where: Where = EVERYWHERE,
    key: dict[str, Decimal] | None = None,
) -> int:
    wanted = Wanted(item_id, MAY, Money.yuan(yuan), way, where, "1,234 度", "电费单 0531", key or {})
    return transaction(lambda: enter_pool(_by(cast, "accountant"), wanted))


class TestHandingOver:
    """A home of 86.53 m² at 0.65 that gets its first owner on 10 May: 22 of 31 days are 39.92."""

    @pytest.fixture
    def handed_over(self, app: Flask, cast: Cast, fee: int) -> None:
        for owned in db.session.scalars(sa.select(Ownership).filter_by(unit_id=cast.units["3-2-501"])):
            owned.from_on = date(2026, 5, 10)
        db.session.commit()

    def test_the_month_is_the_developer_s_unless_agreed_otherwise(self, cast: Cast, handed_over: None) -> None:
        """FEE-9 (Beijing art. 22, Shanghai art. 49): the first owner pays from the next month."""
        _bill(cast, MAY)
        assert _amounts(cast, "3-2-501") == []
        assert _amounts(cast, "3-2-502") == ["40.54"]
        _bill(cast, JUNE)
        assert _amounts(cast, "3-2-501", JUNE) == ["56.24"]

    def test_from_the_day_on_where_the_settings_say_so(self, cast: Cast, handed_over: None) -> None:
        _set(cast, first_month_rule=FirstMonth.ACTUAL_DAYS)
        _bill(cast, MAY)
        assert _amounts(cast, "3-2-501") == ["39.92"]
