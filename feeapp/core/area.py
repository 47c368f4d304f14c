"""Floor area in whole hundredths of a square metre, so that bills and votes never meet a float."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_AREA = re.compile(r"\d{1,7}(\.\d{1,2})?")


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
        """The area a person typed: full-width digits, ㎡, m² and 平方米 are understood.

        Raises ValueError where it is not a number with at most two decimals (it is never rounded).
        """
        plain = unicodedata.normalize("NFKC", text).strip()
        plain = re.sub(r"(平方米|平米|m2|M2)$", "", plain).strip()
        if not _AREA.fullmatch(plain) or not plain.isascii():
            raise ValueError(f"{text!r} is not an area with at most two decimals")
        return cls(int(Decimal(plain) * 100))

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
