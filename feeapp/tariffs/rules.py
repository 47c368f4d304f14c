"""Prices: what they are counted on, for which place, how much of a month they take, and how they are rounded.

Rules: docs/rules/rounding.md, docs/rules/proration.md and docs/rules/metering.md (domain rules BL-1 to BL-8).
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
MOST_TIERS = 10


class Basis(enum.Enum):
    """What a rate is multiplied by in a month.

    AREA and INNER_AREA: m² of gross or inner floor area. UNIT: one. FIXED: nothing, a fixed sum. METER: what a meter
    counted, in its own unit (m³, kWh). POOL has no rate: a sum spent in common is shared out.
    """

    AREA = "AREA"
    INNER_AREA = "INNER_AREA"
    UNIT = "UNIT"
    FIXED = "FIXED"
    METER = "METER"
    POOL = "POOL"


BY_HUNDREDTHS = frozenset({Basis.AREA, Basis.INNER_AREA, Basis.METER})
"""What is counted in hundredths: 0.01 m², or 0.01 of a meter's unit. Everything else is counted as one."""

WHOLE_MONTHS = frozenset({Basis.FIXED, Basis.METER, Basis.POOL})
"""What is never split by days: it begins and ends with a month."""


class Place(enum.Enum):
    """Where a price holds, the widest first; of two that hold on a day, the narrower counts."""

    COMMUNITY = "COMMUNITY"
    BUILDING = "BUILDING"
    STAIR = "STAIR"
    UNIT = "UNIT"


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


