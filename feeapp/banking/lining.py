"""The lines of a statement, read from its rows by a format; and which of them are one and the same.

Rules and tables: docs/rules/banking.md.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from feeapp.banking.formats import Column, Format
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow
from feeapp.spreadsheet import Cell, Sheet

_NOTHING = re.compile(r"[-–—/*\s]*")
_CLOCK = re.compile(r"(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?")
_HEADER_WITHIN = 60
"""How far down a header row is looked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of a statement. ``row`` counts from 1 as a spreadsheet shows it; ``amount`` is below zero for money
    out; ``at`` is ``09:06:23`` or "" where no time is told; ``fee`` is what a channel keeps of the amount."""

    row: int
    on: date
    at: str
    amount: Money
    fee: Money = ZERO
    balance: Money | None = None
    name: str = ""
    number: str = ""
    memo: str = ""
    reference: str = ""

    def same_as(self) -> tuple[object, ...]:
        """Equal for two lines exactly when the statement gives nothing to tell them apart.

        A reference tells lines apart better than a balance does: a bank that lists one movement twice moves its
        balance on, but gives no second number.
        """
        told: object = self.reference or self.balance
        memo = "" if told else self.memo
        return self.on, self.at, self.amount, told, self.name, self.number, memo

    @property
    def is_told_apart(self) -> bool:
        """Whether two movements that look alike would surely be one: by number, by balance, or by the second."""
        return bool(self.reference or self.balance or re.fullmatch(r"\d\d:\d\d:\d\d", self.at))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its lines in the order of the file, and the rows that could not be read."""

    format: Format
    lines: tuple[Line, ...]
    refused: tuple[tuple[int, Refused], ...]

    @property
    def money_in(self) -> Money:
        return total(line.amount for line in self.lines if line.amount > ZERO)

    @property
    def money_out(self) -> Money:
        return -total(line.amount for line in self.lines if line.amount < ZERO)


@dataclass(frozen=True, slots=True)
class Balances:
    """What the balances of a file say: the first and the last, and the rows at which they do not go on."""

    opening: Money
    closing: Money
    breaks: tuple[int, ...]


def find_format(sheet: Sheet, formats: Sequence[Format]) -> Format:
    """The format whose header words are all there, the one that knows most of them first. Raises Refused for none."""
    best: tuple[int, int, Format] | None = None
    for turn, made in enumerate(formats):
        for row in sheet.rows[:_HEADER_WITHIN]:
            places = made.places(row)
            score = sum(map(len, places.values())) if places else 0
            if score and (best is None or score > best[0]):
                best = score, turn, made
    if best is None:
        raise Refused(
            "bank.unknown",
            msg("No known format fits this file. Set one up under “Formats”, or choose the file your bank offers."),
            field="file",
        )
    return best[2]


def read_lines(sheet: Sheet, made: Format) -> Reading:
    """Read a sheet by a format. Raises Refused where its header row is not there, or nothing stands under it."""
    headers = ((at, made.places(row)) for at, row in enumerate(sheet.rows[:_HEADER_WITHIN]))
    at, places = next(((at, found) for at, found in headers if found), (0, None))
    if places is None:
        raise Refused("bank.header", msg("The file has no row with the headings of this format."), field="file")
    lines: list[Line] = []
    refused: list[tuple[int, Refused]] = []
    for number, cells in enumerate(sheet.rows[at + 1 :], start=at + 2):
        if _is_passed_over(cells, made):
            continue
        try:
            lines.append(_line(number, cells, places, made))
        except Refused as refusal:
            refused.append((number, refusal))
    if not lines and not refused:
        raise Refused("bank.empty", msg("The file has headings, but no lines under them."), field="file")
    return Reading(made, tuple(lines), tuple(refused))


def _is_passed_over(cells: Sequence[Cell], made: Format) -> bool:
    """Blank rows, repeated headers and the lines that sum up at the end."""
    first = next((text for cell in cells if (text := _text(cell))), "")
    return not first or first.startswith(tuple(made.footers)) or made.places(cells) is not None


def _line(row: int, cells: Sequence[Cell], places: dict[Column, list[int]], made: Format) -> Line:
    def text(column: Column) -> str:
        found = (_text(cells[place]) for place in places.get(column, ()))
        return next((each for each in found if each), "")

    day_cell = next((cells[place] for place in places[Column.DAY] if _text(cells[place])), None)
    on, at = _day(day_cell, made)
    currency = text(Column.CURRENCY)
    if currency and currency not in made.currency:
        raise Refused("bank.currency", msg("This line is in %(currency)s, not in yuan."), {"currency": currency})
    amount = _amount(text, made)
    fee = _money(text(Column.FEE)) or ZERO
    memos = dict.fromkeys(each for place in places.get(Column.MEMO, ()) if (each := _text(cells[place])))
    return Line(
        row=row,
        on=on,
        at=_clock(text(Column.TIME)) or at,
        amount=amount,
        fee=fee,
        balance=_money(text(Column.BALANCE)),
        name=text(Column.NAME)[:64],
        number=text(Column.NUMBER)[:64],
        memo=" ".join(memos)[:200],
        reference=text(Column.REFERENCE)[:64],
    )


