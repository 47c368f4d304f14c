"""One row of a ledger, cell by cell: what a cell means, and the problem where it means nothing that can be kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import msg
from feeapp.core.width import narrow
from feeapp.registry.layout import Column, Layout
from feeapp.registry.records import LEAVE_OUT, Choice, Problem, Severity
from feeapp.spreadsheet import Sheet, cell_name

LARGEST_AREA = Area(10_000_000)
"""100,000.00 m²: no single home, shop or space is larger; more is a slipped decimal point."""
LARGEST_SUM = Money(100_000_000_00)
_NUMBER = re.compile(r"([+-]?)([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\U000e0000-\U000e007f]"
)
PAID_WORDS = frozenset(
    ["已缴", "已交", "已收", "已付", "缴清", "交清", "付清", "缴齐", "全缴", "全交", "结清", "√", "✓"]
)
UNPAID_WORDS = frozenset(["未缴", "未交", "未收", "未付", "欠", "×"])
DASHES = frozenset(["-", "—", "——", "/", "无"])
"""What people write in a cell to say that there is nothing to write."""


def as_text(cell: object) -> str:
    """A cell as a person reads it; numbers without exponent or needless zeros, days as 2026-01-31."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        plain = format(cell, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def invisible(text: str) -> bool:
    """Whether text holds signs that cannot be seen: control, direction, zero-width and half of a pair."""
    if _INVISIBLE.search(text):
        return True
    odd = () if text.isprintable() else text
    return any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\t\r\n" for sign in odd)


def shown(text: str, longest: int = 40) -> str:
    """Text from a file made fit to be shown in a sentence: what cannot be seen as U+FFFD, the rest cut off."""
    return "".join("\ufffd" if invisible(sign) else sign for sign in text.strip()[:longest])


@dataclass(slots=True)
class Row:
    """One row under a recognised header, and the problems found in it so far."""

    sheet: Sheet
    layout: Layout
    at: int
    filled: Mapping[tuple[int, int], object] = field(default_factory=dict)
    """What merged cells spread over the cells below their first."""
    problems: list[Problem] = field(default_factory=list)

    def value(self, column: Column | None) -> object:
        """What the cell holds, blank signs apart; None where there is no such column."""
        if column is None:
            return None
        held = self.sheet.rows[self.at][column.at]
        return self.filled.get((self.at, column.at)) if held is None else held

    def name(self, column: Column | None) -> str:
        """The cell's name, such as B17; that of the first column where there is no such column."""
        return cell_name(self.at, column.at if column else 0)

    def refuse(self, column: Column | None, code: str, sentence: str, /, **facts: object) -> None:
        """Keep the row out, and say why."""
        self._add(Severity.REFUSED, column, code, sentence, facts)

    def note(self, column: Column | None, code: str, sentence: str, /, **facts: object) -> None:
        """Say how a cell was understood."""
        self._add(Severity.NOTE, column, code, sentence, facts)

    def doubt(
        self,
        column: Column | None,
        code: str,
        sentence: str,
        choices: tuple[Choice, ...],
        proposal: str | None,
        /,
        **facts: object,
    ) -> None:
        """Ask for a choice; leaving the row out is always one."""
        leave = Choice(LEAVE_OUT, msg("Leave this row out"))
        self._add(Severity.DOUBTFUL, column, code, sentence, facts, (*choices, leave), proposal)

    def _add(
        self,
        severity: Severity,
        column: Column | None,
        code: str,
        sentence: str,
        facts: Mapping[str, object],
        choices: tuple[Choice, ...] = (),
        proposal: str | None = None,
    ) -> None:
        cell = self.name(column)
        facts = {name: shown(fact, 60) if isinstance(fact, str) else fact for name, fact in facts.items()}
        nth = sum((problem.cell, problem.code) == (cell, code) for problem in self.problems)
        self.problems.append(
            Problem(severity, self.sheet.name, self.at + 1, cell, code, sentence, facts, choices, proposal, nth)
        )

    @property
    def refused(self) -> bool:
        return any(problem.severity is Severity.REFUSED for problem in self.problems)

    def text(self, column: Column | None, longest: int) -> str:
        """The text of a cell with the blanks around it gone; what cannot be kept is refused and reads as ""."""
        self._check_result(column)
        text = as_text(self.value(column))
        if not text:
            return ""
        if invisible(text):
            self.refuse(
                column,
                "text.invisible",
                msg("The text contains characters that cannot be seen or that reverse its direction. Type it again."),
            )
            return ""
        text = re.sub(r"[ \t\u00a0\u3000]+", " ", text.replace("\r", "")).strip()
        if len(text) > longest:
            self.refuse(
                column,
                "text.long",
                msg("The text has %(length)s characters; at most %(longest)s fit here."),
                length=len(text),
                longest=longest,
            )
            return ""
        return text

    def number(self, column: Column | None) -> Decimal | str | None:
        """A number, the words that stand in its place, or None for a blank cell; a lost formula result is refused."""
        self._check_result(column)
        value = self.value(column)
        if value is None:
            return None
        if isinstance(value, Decimal):
            return value
        typed = as_text(value)
        plain = re.sub(r"(㎡|m²|m2|M2|平方米|平米|元)$", "", narrow(typed).strip()).strip().removeprefix("¥").strip()
        found = _NUMBER.fullmatch(plain) if isinstance(value, str) else None
        if not found:
            return None if plain in DASHES else typed.strip()
        number = Decimal(found[1] + found[2].replace(",", "") + (found[3] or ""))
        if typed != plain:
            self.note(
                column,
                "number.understood",
                msg("“%(typed)s” was read as %(number)s."),
                typed=typed,
                number=as_text(number),
            )
        return number

    def _check_result(self, column: Column | None) -> None:
        formula = self.sheet.formulas.get((self.at, column.at)) if column else None
        if formula and self.value(column) is None:
            self.refuse(
                column,
                "cell.formula",
                msg("The cell holds the formula %(formula)s without a result. Type the value instead."),
                formula=formula,
            )

    def area(self, column: Column | None) -> Area | None:
        """An area; None for blank, zero, or one that had to be refused."""
        number = self.number(column)
        if number is None or number == 0:
            return None
        if isinstance(number, str):
            self.refuse(column, "area.words", msg("“%(text)s” is not an area in figures."), text=number)
        elif number < 0:
            self.refuse(column, "area.negative", msg("An area of %(area)s m² is below zero."), area=as_text(number))
        elif number > LARGEST_AREA.in_m2:
            self.refuse(
                column,
                "area.huge",
                msg("%(area)s m² is more than one unit can have (%(most)s m²)."),
                area=as_text(number),
                most=str(LARGEST_AREA),
            )
        elif number != round(number, 2):
            self.refuse(
                column,
                "area.fine",
                msg("%(area)s m² has more than two decimals. It is not rounded here: enter the registered area."),
                area=as_text(number),
            )
        else:
            return Area(int(number * 100))
        return None

    def money(self, column: Column | None) -> Money | str | None:
        """An amount, words that stand in its place, or None for blank or for one that had to be refused."""
        number = self.number(column)
        if number is None or isinstance(number, str):
            return number
        if number < 0:
            self.refuse(column, "money.negative", msg("%(amount)s is below zero."), amount=as_text(number))
        elif number > LARGEST_SUM.in_yuan:
            self.refuse(column, "money.huge", msg("%(amount)s yuan is too large."), amount=as_text(number))
        elif number != round(number, 2):
            self.refuse(
                column,
                "money.fine",
                msg("%(amount)s yuan has more than two decimals. It is not rounded here."),
                amount=as_text(number),
            )
        else:
            return Money.yuan(number)
        return None