def check_rate(rate: Decimal, field: str = "rate") -> None:
    """Raises TypeError where a rate is not a Decimal, Refused where it is below zero, too fine or too high."""
    if not isinstance(rate, Decimal):
        raise TypeError(f"a rate is a Decimal, not {type(rate).__name__}")
    if not rate.is_finite() or not 0 <= rate <= HIGHEST_RATE:
        raise Refused(
            "tariff.rate",
            msg("A rate lies between 0 and %(highest)s yuan."),
            {"highest": f"{HIGHEST_RATE:,}"},
            field=field,
        )
    if Fraction(rate) * 10_000 % 1:
        raise Refused("tariff.rate", msg("A rate has at most four decimals."), field=field)


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a metered price (阶梯): yuan for each unit up to ``upto`` (0.01 of a unit; None: no end) a month."""

    upto: int | None
    rate: Decimal


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Raises Refused where tiers do not rise, are too many, or where not exactly the last of them has no end."""
    if len(tiers) > MOST_TIERS:
        raise Refused("tariff.tiers", msg("There are at most %(most)s tiers."), {"most": MOST_TIERS}, field="tiers")
    for tier in tiers:
        check_rate(tier.rate, "tiers")
    bounds = [0, *(tier.upto for tier in tiers if tier.upto is not None)]
    if tiers[-1].upto is not None or len(bounds) < len(tiers):
        raise Refused("tariff.tiers", msg("The last tier, and only the last, has no upper end."), field="tiers")
    if any(upper <= lower for lower, upper in itertools.pairwise(bounds)):
        raise Refused("tariff.tiers", msg("Each tier ends above the one before it."), field="tiers")


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A named table of floor coefficients (楼层系数): what part of the price each floor pays.

    A floor that is not listed pays the whole price (1); 0 exempts a floor. Basis: an agreement or a vote of the
    owners, because otherwise sharing follows the area (Civil Code art. 283). Raises Refused where the table is
    empty or names a floor twice, and where a coefficient is below zero, above 100 or finer than 0.0001.
    """

    name: str
    by_floor: tuple[tuple[int, Decimal], ...]

    def __post_init__(self) -> None:
        floors = [floor for floor, _ in self.by_floor]
        if not floors or 0 in floors or len(set(floors)) < len(floors):
            raise Refused(
                "tariff.floors",
                msg("Each floor stands in the table once, and there is no floor 0."),
                field="coefficients",
            )
        for _, part in self.by_floor:
            if not isinstance(part, Decimal):
                raise TypeError(f"a coefficient is a Decimal, not {type(part).__name__}")
            if not part.is_finite() or not 0 <= part <= 100 or Fraction(part) * 10_000 % 1:
                raise Refused(
                    "tariff.coefficient",
                    msg("A coefficient lies between 0 and 100, with at most four decimals."),
                    field="coefficients",
                )

    def of(self, floor: int) -> Fraction:
        """What part of the price a floor pays."""
        return next((Fraction(part) for listed, part in self.by_floor if listed == floor), Fraction(1))


@dataclass(frozen=True, slots=True)
class Price:
    """A price as published: yuan per m², per unit or per metered unit a month, or a fixed sum for each billed month.

    With ``tiers`` the rate is that of the first; with ``coefficients`` each floor pays its part. A pool has the rate
    0. Raises TypeError where the rate is not a Decimal, ValueError where it is not the first tier's, and Refused
    where it is below zero, finer than 0.0001 yuan or too high, or where the parts do not go together.
    """

    rate: Decimal
    basis: Basis = Basis.AREA
    proration: Proration = Proration.ACTUAL_DAYS
    rounding: Rounding = Rounding.HALF_UP
    round_to: RoundTo = RoundTo.FEN
    round_at: RoundAt = RoundAt.PER_MONTH
    tiers: tuple[Tier, ...] = ()
    coefficients: Coefficients | None = None

    def __post_init__(self) -> None:
        check_rate(self.rate)
        check_rounding(self.rounding, self.round_to)
        if self.basis is Basis.POOL and self.rate:
            raise Refused(
                "tariff.pool", msg("A shared sum has no price of its own: write 0 or nothing here."), field="rate"
            )
        if self.coefficients is not None and self.basis in (Basis.METER, Basis.POOL):
            raise Refused(
                "tariff.floors",
                msg("Floor coefficients go with a price per m², per unit or a fixed sum only."),
                field="coefficients",
            )
        if self.tiers:
            self._check_tiers()

    def _check_tiers(self) -> None:
        if self.basis is not Basis.METER:
            raise Refused("tariff.tiers", msg("Tiers go with metered prices only."), field="tiers")
        check_tiers(self.tiers)
        if self.tiers[0].rate != self.rate:
            raise ValueError("the rate of a price in tiers is that of its first tier")

    @property
    def fen_per_quantity(self) -> Fraction:
        """The exact fen that one quantity costs in a full month.

        The quantity is 0.01 m² or 0.01 of a meter's unit (BY_HUNDREDTHS), otherwise one. A price in tiers has no such
        figure (ValueError): see ``tiered_fen``.
        """
        if self.tiers:
            raise ValueError("a price in tiers costs a different sum for each quantity")
        fen = Fraction(self.rate) * 100
        return fen / 100 if self.basis in BY_HUNDREDTHS else fen

    def exact_fen(self, quantity: int, part: Fraction) -> Fraction:
        """The exact fen for a quantity and a part of a month, before rounding and without any floor coefficient."""
        whole = tiered_fen(self, quantity) if self.tiers else self.fen_per_quantity * quantity
        return whole * part

    def of_floor(self, floor: int) -> Fraction:
        """What part of this price a floor pays: 1 where there is no table of coefficients."""
        return Fraction(1) if self.coefficients is None else self.coefficients.of(floor)

    def round(self, exact_fen: Fraction) -> Money:
        """The exact fen brought to the unit this price is charged in."""
        return round_money(exact_fen, self.rounding, self.round_to)


def tiered_fen(price: Price, quantity: int) -> Fraction:
    """The exact fen of a metered month: each tier's units at that tier's rate (docs/rules/metering.md).

    The quantity is what was used in the month, in 0.01 of the meter's unit. Raises ValueError below zero.
    """
    if quantity < 0:
        raise ValueError("a quantity is never negative")
    fen, lower = Fraction(0), 0
    for tier in price.tiers or (Tier(None, price.rate),):
        upper = quantity if tier.upto is None else min(quantity, tier.upto)
        fen += max(upper - lower, 0) * Fraction(tier.rate)
        lower = max(upper, lower)
    return fen


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

    A span is its first day and the day after its last, None while it has no end: the versions of one charge item,
    one use of units and one place may not overlap.
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
    if same_month and not may_share_month(earlier, later):
        raise Refused(
            "tariff.changeover",
            msg("In the middle of a month only a rate per m² or per unit may change. Let this price begin on the 1st."),
            field="from_on",
        )


def may_share_month(one: Price, other: Price) -> bool:
    """Whether one month of one unit may be charged by the days at both prices: they differ in the rate alone."""
    return one.basis not in WHOLE_MONTHS and _manner(one) == _manner(other)


def _manner(price: Price) -> tuple[object, ...]:
    return price.basis, price.proration, price.rounding, price.round_to, price.round_at, price.coefficients


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