def _text(cell: Cell) -> str:
    """A cell as plain text; "" where a bank writes dashes for nothing."""
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    plain = "".join(sign for sign in narrow(str(cell)) if sign.isprintable()).strip().strip("`'").strip()
    return "" if _NOTHING.fullmatch(plain) else plain


def _day(cell: Cell, made: Format) -> tuple[date, str]:
    """The day, and the time where it stands in the same cell."""
    if isinstance(cell, date):
        return cell, ""
    typed = _text(cell)
    first, _, rest = typed.replace("T", " ").partition(" ")
    if not rest and re.fullmatch(r"\d{14}", first):
        first, rest = first[:8], first[8:]
    for pattern in made.days:
        if pattern == "%Y%m%d" and not re.fullmatch(r"\d{8}", first):
            continue
        try:
            return datetime.strptime(first, pattern).date(), _clock(rest)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Refused("bank.day", msg("“%(typed)s” is no day this format knows."), {"typed": typed[:40]})


def _clock(typed: str) -> str:
    """``09:06:23`` for 090623, 9:06:23 or 09:06; "" for anything else."""
    found = _CLOCK.fullmatch(typed.zfill(6) if typed.isdigit() and len(typed) == 5 else typed)
    if not found:
        return ""
    try:
        said = time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return ""
    return said.isoformat() if found[3] else said.isoformat("minutes")


def _money(typed: str) -> Money | None:
    """An amount; None for nothing. Raises Refused for anything else."""
    plain = typed.lstrip("+").strip()
    if not plain:
        return None
    try:
        return Money.read(plain)
    except ValueError:
        raise Refused("bank.amount", msg("“%(typed)s” is not an amount."), {"typed": typed[:40]}) from None


def _amount(ask: Callable[[Column], str], made: Format) -> Money:
    """The signed amount: by its sign, by the column it stands in, or by the column that says which way."""
    money_in, money_out = _money(ask(Column.INCOMING)) or ZERO, _money(ask(Column.OUTGOING)) or ZERO
    amount = _money(ask(Column.AMOUNT))
    if amount is None:
        amount = money_in - _unsigned(money_out)
    else:
        way = ask(Column.DIRECTION)
        if way in made.outgoing:
            amount = -_unsigned(amount)
        elif way and way not in made.incoming:
            raise Refused("bank.way", msg("“%(typed)s” does not say which way the money went."), {"typed": way[:40]})
    if not amount:
        raise Refused("bank.nothing", msg("This line moves no money."))
    return amount


def _unsigned(amount: Money) -> Money:
    return amount if amount >= ZERO else -amount


def balances(lines: Sequence[Line]) -> Balances | None:
    """What the balances say, whichever end the file begins at; None where a line has no balance.

    ``breaks`` are the rows whose balance is not the one before plus the amount.
    """
    told = [(line.row, line.amount, line.balance) for line in lines if line.balance is not None]
    if len(told) != len(lines) or not told:
        return None
    forward, backward = _breaks(told), _breaks(told[::-1])
    in_time, breaks = (told, forward) if len(forward) <= len(backward) else (told[::-1], backward)
    return Balances(in_time[0][2] - in_time[0][1], in_time[-1][2], breaks)


def _breaks(told: Sequence[tuple[int, Money, Money]]) -> tuple[int, ...]:
    return tuple(row for (_, _, before), (row, amount, after) in itertools.pairwise(told) if before + amount != after)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line, which of its equals in the file it is (from 0), and the row of the first of them."""

    line: Line
    turn: int
    first_row: int
    fingerprint: str

    @property
    def is_repeat(self) -> bool:
        """Whether the file lists a movement again that would have been told apart, had there been two."""
        return self.turn > 0 and self.line.is_told_apart


def number_equals(lines: Sequence[Line]) -> list[Numbered]:
    """Give every line its fingerprint: what it says, and which of its equals it is."""
    turns: Counter[tuple[object, ...]] = Counter()
    firsts: dict[tuple[object, ...], int] = {}
    numbered = []
    for line in lines:
        same = line.same_as()
        turn = turns[same]
        turns[same] += 1
        first = firsts.setdefault(same, line.row)
        numbered.append(Numbered(line, turn, first, _fingerprint(same, turn)))
    return numbered


def _fingerprint(same: tuple[object, ...], turn: int) -> str:
    written = "\x1f".join("" if part is None else str(part) for part in (*same, turn))
    return hashlib.sha256(written.encode()).hexdigest()
