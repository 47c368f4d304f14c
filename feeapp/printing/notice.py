"""The bill notice of a household (缴费通知单): what is owed and why, until when, how to pay, and how to log in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.printing.receipt import Language, hold_to

MOST_LINES = 120


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One charge: the unit it is for, the period written out, and the sentence that explains its arithmetic."""

    unit: str
    item: str
    period: str
    explanation: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Aside:
    """Sums that a notice tells of and does not ask for: what is in dispute, what has run up for being late."""

    title: str
    title_en: str
    lines: tuple[NoticeLine, ...]


IN_DISPUTE = ("有异议，暂不催缴（不计入应缴金额）", "In dispute, not asked for yet")
"""The head of the block of charges that the household disputes."""


@dataclass(frozen=True, slots=True)
class Activation:
    """The resident's way in: the code as it is typed, the address the QR code opens, and the last day it works."""

    code: str
    address: str
    valid_until: date | None = None


_LONGEST = {
    "title": 12, "community": 64, "body": 64, "number": 32, "addressee": 64, "contact": 60, "month": 20, "room": 64,
    "portal": 100,
}  # fmt: skip
_LONGEST_IN_LINE = {"unit": 64, "item": 40, "period": 30, "explanation": 300}
_LONGEST_IN_ASIDE = {"title": 40, "title_en": 80}
_LONGEST_IN_ACTIVATION = {"code": 20, "address": 100}
"""The most characters each text may have, so that a notice always fits A5."""


@dataclass(frozen=True, slots=True)
class NoticePaper:
    """A bill notice ready to print. Raises ValueError where lines and total differ, or a text is too long to fit.

    ``address`` are the lines under the addressee (at most 3); ``ways_to_pay`` full sentences (at most 5);
    ``number`` is printed as the slip's QR code, for the counter to scan. A household that owes nothing gets one
    without lines, for the way in that stands on it: nothing asks it to pay.

    A monthly bill (账单) names its ``month``: then ``lines`` are that month's and ``arrears`` what is open of earlier
    ones, each as a block with its sum. ``room`` and ``portal``, the address of the resident's pages, stand on the slip.
    A ``voided`` one bears a stamp and asks nobody to pay.
    ``asides`` are blocks of their own that are no part of the total.
    """

    title: str
    community: str
    body: str
    number: str
    issued_on: date
    addressee: str
    address: tuple[str, ...]
    lines: tuple[NoticeLine, ...]
    total: Money
    pay_by: date
    ways_to_pay: tuple[str, ...]
    contact: str | None = None
    activation: Activation | None = None
    language: Language = "zh"
    month: str | None = None
    arrears: tuple[NoticeLine, ...] = ()
    room: str | None = None
    portal: str | None = None
    asides: tuple[Aside, ...] = ()
    voided: bool = False

    def __post_init__(self) -> None:
        every = (*self.lines, *self.arrears)
        if len(every) > MOST_LINES:
            raise ValueError(f"a notice has at most {MOST_LINES} lines")
        beside = tuple(line for aside in self.asides for line in aside.lines)
        if len(beside) > MOST_LINES:
            raise ValueError(f"a notice tells of at most {MOST_LINES} sums beside its total")
        if self.arrears and self.month is None:
            raise ValueError("arrears are of months before the one that a bill names")
        if total_of(line.amount for line in every) != self.total:
            raise ValueError("the lines of a notice add up to its total")
        if len(self.address) > 3 or len(self.ways_to_pay) > 5:
            raise ValueError("a notice has at most 3 lines of address and 5 ways to pay")
        if any(len(text) > 64 for text in (*self.address, *self.ways_to_pay)):
            raise ValueError("a line of the address, or a way to pay, has more than 64 characters")
        hold_to(_LONGEST, self)
        for aside in self.asides:
            hold_to(_LONGEST_IN_ASIDE, aside)
        for line in (*every, *beside):
            hold_to(_LONGEST_IN_LINE, line)
        if self.activation:
            hold_to(_LONGEST_IN_ACTIVATION, self.activation)
