"""Late charges (违约金): simple interest on what is unpaid of a charge after its due day (BL-14).

Worked tables: docs/rules/late-charges.md. Basis: domain rules BL-14, FEE-12, FEE-13; Civil Code art. 585.
A late charge is a memo, reckoned on the day it is asked for; it becomes a charge only when it is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from feeapp.core.money import ZERO, Money, round_money, total
from feeapp.core.period import Span
from feeapp.core.refusal import msg

DAYS_A_YEAR = 365
"""A yearly rate is spread over 365 days, in leap years too, as courts reckon a loss by LPR."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a community asks for being late: parts of one a day, days of grace, and two caps.

    ``cap_ratio`` bounds the whole late charge by that part of the principal; ``year_cap`` bounds the daily rate by a
    yearly one.
    """

    rate: Decimal
    grace_days: int = 0
    cap_ratio: Decimal = Decimal(1)
    year_cap: Decimal | None = None

    @property
    def yearly(self) -> bool:
        """Whether the yearly cap is what decides the rate."""
        return self.year_cap is not None and Fraction(self.year_cap) < Fraction(self.rate) * DAYS_A_YEAR

    @property
    def daily(self) -> Fraction:
        """The rate of one day, exactly."""
        if self.yearly and self.year_cap is not None:
            return Fraction(self.year_cap) / DAYS_A_YEAR
        return Fraction(self.rate)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which the same sum was unpaid; ``until_on`` is the day after the last."""

    base: Money
    from_on: date
    until_on: date

    @property
    def days(self) -> int:
        return (self.until_on - self.from_on).days


@dataclass(frozen=True, slots=True)
class Cleared:
    """A part of a principal that was paid on a day; below zero where it was taken back."""

    on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Charged:
    """A late charge made of this principal before: the exact fen of its days up to ``until_on``, and what was paid."""

    until_on: date
    exact_fen: Fraction
    amount: Money


@dataclass(frozen=True, slots=True)
class Late:
    """The late charge of one principal to a day.

    ``stretches`` are the days not charged before on which something was unpaid, all of them from ``from_on`` until the
    day before ``until_on``; ``total`` is all that has run since the due day, rounded once and
    never above ``cap``; ``before`` is what of it was paid or waived; ``amount`` is what is left.
    """

    stretches: tuple[Stretch, ...]
    from_on: date
    until_on: date
    terms: Terms
    total: Money
    cap: Money
    before: Money
    capped: bool
    spared: int = 0
    """How many of these days the charge was in dispute; they bear nothing."""

    @property
    def amount(self) -> Money:
        return max(ZERO, self.total - self.before)

    @property
    def days(self) -> int:
        """How many days are charged anew."""
        return sum(stretch.days for stretch in self.stretches)

    @property
    def fen_days(self) -> int:
        """What was unpaid on each new day, summed up in fen."""
        return sum(stretch.base.fen * stretch.days for stretch in self.stretches)

    @property
    def exact_fen(self) -> Fraction:
        """What the new days come to, before any rounding or cap."""
        return self.fen_days * self.terms.daily


def reckon(
    terms: Terms,
    due_on: date,
    principal: Money,
    open_: Money,
    on: date,
    *,
    cleared: Sequence[Cleared] = (),
    charged: Sequence[Charged] = (),
    waived: Money = ZERO,
    spared: Sequence[Span] = (),
) -> Late:
    """The late charge of a principal as of a day, that day included.

    ``principal`` is the charge less its reductions, ``open_`` what of it is unpaid now, ``cleared`` what was paid
    after the due day. A sum paid on a day bears interest up to that day; the first day is the one after the due day
    and the days of grace, or after the last day charged before. The days of ``spared``, on which the charge was in
    dispute, bear none: the office held the matter up then, not the debtor.
    """
    first = due_on + timedelta(days=terms.grace_days + 1)
    first = max([first, *(each.until_on for each in charged)])
    after = max(first, on + timedelta(days=1))
    unpaid = _stretches(first, after, open_, cleared)
    stretches = tuple(part for stretch in unpaid for part in _without(stretch, spared))
    held_up = sum(stretch.days for stretch in unpaid) - sum(stretch.days for stretch in stretches)
    exact = sum((each.exact_fen for each in charged), Fraction(0))
    exact += sum(stretch.base.fen * stretch.days for stretch in stretches) * terms.daily
    cap = round_down(principal, terms.cap_ratio)
    whole = round_money(exact)
    before = total(each.amount for each in charged) + waived
    return Late(stretches, first, after, terms, min(whole, cap), cap, before, whole > cap, held_up)


