"""Statements and bills in words: on a page in its language, on paper always in Chinese."""

from __future__ import annotations

from typing import Literal

from feeapp.billing.saying import Say, english
from feeapp.core.period import Period
from feeapp.statements.rules import Line
from feeapp.web.language import chinese


def in_chinese(sentence: str, **facts: str) -> str:
    """A sentence of the catalogues in Chinese, whoever asks: papers are kept in Chinese."""
    said = chinese().gettext(sentence)
    return said % facts if facts else said


def say_in(language: Literal["zh", "en"]) -> Say:
    """How sentences are said in a language."""
    return in_chinese if language == "zh" else english


def month(period: Period, language: Literal["zh", "en"]) -> str:
    """``2026年1月`` or ``2026-01``."""
    return f"{period.year}年{period.month}月" if language == "zh" else str(period)


def said(line: Line, language: Literal["zh", "en"], units: bool) -> str:
    """A line of a statement in words; with the unit where the statement is about several."""
    pieces = [
        line.unit if units else "",
        month(line.period, language) if line.period else "",
        line.item if language == "zh" else line.item_en,
        _what(line, language),
        f"¥{line.moved}" if line.moved else "",
        line.remark,
    ]
    return " ".join(piece for piece in pieces if piece)


def _what(line: Line, language: Literal["zh", "en"]) -> str:
    say = say_in(language)
    if not line.sort:
        return say(line.words)
    sort = say(line.sort)
    return f"{say(line.words)}（{sort}）" if language == "zh" else f"{say(line.words)} ({sort})"
