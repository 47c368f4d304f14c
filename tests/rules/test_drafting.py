"""Units reckoned by themselves: what changes inside a month is parted by days, and nothing is gained or lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.billing.charging import VersionFacts
from feeapp.billing.drafting import Sizes, UnitFacts, Unlike, draft, draft_sum, governing, relieve, spans_within
from feeapp.core.money import Money, total
from feeapp.core.period import Period, Span
from feeapp.registry.rules import UnitUse
from feeapp.tariffs.rules import Basis, Coefficients, Price, Proration
from tests.rules.doctables import table

APRIL, MARCH, AUGUST, JUNE = Period(2026, 4), Period(2025, 3), Period(2026, 8), Period(2025, 6)
SELLER, BUYER = 1, 2


def days(start: str, end: str) -> Span:
    """From a day to a day, as people say it."""
    return Span(date.fromisoformat(start), date.fromisoformat(end) + timedelta(days=1))


def month(period: Period) -> Span:
    return Span(period.first_day, period.last_day + timedelta(days=1))


def facts(owners=(), sizes=(), floor=5) -> UnitFacts:
    return UnitFacts(7, "3-2-501", "3号楼2单元501", UnitUse.HOME, 3, 32, floor, tuple(owners), tuple(sizes))


def owned(period: Period, area: int = 8653) -> UnitFacts:
    """One owner and one area all month."""
    return facts([(month(period), SELLER)], [(month(period), Sizes(area, 7000))])


def priced(rate: str, span: Span, key: int = 1, **more) -> tuple[Span, VersionFacts]:
    return span, VersionFacts(key, Price(Decimal(rate), **more), span.start)


def yuan(drafts) -> list[str]:
    return [str(each.amount) for each in drafts]


CHANGES = {
    row[0].split(",")[0]: (row[2], row[4], row[5])
    for row in table(
        "proration.md", "what changes", "first part", "first charged", "second part", "second charged", "together"
    )
}


class TestChangesInsideAMonth:
    def test_a_change_of_owner(self):
        sold = facts(
            [(days("2026-08-01", "2026-08-15"), SELLER), (days("2026-08-16", "2026-08-31"), BUYER)],
            [(month(AUGUST), Sizes(8653, None))],
        )
        drafts = draft(sold, [priced("0.65", month(AUGUST))], AUGUST, whole_month=False)
        assert [each.debtor_id for each in drafts] == [SELLER, BUYER]
        assert (*yuan(drafts), str(total(each.amount for each in drafts))) == CHANGES["the owner"]
        assert [(each.line.from_on.day, each.line.to_on.day) for each in drafts] == [(1, 15), (16, 31)]

    def test_a_month_that_stays_with_its_first_owner(self):
        sold = facts(
            [(days("2026-08-01", "2026-08-15"), SELLER), (days("2026-08-16", "2026-08-31"), BUYER)],
            [(month(AUGUST), Sizes(8653, None))],
        )
        drafts = draft(sold, [priced("0.65", month(AUGUST))], AUGUST, whole_month=True)
        assert [(each.debtor_id, str(each.amount)) for each in drafts] == [(SELLER, "56.24")]

    def test_a_change_of_area(self):
        grown = facts(
            [(month(MARCH), SELLER)],
            [
                (days("2025-03-01", "2025-03-10"), Sizes(8820, None)),
                (days("2025-03-11", "2025-03-31"), Sizes(9000, None)),
            ],
        )
        drafts = draft(grown, [priced("1.20", month(MARCH))], MARCH, whole_month=False)
        assert (*yuan(drafts), str(total(each.amount for each in drafts))) == CHANGES["the area"]
        assert drafts[1].carried == Fraction(10584 * 10, 31)

    def test_a_change_of_price(self):
        prices = [
            priced("0.65", days("2025-06-01", "2025-06-15"), 1),
            priced("0.80", days("2025-06-16", "2025-06-30"), 2),
        ]
        drafts = draft(owned(JUNE, 9000), prices, JUNE, whole_month=False)
        assert (*yuan(drafts), str(total(each.amount for each in drafts))) == CHANGES["the price"]
        assert [each.line.seq for each in drafts] == [1, 2]

    def test_an_owner_who_comes_inside_the_month_pays_by_the_method(self):
        """BL-4, from 10 February 2024, 29 days: 38.79 by days, nothing where the month begun is free."""
        february = Period(2024, 2)
        come = facts([(days("2024-02-10", "2024-02-29"), BUYER)], [(month(february), Sizes(8653, None))])
        for method, due in (("ACTUAL_DAYS", ["38.79"]), ("THIRTY_360", ["39.37"]), ("NEXT_MONTH", [])):
            price = priced("0.65", month(february), proration=Proration[method])
            assert yuan(draft(come, [price], february, whole_month=False)) == due, method

    def test_an_unknown_area_is_not_guessed(self):
        unknown = facts([(month(APRIL), SELLER)], [(month(APRIL), Sizes(None, None))])
        assert draft(unknown, [priced("0.65", month(APRIL))], APRIL, whole_month=False) == []
        assert yuan(draft(unknown, [priced("30", month(APRIL), basis=Basis.UNIT)], APRIL, False)) == ["30.00"]

    def test_a_floor_pays_its_part(self):
        """90.00 m² at 0.50 are 45.00; the fifth floor pays 0.8 of it, a floor that is not named all of it."""
        lift = Coefficients("电梯", ((1, Decimal(0)), (5, Decimal("0.8"))))
        price = priced("0.50", month(APRIL), coefficients=lift)
        due = {
            floor: yuan(
                draft(facts([(month(APRIL), 1)], [(month(APRIL), Sizes(9000, None))], floor), [price], APRIL, False)
            )
            for floor in (1, 2, 5)
        }
        assert due == {1: [], 2: ["45.00"], 5: ["36.00"]}


class TestGoverning:
    def test_the_narrower_price_holds_on_its_days(self):
        wide = VersionFacts(1, Price(Decimal("0.65")), date(2020, 1, 1))
        narrow = VersionFacts(2, Price(Decimal("0.80")), date(2025, 6, 11), date(2025, 6, 21))
        held = governing([[narrow], [wide]], JUNE)
        assert [(span.start.day, span.last_day.day, version.id) for span, version in held] == [
            (1, 10, 1), (11, 20, 2), (21, 30, 1),
        ]  # fmt: skip

    def test_what_held_on_the_days_of_a_month(self):
        changes = [(date(2025, 6, 20), "c"), (date(2024, 1, 1), "a"), (date(2025, 6, 5), "b"), (date(2025, 7, 1), "d")]
        held = spans_within(changes, JUNE)
        assert [(span.start.day, span.last_day.day, value) for span, value in held] == [
            (1, 4, "a"), (5, 19, "b"), (20, 30, "c"),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "still_due", "shared", "billed", "off", "stays"),
    [
        (row[0], row[2], row[3], *row[4:])
        for row in table("proration.md", "month", "exact", "still due", "days", "billed", "taken off", "stays")
    ],
)
def test_what_need_not_be_paid_is_taken_off(when, still_due, shared, billed, off, stays):
    (charge,) = draft(owned(APRIL), [price := priced("0.65", month(APRIL))], APRIL, whole_month=False)
    assert str(charge.amount) == billed
    span = Span(date(2026, 4, 31 - int(shared)), date(2026, 5, 1))
    relieved = relieve(charge, price[1].price, [Unlike(9, "VACANCY", Decimal(still_due.rstrip(" %")), span)])
    taken = total(each.amount for each in relieved.relieved)
    assert (str(taken), str(charge.amount - taken)) == (off, stays)


def test_two_reliefs_never_take_off_more_than_the_charge():
    (charge,) = draft(owned(APRIL), [price := priced("0.65", month(APRIL))], APRIL, whole_month=False)
    reliefs = [Unlike(key, "HARDSHIP", Decimal(20), month(APRIL)) for key in (1, 2)]
    assert [str(each.amount) for each in relieve(charge, price[1].price, reliefs).relieved] == ["44.99", "11.25"]


def test_a_sum_is_parted_by_the_days_of_its_owners():
    """33.34 over 15 and 15 days of April: 16.67 and 16.67; over 10 and 20: 11.11 and 22.23."""
    version = VersionFacts(1, Price(Decimal(0), Basis.POOL), date(2020, 1, 1))
    for last, due in ((15, ["16.67", "16.67"]), (10, ["11.11", "22.23"])):
        sold = facts([(days("2026-04-01", f"2026-04-{last}"), 1), (days(f"2026-04-{last + 1}", "2026-04-30"), 2)])
        assert yuan(draft_sum(sold, version, 1, Fraction(3334), APRIL, whole_month=False)) == due


cuts = st.lists(st.integers(2, 31), unique=True, max_size=4).map(sorted)


def pieces(period: Period, at: list[int]) -> list[Span]:
    """A month cut before these days."""
    edges = [period.first_day, *(period.first_day.replace(day=day) for day in at), period.last_day + timedelta(days=1)]
    return [Span(start, end) for start, end in pairwise(edges)]


@given(cuts, cuts, st.integers(1, 99_999), st.integers(1, 99_999), st.sampled_from(list(Proration)))
def test_a_month_parted_anyhow_costs_one_month(owner_cuts, price_cuts, area, rate, method):
    """Owners and prices may change on any days: with one rate the parts add up to the price of the whole month."""
    price = Price(Decimal(rate).scaleb(-4), proration=method)
    prices = [(span, VersionFacts(key, price, span.start)) for key, span in enumerate(pieces(AUGUST, price_cuts))]
    owners = [(span, key) for key, span in enumerate(pieces(AUGUST, owner_cuts))]
    drafts = draft(facts(owners, [(month(AUGUST), Sizes(area, None))]), prices, AUGUST, whole_month=False)
    assert total(each.amount for each in drafts) == price.round(price.exact_fen(area, Fraction(1)))
    assert [each.line.seq for each in drafts] == list(range(1, len(drafts) + 1))


@given(cuts, st.lists(st.integers(1, 99_999), min_size=5, max_size=5), st.integers(1, 99_999))
def test_areas_that_change_add_up_to_their_exact_sum_rounded_once(at, areas, rate):
    price = Price(Decimal(rate).scaleb(-4))
    held = list(zip(pieces(AUGUST, at), areas, strict=False))
    sizes = [(span, Sizes(area, None)) for span, area in held]
    drafts = draft(
        facts([(month(AUGUST), 1)], sizes), [(month(AUGUST), VersionFacts(1, price, AUGUST.first_day))], AUGUST, False
    )
    exact = sum((price.exact_fen(area, Fraction(span.days, 31)) for span, area in held), Fraction(0))
    assert total(each.amount for each in drafts) == price.round(exact)


def taken_off(charge, price, reliefs) -> Money:
    return total(each.amount for each in relieve(charge, price[1].price, reliefs).relieved)


@given(st.integers(1, 99_999), st.integers(0, 10_000), st.permutations([3, 11, 20]))
def test_reliefs_leave_between_nothing_and_all_in_any_order(area, hundredths, order):
    price, percent = priced("0.65", month(APRIL)), Decimal(hundredths).scaleb(-2)
    for charge in draft(owned(APRIL, area), [price], APRIL, whole_month=False):
        reliefs = [Unlike(key, "HARDSHIP", percent, Span(date(2026, 4, key), date(2026, 5, 1))) for key in order]
        taken = taken_off(charge, price, reliefs)
        assert Money(0) <= taken <= charge.amount
        assert taken == taken_off(charge, price, sorted(reliefs, key=lambda one: one.source_id))
