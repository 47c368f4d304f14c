"""What a month asks of one unit when something about it changes inside the month, or it pays less than others.

A bill run reckons whole uses of units at once (billing/planning.py). The few units whose owner, area or price changes
inside the month, that have a price of their own, or that pay a part only, are drafted here one by one, by the same
rules: docs/rules/proration.md and docs/rules/rounding.md (domain rules BL-4, BL-7, BL-8, BL-11, BL-16).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from feeapp.billing.charging import PlanLine, VersionFacts, amount, weight_of
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period, Span
from feeapp.registry.rules import UnitUse
from feeapp.tariffs.rules import Basis, Price, RoundAt, month_part

T = TypeVar("T")
Dated = tuple[Span, T]


@dataclass(frozen=True, slots=True)
class Sizes:
    """The areas of a unit in 0.01 m²; None where nobody knows them."""

    area: int | None
    inner_area: int | None


@dataclass(frozen=True, slots=True)
class Unlike:
    """What makes a unit pay less for some days: ``percent`` is what is still paid, ``source_id`` the relief."""

    source_id: int
    kind: str
    percent: Decimal
    span: Span


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One unit in a month: where it is, who owned it when, how large it was when.

    Days without an owner are left out.
    """

    id: int
    code: str
    name: str
    use: UnitUse
    building_id: int
    stair_id: int | None
    floor: int
    owners: tuple[Dated[int], ...]
    sizes: tuple[Dated[Sizes], ...]


@dataclass(frozen=True, slots=True)
class Relieved:
    """What one relief takes off one charge."""

    source_id: int
    kind: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Drafted:
    """One charge of one unit: its arithmetic as kept with it, and what is taken off at once.

    ``carried`` is the exact fen of the parts before this one, where they had another quantity; None where the line's
    own weights say it.
    """

    debtor_id: int
    line: PlanLine
    coefficient: Decimal | None
    quantity: int
    amount: Money
    carried: Fraction | None
    relieved: tuple[Relieved, ...] = ()

    @property
    def own(self) -> Fraction:
        """The exact fen of this part."""
        return Fraction(self.quantity * (self.line.weight_upto - self.line.weight_before), self.line.denominator)


@dataclass(frozen=True, slots=True)
class _Piece:
    span: Span
    version: VersionFacts
    owner: int
    quantity: int


def governing(scopes: Sequence[Sequence[VersionFacts]], period: Period) -> list[Dated[VersionFacts]]:
    """Which price holds on which days of a month: that of the first scope that has one, narrow scopes coming first."""
    return _by_days([[(inside, each) for each in scope if (inside := each.within(period))] for scope in scopes], period)


def _by_days(layers: Sequence[Sequence[Dated[T]]], period: Period) -> list[Dated[T]]:
    edges = sorted({edge for layer in layers for span, _ in layer for edge in (span.start, span.end)})
    found: list[Dated[T]] = []
    for start, end in itertools.pairwise(edges):
        held = next((value for layer in layers for span, value in layer if span.start <= start < span.end), None)
        if held is None:
            continue
        if found and found[-1][1] == held and found[-1][0].end == start:
            found[-1] = (Span(found[-1][0].start, end), held)
        else:
            found.append((Span(start, end), held))
    return found


def draft(
    unit: UnitFacts,
    prices: Sequence[Dated[VersionFacts]],
    period: Period,
    whole_month: bool,
    carried: Fraction = Fraction(0),
) -> list[Drafted]:
    """The charges of one item for one unit and month, in order of days; parts that cost nothing are left out.

    ``whole_month`` leaves a month that changes hands with whoever owned the unit first in it; otherwise its parts go
    by days, the seller's to the day before, the buyer's from the day on (BL-16). Parts of one price and rounding add
    up to their sum rounded once; ``carried`` is the exact fen of the earlier months of the same bill, where that is
    rounded as one (PER_BILL).
    """
    pieces = _pieces(unit, prices, whole_month)
    if not pieces:
        return []
    served = Span(pieces[0].span.start, pieces[-1].span.end)
    drafted: list[Drafted] = []
    for _, alike in itertools.groupby(pieces, key=_rounded_together):
        together = list(alike)
        before = carried if together[0].version.price.round_at is RoundAt.PER_BILL else Fraction(0)
        drafted.extend(_rounded(together, unit.floor, served, period, len(drafted), before))
    return drafted


