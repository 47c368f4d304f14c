"""Money, how it is typed, rounded and shared."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeapp.core.money import ZERO, Money, Rounding, RoundTo, round_money, total
from tests.rules.doctables import listed, table

FEN = st.integers(-(10**15), 10**15)
EXACT = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


class TestMoney:
    @pytest.mark.parametrize("nonsense", [1.0, True, "1", None, Decimal(1), Fraction(1)])
    def test_only_whole_fen_become_money(self, nonsense):
        with pytest.raises(TypeError):
            Money(nonsense)

    @pytest.mark.parametrize(
        ("written", "fen"), [("56.24", 5624), ("-0.01", -1), ("10", 1000), (Decimal("1.10"), 110), (3, 300)]
    )
    def test_yuan(self, written, fen):
        assert Money.yuan(written) == Money(fen)

    @pytest.mark.parametrize(
        "nonsense",
        ["", "abc", "1.234", "NaN", "sNaN", "Infinity", "-Infinity", "1.0000000000000000000000000000000000001"],
    )
    def test_yuan_finer_than_a_fen_or_no_number_is_refused(self, nonsense):
        with pytest.raises(ValueError):
            Money.yuan(nonsense)

    @pytest.mark.parametrize("huge", ["1e999999999", "1e-999999999"])
    def test_a_huge_exponent_is_refused_at_once(self, huge):
        with pytest.raises(ValueError):
            Money.yuan(huge)

    @pytest.mark.parametrize("binary", [1.5, True])
    def test_yuan_never_from_float(self, binary):
        with pytest.raises(TypeError):
            Money.yuan(binary)

    @pytest.mark.parametrize(
        ("typed", "fen"),
        [
            ("86.40", 8640),
            (" 86.4 ", 8640),
            ("86", 8600),
            ("８６．４０", 8640),
            ("¥86.40", 8640),
            ("￥86.40", 8640),
            ("¥ 86.40", 8640),
            ("86.40元", 8640),
            ("86.40 元", 8640),
            ("1,234.56", 123456),
            ("１，２３４．５６", 123456),
            ("12,345,678.90", 1234567890),
            ("-5", -500),
            ("－5", -500),
            ("−5", -500),
            ("+5", 500),
            ("-¥5", -500),
            ("¥-5", -500),
            ("9999999999999.99", 999999999999999),
        ],
    )
    def test_typed_money_is_understood(self, typed, fen):
        assert Money.read(typed) == Money(fen)

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "元",
            "¥",
            "5²",
            "①0",
            "½",
            "1¥2",
            "5 6",
            "12 34",
            "1.234",
            "1.",
            ".5",
            "1,23",
            "12,34.00",
            "1234,567",
            "--5",
            "-¥-5",
            "¥¥5",
            "1e3",
            "1_000",
            "٣",
            "10000000000000",
            "abc",
            "5元元",
            "5角",
        ],
    )
    def test_anything_doubtful_is_refused(self, typed):
        with pytest.raises(ValueError, match="not an amount"):
            Money.read(typed)

    @given(FEN)
    def test_what_is_shown_is_read_back(self, fen):
        assert Money.read(str(Money(fen))) == Money(fen)
        assert Money.yuan(Money(fen).in_yuan) == Money(fen)

    def test_shown_with_two_decimals_and_commas(self):
        assert str(Money(123456789)) == "1,234,567.89"
        assert str(Money(-8640)) == "-86.40"
        assert str(ZERO) == "0.00"
        assert str(Money(5).in_yuan) == "0.05"

    def test_arithmetic_stays_whole(self):
        assert Money(5) + Money(7) - Money(2) == Money(10)
        assert -Money(5) * 3 == Money(-15)
        assert Money(1) < Money(2)
        assert not ZERO
        assert total([]) == ZERO
        assert total([Money(1), Money(2)]) == Money(3)
        for factor in (0.5, Decimal("0.5"), Fraction(1, 2)):
            with pytest.raises(TypeError):
                Money(10) * factor


class TestRounding:
    @pytest.mark.parametrize(("way", "fen", "expected"), table("rounding.md", "way", "fen", "rounded"))
    def test_ways(self, way, fen, expected):
        assert round_money(Fraction(fen), Rounding[way]) == Money(int(expected))

    @pytest.mark.parametrize(("way", "to", "charged"), table("rounding.md", "way", "to", "charged"))
    def test_units(self, way, to, charged):
        assert round_money(Fraction("5624.45"), Rounding[way], RoundTo[to]) == Money.yuan(charged)

    @given(EXACT, st.sampled_from(Rounding), st.sampled_from(RoundTo))
    def test_a_rounded_amount_is_whole_units_and_less_than_one_unit_away(self, exact, mode, to):
        rounded = round_money(exact, mode, to).fen
        assert rounded % to.value == 0
        assert abs(rounded - exact) < to.value
        if mode in (Rounding.HALF_UP, Rounding.HALF_EVEN):
            assert abs(rounded - exact) * 2 <= to.value
        if mode is Rounding.DOWN:
            assert abs(rounded) <= abs(exact)
        if mode is Rounding.UP:
            assert abs(rounded) >= abs(exact)

    @given(EXACT, st.sampled_from(Rounding), st.sampled_from(RoundTo))
    def test_a_red_amount_is_the_mirror_of_the_black_one(self, exact, mode, to):
        assert round_money(-exact, mode, to) == -round_money(exact, mode, to)

    @given(st.integers(-(10**12), 10**12), st.sampled_from(Rounding))
    @example(0, Rounding.UP)
    def test_whole_fen_stay(self, fen, mode):
        assert round_money(Fraction(fen), mode) == Money(fen)


class TestSharing:
    @pytest.mark.parametrize(("amount", "weights", "shares"), table("sharing.md", "sum", "weights", "shares"))
    def test_table(self, amount, weights, shares):
        given_out = Money.yuan(amount).share([int(weight) for weight in listed(weights)])
        assert given_out == [Money.yuan(share) for share in listed(shares)]

    @given(FEN, st.lists(st.integers(0, 10**7), min_size=1, max_size=30).filter(any))
    def test_shares_add_up_and_none_is_a_fen_off(self, fen, weights):
        shares = Money(fen).share(weights)
        assert total(shares) == Money(fen)
        for share, weight in zip(shares, weights, strict=True):
            exact = Fraction(fen * weight, sum(weights))
            assert abs(share.fen - exact) < 1
            assert share.fen * fen >= 0
            assert weight or share == ZERO

    @given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=2, max_size=12).filter(any), st.randoms())
    def test_order_decides_only_ties(self, fen, weights, random):
        order = list(range(len(weights)))
        random.shuffle(order)
        straight = Money(fen).share(weights)
        shuffled = Money(fen).share([weights[place] for place in order])
        assert sorted(straight) == sorted(shuffled)
        heavier = sorted(zip(weights, straight, strict=True))
        assert [share for _, share in heavier] == sorted(straight)

    @pytest.mark.parametrize("weights", [[], [0], [0, 0], [3, -1], [-1]])
    def test_nothing_to_share_by(self, weights):
        with pytest.raises(ValueError):
            Money(100).share(weights)
