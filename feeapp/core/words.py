"""Amounts of money in Chinese words, as receipts carry them, and the reading of such words.

Rules and table: docs/rules/words.md. Basis: Accounting Basic Work Norms art. 52 (整 after 元 and after 角);
the looser spellings of the payment rules are read as well, but never written.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from feeapp.core.money import Money

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((1000, "仟"), (100, "佰"), (10, "拾"), (1, ""))
_GROUPS = ((10**8, "亿"), (10**4, "万"))
_LIMIT = 10**16
_LONGEST = 64
_SHAPE = re.compile(rf"(?:([{_DIGITS}拾佰仟万亿]+)元)?零?(?:([{_DIGITS}])角)?零?(?:([{_DIGITS}])分)?整?")


@dataclass(frozen=True, slots=True)
class _Habit:
    """One way to use the freedoms that the rules leave; the defaults are the canonical way."""

    zero_before_thousand: bool = False
    zero_before_jiao: bool = True
    close_after_jiao: bool = True
    zero_yuan: bool = False


_CANONICAL = _Habit()
_HABITS = tuple(_Habit(*choice) for choice in itertools.product((False, True), repeat=4))


def in_words(amount: Money) -> str:
    """The amount as it stands on a receipt, e.g. ``人民币壹拾元零伍分``.

    Raises ValueError from a hundred million million yuan (10^16 fen) on, for which there is no agreed spelling.
    """
    if abs(amount.fen) >= _LIMIT:
        raise ValueError("the amount is too large to be written in words")
    sign = "负" if amount.fen < 0 else ""
    return f"人民币{sign}{_spell(abs(amount.fen), _CANONICAL)}"


def read_words(text: str) -> Money:
    """The amount that Chinese words say, in the canonical spelling or one of those the rules tolerate.

    人民币 may be left out, 圆 stands for 元 and 正 for 整. Raises ValueError for anything else.
    """
    plain = text.strip().removeprefix("人民币")
    unsigned = plain.removeprefix("负")
    spelled = unsigned.replace("圆", "元").replace("正", "整")
    fen = _value(spelled)
    if fen is None or all(_spell(fen, habit) != spelled for habit in _HABITS):
        raise ValueError(f"{text!r} is not an amount in words")
    if unsigned == plain:
        return Money(fen)
    if fen == 0:
        raise ValueError("nothing cannot be negative")
    return Money(-fen)


def _spell(fen: int, habit: _Habit) -> str:
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    text = ""
    if yuan or habit.zero_yuan or not fen:
        text = (_whole(yuan, habit) if yuan else "零") + "元"
        if (jiao and yuan % 10 == 0 and habit.zero_before_jiao) or (cents and not jiao):
            text += "零"
    if jiao:
        text += _DIGITS[jiao] + "角"
    if cents:
        return text + _DIGITS[cents] + "分"
    return text if jiao and not habit.close_after_jiao else text + "整"


def _whole(number: int, habit: _Habit) -> str:
    for size, unit in _GROUPS:
        if number >= size:
            high, low = divmod(number, size)
            if not low:
                return _whole(high, habit) + unit
            gap = low < size // 10 or (habit.zero_before_thousand and high % 10 == 0)
            return _whole(high, habit) + unit + ("零" if gap else "") + _whole(low, habit)
    text, gap = "", False
    for size, unit in _PLACES:
        digit, number = divmod(number, size)
        if digit:
            text += ("零" if gap else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = bool(text)
    return text


def _value(spelled: str) -> int | None:
    """What the words could mean, generously: the caller spells it again and compares."""
    found = _SHAPE.fullmatch(spelled) if len(spelled) <= _LONGEST else None
    if not found:
        return None
    yuan, jiao, cents = (part or "" for part in found.groups())
    fen = _count(yuan) * 100 + _count(jiao) * 10 + _count(cents)
    return fen if fen < _LIMIT else None


def _count(words: str) -> int:
    for size, unit in _GROUPS:
        if unit in words:
            high, _, low = words.rpartition(unit)
            return _count(high) * size + _count(low)
    number = digit = 0
    sizes = {unit: size for size, unit in _PLACES}
    for sign in words:
        if sign in _DIGITS:
            digit = _DIGITS.index(sign)
        else:
            number, digit = number + digit * sizes[sign], 0
    return number + digit
