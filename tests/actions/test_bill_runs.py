"""Billing a month: what is seen is what is billed, once, to the fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import BillRun, Charge
from feeapp.billing.opening import OpeningBalances
from feeapp.billing.previewing import Preview, preview
from feeapp.billing.queries import list_charges, list_open_charges
from feeapp.billing.runs import confirm
from feeapp.core.area import Area
from feeapp.core.money import Money, Rounding, RoundTo, round_money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.ledger.models import Entry, EntryLine
from feeapp.registry.followers import AppliedRow
from feeapp.registry.models import Ownership, Unit
from feeapp.registry.records import YearFigures
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Authority, Basis, Price
from tests.people import Cast

JANUARY = Period(2026, 1)


@pytest.fixture
def fee(app: Flask, cast: Cast) -> int:
    by = cast.by("manager")
    return transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31))


def _price(cast: Cast, item: int, rate: str, day: date, use: UnitUse = UnitUse.HOME, price: Price | None = None) -> int:
    wanted = Published(use, price or Price(Decimal(rate)), day, Authority.CONTRACT, "合同第 8 条", True)
    by = cast.by("manager")
    return transaction(lambda: publish(by, item, wanted))


def _look(cast: Cast, period: Period = JANUARY) -> Preview:
    return preview(cast.community, period)


def _bill(cast: Cast, period: Period = JANUARY, seen: str | None = None) -> int:
    seen = seen or _look(cast, period).seen_hash
    by = cast.by("accountant")
    return transaction(lambda: confirm(by, period, seen))


def _amounts(cast: Cast, period: Period = JANUARY) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in list_charges(cast.community, list(cast.units.values())):
        if line.period == period:
            found.setdefault(line.unit_code, []).append(str(line.amount))
    return found


def _books(cast: Cast) -> dict[str, Money]:
    """What each account of Xihuayuan stands at, debits less credits."""
    fen = sa.func.sum(sa.type_coerce(EntryLine.debit, sa.BigInteger) - sa.type_coerce(EntryLine.credit, sa.BigInteger))
    found = db.session.execute(
        sa.select(EntryLine.account, fen).where(EntryLine.community_id == cast.community).group_by(EntryLine.account)
    )
    return {account: Money(int(amount)) for account, amount in found}


def test_a_month_is_billed_as_it_was_seen(app: Flask, cast: Cast, fee: int) -> None:
    """86.53, 62.37 and 90.00 m² at 0.65: 56.2445 → 56.24, 40.5405 → 40.54, 58.50; in all 155.28."""
    _price(cast, fee, "0.65", date(2025, 1, 1))
    seen = _look(cast)
    assert (seen.charges, str(seen.total), seen.units) == (3, "155.28", 3)
    _bill(cast)
    assert _amounts(cast) == {"3-2-501": ["56.24"], "3-2-502": ["40.54"], "1-1-101": ["58.50"]}
    assert _books(cast) == {"1122.01": Money.yuan("155.28"), "6001": -Money.yuan("155.28")}
    assert db.session.query(Entry).count() == 1


def test_a_second_run_adds_only_what_is_missing(app: Flask, cast: Cast, fee: int) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    _bill(cast)
    with pytest.raises(Refused, match="Nothing is missing"):
        _bill(cast)
    _price(cast, fee, "1.20", date(2025, 1, 1), UnitUse.SHOP)
    assert (_look(cast).charges, str(_look(cast).total)) == (1, "62.82")
    _bill(cast)
    assert len(_amounts(cast)) == 4
    assert db.session.query(BillRun).count() == 2


def test_nothing_is_billed_when_something_changed_since_it_was_seen(app: Flask, cast: Cast, fee: int) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    seen = _look(cast).seen_hash
    unit = db.session.get_one(Unit, (cast.community, cast.units["1-1-101"]))
    unit.area = Area(9001)
    db.session.commit()
    with pytest.raises(Refused, match="changed since you looked"):
        _bill(cast, seen=seen)
    assert db.session.query(Charge).count() == 0
    assert db.session.query(Entry).count() == 0


def test_a_price_change_inside_the_month_makes_two_parts_that_add_up(app: Flask, cast: Cast, fee: int) -> None:
    """BL-7: 90.00 m², 0.65 to 15 June 2025, 0.80 from the 16th: 29.25 + 36.00 = 65.25."""
    _price(cast, fee, "0.65", date(2025, 1, 1))
    _price(cast, fee, "0.80", date(2025, 6, 16))
    _bill(cast, Period(2025, 6))
    assert _amounts(cast, Period(2025, 6))["1-1-101"] == ["29.25", "36.00"]


@pytest.mark.parametrize("mode", list(Rounding))
def test_the_database_reckons_as_the_rule_does(app: Flask, cast: Cast, fee: int, mode: Rounding) -> None:
    """Every amount equals the exact fraction rounded once, for awkward areas and a rate of four decimals."""
    areas = [1, 3, 4999, 5000, 6250, 10050, 77777, 123456]
    _homes(cast, areas)
    price = Price(Decimal("0.8505"), Basis.AREA, rounding=mode)
    _price(cast, fee, "", date(2025, 1, 1), price=price)
    _bill(cast)
    billed = db.session.execute(sa.select(Charge.quantity, Charge.amount).filter_by(community_id=cast.community)).all()
    for quantity, amount in billed:
        assert amount == round_money(Fraction("0.8505") * quantity, mode, RoundTo.FEN), quantity


def _homes(cast: Cast, areas: list[int]) -> None:
    stands = db.session.get_one(Unit, (cast.community, cast.units["1-1-101"]))
    for number, area in enumerate(areas):
        unit = Unit(
            community_id=cast.community, building_id=stands.building_id, floor=1, room=f"9{number}",
            code=f"9-{number}", name=f"9-{number}", use=UnitUse.HOME, area=Area(area), use_state=stands.use_state,
            remark="", walk=0,
        )  # fmt: skip
        db.session.add(unit)
        db.session.flush()
        db.session.add(
            Ownership(
                community_id=cast.community, unit_id=unit.id, party_id=cast.parties["ouyang"], position=1, share="",
                from_on=date(2014, 1, 1),
            )
        )  # fmt: skip
    db.session.commit()


def test_what_cannot_be_billed_is_named_with_its_reason_and_billed_once_mended(
    app: Flask, cast: Cast, fee: int
) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    unit = db.session.get_one(Unit, (cast.community, cast.units["1-1-101"]))
    unit.area = None
    db.session.query(Ownership).filter_by(unit_id=cast.units["3-2-502"]).delete()
    db.session.commit()
    reasons = {each.code: [code for _, code, _ in each.units] for each in _look(cast).cannot}
    assert reasons == {"area": ["1-1-101"], "owner": ["3-2-502"]}
    _bill(cast)
    assert set(_amounts(cast)) == {"3-2-501"}
    db.session.get_one(Unit, (cast.community, cast.units["1-1-101"])).area = Area(9000)
    db.session.commit()
    _bill(cast)
    assert _amounts(cast)["1-1-101"] == ["58.50"]


def test_the_first_named_owner_of_the_first_day_owes_it(app: Flask, cast: Cast, fee: int) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    _bill(cast)
    owner = {line.unit_code: line.debtor_id for line in list_charges(cast.community, list(cast.units.values()))}
    assert owner["3-2-501"] == cast.parties["zhang"]


def test_the_neighbours_units_are_never_billed(app: Flask, cast: Cast, fee: int) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    _bill(cast)
    assert db.session.query(Charge).filter_by(community_id=cast.neighbour).count() == 0
    assert preview(cast.neighbour, JANUARY).charges == 0


def test_arrears_of_a_ledger_become_charges_and_one_entry(app: Flask, cast: Cast) -> None:
    """2023: 293.34 less 146.67 leaves 146.67; 2024 is paid; 2025: 293.34. In all 440.01."""
    years = (_year(2023, "293.34", "146.67"), _year(2024, "293.34", "293.34"), _year(2025, "293.34", "0"))
    _take_over(cast, years)
    opened = list_open_charges(cast.community, (cast.units["1-1-101"],))
    assert [(str(each.period), str(each.open)) for each in opened] == [("2023-12", "146.67"), ("2025-12", "293.34")]
    assert _books(cast) == {"1122.01": Money.yuan("440.01"), "3001": -Money.yuan("440.01")}


def test_arrears_are_taken_back_with_their_ledger_and_may_come_again(app: Flask, cast: Cast) -> None:
    years = (_year(2025, "293.34", "0"),)
    _take_over(cast, years)
    by = cast.by("accountant")
    transaction(lambda: OpeningBalances().undone(by, 7))
    assert list_open_charges(cast.community, (cast.units["1-1-101"],)) == []
    assert total(_books(cast).values()) == Money(0)
    _take_over(cast, years, batch_id=8)
    assert len(list_open_charges(cast.community, (cast.units["1-1-101"],))) == 1


def test_arrears_that_were_paid_hold_their_ledger_fast(app: Flask, cast: Cast) -> None:
    from tests.actions.test_payments import _cash, _request, _take

    _take_over(cast, (_year(2025, "293.34", "0"),))
    assert OpeningBalances().blocks_undo(cast.community, 7) is None
    opened = list_open_charges(cast.community, (cast.units["1-1-101"],))
    _take(cast, _request(cast, [opened[0].id], _cash("1"), unit="1-1-101"))
    assert OpeningBalances().blocks_undo(cast.community, 7) is not None


@pytest.mark.parametrize("change", ["-5", "+5"])
def test_arrears_that_were_corrected_hold_their_ledger_fast(app: Flask, cast: Cast, change: str) -> None:
    from tests.corrections import adjust

    _take_over(cast, (_year(2025, "293.34", "0"),))
    adjust(cast, list_open_charges(cast.community, (cast.units["1-1-101"],))[0].id, change)
    refused = OpeningBalances().blocks_undo(cast.community, 7)
    assert refused is not None
    assert refused.code == "billing.opening_corrected"


def _year(year: int, billed: str, received: str) -> YearFigures:
    return YearFigures(year, Money.yuan(billed), Money.yuan(received))


def _take_over(cast: Cast, years: tuple[YearFigures, ...], batch_id: int = 7) -> None:
    row = AppliedRow(cast.units["1-1-101"], cast.parties["ouyang"], years)
    by = cast.by("accountant")
    transaction(lambda: OpeningBalances().applied(by, batch_id, [row]))
