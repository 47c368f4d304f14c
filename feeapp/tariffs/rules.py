"""Prices: what they are counted on, how much of a month they take, and how they are rounded.

Rules: docs/rules/rounding.md and docs/rules/proration.md (domain rules BL-1 to BL-8).
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from feeapp.core.money import Money, Rounding, RoundTo, round_money
from feeapp.core.period import Period, Span
from feeapp.core.refusal import Refused, msg

HIGHEST_RATE = Decimal("999999.9999")


class Basis(enum.Enum):
    """What a rate is multiplied by: m² of gross floor area a month, one unit a month, or nothing (a fixed sum)."""

    AREA = "AREA"
    UNIT = "UNIT"
    FIXED = "FIXED"


class Proration(enum.Enum):
    """How much of a month's price is due when the service does not run the whole month (BL-4)."""

    ACTUAL_DAYS = "ACTUAL_DAYS"
    DAYS_30 = "DAYS_30"
    THIRTY_360 = "THIRTY_360"
    NEXT_MONTH = "NEXT_MONTH"
    FULL_MONTH = "FULL_MONTH"
    HALF_AT_15 = "HALF_AT_15"


class RoundAt(enum.Enum):
    """Where the one rounding happens: in each month, or once over all months of a bill (BL-3)."""

    PER_MONTH = "PER_MONTH"
    PER_BILL = "PER_BILL"


class Authority(enum.Enum):
    """What allows a price: the service contract, a government notice, or a resolution of the owners' assembly."""

    CONTRACT = "CONTRACT"
    NOTICE = "NOTICE"
    RESOLUTION = "RESOLUTION"


def check_rounding(mode: Rounding, to: RoundTo) -> None:
    """Raises Refused for rounding that could charge more than the marked price by a jiao or a yuan.

    Above the fen only half up and down are offered (BL-2; rules on price marking art. 8).
    """
    if to is not RoundTo.FEN and mode not in (Rounding.HALF_UP, Rounding.DOWN):
        raise Refused(
            "tariff.rounding",
            msg("To the jiao or the yuan, an amount is rounded half up or down; other ways are for the fen only."),
            field="rounding",
        )


@dataclass(frozen=True, slots=True)
class Price:
    """A price as published: yuan per m² or per unit a month, or a fixed sum of yuan for each billed month.

    Raises TypeError where the rate is not a Decimal, and Refused where it is below zero, finer than 0.0001 yuan
    or too high, or where the rounding is not allowed.
    """

    rate: Decimal
    basis: Basis = Basis.AREA
    proration: Proration = Proration.ACTUAL_DAYS
    rounding: Rounding = Rounding.HALF_UP
    round_to: RoundTo = RoundTo.FEN
    round_at: RoundAt = RoundAt.PER_MONTH

    def __post_init__(self) -> None:
        if not isinstance(self.rate, Decimal):
            raise TypeError(f"a rate is a Decimal, not {type(self.rate).__name__}")
        if not self.rate.is_finite() or not 0 <= self.rate <= HIGHEST_RATE:
            raise Refused(
                "tariff.rate",
                msg("A rate lies between 0 and %(highest)s yuan."),
                {"highest": f"{HIGHEST_RATE:,}"},
                field="rate",
            )
        if Fraction(self.rate) * 10_000 % 1:
            raise Refused("tariff.rate", msg("A rate has at most four decimals."), field="rate")
        check_rounding(self.rounding, self.round_to)

    @property
    def fen_per_quantity(self) -> Fraction:
        """The exact fen that one quantity costs in a full month; the quantity is 0.01 m² for AREA, otherwise one."""
        fen = Fraction(self.rate) * 100
        return fen / 100 if self.basis is Basis.AREA else fen

    def exact_fen(self, quantity: int, part: Fraction) -> Fraction:
        """The exact fen for a quantity and a part of a month, before rounding."""
        return self.fen_per_quantity * quantity * part

    def round(self, exact_fen: Fraction) -> Money:
        """The exact fen brought to the unit this price is charged in."""
        return round_money(exact_fen, self.rounding, self.round_to)


def month_part(method: Proration, span: Span, period: Period) -> Fraction:
    """The part of a month's price due for the days of a span inside the month: 0 outside it, 1 for all of it.

    The span is one unbroken run of service; docs/rules/proration.md gives each method's reading.
    """
    inside = span.within(period)
    if inside is None:
        return Fraction(0)
    if inside.days == period.days:
        return Fraction(1)
    return _PART[method](inside, period)


def _actual_days(inside: Span, period: Period) -> Fraction:
    return Fraction(inside.days, period.days)


def _days_30(inside: Span, period: Period) -> Fraction:
    return Fraction(inside.days, 30)


def _thirty_360(inside: Span, period: Period) -> Fraction:
    gone, reached = inside.start.day - 1, inside.last_day.day
    return Fraction(_thirtieths(reached, period) - _thirtieths(gone, period), 30)


def _thirtieths(days: int, period: Period) -> int:
    return 30 if days == period.days else min(days, 30)


def _next_month(inside: Span, period: Period) -> Fraction:
    return Fraction(1 if inside.start == period.first_day else 0)


def _full_month(inside: Span, period: Period) -> Fraction:
    return Fraction(1)


def _half_at_15(inside: Span, period: Period) -> Fraction:
    return Fraction((inside.start.day <= 15) + (inside.last_day.day > 15), 2)


_PART = {
    Proration.ACTUAL_DAYS: _actual_days,
    Proration.DAYS_30: _days_30,
    Proration.THIRTY_360: _thirty_360,
    Proration.NEXT_MONTH: _next_month,
    Proration.FULL_MONTH: _full_month,
    Proration.HALF_AT_15: _half_at_15,
}


def overlaps(spans: Sequence[tuple[date, date | None]]) -> tuple[int, int] | None:
    """The places of the first two spans that share a day, or None where no two do.

    A span is its first day and the day after its last, None while it has no end: the versions of one charge item
    and one use of units may not overlap.
    """
    order = sorted(range(len(spans)), key=lambda place: (spans[place][0], place))
    for place, following in itertools.pairwise(order):
        end = spans[place][1]
        if end is None or spans[following][0] < end:
            return min(place, following), max(place, following)
    return None


def check_changeover(earlier: Price, earlier_end: date, later: Price, later_start: date) -> None:
    """Raises Refused where a later price changes more than the rate in the middle of a month.

    ``earlier_end`` is the day after the earlier price's last. Inside one month only the rate of a price per area
    or per unit may change, so that the parts have one basis and one rounding and add up to it (BL-7).
    """
    same_month = Period.of(earlier_end - timedelta(days=1)) == Period.of(later_start)
    if not same_month:
        return
    if Basis.FIXED in (earlier.basis, later.basis) or _manner(earlier) != _manner(later):
        raise Refused(
            "tariff.changeover",
            msg("In the middle of a month only a rate per m² or per unit may change. Let this price begin on the 1st."),
            field="from_on",
        )


def _manner(price: Price) -> tuple[enum.Enum, ...]:
    return price.basis, price.proration, price.rounding, price.round_to, price.round_at


def round_once(exact_fen: Sequence[Fraction], rounding: Rounding, round_to: RoundTo) -> list[Money]:
    """Whole amounts for the parts of one sum, so that they add up to the sum rounded once (BL-7, BL-8).

    Each part is the rounded running total less what the parts before it already took.
    """
    amounts: list[Money] = []
    running, taken = Fraction(0), Money(0)
    for part in exact_fen:
        running += part
        upto = round_money(running, rounding, round_to)
        amounts.append(upto - taken)
        taken = upto
    return amounts
