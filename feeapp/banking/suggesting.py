"""Whose money a line may be, and why: every reason weighs, and the weights are told (docs/rules/banking.md).

A suggestion is only ever a suggestion: nothing is booked from it without a person.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import msg
from feeapp.core.width import narrow


class Reason(enum.Enum):
    """What speaks for a household; the last speaks against it."""

    ROOM = "ROOM"
    ROOM_DIGITS = "ROOM_DIGITS"
    PAID_BEFORE = "PAID_BEFORE"
    OWNER_PAYS = "OWNER_PAYS"
    OWNER_NAMED = "OWNER_NAMED"
    ALL_OPEN = "ALL_OPEN"
    ONE_MONTH = "ONE_MONTH"
    ONE_YEAR = "ONE_YEAR"
    ONE_ITEM = "ONE_ITEM"
    OTHER_FUND = "OTHER_FUND"


REASON_WORDS: dict[Reason, str] = {
    Reason.ROOM: msg("the note names the room"),
    Reason.ROOM_DIGITS: msg("the note holds the room in digits"),
    Reason.PAID_BEFORE: msg("this payer paid for it before"),
    Reason.OWNER_PAYS: msg("the payer is an owner"),
    Reason.OWNER_NAMED: msg("the note names an owner"),
    Reason.ALL_OPEN: msg("exactly what is open"),
    Reason.ONE_MONTH: msg("exactly one month"),
    Reason.ONE_YEAR: msg("exactly one year"),
    Reason.ONE_ITEM: msg("exactly one item"),
    Reason.OTHER_FUND: msg("the note names a fee of another fund"),
}

WEIGHTS: dict[Reason, int] = {
    Reason.ROOM: 60,
    Reason.ROOM_DIGITS: 40,
    Reason.PAID_BEFORE: 40,
    Reason.OWNER_PAYS: 35,
    Reason.OWNER_NAMED: 25,
    Reason.ALL_OPEN: 25,
    Reason.ONE_YEAR: 20,
    Reason.ONE_MONTH: 20,
    Reason.ONE_ITEM: 15,
    Reason.OTHER_FUND: -30,
}

LEAST, SURE = 35, 80
"""From which score on a household is suggested at all, and ticked beforehand."""

_OF_AMOUNT = (Reason.ALL_OPEN, Reason.ONE_YEAR, Reason.ONE_MONTH, Reason.ONE_ITEM)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A household for a line, with its reasons and their sum."""

    unit_id: int
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        return max(0, min(100, sum(WEIGHTS[reason] for reason in self.reasons)))

    @property
    def is_sure(self) -> bool:
        """Whether it may be ticked beforehand: much speaks for it and nothing against."""
        return self.score >= SURE and Reason.OTHER_FUND not in self.reasons


@dataclass(frozen=True, slots=True)
class OpenSums:
    """What is open on a unit: all of it, and by month, year and item."""

    whole: Money = ZERO
    months: Collection[Money] = ()
    years: Collection[Money] = ()
    items: Collection[Money] = ()

    def fits(self, amount: Money) -> Reason | None:
        """The strongest way in which an amount is exactly something that is open."""
        sums = {
            Reason.ALL_OPEN: (self.whole,) if self.whole else (),
            Reason.ONE_YEAR: self.years,
            Reason.ONE_MONTH: self.months,
            Reason.ONE_ITEM: self.items,
        }
        return next((reason for reason in _OF_AMOUNT if amount in sums[reason]), None)


def choose(found: Mapping[int, Collection[Reason]]) -> Suggestion | None:
    """The household that most speaks for; None where that is too little, or two stand alike."""
    ranked = sorted(
        (
            Suggestion(unit_id, tuple(sorted(set(reasons), key=list(Reason).index)))
            for unit_id, reasons in found.items()
        ),
        key=lambda each: -each.score,
    )
    if not ranked or ranked[0].score < LEAST:
        return None
    if len(ranked) > 1 and ranked[1].score == ranked[0].score:
        return None
    return ranked[0]


_HAN = "一二三四五六七八九十"
_SPOT = re.compile(
    rf"(?<![0-9A-Za-z.-])第?[甲乙丙丁]?(?:[0-9]{{1,3}}[A-Za-z]?|[A-Za-z]|[{_HAN}]{{1,3}})\s*"
    r"(?:号楼|#楼|栋|幢|座|楼|号|#|-|–|—|/)\s*"
    rf"(?:(?:[0-9]{{1,2}}|[{_HAN}]{{1,2}})\s*(?:单元|单|门|-|–|—|/)\s*)?"
    r"[A-Za-z]{0,2}[0-9]{2,4}[A-Za-z]?(?![0-9-])"
)
_LETTERED = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{1,2}[0-9]{1,4}(?![0-9A-Za-z-])")
_DIGITS = re.compile(r"(?<![0-9A-Za-z.-])[0-9]{4,6}(?![0-9A-Za-z.-])")


def spots(memo: str) -> tuple[list[str], list[str]]:
    """What in a note may be a room: written with its words or dashes, and in digits alone."""
    plain = narrow(memo)
    written = [found[0] for found in _SPOT.finditer(plain)]
    rest = _SPOT.sub(" ", plain)
    written += [found[0] for found in _LETTERED.finditer(rest)]
    return written, [found[0] for found in _DIGITS.finditer(rest)]


def names_in(memo: str) -> set[str]:
    """Every run of two to four characters of a note that may be somebody's name."""
    runs = re.findall(r"[\u4e00-\u9fff]+", memo)
    return {run[at : at + size] for run in runs for size in (2, 3, 4) for at in range(len(run) - size + 1)}


def sums_of(open_: Sequence[tuple[int, int, Money]]) -> OpenSums:
    """The sums of what is open, told as (year, month, amount) of each charge."""
    months: dict[tuple[int, int], Money] = {}
    years: dict[int, Money] = {}
    for year, month, amount in open_:
        months[year, month] = months.get((year, month), ZERO) + amount
        years[year] = years.get(year, ZERO) + amount
    whole = sum((amount for _, _, amount in open_), start=ZERO)
    return OpenSums(whole, set(months.values()), set(years.values()), {amount for _, _, amount in open_})
