"""Floor area in whole hundredths of a square metre, so that bills and votes never meet a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from feeapp.core.width import narrow

_TYPED = re.compile(r"([0-9]{1,7}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.[0-9]{1,2})? *(?:㎡|m²|m2|M2|平方米|平米)?")


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """An area in units of 0.01 m²; never negative. Raises TypeError for anything but a plain int."""

    centi: int

    def __post_init__(self) -> None:
        if type(self.centi) is not int:
            raise TypeError(f"area is counted in whole hundredths of a m², not {type(self.centi).__name__}")
        if self.centi < 0:
            raise ValueError("an area is never negative")

    @classmethod
    def read(cls, text: str) -> Area:
        """The area a person typed: full-width digits, thousands commas, ㎡, m² and 平方米 are understood.

        Raises ValueError where it is not a number below ten million with at most two decimals; it is never rounded.
        """
        found = _TYPED.fullmatch(narrow(text).strip())
        if not found:
            raise ValueError(f"{text!r} is not an area with at most two decimals")
        whole, decimals = found.groups()
        plain = whole.replace(",", "")
        if len(plain) > 7:
            raise ValueError(f"{text!r} is too large for an area")
        return cls(int(Decimal(plain + (decimals or "")) * 100))

    def __add__(self, other: Area) -> Area:
        return Area(self.centi + other.centi)

    def __bool__(self) -> bool:
        return self.centi != 0

    @property
    def in_m2(self) -> Decimal:
        """The exact area in m², always with two decimals."""
        return Decimal(self.centi).scaleb(-2)

    def __str__(self) -> str:
        return f"{self.in_m2:,.2f}"
