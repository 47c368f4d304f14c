"""The clearance sheet of a change of owner (过户结清单) on A4: what falls to whom, and the places to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.printing import font
from feeapp.printing.paper import Paper, Size
from feeapp.printing.receipt import Language, hold_to

_LONGEST = {"community": 64, "body": 64, "number": 32, "sellers": 200, "buyers": 200, "units": 200, "rule": 60}
_LONGEST_IN_ROW = {"what": 200, "whose": 80, "note": 200}


@dataclass(frozen=True, slots=True)
class SplitRow:
    """An item of a month: days and sums of the former and of the new owner."""

    what: str
    month: str
    seller_days: int
    seller: Money
    buyer_days: int
    buyer: Money
    billed: bool

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.month if self.billed else f"{self.month}（未出账）")


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A debt, a sum of prepaid money or a reading: what it is, whose, what became of it, and how much it is."""

    what: str
    whose: str
    note: str
    amount: Money | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.whose, self.note)


@dataclass(frozen=True, slots=True)
class Block:
    """One table of the sheet under its heading, or a part of one; ``ends`` where no more of it follows."""

    kind: str
    rows: tuple[SplitRow | PlainRow, ...]
    ends: bool = True


@dataclass(frozen=True, slots=True)
class ClearancePaper:
    """A clearance sheet ready to print. Raises ValueError where a text is too long to fit."""

    community: str
    body: str
    number: str
    sellers: str
    buyers: str
    units: str
    on: date
    rule: str
    issued_on: date
    split: tuple[SplitRow, ...]
    debts: tuple[PlainRow, ...]
    held: tuple[PlainRow, ...]
    readings: tuple[PlainRow, ...]
    paper: str
    agreement: str
    language: Language = "zh"

    def __post_init__(self) -> None:
        hold_to(_LONGEST, self)
        for row in (*self.debts, *self.held, *self.readings):
            hold_to(_LONGEST_IN_ROW, row)

    @property
    def seller_sum(self) -> Money:
        return total_of(row.seller for row in self.split)

    @property
    def buyer_sum(self) -> Money:
        return total_of(row.buyer for row in self.split)


@dataclass(frozen=True, slots=True)
class ClearanceLeaf:
    """One page: its blocks, and on the last one the places to sign."""

    clearance: ClearancePaper
    page: int
    pages: int
    blocks: tuple[Block, ...]

    @property
    def last(self) -> bool:
        return self.page == self.pages


CLEARANCE: Paper[ClearancePaper] = Paper("clearance", Size.A4, lambda clearance, size: cut(clearance, size))
"""The sheet on A4; all lengths are whole tenths of a millimetre and mirror ``feeapp/static/print.css``."""

_HEIGHT, _MASTHEAD, _FOOT, _CLOSE = 2830, 310, 130, 640
_HEADING, _HEAD, _ENGLISH = 130, 110, 50
_TYPE, _LEAD, _PADDING, _WIDTH = 31, 43, 24, 1740
_OPENING, _SUMS = 60, 80
_NARROWEST = {SplitRow: (28, 18), PlainRow: (36, 20, 30)}
"""Per cent of the width that the texts of a row have."""


def cut(clearance: ClearancePaper, size: Size) -> Sequence[ClearanceLeaf]:
    """The pages of a sheet, in order; a table that does not fit goes on under its heading on the next page."""
    pages: list[list[Block]] = [[]]
    fresh = _HEIGHT - _MASTHEAD - _FOOT
    left = fresh - _opening(clearance)
    for kind, rows in (
        ("split", clearance.split),
        ("debts", clearance.debts),
        ("held", clearance.held),
        ("readings", clearance.readings),
    ):
        head = _head(kind, clearance.language)
        if left < head + _LEAD + _PADDING:
            pages.append([])
            left = fresh
        left -= head
        taken: list[SplitRow | PlainRow] = []
        for row in rows:
            if _height(row) > left:
                pages[-1].append(Block(kind, tuple(taken), ends=False))
                pages.append([])
                taken, left = [], fresh - head
            taken.append(row)
            left -= _height(row)
        pages[-1].append(Block(kind, tuple(taken)))
        left -= _SUMS if kind == "split" else 0 if rows else _LEAD + _PADDING
    if left < _CLOSE:
        pages.append([])
    return [ClearanceLeaf(clearance, at, len(pages), tuple(blocks)) for at, blocks in enumerate(pages, start=1)]


def _head(kind: str, language: Language) -> int:
    """The heading of a table, and for the split its column heads."""
    return _HEADING + ((_HEAD + (_ENGLISH if language == "en" else 0)) if kind == "split" else 0)


def _opening(clearance: ClearancePaper) -> int:
    texts = (clearance.units, clearance.sellers, clearance.buyers, clearance.rule, clearance.paper, clearance.agreement)
    return 120 + sum(_OPENING * font.lines(text, 1200 * font.EM // 36) for text in texts)


def _height(row: SplitRow | PlainRow) -> int:
    """How high a row is: its longest text in its column."""
    columns = zip(row.cells, _NARROWEST[type(row)], strict=True)
    return _PADDING + _LEAD * max(
        font.lines(cell, (_WIDTH * share // 100 - 26) * font.EM // _TYPE) for cell, share in columns
    )