def _pieces(unit: UnitFacts, prices: Sequence[Dated[VersionFacts]], whole_month: bool) -> list[_Piece]:
    pieces: list[_Piece] = []
    held = _held(unit, whole_month)
    for (priced, version), (owned, owner), (sized, sizes) in itertools.product(prices, held, unit.sizes):
        start, end = max(priced.start, owned.start, sized.start), min(priced.end, owned.end, sized.end)
        quantity = quantity_of(version.price, sizes)
        if start < end and quantity is not None:
            pieces.append(_Piece(Span(start, end), version, owner, quantity))
    pieces.sort(key=lambda piece: piece.span)
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and last.span.end == piece.span.start and replace(last, span=piece.span) == piece:
            joined[-1] = replace(last, span=Span(last.span.start, piece.span.end))
        else:
            joined.append(piece)
    return joined


def draft_sum(
    unit: UnitFacts, version: VersionFacts, quantity: int, exact_fen: Fraction, period: Period, whole_month: bool
) -> list[Drafted]:
    """The charges of a sum that is not made of days: what a meter used, or a share of a pool.

    Where the unit changes hands inside the month its owners part the sum by their days, rounded once (BL-13, BL-16).
    """
    if quantity <= 0:
        return []
    owners = _held(unit, whole_month)
    days = sum(span.days for span, _ in owners)
    price, upto, drafted = version.price, Fraction(0), list[Drafted]()
    for span, owner in owners:
        before = upto
        upto += exact_fen / quantity * Fraction(span.days, days)
        amount = price.round(upto * quantity) - price.round(before * quantity)
        if amount:
            line = _line(version, len(drafted) + 1, span, period, before, upto)
            drafted.append(Drafted(owner, line, None, quantity, amount, None))
    return drafted


def _line(
    version: VersionFacts, seq: int, span: Span, period: Period, weight_before: Fraction, weight_upto: Fraction
) -> PlanLine:
    denominator = math.lcm(weight_before.denominator, weight_upto.denominator)
    return PlanLine(
        version_id=version.id,
        seq=seq,
        from_on=span.start,
        to_on=span.last_day,
        days=span.days,
        month_days=period.days,
        weight_before=int(weight_before * denominator),
        weight_upto=int(weight_upto * denominator),
        denominator=denominator,
        rounding=version.price.rounding,
        round_to=version.price.round_to,
    )


def _held(unit: UnitFacts, whole_month: bool) -> Sequence[Dated[int]]:
    if not whole_month or not unit.owners:
        return unit.owners
    return [(Span(unit.owners[0][0].start, unit.owners[-1][0].end), unit.owners[0][1])]


def quantity_of(price: Price, sizes: Sizes) -> int | None:
    """What a price is multiplied by: an area in 0.01 m², or one; None where the area is not known."""
    return {Basis.AREA: sizes.area, Basis.INNER_AREA: sizes.inner_area}.get(price.basis, 1)


def _rounded_together(piece: _Piece) -> tuple[object, ...]:
    price = piece.version.price
    return price.basis, price.round_at, price.rounding, price.round_to


def _rounded(
    pieces: Sequence[_Piece], floor: int, served: Span, period: Period, before: int, carried: Fraction
) -> list[Drafted]:
    quantity = pieces[0].quantity
    cut = tuple((piece.span, piece.version) for piece in pieces)
    if carried or any(piece.quantity != quantity for piece in pieces):
        return _with_quantities(pieces, _weights(cut, floor, served, period), period, before, carried)
    drafted: list[Drafted] = []
    for piece, (line, coefficient) in zip(pieces, _lines(cut, floor, served, period), strict=True):
        charged = amount(line, quantity)
        if charged:
            numbered = line if line.seq == before + len(drafted) + 1 else replace(line, seq=before + len(drafted) + 1)
            drafted.append(Drafted(piece.owner, numbered, coefficient, quantity, charged, None))
    return drafted


