"""The arithmetic of a month's charge, in whole numbers only, so that a database can do it for all units at once.

What a charge comes to for a quantity is ``R(quantity * weight_upto / denominator)`` less
``R(quantity * weight_before / denominator)`` fen, where R rounds once: parts of a month therefore add up to the sum
rounded once (BL-7; docs/rules/rounding.md). The quantity is 0.01 m² for a price per area, otherwise 1.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from feeapp.core.money import Money, Rounding, RoundTo
from feeapp.core.period import Period, Span
from feeapp.tariffs.rules import Basis, Price, RoundAt, check_changeover, month_part

SQL_LIMIT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A dated price: in force from ``span_start`` until the day before ``span_end``, or without end."""

    id: int
    price: Price
    span_start: date
    span_end: date | None = None

    def __hash__(self) -> int:
        # A whole price would be hashed anew for every unit that is drafted by itself.
        return hash(self.id)

    def within(self, period: Period) -> Span | None:
        """The days of a month on which this price is in force, or None."""
        after = period.last_day + timedelta(days=1)
        end = after if self.span_end is None else min(self.span_end, after)
        return Span(self.span_start, end).within(period) if self.span_start < end else None


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What one version does in one month, for every quantity alike. ``to_on`` is the last day, inclusive.

    ``seq`` counts from 1 inside the month. The weights are running totals: this line's own is their difference.
    """

    version_id: int
    seq: int
    from_on: date
    to_on: date
    days: int
    month_days: int
    weight_before: int
    weight_upto: int
    denominator: int
    rounding: Rounding
    round_to: RoundTo

    def __hash__(self) -> int:
        # Enough to tell lines apart; all their fields would be hashed anew for every charge that is drafted by itself.
        return hash((self.version_id, self.seq, self.weight_before, self.weight_upto, self.denominator))


@dataclass(frozen=True, slots=True)
class _Part:
    version: VersionFacts
    seq: int
    inside: Span
    period: Period
    weight: Fraction


def plan_month(versions: Sequence[VersionFacts], period: Period, coefficient: Decimal | None = None) -> list[PlanLine]:
    """The lines of one month from the versions of one item and use, in order of days; none where no price applies.

    Versions may come in any order and may lie outside the month. Raises Refused where two of them change more than
    the rate inside the month. A part of a month that costs nothing (the free month of NEXT_MONTH) makes no line; a
    line may still come to 0.00 for a small quantity, and no charge is made of that.
    """
    return plan_bill(versions, [period], coefficient)


def plan_bill(
    versions: Sequence[VersionFacts], periods: Sequence[Period], coefficient: Decimal | None = None
) -> list[PlanLine]:
    """The lines of the months that one bill covers; prices rounded PER_BILL are rounded once over all of them.

    ``coefficient`` is what the prices are multiplied by on the floors at hand; None where they know no floors.
    """
    parts = [part for period in sorted(periods) for part in _parts(versions, period, coefficient)]
    lines: list[PlanLine] = []
    for _, sum_ in itertools.groupby(parts, key=_rounded_together):
        lines.extend(_weighed(list(sum_)))
    return lines


def weight_of(price: Price, coefficient: Decimal | None) -> Fraction:
    """The exact fen one quantity costs in a full month on a floor with this coefficient."""
    return price.fen_per_quantity * (1 if coefficient is None else Fraction(coefficient))


def _parts(versions: Sequence[VersionFacts], period: Period, coefficient: Decimal | None) -> list[_Part]:
    dated = [(inside, version) for version in versions if (inside := version.within(period))]
    dated.sort(key=lambda pair: pair[0])
    for (inside, earlier), (following, later) in itertools.pairwise(dated):
        check_changeover(earlier.price, inside.end, later.price, following.start)
    if not dated:
        return []
    served = Span(dated[0][0].start, dated[-1][0].end)
    parts: list[_Part] = []
    for inside, version in dated:
        price = version.price
        share = Fraction(1)
        if price.basis is not Basis.FIXED:
            share = month_part(price.proration, served, period) * Fraction(inside.days, served.days)
        if share:
            parts.append(_Part(version, len(parts) + 1, inside, period, weight_of(price, coefficient) * share))
    return parts


def _rounded_together(part: _Part) -> tuple[Any, ...]:
    price = part.version.price
    month = part.period.key if price.round_at is RoundAt.PER_MONTH else None
    return month, price.basis, price.rounding, price.round_to


def _weighed(parts: Sequence[_Part]) -> list[PlanLine]:
    upto = list(itertools.accumulate(part.weight for part in parts))
    denominator = math.lcm(*(weight.denominator for weight in upto))
    weights = [0, *(int(weight * denominator) for weight in upto)]
    return [
        PlanLine(
            version_id=part.version.id,
            seq=part.seq,
            from_on=part.inside.start,
            to_on=part.inside.last_day,
            days=part.inside.days,
            month_days=part.period.days,
            weight_before=weights[place],
            weight_upto=weights[place + 1],
            denominator=denominator,
            rounding=part.version.price.rounding,
            round_to=part.version.price.round_to,
        )
        for place, part in enumerate(parts)
    ]


def rounded(numerator: Any, denominator: int, mode: Rounding, to: RoundTo) -> Any:
    """``numerator / denominator`` fen, at least zero, brought to whole fen, jiao or yuan; the result is in fen.

    Only ``+ - * // %`` are used, so ``numerator`` may be an int or an integer SQL expression (a column of another
    type first through ``type_coerce(column, BigInteger)``): SQLite and PostgreSQL divide integers the same way.
    """
    unit = denominator * to.value
    if mode is Rounding.HALF_UP:
        units = (2 * numerator + unit) // (2 * unit)
    elif mode is Rounding.UP:
        units = (numerator + (unit - 1)) // unit
    elif mode is Rounding.HALF_EVEN:
        units = (2 * numerator + (numerator // unit) % 2 + (unit - 1)) // (2 * unit)
    else:
        units = numerator // unit
    return units * to.value


def amount_fen(line: PlanLine, quantity: Any) -> Any:
    """The fen of a line for a quantity, an int or an integer SQL expression; see ``rounded``."""
    upto = rounded(quantity * line.weight_upto, line.denominator, line.rounding, line.round_to)
    if not line.weight_before:
        return upto
    return upto - rounded(quantity * line.weight_before, line.denominator, line.rounding, line.round_to)


def amount(line: PlanLine, quantity: int) -> Money:
    """What a line comes to for a quantity of zero or more."""
    if quantity < 0:
        raise ValueError("a quantity is never negative")
    return Money(amount_fen(line, quantity))


def largest_quantity(line: PlanLine) -> int:
    """The largest quantity for which no step of ``amount_fen`` leaves the 63 bits of a database's whole numbers."""
    unit = line.denominator * line.round_to.value
    return max(SQL_LIMIT - 2 * unit, 0) // max(2 * line.weight_upto, 1)
