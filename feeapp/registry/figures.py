"""The figures of a ledger: what each year was billed, what came in, and what follows where a cell is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from feeapp.core.area import Area
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import msg
from feeapp.registry.cells import PAID_WORDS, UNPAID_WORDS, Row
from feeapp.registry.layout import Column, Layout
from feeapp.registry.records import Choice, YearFigures

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one row, cautious where a cell is in doubt.

    ``counted`` is what each column adds to a sum, in fen, taking a word such as 已缴 as paid in full; ``worded`` has
    the columns where a word stands. ``blank`` are the received columns left blank although something was billed.
    """

    years: tuple[YearFigures, ...]
    counted: dict[int, int]
    blank: tuple[Column, ...]
    worded: frozenset[int]


@dataclass(slots=True)
class _Year:
    """The columns of one year, and what this row has in them."""

    year: int
    columns: Mapping[str, Column]
    billed: Money | None = None
    received: Money | None = None
    owed: Money | None = None
    paid_word: str = ""
    blank: bool = False

    def read(self, row: Row) -> None:
        """Read the cells; refuse words that are no amount, and ask about those that say that it was paid."""
        self.billed = self._amount(row, "billed")
        self.owed = self._amount(row, "owed")
        column = self.columns.get("received")
        received = row.money(column)
        if isinstance(received, Money):
            self.received = received
        elif received in UNPAID_WORDS:
            row.note(column, "received.none", msg("“%(word)s” was read as nothing received."), word=received)
        elif received in PAID_WORDS:
            self.paid_word = received
        elif received is not None:
            row.refuse(column, "money.words", msg("“%(text)s” is not an amount in figures."), text=received)
        else:
            self.blank = bool(column and self.billed)
        if "billed" not in self.columns and self.owed is not None:
            self.billed = self.owed + (self.received or ZERO)

    def _amount(self, row: Row, field: str) -> Money | None:
        column = self.columns.get(field)
        amount = row.money(column)
        if not isinstance(amount, str):
            return amount
        if field != "owed" or amount not in PAID_WORDS:
            row.refuse(column, "money.words", msg("“%(text)s” is not an amount in figures."), text=amount)
        return None

    def counted(self) -> dict[int, int]:
        """What each column adds to a sum, in fen."""
        received = self.billed if self.paid_word else self.received
        amounts = {"billed": self.billed, "received": received, "owed": self.owed}
        return {
            column.at: amounts[field].fen  # type: ignore[union-attr]
            for field, column in self.columns.items()
            if amounts[field] is not None
        }

    def judge(self, row: Row) -> None:
        """Ask about figures that cannot be taken over without a choice."""
        billed, received = self.billed or ZERO, self.received or ZERO
        if self.paid_word:
            _ask_about_word(row, self.columns["received"], self.paid_word, self.year, billed)
        elif received > billed:
            _ask_about_surplus(row, self.columns["received"], self.year, billed, received)
        elif "billed" in self.columns and self.owed is not None and self.owed != billed - received:
            _ask_about_owed(row, self.columns["owed"], self.year, self.owed, billed - received)


def read_figures(row: Row) -> Figures:
    """What was billed and received, year by year; a blank cell under received is nothing received."""
    found = [_Year(year, columns) for year, columns in _years(row.layout)]
    for one in found:
        one.read(row)
    grand = next((one for one in found if not one.year and len(found) > 1 and set(one.columns) == {"owed"}), None)
    kept = [one for one in found if one is not grand and (one.billed is not None or one.received is not None)]
    for one in kept:
        one.judge(row)
    years = tuple(YearFigures(one.year, one.billed or ZERO, one.received or ZERO) for one in kept)
    owed = total(figures.owed for figures in years)
    if grand and grand.owed is not None and grand.owed != owed and not any(one.paid_word for one in kept):
        row.doubt(
            grand.columns["owed"],
            "owed.total",
            msg("%(stated)s is stated as owed in total, but the years add up to %(counted)s."),
            (Choice("years", msg("Keep the yearly figures")),),
            "years",
            stated=str(grand.owed),
            counted=str(owed),
        )
    return Figures(
        years,
        {at: fen for one in found for at, fen in one.counted().items()},
        tuple(one.columns["received"] for one in found if one.blank),
        frozenset(one.columns["received"].at for one in found if one.paid_word),
    )


def _years(layout: Layout) -> list[tuple[int, dict[str, Column]]]:
    years: dict[int, dict[str, Column]] = {}
    for column in layout.columns:
        if column.year is not None:
            years.setdefault(column.year, {})[column.field] = column
    return sorted(years.items())


def _ask_about_word(row: Row, column: Column, word: str, year: int, billed: Money) -> None:
    row.doubt(
        column,
        "received.word",
        msg("“%(word)s” stands where the amount received in %(year)s is expected; %(billed)s was billed."),
        (
            Choice("paid", msg("%(billed)s was received: paid in full"), {"billed": str(billed)}),
            Choice("unpaid", msg("Nothing was received")),
        ),
        "paid",
        word=word,
        year=str(year),
        billed=str(billed),
    )


def _ask_about_surplus(row: Row, column: Column, year: int, billed: Money, received: Money) -> None:
    row.doubt(
        column,
        "received.surplus",
        msg("%(received)s was received in %(year)s, more than the %(billed)s billed."),
        (Choice("capped", msg("Take the year as paid; enter the rest as a prepayment at the counter")),),
        None,
        year=str(year),
        billed=str(billed),
        received=str(received),
    )


def _ask_about_owed(row: Row, column: Column, year: int, stated: Money, counted: Money) -> None:
    row.doubt(
        column,
        "owed.year",
        msg("%(stated)s is stated as owed in %(year)s, but billed less received is %(counted)s."),
        (
            Choice("counted", msg("%(counted)s is owed"), {"counted": str(counted)}),
            Choice("stated", msg("%(stated)s is owed"), {"stated": str(stated)}),
        ),
        None,
        year=str(year),
        stated=str(stated),
        counted=str(counted),
    )


def derived_area(figures: Figures, price: Decimal | None) -> Area | None:
    """The area that every yearly bill of a row comes from (billed ÷ price ÷ 12), or None where they do not agree."""
    if not price:
        return None
    areas = {Decimal(one.billed.fen) / price / MONTHS_OF_A_YEAR for one in figures.years if one.billed}
    area = areas.pop() if len(areas) == 1 else None
    if area is None or area != area.to_integral_value():
        return None
    return Area(int(area))
