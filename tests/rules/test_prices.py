"""Prices: their rounding, the part of a month they take, and how they follow one another."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.area import Area
from feeapp.core.money import Money, Rounding, RoundTo, round_money, total
from feeapp.core.period import Period, Span
from feeapp.core.refusal import Refused
from feeapp.tariffs.rules import (
    Basis,
    Coefficients,
    Price,
    Proration,
    RoundAt,
    Tier,
    check_changeover,
    check_rounding,
    month_part,
    overlaps,
    round_once,
    tiered_fen,
)
from tests.rules.doctables import table

METHODS = [method.name for method in Proration]
PERIODS = st.builds(Period, st.integers(2020, 2030), st.integers(1, 12))


@st.composite
def cut_months(draw):
    """A month and the days on which it is cut into parts."""
    period = draw(PERIODS)
    cuts = draw(st.sets(st.integers(2, period.days), max_size=5))
    edges = [period.first_day, *(date(period.year, period.month, day) for day in sorted(cuts))]
    edges.append(period.last_day + timedelta(days=1))
    return period, [Span(*pair) for pair in itertools.pairwise(edges)]


def day(text: str) -> date:
    return date.fromisoformat(text)


class TestPrice:
    @pytest.mark.parametrize("rate", ["0", "0.65", "0.0001", "999999.9999", "1.50000"])
    def test_rates_that_may_be_published(self, rate):
        assert Price(Decimal(rate)).rate == Decimal(rate)

    @pytest.mark.parametrize("rate", ["-0.01", "0.00001", "0.65001", "1000000", "NaN", "sNaN", "Infinity"])
    def test_rates_that_may_not(self, rate):
        with pytest.raises(Refused) as refused:
            Price(Decimal(rate))
        assert (refused.value.code, refused.value.field) == ("tariff.rate", "rate")

    @pytest.mark.parametrize("rate", [0.65, "0.65", 1])
    def test_a_rate_is_a_decimal(self, rate):
        with pytest.raises(TypeError):
            Price(rate)

    @pytest.mark.parametrize(("way", "fen", "jiao", "yuan"), table("rounding.md", "way", "FEN", "JIAO", "YUAN"))
    def test_rounding_never_above_the_marked_price(self, way, fen, jiao, yuan):
        for to, allowed in zip(RoundTo, (fen, jiao, yuan), strict=True):
            if allowed == "yes":
                check_rounding(Rounding[way], to)
                Price(Decimal(1), rounding=Rounding[way], round_to=to)
                continue
            with pytest.raises(Refused) as refused:
                Price(Decimal(1), rounding=Rounding[way], round_to=to)
            assert (refused.value.code, refused.value.field) == ("tariff.rounding", "rounding")

    @pytest.mark.parametrize(
        ("area", "rate", "exact", "charged"), table("rounding.md", "area", "rate", "exact", "charged")
    )
    def test_a_month_by_area(self, area, rate, exact, charged):
        price = Price(Decimal(rate))
        fen = price.exact_fen(Area.read(area).centi, Fraction(1))
        assert fen == Fraction(exact) * 100
        assert price.round(fen) == Money.yuan(charged)

    def test_a_month_by_unit_and_a_fixed_sum(self):
        assert Price(Decimal("60"), Basis.UNIT).exact_fen(1, Fraction(1, 2)) == 3000
        assert Price(Decimal("0.0001"), Basis.FIXED).exact_fen(1, Fraction(1)) == Fraction(1, 100)

    @pytest.mark.parametrize(("basis", "fen"), [(Basis.INNER_AREA, 65), (Basis.METER, 65), (Basis.UNIT, 6500)])
    def test_what_a_hundred_is_counted_in(self, basis, fen):
        """100 are 1.00 m² or 1.00 m³, but a hundred units."""
        assert Price(Decimal("0.65"), basis).exact_fen(100, Fraction(1)) == fen

    def test_a_shared_sum_has_no_price(self):
        assert Price(Decimal(0), Basis.POOL).exact_fen(1, Fraction(1)) == 0
        with pytest.raises(Refused) as refused:
            Price(Decimal("0.01"), Basis.POOL)
        assert (refused.value.code, refused.value.field) == ("tariff.pool", "rate")


def tiers(text: str) -> tuple[Tier, ...]:
    """``15: 2.80; 4.00`` as tiers."""
    read = [part.strip().rpartition(":") for part in text.split(";")]
    return tuple(Tier(int(Decimal(upto) * 100) if upto else None, Decimal(rate.strip())) for upto, _, rate in read)


def metered(text: str) -> Price:
    steps = tiers(text)
    return Price(steps[0].rate, Basis.METER, tiers=steps)


STEPS = st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 100_000)), max_size=4)


@st.composite
def metered_prices(draw):
    """A metered price of one to five tiers, whatever their rates."""
    steps, upto = [], 0
    for width, rate in draw(STEPS):
        upto += width
        steps.append(Tier(upto, Decimal(rate).scaleb(-4)))
    steps.append(Tier(None, Decimal(draw(st.integers(0, 100_000))).scaleb(-4)))
    return Price(steps[0].rate, Basis.METER, tiers=tuple(steps))


class TestTiers:
    @pytest.mark.parametrize(
        ("text", "used", "exact", "charged"), table("metering.md", "tiers", "used", "exact", "charged")
    )
    def test_a_metered_month(self, text, used, exact, charged):
        price = metered(text)
        fen = tiered_fen(price, int(Decimal(used) * 100))
        assert fen == price.exact_fen(int(Decimal(used) * 100), Fraction(1)) == Fraction(exact) * 100
        assert price.round(fen) == Money.yuan(charged)

    @pytest.mark.parametrize(("text", "allowed"), table("metering.md", "tiers", "allowed"))
    def test_which_tiers_may_be_published(self, text, allowed):
        if allowed == "yes":
            assert metered(text).tiers == tiers(text)
            return
        with pytest.raises(Refused) as refused:
            metered(text)
        assert refused.value.field == "tiers"

    def test_without_tiers_it_is_the_rate(self):
        price = Price(Decimal("3.45"), Basis.METER)
        assert tiered_fen(price, 1234) == price.exact_fen(1234, Fraction(1)) == Fraction("4257.3")

    def test_tiers_of_anything_else_are_refused(self):
        with pytest.raises(Refused) as refused:
            Price(Decimal("2.80"), Basis.AREA, tiers=tiers("15: 2.80; 4.00"))
        assert (refused.value.code, refused.value.field) == ("tariff.tiers", "tiers")

    def test_a_program_that_mixes_up_its_figures_is_told(self):
        price = metered("15: 2.80; 4.00")
        with pytest.raises(ValueError, match="different sum"):
            _ = price.fen_per_quantity
        with pytest.raises(ValueError, match="never negative"):
            tiered_fen(price, -1)
        with pytest.raises(ValueError, match="first tier"):
            Price(Decimal("2.81"), Basis.METER, tiers=price.tiers)

    @given(metered_prices(), st.integers(0, 30_000), st.integers(0, 30_000))
    def test_more_never_costs_less_and_no_unit_costs_more_than_the_dearest(self, price, one, other):
        less, more = sorted((one, other))
        rates = [Fraction(tier.rate) for tier in price.tiers]
        further = tiered_fen(price, more) - tiered_fen(price, less)
        assert min(rates) * (more - less) <= further <= max(rates) * (more - less)

    @given(metered_prices(), st.integers(0, 300))
    def test_it_is_the_sum_of_every_hundredth_at_its_tier(self, price, quantity):
        def rate(hundredth):
            return next(tier.rate for tier in price.tiers if tier.upto is None or hundredth < tier.upto)

        assert tiered_fen(price, quantity) == sum(Fraction(rate(each)) for each in range(quantity))


LIFT = Coefficients("电梯费", ((1, Decimal(0)), (2, Decimal(0)), (3, Decimal("0.8")), (4, Decimal("0.9"))))


class TestFloors:
    @pytest.mark.parametrize(
        ("floor", "coefficient", "exact", "charged"),
        table("metering.md", "floor", "coefficient", "exact", "charged"),
    )
    def test_a_lift_fee_by_floor(self, floor, coefficient, exact, charged):
        price = Price(Decimal("0.35"), coefficients=LIFT)
        assert price.of_floor(int(floor)) == Fraction(coefficient)
        fen = price.exact_fen(10050, Fraction(1)) * price.of_floor(int(floor))
        assert fen == Fraction(exact) * 100
        assert price.round(fen) == Money.yuan(charged)

    def test_without_a_table_every_floor_pays_all(self):
        assert Price(Decimal("0.35")).of_floor(1) == 1

    @pytest.mark.parametrize(
        "by_floor",
        [(), ((0, "1"),), ((1, "1"), (1, "0.5")), ((1, "-0.1"),), ((1, "100.0001"),), ((1, "0.00001"),), ((1, "NaN"),)],
    )
    def test_tables_that_will_not_do(self, by_floor):
        with pytest.raises(Refused) as refused:
            Coefficients("电梯费", tuple((floor, Decimal(part)) for floor, part in by_floor))
        assert refused.value.field == "coefficients"

    def test_a_coefficient_is_a_decimal(self):
        with pytest.raises(TypeError):
            Coefficients("电梯费", ((1, 0.5),))

    @pytest.mark.parametrize("basis", [Basis.METER, Basis.POOL])
    def test_what_has_no_floor(self, basis):
        with pytest.raises(Refused) as refused:
            Price(Decimal(0), basis, coefficients=LIFT)
        assert (refused.value.code, refused.value.field) == ("tariff.floors", "coefficients")


class TestMonthPart:
    @pytest.mark.parametrize(("method", "part", "charged"), table("proration.md", "method", "part", "charged"))
    def test_from_the_10th_of_february_2024(self, method, part, charged):
        price = Price(Decimal("0.65"), proration=Proration[method])
        found = month_part(price.proration, Span(day("2024-02-10"), day("2030-01-01")), Period(2024, 2))
        assert found == Fraction(part)
        assert price.round(price.exact_fen(8653, found)) == Money.yuan(charged)

    @pytest.mark.parametrize("row", table("proration.md", "first", "last", *METHODS))
    def test_edges(self, row):
        first, last, *parts = row
        span = Span(day(first), day(last) + timedelta(days=1))
        found = [month_part(Proration[method], span, Period.of(span.start)) for method in METHODS]
        assert found == [Fraction(part) for part in parts]

    @pytest.mark.parametrize("method", Proration)
    def test_a_month_outside_costs_nothing(self, method):
        span = Span(day("2026-01-10"), day("2026-02-01"))
        assert month_part(method, span, Period(2025, 12)) == 0
        assert month_part(method, span, Period(2026, 2)) == 0

    @given(st.sampled_from(Proration), PERIODS, st.integers(0, 900), st.integers(0, 900))
    def test_a_month_served_throughout_is_exactly_one(self, method, period, before, after):
        span = Span(period.first_day - timedelta(days=before), period.last_day + timedelta(days=after + 1))
        assert month_part(method, span, period) == 1

    @given(st.sampled_from([Proration.ACTUAL_DAYS, Proration.THIRTY_360]), cut_months())
    def test_parts_of_a_month_add_up_to_it(self, method, cut):
        period, spans = cut
        assert sum(month_part(method, span, period) for span in spans) == 1

    @given(st.sampled_from(Proration), cut_months())
    def test_a_part_is_never_below_zero_or_above_one(self, method, cut):
        period, spans = cut
        assert all(0 <= month_part(method, span, period) <= 1 for span in spans)

    @given(st.sampled_from(Proration), PERIODS, st.data())
    def test_a_day_more_never_costs_less(self, method, period, data):
        """Leaving later or, but for nothing, coming earlier: the part only grows."""
        first = data.draw(st.integers(1, period.days - 1))
        last = data.draw(st.integers(first, period.days - 1))
        start = date(period.year, period.month, first)
        shorter = Span(start, start + timedelta(days=last - first + 1))
        longer = Span(start, shorter.end + timedelta(days=1))
        assert month_part(method, shorter, period) <= month_part(method, longer, period)


class TestRoundOnce:
    @pytest.mark.parametrize(
        ("rows", "together"),
        [(slice(0, 2), "65.25"), (slice(2, 4), "107.30"), (slice(4, 6), "0.25")],
        ids=["rate change", "area change", "carried fen"],
    )
    def test_parts_of_one_month(self, rows, together):
        parts = table("rounding.md", "area", "rate", "days", "of", "charged")[rows]
        exact = [
            Price(Decimal(rate)).exact_fen(Area.read(area).centi, Fraction(int(days), int(of)))
            for area, rate, days, of, _ in parts
        ]
        amounts = round_once(exact, Rounding.HALF_UP, RoundTo.FEN)
        assert amounts == [Money.yuan(charged) for *_, charged in parts]
        assert total(amounts) == Money.yuan(together)

    @given(
        st.lists(st.fractions(0, 10**7, max_denominator=1000), max_size=8),
        st.sampled_from(Rounding),
        st.sampled_from(RoundTo),
    )
    def test_parts_add_up_to_the_sum_rounded_once_and_none_is_negative(self, exact, mode, to):
        amounts = round_once(exact, mode, to)
        assert total(amounts) == round_money(sum(exact, Fraction(0)), mode, to)
        assert all(amount >= Money(0) for amount in amounts)


class TestVersions:
    @pytest.mark.parametrize(
        ("spans", "found"),
        [
            ([], None),
            ([("2026-01-01", None)], None),
            ([("2026-01-01", "2026-06-16"), ("2026-06-16", None)], None),
            ([("2026-06-16", None), ("2026-01-01", "2026-06-16")], None),
            ([("2026-01-01", "2026-06-17"), ("2026-06-16", None)], (0, 1)),
            ([("2026-01-01", None), ("2030-01-01", "2030-02-01")], (0, 1)),
            ([("2026-01-01", None), ("2025-01-01", None)], (0, 1)),
            ([("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-04-01"), ("2026-01-31", "2026-02-10")], (0, 2)),
            ([("2026-01-01", "2026-02-01"), ("2026-01-01", "2026-02-01")], (0, 1)),
        ],
    )
    def test_overlaps(self, spans, found):
        assert overlaps([(day(start), end and day(end)) for start, end in spans]) == found

    @given(st.lists(st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(1, 30))), max_size=6))
    def test_overlaps_agrees_with_comparing_every_pair(self, raw):
        origin = day("2026-01-01")
        spans = [
            (origin + timedelta(days=start), None if days is None else origin + timedelta(days=start + days))
            for start, days in raw
        ]

        def meet(one, other):
            return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])

        pairs = [(i, j) for i in range(len(spans)) for j in range(i + 1, len(spans)) if meet(spans[i], spans[j])]
        found = overlaps(spans)
        assert (found in pairs) if pairs else found is None

    @pytest.mark.parametrize(
        "later",
        [
            Price(Decimal("60"), Basis.UNIT),
            Price(Decimal("60"), Basis.FIXED),
            Price(Decimal("0.8"), proration=Proration.DAYS_30),
            Price(Decimal("0.8"), rounding=Rounding.DOWN),
            Price(Decimal("0.8"), round_to=RoundTo.JIAO),
            Price(Decimal("0.8"), round_at=RoundAt.PER_BILL),
            Price(Decimal("0.8"), Basis.INNER_AREA),
            Price(Decimal("0.8"), coefficients=LIFT),
        ],
    )
    def test_more_than_the_rate_changes_only_on_a_1st(self, later):
        earlier = Price(Decimal("0.65"))
        check_changeover(earlier, day("2026-06-01"), later, day("2026-06-01"))
        for end, start in [("2026-06-16", "2026-06-16"), ("2026-06-02", "2026-06-30")]:
            with pytest.raises(Refused) as refused:
                check_changeover(earlier, day(end), later, day(start))
            assert (refused.value.code, refused.value.field) == ("tariff.changeover", "from_on")

    def test_a_rate_may_change_on_any_day(self):
        half_way = day("2026-06-16")
        check_changeover(Price(Decimal("0.65")), half_way, Price(Decimal("0.8")), half_way)

    @pytest.mark.parametrize("basis", [Basis.FIXED, Basis.METER, Basis.POOL])
    def test_what_is_not_split_changes_only_on_a_1st(self, basis):
        whole, half_way = Price(Decimal(0), basis), day("2026-06-16")
        check_changeover(whole, day("2026-06-01"), whole, day("2026-06-01"))
        with pytest.raises(Refused):
            check_changeover(whole, half_way, whole, half_way)
