"""Money in whole fen, and the two things done to it that need a written rule: rounding and sharing.

Rules: docs/rules/rounding.md and docs/rules/sharing.md (domain rules BL-1, BL-2, BL-13).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction

from feeapp.core.width import narrow

_TYPED = re.compile(r"([+-]? *¥? *|¥ *[+-])([0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(\.[0-9]{1,2})? *元?")
_EXACTLY = Context(prec=30, traps=[InvalidOperation, Inexact])


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of renminbi in whole fen (1 yuan = 100 fen); negative amounts are allowed.

    Raises TypeError for anything but a plain int: a float or a bool never becomes money.
    """

    fen: int

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            raise TypeError(f"money is counted in whole fen, not {type(self.fen).__name__}")

    @classmethod
    def yuan(cls, amount: str | Decimal | int) -> Money:
        """The money written as yuan, e.g. ``Money.yuan("56.24")``.

        Raises ValueError where the text is not an amount or is finer than a fen.
        """
        if isinstance(amount, bool | float):
            raise TypeError("yuan are given as text, Decimal or int, never as float")
        try:
            fen = _EXACTLY.multiply(Decimal(amount), 100)
        except ArithmeticError:
            raise ValueError(f"{amount!r} is not an amount of money") from None
        if not fen.is_finite() or fen.adjusted() >= _EXACTLY.prec or fen != fen.to_integral_value():
            raise ValueError(f"{amount} is not a whole number of fen")
        return cls(int(fen))

    @classmethod
    def read(cls, text: str) -> Money:
        """The money a person typed: full-width digits, ¥ before, 元 after and thousands commas are understood.

        Raises ValueError where it is not an amount with at most two decimals, or where spaces part its digits.
        """
        found = _TYPED.fullmatch(narrow(text).strip())
        if not found:
            raise ValueError(f"{text!r} is not an amount of money")
        before, whole, decimals = found.groups()
        sign = "-" if "-" in before else ""
        return cls.yuan(sign + whole.replace(",", "") + (decimals or ""))

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __mul__(self, times: int) -> Money:
        return Money(self.fen * times)

    def __bool__(self) -> bool:
        return self.fen != 0

    @property
    def in_yuan(self) -> Decimal:
        """The exact amount in yuan, always with two decimals."""
        return Decimal(self.fen).scaleb(-2)

    def __str__(self) -> str:
        return f"{self.in_yuan:,.2f}"

    def share(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to whole-number weights, by the largest remainder, so that they add up exactly.

        Equal remainders go to the earlier weight. Raises ValueError where no weight is positive,
        or one is negative. Basis: Civil Code art. 283 (sharing by area); rule BL-13.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("shares need weights of zero or more, with at least one above zero")
        sign = -1 if self.fen < 0 else 1
        whole = abs(self.fen)
        floors = [whole * weight // total for weight in weights]
        remainders = [whole * weight % total for weight in weights]
        left = whole - sum(floors)
        for place in sorted(range(len(weights)), key=lambda at: (-remainders[at], at))[:left]:
            floors[place] += 1
        return [Money(sign * part) for part in floors]


ZERO = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """The sum of any number of amounts; zero for none."""
    return Money(sum(amount.fen for amount in amounts))


class Rounding(enum.Enum):
    """How a charge line is brought to its unit (BL-2)."""

    HALF_UP = "HALF_UP"
    DOWN = "DOWN"
    UP = "UP"
    HALF_EVEN = "HALF_EVEN"


class RoundTo(enum.Enum):
    """The unit a charge line is rounded to, in fen (BL-2)."""

    FEN = 1
    JIAO = 10
    YUAN = 100


def round_money(exact_fen: Fraction, mode: Rounding = Rounding.HALF_UP, to: RoundTo = RoundTo.FEN) -> Money:
    """An exact number of fen brought to whole fen, jiao or yuan; away from zero is "up" (BL-1, BL-2)."""
    units = exact_fen / to.value
    floor, rest = divmod(abs(units.numerator), units.denominator)
    twice = 2 * rest
    up = {
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
        Rounding.HALF_UP: twice >= units.denominator,
        Rounding.HALF_EVEN: twice > units.denominator or (twice == units.denominator and floor % 2 == 1),
    }[mode]
    rounded = (floor + up) * to.value
    return Money(-rounded if units < 0 else rounded)
