"""Charging more or less than was billed: the bill stays, the difference is a line of its own (BL-9, BL-10, BL-15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.amending import Lowering, Raising, lower, post_differences, raise_charges
from feeapp.billing.differing import Difference, list_differences
from feeapp.billing.drafting import Sizes, UnitFacts
from feeapp.billing.explaining import explained
from feeapp.billing.models import BillRun, Charge
from feeapp.billing.pools import Wanted, enter_pool
from feeapp.billing.previewing import preview
from feeapp.billing.queries import list_charges
from feeapp.billing.reckoning import reckon
from feeapp.billing.rules import AddedKind, ReductionKind, Way
from feeapp.billing.runs import confirm
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period, Span
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.actions import Source
from feeapp.ledger.models import Entry, EntryLine
from feeapp.ledger.rules import INCOME_FEE, RECEIVABLE_FEE, WAIVERS
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.places import EVERYWHERE
from feeapp.tariffs.rules import Authority, Basis, Price, RoundAt
from feeapp.wallets.queries import balances
from tests.holding import give
from tests.people import Cast

MAY = Period(2026, 5)
JUNE = Period(2026, 6)
AT = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)
PAPER = Source("test", 7)
DUE = date(2026, 7, 31)


@pytest.fixture
def fee(app: Flask, cast: Cast) -> int:
    """The property fee of homes: 0.65 a m² from 2025; 3-2-501 of 86.53 m² pays 56.24 a month."""
    return _item(cast, "FEE", ItemKind.PROPERTY_FEE, Price(Decimal("0.65")))


def _by(cast: Cast, who: str = "accountant") -> By:
    return cast.by(who, AT)


def _item(cast: Cast, code: str, kind: ItemKind, price: Price, bill_months: int = 1) -> int:
    item_id = transaction(lambda: add_item(_by(cast, "manager"), kind, code, code, code, 31, bill_months=bill_months))
    wanted = Published(
        UnitUse.HOME, price, date(2025, 1, 1), Authority.CONTRACT, "合同第 8 条", True, EVERYWHERE.place, EVERYWHERE.id
    )
    transaction(lambda: publish(_by(cast, "manager"), item_id, wanted))
    return item_id


def _bill(cast: Cast, period: Period) -> None:
    seen = preview(cast.community, period).seen_hash
    transaction(lambda: confirm(_by(cast), period, seen))


def _charge(cast: Cast, period: Period = MAY) -> Charge:
    return db.session.scalars(
        sa.select(Charge).filter_by(community_id=cast.community, unit_id=cast.units["3-2-501"], period=period, seq=1)
    ).one()


def _lower(cast: Cast, yuan: str, kind: ReductionKind = ReductionKind.CORRECTED) -> dict[int, Money]:
    wanted = [Lowering(_charge(cast).id, Money.yuan(yuan), kind, "电梯停运十日")]
    return transaction(lambda: lower(_by(cast, "manager"), wanted, "test.lower", PAPER))


def _open(cast: Cast) -> list[tuple[str, str, str]]:
    """Month, amount and what is open of each charge of 3-2-501."""
    lines = list_charges(cast.community, [cast.units["3-2-501"]])
    return [(str(line.period), str(line.amount), str(line.open)) for line in lines]


def _booked(deed: str) -> list[tuple[str, str, str]]:
    found = db.session.execute(
        sa.select(EntryLine.account, EntryLine.debit, EntryLine.credit)
        .join(Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id))
        .where(Entry.kind == deed)
        .order_by(Entry.id, EntryLine.line)
    )
    return [(account, str(debit), str(credit)) for account, debit, credit in found]


def _area(centi: int) -> Callable[[UnitFacts], UnitFacts]:
    """Had the unit this area in the whole month."""
    return lambda unit: replace(unit, sizes=tuple((span, Sizes(centi, None)) for span, _ in unit.sizes))


def _sold(day: date, buyer: int) -> Callable[[UnitFacts], UnitFacts]:
    """Had the unit gone to a buyer on a day."""

    def assume(unit: UnitFacts) -> UnitFacts:
        owners = [(Span(span.start, min(span.end, day)), owner) for span, owner in unit.owners if span.start < day]
        last = unit.owners[-1][0].end
        if day < last:
            owners.append((Span(max(day, unit.owners[0][0].start), last), buyer))
        return replace(unit, owners=tuple(owners))

    return assume


def _differences(cast: Cast, assume: Callable[[UnitFacts], UnitFacts], *periods: Period) -> list[Difference]:
    return list_differences(cast.community, [cast.units["3-2-501"]], periods or [MAY], assume)


def _post(cast: Cast, differences: list[Difference], kind: ReductionKind = ReductionKind.RECKONED) -> None:
    by = _by(cast)
    transaction(lambda: post_differences(by, differences, kind, DUE, "面积登记有误", "test.post", PAPER))


class TestLowering:
    def test_what_is_open_falls_and_the_charge_stays(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        assert _lower(cast, "6.24") == {}
        assert _open(cast) == [("2026-05", "56.24", "50.00")]
        assert _booked("test.lower") == [(INCOME_FEE, "6.24", "0.00"), (RECEIVABLE_FEE, "0.00", "6.24")]

    def test_goodwill_is_a_waiver_in_the_book(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        _lower(cast, "6.24", ReductionKind.WAIVED)
        assert _booked("test.lower")[0] == (WAIVERS, "6.24", "0.00")

    def test_what_was_paid_too_much_becomes_credit(self, app: Flask, cast: Cast, fee: int) -> None:
        """50.00 of 56.24 is paid; 10.00 off leaves 46.24 to ask, so 3.76 goes back (BL-10)."""
        give(cast, "3-2-501", "50")
        _bill(cast, MAY)
        assert _lower(cast, "10") == {_charge(cast).id: Money.yuan("3.76")}
        assert _open(cast) == [("2026-05", "56.24", "0.00")]
        assert balances(cast.community, [cast.units["3-2-501"]]) == {cast.units["3-2-501"]: Money.yuan("3.76")}

    def test_never_below_zero(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        _lower(cast, "50")
        with pytest.raises(Refused, match=r"6\.24"):
            _lower(cast, "6.25")
        assert _open(cast) == [("2026-05", "56.24", "6.24")]

    def test_a_foreign_charge_is_not_there(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        wanted = [Lowering(_charge(cast).id, Money.yuan(1), ReductionKind.CORRECTED, "")]
        stranger = By(cast.neighbour, cast.users["outsider"], AT)
        with pytest.raises(NotFound):
            transaction(lambda: lower(stranger, wanted, "test.lower", PAPER))


def test_a_charge_by_itself_has_the_next_number_and_says_why(app: Flask, cast: Cast, fee: int) -> None:
    _bill(cast, MAY)
    unit, debtor = cast.units["3-2-501"], cast.parties["zhang"]
    wanted = [
        Raising(AddedKind.ADJUSTED, unit, fee, MAY, debtor, DUE, Money.yuan(yuan), "补收垃圾清运", _charge(cast).id)
        for yuan in ("3", "4")
    ]
    transaction(lambda: raise_charges(_by(cast), wanted, "test.raise", PAPER))
    lines = list_charges(cast.community, [unit])
    assert [(str(line.amount), line.due_on) for line in lines] == [
        ("56.24", date(2026, 5, 31)), ("3.00", DUE), ("4.00", DUE),
    ]  # fmt: skip
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert explained(lines[1]) == "Charged in addition: 补收垃圾清运"
    assert _booked("test.raise") == [(RECEIVABLE_FEE, "7.00", "0.00"), (INCOME_FEE, "0.00", "7.00")]


class TestDifferences:
    def test_nothing_differs_after_a_bill_run(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        every = list(cast.units.values())
        assert list_differences(cast.community, every, [MAY, JUNE]) == []

    def test_a_smaller_area_gives_back_month_by_month(self, app: Flask, cast: Cast, fee: int) -> None:
        """80.00 m² × 0.65 = 52.00 instead of 56.24: 4.24 a month; May was paid, so its 4.24 pays for June."""
        give(cast, "3-2-501", "56.24")
        _bill(cast, MAY)
        _bill(cast, JUNE)
        found = _differences(cast, _area(80_00), MAY, JUNE)
        months = [(str(each.was), str(each.should), str(each.change)) for each in found]
        assert months == [("56.24", "52.00", "-4.24")] * 2
        _post(cast, found)
        assert _open(cast) == [("2026-05", "56.24", "0.00"), ("2026-06", "56.24", "47.76")]
        assert _differences(cast, _area(80_00), MAY, JUNE) == [], "a second time nothing is left to do"

    def test_a_larger_area_is_charged_by_itself(self, app: Flask, cast: Cast, fee: int) -> None:
        """90.00 m² × 0.65 = 58.50 instead of 56.24: 2.26 more."""
        _bill(cast, MAY)
        _post(cast, _differences(cast, _area(90_00)))
        lines = list_charges(cast.community, [cast.units["3-2-501"]])
        assert [(str(line.amount), line.due_on) for line in lines] == [("56.24", date(2026, 5, 31)), ("2.26", DUE)]
        with app.test_request_context(headers={"Accept-Language": "en"}):
            assert explained(lines[1]) == "Reckoned anew, 58.50 yuan instead of 56.24 yuan: 面积登记有误"
        assert _differences(cast, _area(90_00)) == []

    def test_up_and_down_again_ends_where_it_began(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        _post(cast, _differences(cast, _area(90_00)))
        _post(cast, _differences(cast, _area(86_53)))
        lines = list_charges(cast.community, [cast.units["3-2-501"]])
        assert str(total(line.open for line in lines)) == "56.24"

    def test_what_a_person_granted_is_not_taken_back(self, app: Flask, cast: Cast, fee: int) -> None:
        _bill(cast, MAY)
        _lower(cast, "10")
        assert list_differences(cast.community, list(cast.units.values()), [MAY]) == []

    def test_no_more_is_taken_off_than_is_left(self, app: Flask, cast: Cast, fee: int) -> None:
        """6.24 of the charge is left; an area of 1.00 m² would take off 55.59."""
        _bill(cast, MAY)
        _lower(cast, "50")
        [found] = _differences(cast, _area(1_00))
        assert found.change == Money.yuan("-6.24")
        _post(cast, [found])
        assert _open(cast) == [("2026-05", "56.24", "0.00")]

    def test_a_month_already_billed_is_parted_among_its_owners(self, app: Flask, cast: Cast, fee: int) -> None:
        """From the 16th of 31 days: 27.22 for the seller, 29.02 for the buyer, who gets the whole arithmetic."""
        _bill(cast, MAY)
        found = _differences(cast, _sold(date(2026, 5, 16), cast.parties["ouyang"]))
        assert [(each.debtor_id, str(each.change)) for each in found] == [
            (cast.parties["zhang"], "-29.02"), (cast.parties["ouyang"], "29.02"),
        ]  # fmt: skip
        _post(cast, found, ReductionKind.TRANSFERRED)
        lines = list_charges(cast.community, [cast.units["3-2-501"]])
        assert [(line.debtor_id, str(line.open)) for line in lines] == [
            (cast.parties["zhang"], "27.22"), (cast.parties["ouyang"], "29.02"),
        ]  # fmt: skip
        with app.test_request_context(headers={"Accept-Language": "en"}):
            assert "16 of 31 days" in explained(lines[1])
        [run] = db.session.scalars(sa.select(BillRun).where(BillRun.supplementary))
        assert (run.charges, str(run.total), run.source_kind, run.source_id) == (1, "29.02", "test", 7)

    def test_a_taken_over_debt_still_counts_for_its_month(self, app: Flask, cast: Cast, fee: int) -> None:
        """The buyer took over 56.24; 80.00 m² take 4.24 off what the buyer owes."""
        _bill(cast, MAY)
        buyer = cast.parties["ouyang"]
        charge = _charge(cast).id
        _lower(cast, "56.24", ReductionKind.TAKEN_OVER)
        wanted = Raising(
            AddedKind.TAKEN_OVER, cast.units["3-2-501"], fee, MAY, buyer, DUE, Money.yuan("56.24"), "协议", charge
        )
        transaction(lambda: raise_charges(_by(cast), [wanted], "test.raise", PAPER))
        [found] = _differences(cast, _area(80_00))
        assert (found.debtor_id, str(found.change)) == (cast.parties["zhang"], "-4.24")
        _post(cast, [found])
        assert _open(cast) == [("2026-05", "56.24", "0.00"), ("2026-05", "56.24", "52.00")]

    def test_shares_of_a_pool_are_parted_too(self, app: Flask, cast: Cast) -> None:
        """31.00 yuan for the home alone; from the 11th the buyer bears 21 of 31 days: 21.00."""
        item = _item(cast, "POWER", ItemKind.SHARED, Price(Decimal(0), basis=Basis.POOL))
        wanted = Wanted(item, MAY, Money.yuan(31), Way.KEY, EVERYWHERE, "1 度", "单", {"3-2-501": Decimal(1)})
        transaction(lambda: enter_pool(_by(cast), wanted))
        _bill(cast, MAY)
        assert list_differences(cast.community, list(cast.units.values()), [MAY]) == []
        found = _differences(cast, _sold(date(2026, 5, 11), cast.parties["ouyang"]))
        assert [str(each.change) for each in found] == ["-21.00", "21.00"]
        _post(cast, found, ReductionKind.TRANSFERRED)
        assert _open(cast) == [("2026-05", "31.00", "10.00"), ("2026-05", "21.00", "21.00")]


def test_a_bill_of_many_months_carries_on_for_units_drafted_one_by_one(app: Flask, cast: Cast) -> None:
    """BL-3, 674.93 a year; sold on 16 December the last month is parted, and the year still comes to 674.93."""
    _item(cast, "YEAR", ItemKind.PROPERTY_FEE, Price(Decimal("0.65"), round_at=RoundAt.PER_BILL), bill_months=12)
    months = [Period(2025, month) for month in range(1, 13)]
    sold = _sold(date(2025, 12, 16), cast.parties["ouyang"])
    drafts = [each for month in months for each in reckon(cast.community, [cast.units["3-2-501"]], month, sold)]
    assert str(total(each.amount for each in drafts)) == "674.93"
    assert [each.drafted.debtor_id for each in drafts[-2:]] == [cast.parties["zhang"], cast.parties["ouyang"]]
    for month in months:
        _bill(cast, month)
    assert list_differences(cast.community, [cast.units["3-2-501"]], months) == []
    assert total(each.change for each in _differences(cast, sold, *months)) == ZERO
