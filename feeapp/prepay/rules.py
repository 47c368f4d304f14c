"""Which months are paid ahead, how many may be, and what an offer gives (docs/rules/prepayment.md; FEE-11, BL-18)."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from feeapp.core.money import ZERO, Money, round_money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg


class Term(enum.Enum):
    """How a household says how far it pays ahead."""

    MONTHS = "MONTHS"
    THROUGH = "THROUGH"
    YEAR = "YEAR"


TERM_WORDS = {
    Term.MONTHS: msg("So many months"),
    Term.THROUGH: msg("Up to a month"),
    Term.YEAR: msg("A whole year"),
}


class OfferKind(enum.Enum):
    """What an offer gives: the last months free, or a part of the whole."""

    MONTHS = "MONTHS"
    PERCENT = "PERCENT"


OFFER_WORDS = {OfferKind.MONTHS: msg("Gift months"), OfferKind.PERCENT: msg("Percent off")}


class Way(enum.Enum):
    """What is done about months that were paid ahead before their price rose."""

    CHARGE = "CHARGE"
    KEEP = "KEEP"


WAY_WORDS = {Way.CHARGE: msg("Charge the difference"), Way.KEEP: msg("Keep the old price")}

CHOICE = "price_choice"
"""The source of the entries and moves by which the old price is kept."""

MOST_MONTHS = 240
"""No wish is looked at beyond so many months, whatever the settings allow."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How far a household wants to pay ahead: exactly one of the three is used, as ``term`` says."""

    term: Term
    months: int = 0
    through: Period | None = None
    year: int = 0


def months_wanted(wish: Wish, start: Period) -> list[Period]:
    """The months of a wish for a unit and item whose first unpaid month is ``start``.

    A whole year is what is left of it from ``start`` on. Raises Refused where no month is left or none is named.
    """
    if wish.term is Term.MONTHS:
        if not 1 <= wish.months <= MOST_MONTHS:
            raise Refused("prepay.months", msg("Enter how many months are paid."), field="months")
        return [start.plus(at) for at in range(wish.months)]
    if wish.term is Term.THROUGH:
        if wish.through is None:
            raise Refused("prepay.through", msg("Choose the last month that is paid."), field="through")
        first, last, field = start, wish.through, "through"
    else:
        if not 1990 <= wish.year <= 2199:
            raise Refused("prepay.year", msg("Enter a year such as 2027."), field="year")
        first, last, field = max(start, Period(wish.year, 1)), Period(wish.year, 12), "year"
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months < 1:
        raise Refused(
            "prepay.done",
            msg("Everything before %(start)s is billed or paid ahead already. Choose a later month."),
            {"start": str(start)},
            field=field,
        )
    return [first.plus(at) for at in range(min(months, MOST_MONTHS))]


FIELD_OF = {Term.MONTHS: "months", Term.THROUGH: "through", Term.YEAR: "year"}


def check_cap(months: Collection[Period], ahead: int, most: int, ends_on: date | None, field: str) -> None:
    """Raises Refused where more would be paid ahead than the settings allow, or beyond the service contract.

    ``ahead`` are the months of the same unit and item that are paid ahead already and not billed yet. Basis: FEE-11
    (Hangzhou art. 55: at most 12 months and not beyond the contract; Zhengzhou art. 42: one year).
    """
    if len(months) + ahead > most:
        raise Refused(
            "prepay.cap",
            msg(
                "At most %(most)s months may be paid ahead here, and this would make %(all)s. "
                "Choose fewer months; the community's settings say how many."
            ),
            {"most": most, "all": len(months) + ahead},
            field=field,
        )
    last = max(months)
    if ends_on is not None and last.last_day > ends_on:
        raise Refused(
            "prepay.contract",
            msg(
                "The service contract ends on %(ends)s, so nothing may be paid ahead for %(last)s. Choose fewer months."
            ),
            {"ends": ends_on.isoformat(), "last": str(last)},
            field=field,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer asks and gives: from so many months on, so many of them free, or so much percent off the whole.

    Raises Refused where it gives nothing, or everything.
    """

    kind: OfferKind
    months: int
    gift_months: int = 0
    percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not 1 <= self.months <= MOST_MONTHS:
            raise Refused("offer.months", msg("Enter from how many months on the offer holds."), field="months")
        if self.kind is OfferKind.MONTHS and not 1 <= self.gift_months < self.months:
            raise Refused(
                "offer.gift", msg("At least one month is free, and fewer than are bought."), field="gift_months"
            )
        if self.kind is OfferKind.PERCENT and not 0 < self.percent < 100:
            raise Refused("offer.percent", msg("A percentage lies between 0 and 100."), field="percent")


def gift_of(terms: Terms, listed: Sequence[Money]) -> Money:
    """What an offer gives on months that come to these amounts, in order: the last ones, or the percentage half up."""
    if len(listed) < terms.months:
        return ZERO
    if terms.kind is OfferKind.MONTHS:
        return total(listed[-terms.gift_months :])
    return round_money(Fraction(total(listed).fen) * Fraction(terms.percent) / 100)


def difference(old: Collection[Money], new: Collection[Money], decided: Collection[Money]) -> Money:
    """What a later price makes of the months it changes, less what was decided about earlier rises."""
    return total(new) - total(old) - total(decided)
