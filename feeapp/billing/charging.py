"""The arithmetic of a month's charge, in whole numbers only, so that a database can do it for all units at once.

What a charge comes to for a quantity is ``R(quantity * weight_upto / denominator)`` less
``R(quantity * weight_before / denominator)`` fen, where R rounds once: parts of a month therefore add up to the sum
rounded once (BL-7; docs/rules/rounding.md). The quantity is 0.01 m² for a price per area, otherwise 1.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from feeapp.billing.late import LateFacts, explain_late
from feeapp.core.area import Area
from feeapp.core.money import Money, Rounding, RoundTo
from feeapp.core.period import Period, Span
from feeapp.core.refusal import msg
from feeapp.tariffs.rules import Basis, Price, Proration, RoundAt, check_changeover, month_part

SQL_LIMIT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A dated price: in force from ``span_start`` until the day before ``span_end``, or without end."""

    id: int
    price: Price
    span_start: date
    span_end: date | None = None

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


@dataclass(frozen=True, slots=True)
class _Part:
    version: VersionFacts
    seq: int
    inside: Span
    period: Period
    weight: Fraction


def plan_month(versions: Sequence[VersionFacts], period: Period) -> list[PlanLine]:
    """The lines of one month from the versions of one item and use, in order of days; none where no price applies.

    Versions may come in any order and may lie outside the month. Raises Refused where two of them change more than
    the rate inside the month. A part of a month that costs nothing (the free month of NEXT_MONTH) makes no line; a
    line may still come to 0.00 for a small quantity, and no charge is made of that.
    """
    return plan_bill(versions, [period])


def plan_bill(versions: Sequence[VersionFacts], periods: Sequence[Period]) -> list[PlanLine]:
    """The lines of the months that one bill covers; prices rounded PER_BILL are rounded once over all of them."""
    parts = [part for period in sorted(periods) for part in _parts(versions, period)]
    lines: list[PlanLine] = []
    for _, sum_ in itertools.groupby(parts, key=_rounded_together):
        lines.extend(_weighed(list(sum_)))
    return lines


def _parts(versions: Sequence[VersionFacts], period: Period) -> list[_Part]:
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
            parts.append(_Part(version, len(parts) + 1, inside, period, price.fen_per_quantity * share))
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


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """All that one charge was made from, as kept with it: the line, the price, the quantity and what it came to."""

    line: PlanLine
    price: Price
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """An opening balance: what the household ledger says was billed and received for a period."""

    billed: Money
    received: Money


Say = Callable[..., str]
"""Says a sentence in somebody's language with its facts filled in, as ``gettext(sentence, **facts)`` does."""


def english(sentence: str, **facts: str) -> str:
    """The sentence as it is written here, with its facts filled in."""
    return sentence % facts if facts else sentence


def explain(facts: ChargeFacts | CarriedOver | LateFacts, say: Say) -> str:
    """One sentence that works the charge out for the person who pays it, in the language of ``say``."""
    if isinstance(facts, LateFacts):
        return explain_late(facts, say)
    if isinstance(facts, CarriedOver):
        return say(
            msg("Carried over from the ledger: %(billed)s yuan billed less %(received)s yuan received"),
            billed=str(facts.billed),
            received=str(facts.received),
        )
    line, price = facts.line, facts.price
    own = Fraction(facts.quantity * (line.weight_upto - line.weight_before), line.denominator)
    part = own / whole if (whole := price.exact_fen(facts.quantity, Fraction(1))) else Fraction(1)
    reckoned = _reckoned(facts, part, say)
    amount_shown = str(facts.amount)
    if own == facts.amount.fen:
        if price.basis is not Basis.AREA and part == 1:
            return reckoned
        return say(msg("%(reckoned)s = %(amount)s yuan"), reckoned=reckoned, amount=amount_shown)
    said = {
        "reckoned": reckoned,
        "exact": _exactly(own, price),
        "rounding": say(_ROUNDED[price.rounding, price.round_to]),
        "amount": amount_shown,
    }
    if price.round(own) == facts.amount:
        return say(msg("%(reckoned)s %(exact)s yuan, rounded %(rounding)s: %(amount)s yuan"), **said)
    upto = Fraction(facts.quantity * line.weight_upto, line.denominator)
    return say(
        msg(
            "%(reckoned)s %(exact)s yuan; with what came before it %(together)s yuan, rounded %(rounding)s, "
            "less %(before)s yuan already charged: %(amount)s yuan"
        ),
        **said,
        together=_exactly(upto, price),
        before=str(price.round(upto) - facts.amount),
    )


def _reckoned(facts: ChargeFacts, part: Fraction, say: Say) -> str:
    rate = _decimals(Fraction(facts.price.rate), 2)
    if facts.price.basis is Basis.AREA:
        price = say(msg("%(area)s m² × %(rate)s yuan/m²/month"), area=str(Area(facts.quantity)), rate=rate)
    elif facts.price.basis is Basis.UNIT:
        price = say(msg("%(rate)s yuan a month"), rate=rate)
    else:
        price = say(msg("a fixed sum of %(rate)s yuan for the month"), rate=rate)
    if part == 1:
        return price
    line = facts.line
    if part == Fraction(line.days, line.month_days):
        return say(
            msg("%(price)s × %(days)s of %(month_days)s days"),
            price=price,
            days=str(line.days),
            month_days=str(line.month_days),
        )
    shown = f"{part.numerator}/{part.denominator}"
    if facts.price.proration in (Proration.DAYS_30, Proration.THIRTY_360) and 30 % part.denominator == 0:
        shown = f"{int(part * 30)}/30"
    return say(msg("%(price)s × %(part)s of a month"), price=price, part=shown)


def _exactly(fen: Fraction, price: Price) -> str:
    """``= 56.2445`` where the decimals end, else ``≈ 38.7893``: enough of them to see which way it is rounded."""
    yuan = fen / 100
    if _ends(yuan):
        return f"= {_decimals(yuan, 2)}"
    places = 4
    while price.round(Fraction(round(yuan, places)) * 100) != price.round(fen):
        places += 1
    return f"≈ {_decimals(Fraction(round(yuan, places)), places)}"


def _ends(number: Fraction) -> bool:
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _decimals(number: Fraction, least: int) -> str:
    """A number whose decimals end, exactly, with at least so many of them."""
    places = least
    while number * 10**places % 1:
        places += 1
    return f"{Decimal(int(number * 10**places)).scaleb(-places):,f}"


_ROUNDED = {
    (Rounding.HALF_UP, RoundTo.FEN): msg("half up to the fen"),
    (Rounding.DOWN, RoundTo.FEN): msg("down to the fen"),
    (Rounding.UP, RoundTo.FEN): msg("up to the fen"),
    (Rounding.HALF_EVEN, RoundTo.FEN): msg("half to even to the fen"),
    (Rounding.HALF_UP, RoundTo.JIAO): msg("half up to the jiao"),
    (Rounding.DOWN, RoundTo.JIAO): msg("down to the jiao"),
    (Rounding.HALF_UP, RoundTo.YUAN): msg("half up to the yuan"),
    (Rounding.DOWN, RoundTo.YUAN): msg("down to the yuan"),
}