def round_down(principal: Money, ratio: Decimal) -> Money:
    """A part of a principal in whole fen, never above it exactly: a cap is not passed by rounding."""
    part = Fraction(ratio) * principal.fen
    return Money(part.numerator // part.denominator)


def _stretches(first: date, after: date, open_: Money, cleared: Sequence[Cleared]) -> list[Stretch]:
    """The days from ``first`` until the day before ``after``, cut wherever what is unpaid changed."""
    cuts = sorted({each.on + timedelta(days=1) for each in cleared if first <= each.on < after})
    stretches = []
    start = first
    for end in [*cuts, after]:
        unpaid = open_ + total(each.amount for each in cleared if each.on >= start)
        if unpaid > ZERO and start < end:
            stretches.append(Stretch(unpaid, start, end))
        start = max(start, end)
    return stretches


def in_dispute(raised_on: date, answered_on: date | None) -> Span:
    """The days a dispute spares: from the one on which it was raised to the one on which it was answered, or on."""
    return Span(raised_on, date.max if answered_on is None else answered_on + timedelta(days=1))


def _without(stretch: Stretch, spared: Sequence[Span]) -> list[Stretch]:
    """What is left of some days without those on which the charge was in dispute."""
    left, start = [], stretch.from_on
    for span in sorted(spared):
        if start < (end := min(span.start, stretch.until_on)):
            left.append(Stretch(stretch.base, start, end))
        start = max(start, span.end)
    return [*left, Stretch(stretch.base, start, stretch.until_on)] if start < stretch.until_on else left


@dataclass(frozen=True, slots=True)
class LateFacts:
    """All that a late charge was made from, as kept with it, and what of it was paid by this charge."""

    late: Late
    paid: Money

    def to_note(self) -> dict[str, Any]:
        """The facts as plain JSON, to be kept with the charge."""
        late, terms = self.late, self.late.terms
        return {
            "days": [[each.base.fen, str(each.from_on), str(each.until_on)] for each in late.stretches],
            "from": str(late.from_on),
            "until": str(late.until_on),
            "rate": str(terms.rate),
            "grace": terms.grace_days,
            "ratio": str(terms.cap_ratio),
            "year_cap": None if terms.year_cap is None else str(terms.year_cap),
            "total": late.total.fen,
            "cap": late.cap.fen,
            "before": late.before.fen,
            "capped": late.capped,
            "spared": late.spared,
            "paid": self.paid.fen,
        }

    @classmethod
    def of_note(cls, note: Mapping[str, Any]) -> LateFacts:
        """The facts out of what ``to_note`` wrote."""
        year_cap = None if note["year_cap"] is None else Decimal(note["year_cap"])
        terms = Terms(Decimal(note["rate"]), note["grace"], Decimal(note["ratio"]), year_cap)
        stretches = tuple(
            Stretch(Money(fen), date.fromisoformat(from_on), date.fromisoformat(until_on))
            for fen, from_on, until_on in note["days"]
        )
        first, after = (date.fromisoformat(note[name]) for name in ("from", "until"))
        whole, cap, before = (Money(note[name]) for name in ("total", "cap", "before"))
        late = Late(stretches, first, after, terms, whole, cap, before, note["capped"], note.get("spared", 0))
        return cls(late, Money(note["paid"]))


Say = Callable[..., str]


def explain_late(facts: LateFacts, say: Say) -> str:
    """One sentence that works a late charge out: base, days, rate, cap, what was paid or waived before."""
    late = facts.late
    said = _reckoned(late, say)
    if late.spared:
        said = say(msg("%(reckoned)s; %(days)s days in dispute not counted"), reckoned=said, days=str(late.spared))
    if facts.paid != late.amount:
        said = say(msg("%(reckoned)s; of it %(paid)s yuan paid here"), reckoned=said, paid=str(facts.paid))
    return said


def _reckoned(late: Late, say: Say) -> str:
    if not late.stretches:
        sentence = msg("%(total)s yuan ran up before, less %(before)s yuan paid or waived: %(amount)s yuan")
        return say(sentence, total=str(late.total), before=str(late.before), amount=str(late.amount))
    parts = " + ".join(
        say(msg("%(base)s yuan × %(days)s days"), base=str(stretch.base), days=str(stretch.days))
        for stretch in late.stretches
    )
    facts = {
        "parts": f"({parts})" if len(late.stretches) > 1 else parts,
        "rate": rate_words(late.terms, say),
        "total": str(late.total),
        "before": str(late.before),
        "amount": str(late.amount),
    }
    if late.capped:
        said = say(msg("%(parts)s × %(rate)s, held to the cap of %(total)s yuan"), **facts)
    elif round_money(late.exact_fen) == late.total:
        said = say(msg("%(parts)s × %(rate)s = %(total)s yuan"), **facts)
    else:
        said = say(msg("%(parts)s × %(rate)s, with what ran up before %(total)s yuan"), **facts)
    if not late.before:
        return said
    return say(msg("%(said)s, less %(before)s yuan paid or waived: %(amount)s yuan"), **{**facts, "said": said})


def rate_words(terms: Terms, say: Say) -> str:
    """The rate that decides, e.g. ``0.03 % a day``, or the yearly cap over 365 days."""
    if terms.yearly and terms.year_cap is not None:
        return say(msg("%(percent)s%% a year ÷ 365"), percent=_percent(terms.year_cap))
    return say(msg("%(percent)s%% a day"), percent=_percent(terms.rate))


def _percent(rate: Decimal) -> str:
    return f"{rate.scaleb(2).normalize():f}"
