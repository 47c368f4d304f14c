"""A statement of account: every line that moved what a household owes, with the balance after each.

The balance is what is owed less what is held for the household, so it may fall below zero. A line that only moves
held money on to a charge changes nothing and is there to be read.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg


class Kind(enum.Enum):
    """What kind of line it is, in the order in which lines of one day stand."""

    CHARGE = 1
    REDUCTION = 2
    PAYMENT = 3
    HELD = 4
    USED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what was billed, what was taken off it, what was paid. ``moved`` is for reading only.

    ``words`` and ``sort``, what kind of it, are sentences of the catalogues without places; ``number`` is the
    receipt's; ``remark`` what a person wrote.
    """

    on: date
    kind: Kind
    words: str
    unit: str = ""
    item: str = ""
    item_en: str = ""
    period: Period | None = None
    number: str = ""
    receipt_id: int | None = None
    remark: str = ""
    charged: Money = ZERO
    reduced: Money = ZERO
    paid: Money = ZERO
    moved: Money = ZERO
    sort: str = ""

    @property
    def change(self) -> Money:
        """By how much the line moves the balance."""
        return self.charged - self.reduced - self.paid


@dataclass(frozen=True, slots=True)
class Row:
    """A line with the balance after it."""

    line: Line
    balance: Money


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a statement, both inclusive. Raises Refused where the last lies before the first."""

    from_on: date
    to_on: date

    def __post_init__(self) -> None:
        if self.to_on < self.from_on:
            raise Refused("statement.days", msg("The last day lies before the first."), field="to")


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of some days between what was owed before and what was owed after.

    ``known`` is what the charges and the held money say of today; ``told`` what all lines ever add up to.
    """

    days: Days
    opening: Money
    rows: tuple[Row, ...]
    known: Money
    told: Money

    @property
    def charged(self) -> Money:
        return total(row.line.charged for row in self.rows)

    @property
    def reduced(self) -> Money:
        return total(row.line.reduced for row in self.rows)

    @property
    def paid(self) -> Money:
        return total(row.line.paid for row in self.rows)

    @property
    def closing(self) -> Money:
        return self.rows[-1].balance if self.rows else self.opening

    @property
    def holds(self) -> bool:
        """Whether opening + billed - reduced - paid = closing, and the lines agree with the charges themselves."""
        adds_up = self.opening + self.charged - self.reduced - self.paid == self.closing
        return adds_up and self.known == self.told


def draw_up(lines: Iterable[Line], days: Days, known: Money) -> Statement:
    """The statement of some days from all lines of an account, whatever their order; ``known`` as in ``Statement``."""
    ordered = sorted(lines, key=lambda line: (line.on, line.kind.value, line.period or Period.of(line.on), line.unit))
    opening = total(line.change for line in ordered if line.on < days.from_on)
    inside = [line for line in ordered if days.from_on <= line.on <= days.to_on]
    balances = itertools.accumulate((line.change for line in inside), initial=opening)
    rows = tuple(Row(line, balance) for line, balance in zip(inside, itertools.islice(balances, 1, None), strict=True))
    return Statement(days, opening, rows, known, total(line.change for line in ordered))


def years_of(today: date, lines: Sequence[Line] = ()) -> dict[str, Days]:
    """The days chosen with one click: this year, last year, and everything there is."""
    first = min((line.on for line in lines), default=today)
    return {
        "this": Days(date(today.year, 1, 1), today),
        "last": Days(date(today.year - 1, 1, 1), date(today.year, 1, 1) - timedelta(days=1)),
        "all": Days(min(first, today), today),
    }


class CertificateKind(enum.Enum):
    """What is certified of a household's debts on a unit on a day."""

    NO_DEBT = "NO_DEBT"
    ARREARS = "ARREARS"


CERTIFICATE_WORDS = {
    CertificateKind.NO_DEBT: msg("No-debt certificate"),
    CertificateKind.ARREARS: msg("Arrears certificate"),
}


def check_certificate(kind: CertificateKind, owed: Money, on: date, today: date) -> None:
    """Raises Refused for a day to come, for no debt where there is one, and for arrears where there are none."""
    if on > today:
        raise Refused("certificate.day", msg("A certificate speaks of today or of a day gone by."), field="on")
    if kind is CertificateKind.NO_DEBT and owed:
        raise Refused(
            "certificate.owes",
            msg("On that day %(amount)s yuan were owed on this unit. Issue an arrears certificate, or take the money."),
            {"amount": str(owed)},
            field="kind",
        )
    if kind is CertificateKind.ARREARS and not owed:
        raise Refused(
            "certificate.clear",
            msg("On that day nothing was owed on this unit. Issue a no-debt certificate."),
            field="kind",
        )


def certificate_label(community: str, year: int, number: int) -> str:
    """The number as printed, ``XHYZM2026-0001``: ZM stands for 证明."""
    return f"{community}ZM{year}-{number:04d}"
