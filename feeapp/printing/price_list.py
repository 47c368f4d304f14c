"""The public price list (收费公示) on A4: what is charged for, at what rate, by what authority, and where to complain.

Basis: rules on marking prices (order 56 of 2022, arts. 5-9) and the price marking of property services (2004, 1428):
provider, payers, content and standard of the service, way of charging, rate, price type, basis and complaint number.

All lengths are whole tenths of a millimetre and mirror ``feeapp/static/print.css``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.printing import font
from feeapp.printing.paper import Paper, Size
from feeapp.printing.receipt import Language, hold_to

MOST_RATES = 12


@dataclass(frozen=True, slots=True)
class PostedPrice:
    """One price as posted. ``rates`` are its lines, one for each tier; ``note`` stands below, as wide as the page."""

    item: str
    content: str
    payers: str
    method: str
    rates: tuple[str, ...]
    price_type: str
    basis: str
    note: str = ""


_LONGEST = {"title": 12, "community": 64, "body": 64, "phone": 32}
_LONGEST_IN_LINE = {
    "item": 32, "content": 200, "payers": 120, "method": 100, "price_type": 10, "basis": 230, "note": 2600,
}  # fmt: skip
"""The most characters each text may have, so that a row always fits a page."""
_MOST_LINES_OF_RATE = 4


@dataclass(frozen=True, slots=True)
class PriceListPaper:
    """A price list ready to print. Raises ValueError where there is nothing on it, or a text is too long to fit."""

    title: str
    community: str
    body: str
    phone: str
    as_of: date
    prices: tuple[PostedPrice, ...]
    language: Language = "zh"

    def __post_init__(self) -> None:
        if not self.prices:
            raise ValueError("a price list has at least one price")
        hold_to(_LONGEST, self)
        for price in self.prices:
            hold_to(_LONGEST_IN_LINE, price)
            if not 1 <= len(price.rates) <= MOST_RATES:
                raise ValueError(f"a price has 1 to {MOST_RATES} rates")
            if any(_lines(rate, _COLUMNS["rates"]) > _MOST_LINES_OF_RATE for rate in price.rates):
                raise ValueError(f"a rate has at most {_MOST_LINES_OF_RATE} lines")


_WIDTH, _HEIGHT = 1740, 2690
_SMALL, _LEAD = 29, 40
_PADDING, _CELL = 20, 22
_MASTHEAD, _HEAD, _FOOT = 380, 110, 440
_COLUMNS = {"item": 11, "content": 20, "payers": 13, "method": 17, "rates": 18, "price_type": 9, "basis": 12}
"""The width of each column in hundredths of the page."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: a price, or only the note below it."""

    price: PostedPrice
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of the list."""

    listed: PriceListPaper
    page: int
    pages: int
    rows: tuple[Row, ...]

    @property
    def last(self) -> bool:
        """Whether this page closes the list."""
        return self.page == self.pages


def cut(listed: PriceListPaper, size: Size) -> Sequence[Leaf]:
    """The pages of a list, in order; the last one has room for where to complain and for the seal."""
    waiting = [row for price in listed.prices for row in (Row(price), Row(price, is_note=True)) if _stands(row)]
    room = _HEIGHT - _MASTHEAD - _HEAD
    pages: list[list[Row]] = [[]]
    left = room
    for row in waiting:
        height = _height(row)
        if height > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(row)
        left -= height
    if left < _FOOT:
        pages.append([])
    return [Leaf(listed, at, len(pages), tuple(rows)) for at, rows in enumerate(pages, start=1)]


def _stands(row: Row) -> bool:
    return not row.is_note or bool(row.price.note)


def _height(row: Row) -> int:
    """The height of a row in the small type."""
    if row.is_note:
        return _PADDING + _LEAD * _lines(row.price.note, 100)
    price = row.price
    texts = {"item": (price.item,), "content": (price.content,), "payers": (price.payers,), "method": (price.method,),
             "rates": price.rates, "price_type": (price.price_type,), "basis": (price.basis,)}  # fmt: skip
    return _PADDING + _LEAD * max(sum(_lines(text, _COLUMNS[name]) for text in said) for name, said in texts.items())


def _lines(text: str, hundredths: int) -> int:
    return font.lines(text, (_WIDTH * hundredths // 100 - _CELL) * font.EM // _SMALL)


PRICE_LIST: Paper[PriceListPaper] = Paper("price_list", Size.A4, cut)
