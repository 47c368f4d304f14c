"""The approval sheet of a relief (减免审批表): what was asked for, every step, and the places for signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.printing import font
from feeapp.printing.paper import Paper, Size
from feeapp.printing.receipt import Language, hold_to

MOST_FACTS = 14
MOST_SECTIONS = 4
_LONGEST = {"title": 12, "community": 64, "body": 64, "number": 40}
_LONGEST_IN_FACT = {"zh": 10, "en": 24, "value": 200}
_LONGEST_IN_SECTION = {"zh": 10, "en": 24, "text": 280, "signer": 12, "signer_en": 24}
"""The most characters each text may have, so that the sheet always is one page of A4."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the form: its label in Chinese and in English, and what stands there."""

    zh: str
    en: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """One step: its heading, what is on record of it (empty where it is still to come), and who signs for it."""

    zh: str
    en: str
    text: str
    signer: str
    signer_en: str


@dataclass(frozen=True, slots=True)
class ReliefPaper:
    """An approval sheet ready to print. Raises ValueError where it holds more than fits one page."""

    title: str
    community: str
    body: str
    number: str
    printed_on: date
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    language: Language = "zh"

    def __post_init__(self) -> None:
        if len(self.facts) > MOST_FACTS or len(self.sections) > MOST_SECTIONS:
            raise ValueError(f"a sheet has at most {MOST_FACTS} facts and {MOST_SECTIONS} sections")
        hold_to(_LONGEST, self)
        for fact in self.facts:
            hold_to(_LONGEST_IN_FACT, fact)
        for section in self.sections:
            hold_to(_LONGEST_IN_SECTION, section)


@dataclass(frozen=True, slots=True)
class Form:
    """The one page of a sheet; ``fine`` sets it in smaller type where much was written."""

    relief: ReliefPaper
    fine: bool


_ROOM = 2400
_WIDTH, _TYPE, _LEAD, _ROW, _SIGNED = 1320, 36, 50, 80, 260
"""Tenths of a millimetre: the table's height and text width, its type and line, a usual row, the rest of a section."""


def relief_sheet() -> Paper[ReliefPaper]:
    """The approval sheet on A4."""
    return Paper("relief", Size.A4, cut)


def cut(relief: ReliefPaper, size: Size) -> Sequence[Form]:
    """The sheet as its one page."""
    return [Form(relief, _height(relief) > _ROOM)]


def _height(relief: ReliefPaper) -> int:
    """How high the table would be in the usual type."""
    facts = sum(_ROW + _LEAD * (_lines(fact.value) - 1) for fact in relief.facts)
    return facts + sum(_SIGNED + _LEAD * (_lines(section.text) - 1) for section in relief.sections)


def _lines(text: str) -> int:
    return font.lines(text, _WIDTH * font.EM // _TYPE)
