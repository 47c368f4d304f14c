"""The plan of a month, the amounts it comes to, in Python and in SQL, and the sentence that explains them."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from feeapp.billing.charging import (
    SQL_LIMIT,
    PlanLine,
    VersionFacts,
    amount,
    amount_fen,
    largest_quantity,
    plan_bill,
    plan_month,
    rounded,
)
from feeapp.core.area import Area
from feeapp.core.money import Money, Rounding, RoundTo, round_money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.tariffs.rules import Basis, Price, Proration, RoundAt
from tests.rules.doctables import table

ALLOWED = [
    (Rounding[row[0]], to)
    for row in table("rounding.md", "way", "FEN", "JIAO", "YUAN")
    for to, cell in zip(RoundTo, row[1:], strict=True)
    if cell == "yes"
]
RATES = st.integers(0, 10**6).map(lambda rate: Decimal(rate).scaleb(-4))
QUANTITIES = st.integers(0, 10**7)


def day(text: str) -> date:
    return date.fromisoformat(text)


def version(number: int, rate: str | Decimal, start: str, end: str | None = None, **more) -> VersionFacts:
    return VersionFacts(number, Price(Decimal(rate), **more), day(start), end and day(end))


@st.composite
def month_of_prices(draw, methods=tuple(Proration)):
    """Versions of one item without a gap, of which only the rate differs, and a month they touch."""
    period = Period(draw(st.integers(2023, 2026)), draw(st.integers(1, 12)))
    mode, to = draw(st.sampled_from(ALLOWED))
    manner = {"proration": draw(st.sampled_from(methods)), "rounding": mode, "round_to": to}
    manner["basis"] = draw(st.sampled_from([Basis.AREA, Basis.UNIT]))
    start = period.first_day + timedelta(days=draw(st.integers(-40, period.days - 1)))
    versions = []
    for number in range(draw(st.integers(1, 4))):
        end = start + timedelta(days=draw(st.integers(1, 40)))
        versions.append(VersionFacts(number, Price(draw(RATES), **manner), start, end))
        start = end
    return versions, period


class TestPlan:
    def test_a_whole_month(self):
        [line] = plan_month([version(7, "0.65", "2025-01-01")], Period(2026, 1))
        assert (line.version_id, line.seq, line.from_on, line.to_on) == (7, 1, day("2026-01-01"), day("2026-01-31"))
        assert (line.days, line.month_days, line.weight_before) == (31, 31, 0)
        assert Fraction(line.weight_upto, line.denominator) == Fraction("0.65")
        assert amount(line, 8653) == Money.yuan("56.24")
        assert amount(line, 0) == Money(0)

    @pytest.mark.parametrize(("method", "part", "charged"), table("proration.md", "method", "part", "charged"))
    def test_from_the_10th_of_february_2024(self, method, part, charged):
        lines = plan_month([version(1, "0.65", "2024-02-10", proration=Proration[method])], Period(2024, 2))
        assert total(amount(line, 8653) for line in lines) == Money.yuan(charged)
        assert bool(lines) == (part != "0")

    def test_a_rate_change_on_the_16th_of_june_2025(self):
        versions = [version(2, "0.80", "2025-06-16"), version(1, "0.65", "2024-01-01", "2025-06-16")]
        lines = plan_month(versions, Period(2025, 6))
        assert [(line.version_id, line.seq, line.from_on.day, line.to_on.day, line.days) for line in lines] == [
            (1, 1, 1, 15, 15),
            (2, 2, 16, 30, 15),
        ]
        assert [amount(line, 9000) for line in lines] == [Money.yuan("29.25"), Money.yuan("36.00")]

    def test_the_later_part_carries_the_fen(self):
        versions = [version(1, "0.50", "2024-01-01", "2025-06-16"), version(2, "0.50", "2025-06-16")]
        assert [amount(line, 50) for line in plan_month(versions, Period(2025, 6))] == [Money(13), Money(12)]

    @pytest.mark.parametrize(
        ("method", "earlier", "later"), table("proration.md", "method", "11th to 20th", "21st to 30th")
    )
    def test_a_price_change_in_a_month_begun_on_the_11th(self, method, earlier, later):
        manner = {"proration": Proration[method], "basis": Basis.UNIT}
        versions = [version(1, "1", "2026-04-11", "2026-04-21", **manner), version(2, "1", "2026-04-21", **manner)]
        lines = plan_month(versions, Period(2026, 4))
        shares = [Fraction(line.weight_upto - line.weight_before, line.denominator * 100) for line in lines]
        assert shares == [Fraction(part) for part in (earlier, later) if part != "0"]

    @pytest.mark.parametrize(
        ("area", "rate", "months", "where", "sum_"), table("rounding.md", "area", "rate", "months", "where", "total")
    )
    def test_rounded_by_month_or_by_bill(self, area, rate, months, where, sum_):
        versions = [version(1, rate, "2020-01-01", round_at=RoundAt[where])]
        lines = plan_bill(versions, [Period(2025, 12).plus(-step) for step in range(int(months))])
        assert len(lines) == int(months)
        assert [line.from_on for line in lines] == sorted(line.from_on for line in lines)
        assert total(amount(line, Area.read(area).centi) for line in lines) == Money.yuan(sum_)

    def test_a_change_of_rounding_between_the_months_of_a_bill_begins_a_new_sum(self):
        versions = [
            version(1, "0.65", "2020-01-01", "2025-02-01", round_at=RoundAt.PER_BILL),
            version(2, "0.65", "2025-02-01", round_at=RoundAt.PER_BILL, rounding=Rounding.UP),
        ]
        lines = plan_bill(versions, [Period(2025, 1), Period(2025, 2), Period(2025, 3)])
        assert [line.weight_before > 0 for line in lines] == [False, False, True]
        assert [amount(line, 8653) for line in lines] == [Money(5624), Money(5625), Money(5624)]

    def test_a_unit_by_days_and_a_fixed_sum_in_full(self):
        half = plan_month([version(1, "60", "2026-04-16", basis=Basis.UNIT)], Period(2026, 4))
        whole = plan_month([version(1, "15", "2026-04-16", "2026-04-20", basis=Basis.FIXED)], Period(2026, 4))
        assert [amount(line, 1) for line in half + whole] == [Money.yuan("30"), Money.yuan("15")]
        assert (whole[0].days, whole[0].to_on) == (4, day("2026-04-19"))

    def test_days_without_a_price_cost_nothing(self):
        versions = [
            version(1, "30", "2026-01-01", "2026-04-11", basis=Basis.UNIT),
            version(2, "30", "2026-04-21", basis=Basis.UNIT),
        ]
        assert [amount(line, 1) for line in plan_month(versions, Period(2026, 4))] == [Money.yuan("10")] * 2

    @pytest.mark.parametrize("period", [Period(2025, 12), Period(2026, 3)])
    def test_a_month_without_a_price_has_no_line(self, period):
        assert plan_month([version(1, "1", "2026-01-01", "2026-03-01")], period) == []

    def test_the_last_month_there_is(self):
        [line] = plan_month([version(1, "1", "2026-01-01", basis=Basis.UNIT)], Period(2199, 12))
        assert amount(line, 1) == Money.yuan(1)

    def test_more_than_a_rate_change_inside_a_month_is_refused(self):
        versions = [version(1, "1", "2026-01-01", "2026-04-11"), version(2, "60", "2026-04-11", basis=Basis.UNIT)]
        with pytest.raises(Refused):
            plan_month(versions, Period(2026, 4))
        assert len(plan_month(versions, Period(2026, 5))) == 1

    @given(month_of_prices(), QUANTITIES)
    def test_parts_add_up_to_the_sum_rounded_once(self, month, quantity):
        versions, period = month
        lines = plan_month(versions, period)
        prices = {one.id: one.price for one in versions}
        served = sum(line.days for line in lines)
        amounts = [amount(line, quantity) for line in lines]
        assert all(part >= Money(0) for part in amounts)
        if served == period.days:
            exact = sum(prices[line.version_id].exact_fen(quantity, Fraction(line.days, served)) for line in lines)
            assert total(amounts) == versions[0].price.round(Fraction(exact))

    @given(month_of_prices(methods=(Proration.ACTUAL_DAYS,)), QUANTITIES)
    def test_by_actual_days_every_day_costs_its_rate(self, month, quantity):
        versions, period = month
        exact = Fraction(0)
        for step in range(period.days):
            today = period.first_day + timedelta(days=step)
            for one in versions:
                if one.span_start <= today < one.span_end:
                    exact += one.price.exact_fen(quantity, Fraction(1, period.days))
        lines = plan_month(versions, period)
        assert total(amount(line, quantity) for line in lines) == versions[0].price.round(exact)

    @given(month_of_prices(), QUANTITIES, st.randoms())
    def test_the_order_of_versions_makes_no_difference(self, month, quantity, random):
        versions, period = month
        shuffled = random.sample(versions, len(versions))
        assert plan_month(shuffled, period) == plan_month(versions, period)

    @given(month_of_prices(), QUANTITIES)
    def test_every_amount_is_the_difference_of_two_rounded_fractions(self, month, quantity):
        for line in plan_month(*month):
            upto, before = (
                round_money(Fraction(quantity * weight, line.denominator), line.rounding, line.round_to)
                for weight in (line.weight_upto, line.weight_before)
            )
            assert amount(line, quantity) == upto - before

    def test_no_negative_quantity(self):
        [line] = plan_month([version(1, "1", "2026-01-01")], Period(2026, 1))
        with pytest.raises(ValueError):
            amount(line, -1)


class TestWholeNumbers:
    @pytest.mark.parametrize(("mode", "to"), [(mode, to) for mode in Rounding for to in RoundTo])
    def test_every_small_fraction_is_rounded_as_the_rule_says(self, mode, to):
        for denominator in range(1, 13):
            for numerator in range(6 * denominator * to.value + 2 if to is not RoundTo.YUAN else 260 * denominator):
                expected = round_money(Fraction(numerator, denominator), mode, to).fen
                assert rounded(numerator, denominator, mode, to) == expected

    @given(st.integers(0, 10**17), st.integers(1, 10**5), st.sampled_from(Rounding), st.sampled_from(RoundTo))
    def test_large_ones_as_well(self, numerator, denominator, mode, to):
        expected = round_money(Fraction(numerator, denominator), mode, to).fen
        assert rounded(numerator, denominator, mode, to) == expected

    @given(month_of_prices(), st.lists(QUANTITIES, min_size=1, max_size=20))
    def test_sqlite_comes_to_the_same(self, month, quantities):
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE TABLE units (quantity INTEGER NOT NULL) STRICT")
            connection.executemany("INSERT INTO units VALUES (?)", [(quantity,) for quantity in quantities])
            column = sa.column("quantity", sa.BigInteger)
            for line in plan_month(*month):
                statement = sa.select(amount_fen(line, column)).select_from(sa.table("units"))
                text = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
                found = connection.execute(str(text)).fetchall()
                assert found == [(amount(line, quantity).fen,) for quantity in quantities]

    @pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
    def test_the_statement_divides_whole_numbers_only(self, dialect):
        column = sa.column("quantity", sa.BigInteger)
        for mode in Rounding:
            text = str(rounded(column * 13, 20, mode, RoundTo.FEN).compile(dialect=dialect)).upper()
            assert not any(word in text for word in ("FLOOR", "CAST", "NUMERIC", "ROUND", "CASE", "0.0"))

    @given(month_of_prices())
    def test_up_to_the_largest_quantity_no_step_overflows(self, month):
        for line in plan_month(*month):
            quantity = largest_quantity(line)
            assert quantity >= 10**9
            assert 2 * quantity * line.weight_upto + 2 * line.denominator * line.round_to.value <= SQL_LIMIT
            with sqlite3.connect(":memory:") as connection:
                column = sa.literal_column(str(min(quantity, 10**12)), sa.BigInteger)
                text = sa.select(amount_fen(line, column)).compile(
                    dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
                )
                [[fen]] = connection.execute(str(text))
            assert fen == amount(line, min(quantity, 10**12)).fen

    def test_a_rate_and_area_beyond_all_measure_are_noticed(self):
        line = PlanLine(1, 1, day("2026-01-01"), day("2026-01-31"), 31, 31, 0, 10**13, 1, Rounding.UP, RoundTo.FEN)
        assert largest_quantity(line) == (SQL_LIMIT - 2) // (2 * 10**13) < 10**6
