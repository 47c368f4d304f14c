"""The statement of account of a household (对账单) on A4: each line with the balance after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.printing import font
from feeapp.printing.paper import Paper, Size
from feeapp.printing.receipt import Language, hold_to

_LONGEST = {"title": 12, "community": 64, "body": 64, "holder": 64, "units": 100}
_LONGEST_IN_ROW = {"what": 300, "number": 40}


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line: what happened, the receipt's number, the amounts, and the balance after it."""

    on: date
    what: str
    number: str
    charged: Money
    reduced: Money
    paid: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """A statement ready to print. Raises ValueError where its sums do not add up, or a text is too long to fit.

    Days are inclusive. A closing balance below zero is held for the household.
    """

    title: str
    community: str
    body: str
    holder: str
    units: str
    from_on: date
    to_on: date
    issued_on: date
    opening: Money
    rows: tuple[StatementRow, ...]
    charged: Money
    reduced: Money
    paid: Money
    closing: Money
    language: Language = "zh"

    def __post_init__(self) -> None:
        hold_to(_LONGEST, self)
        for row in self.rows:
            hold_to(_LONGEST_IN_ROW, row)
        for name in ("charged", "reduced", "paid"):
            if total_of(getattr(row, name) for row in self.rows) != getattr(self, name):
                raise ValueError(f"the rows of a statement add up to what was {name}")
        if self.opening + self.charged - self.reduced - self.paid != self.closing:
            raise ValueError("opening, billed, reduced and paid give the closing balance")


@dataclass(frozen=True, slots=True)
class StatementLeaf:
    """One page of a statement; the last one closes it."""

    statement: StatementPaper
    page: int
    pages: int
    rows: tuple[StatementRow, ...]

    @property
    def last(self) -> bool:
        return self.page == self.pages

    @property
    def large(self) -> bool:
        """Whether an amount is so long that the columns of amounts need smaller type."""
        whole = self.statement
        shown = (whole.charged, whole.paid, whole.opening, *(row.balance for row in whole.rows))
        return max(abs(amount.fen) for amount in shown) >= 10_000_000


STATEMENT: Paper[StatementPaper] = Paper("statement", Size.A4, lambda statement, size: cut(statement, size))
"""The statement on A4; all lengths are whole tenths of a millimetre and mirror ``feeapp/static/print.css``."""

_HEIGHT, _MASTHEAD, _OPENING, _HEAD, _CLOSE, _FOOT = 2830, 310, 620, 130, 330, 110
_SMALL, _LEAD, _PADDING = 31, 43, 24
_WHAT, _NUMBER = 478 - 26, 278 - 26


def cut(statement: StatementPaper, size: Size) -> Sequence[StatementLeaf]:
    """The pages of a statement, in order; the last takes at least one row with its closing lines."""
    waiting = list(statement.rows)
    pages: list[tuple[StatementRow, ...]] = []
    while True:
        room = _HEIGHT - _MASTHEAD - _HEAD - _FOOT - (0 if pages else _OPENING)
        if sum(map(_height, waiting)) <= room - _CLOSE:
            pages.append(tuple(waiting))
            break
        taken: list[StatementRow] = []
        left = room
        while waiting and (_height(waiting[0]) <= left or not taken):
            left -= _height(waiting[0])
            taken.append(waiting.pop(0))
        if not waiting and len(taken) > 1:
            waiting.append(taken.pop())
        pages.append(tuple(taken))
    return [StatementLeaf(statement, at, len(pages), rows) for at, rows in enumerate(pages, start=1)]


def _height(row: StatementRow) -> int:
    what = font.lines(row.what, _WHAT * font.EM // _SMALL)
    number = font.lines(row.number, _NUMBER * font.EM // _SMALL) if row.number else 1
    return _PADDING + _LEAD * max(what, number)