Cut = tuple[Dated[VersionFacts], ...]
"""How a month falls into parts, and the price of each."""


@functools.lru_cache(maxsize=1024)
def _weights(cut: Cut, floor: int, served: Span, period: Period) -> tuple[tuple[Fraction, Decimal | None], ...]:
    """What one quantity costs in each part, exactly, and the floor's coefficient in it; the same for many units."""
    weights = []
    for span, version in cut:
        price = version.price
        coefficient = dict(price.coefficients.by_floor).get(floor, Decimal(1)) if price.coefficients else None
        share = Fraction(1) if price.basis is Basis.FIXED else month_part(price.proration, served, period)
        weights.append((weight_of(price, coefficient) * share * Fraction(span.days, served.days), coefficient))
    return tuple(weights)


@functools.lru_cache(maxsize=1024)
def _lines(cut: Cut, floor: int, served: Span, period: Period) -> tuple[tuple[PlanLine, Decimal | None], ...]:
    """The parts as lines, for any quantity that stays the same in all of them."""
    weights = _weights(cut, floor, served, period)
    upto = list(itertools.accumulate((weight for weight, _ in weights), initial=Fraction(0)))
    return tuple(
        (_line(version, place + 1, span, period, upto[place], upto[place + 1]), coefficient)
        for place, ((span, version), (_, coefficient)) in enumerate(zip(cut, weights, strict=True))
    )


def _with_quantities(
    pieces: Sequence[_Piece],
    weights: Sequence[tuple[Fraction, Decimal | None]],
    period: Period,
    before: int,
    running: Fraction,
) -> list[Drafted]:
    """The charges of parts whose quantities differ: each carries the exact fen of those before it."""
    drafted: list[Drafted] = []
    for piece, (weight, coefficient) in zip(pieces, weights, strict=True):
        carried = running
        running += weight * piece.quantity
        charged = piece.version.price.round(running) - piece.version.price.round(carried)
        if charged:
            line = _line(piece.version, before + len(drafted) + 1, piece.span, period, Fraction(0), weight)
            drafted.append(Drafted(piece.owner, line, coefficient, piece.quantity, charged, carried or None))
    return drafted


def relieve(charge: Drafted, price: Price, reliefs: Sequence[Unlike]) -> Drafted:
    """The charge with what its reliefs take off: the days they share with it, at the part that need not be paid.

    The rest is rounded once: 86.53 m² at 0.65 vacant at 60 % is 56.2445 × 60 % = 33.7467, so 33.75 stays and 22.49 is
    taken off (BL-11, BL-12). Reliefs of the same days never take off more than the charge.
    """
    covered = Span(charge.line.from_on, charge.line.to_on + timedelta(days=1))
    exact, stays = charge.own, charge.amount
    found: list[Relieved] = []
    for each in reliefs:
        days = (min(each.span.end, covered.end) - max(each.span.start, covered.start)).days
        if days <= 0:
            continue
        exact -= charge.own * (1 - Fraction(each.percent) / 100) * Fraction(days, covered.days)
        left = min(stays, max(ZERO, price.round(max(exact, Fraction(0)))))
        if left < stays:
            found.append(Relieved(each.source_id, each.kind, stays - left))
            stays = left
    return replace(charge, relieved=tuple(found))


def spans_within(changes: Sequence[tuple[date, T]], period: Period) -> tuple[Dated[T], ...]:
    """The days of a month by what held on them: each ``(from_on, value)`` holds until the next begins."""
    ordered = sorted(changes, key=lambda change: change[0])
    last = period.last_day + timedelta(days=1)
    found: list[Dated[T]] = []
    for (start, value), following in itertools.zip_longest(ordered, (change[0] for change in ordered[1:])):
        end = min(following or last, last)
        if (start := max(start, period.first_day)) < end:
            found.append((Span(start, end), value))
    return tuple(found)
