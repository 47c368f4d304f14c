"""What a statement looks like, told as data: header words, day patterns and signs instead of code.

A format is found in a file by its header words, wherever they stand. The shipped ones are in ``shipped.py``; a
community adds its own on a page, kept in the same form (docs/rules/banking.md).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow


class Column(enum.Enum):
    """What a column of a statement means."""

    DAY = "DAY"
    TIME = "TIME"
    AMOUNT = "AMOUNT"
    INCOMING = "INCOMING"
    OUTGOING = "OUTGOING"
    DIRECTION = "DIRECTION"
    FEE = "FEE"
    BALANCE = "BALANCE"
    NAME = "NAME"
    NUMBER = "NUMBER"
    MEMO = "MEMO"
    REFERENCE = "REFERENCE"
    CURRENCY = "CURRENCY"


COLUMN_WORDS: dict[Column, str] = {
    Column.DAY: msg("Day"),
    Column.TIME: msg("Time"),
    Column.AMOUNT: msg("Amount, with its sign or with a column that says which way"),
    Column.INCOMING: msg("Money in"),
    Column.OUTGOING: msg("Money out"),
    Column.DIRECTION: msg("Which way the money went"),
    Column.FEE: msg("Fee of the channel"),
    Column.BALANCE: msg("Balance after it"),
    Column.NAME: msg("Name of the other side"),
    Column.NUMBER: msg("Account of the other side"),
    Column.MEMO: msg("Note"),
    Column.REFERENCE: msg("Number given by the bank"),
    Column.CURRENCY: msg("Currency"),
}

DAY_PATTERNS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
ENCODINGS = ("utf-8", "gb18030")
IN_WORDS = ("收入", "收", "贷", "贷方", "来账", "转入", "入账", "C", "CR", "+")
OUT_WORDS = ("支出", "支", "借", "借方", "往账", "转出", "出账", "D", "DR", "-")
FOOTERS = ("合计", "总计", "小计", "本页", "共计", "总笔数", "支出笔数", "收入笔数", "制表", "打印", "#")
HOME_CURRENCY = ("人民币", "人民币元", "CNY", "RMB", "156", "01", "￥", "¥")


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of statement. ``headers`` has, for each column there is, the words that may stand above it.

    A column that may be there twice (NOTE beside PURPOSE) lists all its words; the notes are then joined.
    """

    code: str
    name: str
    headers: Mapping[Column, Sequence[str]]
    days: Sequence[str] = DAY_PATTERNS
    encodings: Sequence[str] = ENCODINGS
    incoming: Sequence[str] = IN_WORDS
    outgoing: Sequence[str] = OUT_WORDS
    footers: Sequence[str] = FOOTERS
    currency: Sequence[str] = HOME_CURRENCY
    of_channel: bool = False
    """Whether it is a payment channel's, whose lines are what payers paid and what the channel keeps of it."""
    _words: Mapping[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_format(self)
        words = {squeezed(word): column for column, many in self.headers.items() for word in many}
        object.__setattr__(self, "_words", words)

    def places(self, row: Sequence[Any]) -> dict[Column, list[int]] | None:
        """Where each column stands, if this row is the header row; else None."""
        found: dict[Column, list[int]] = {}
        for place, cell in enumerate(row):
            column = self._words.get(squeezed(cell)) if isinstance(cell, str) else None
            if column is not None:
                found.setdefault(column, []).append(place)
        return found if Column.DAY in found and _has_amount(found) else None

    def to_facts(self) -> dict[str, Any]:
        """The definition as it is stored."""
        lists = ("days", "encodings", "incoming", "outgoing", "footers", "currency")
        return {
            "headers": {column.value: list(words) for column, words in self.headers.items()},
            "of_channel": self.of_channel,
            **{name: list(getattr(self, name)) for name in lists},
        }

    @classmethod
    def from_facts(cls, code: str, name: str, facts: Mapping[str, Any]) -> Format:
        """A stored definition."""
        headers = {Column(column): tuple(words) for column, words in facts["headers"].items()}
        lists = ("days", "encodings", "incoming", "outgoing", "footers", "currency")
        return cls(code, name, headers, of_channel=facts["of_channel"], **{each: tuple(facts[each]) for each in lists})


def _has_amount(columns: Mapping[Column, Any]) -> bool:
    return any(columns.get(each) for each in (Column.AMOUNT, Column.INCOMING, Column.OUTGOING))


def check_format(made: Format) -> None:
    """Raises Refused where the definition could not read a statement."""
    if not made.headers.get(Column.DAY):
        raise Refused("bank.format_day", msg("Say which column holds the day."), field="DAY")
    if not _has_amount(made.headers):
        raise Refused(
            "bank.format_amount", msg("Say which column holds the amount, or money in and money out."), field="AMOUNT"
        )
    seen: dict[str, Column] = {}
    for column, words in made.headers.items():
        for word in words:
            if seen.setdefault(squeezed(word), column) is not column:
                raise Refused(
                    "bank.format_twice",
                    msg("“%(word)s” is chosen for two columns. Choose it for one."),
                    {"word": word},
                    field=column.value,
                )
    if not made.days:
        raise Refused("bank.format_days", msg("Say how days are written."), field="days")


def squeezed(text: str) -> str:
    """A header word as it is compared: plain signs, no blanks."""
    return re.sub(r"\s+", "", narrow(text)).strip("`'\"").casefold()
