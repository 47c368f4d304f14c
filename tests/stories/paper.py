"""The ledgers reckoned on paper: read by another library, in fractions, without any code of the house."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import openpyxl

LEDGERS = Path(__file__).parents[1] / "data" / "ledgers"
TIDY, MESSY, FAULTY = (LEDGERS / f"{name}.xlsx" for name in ("xihuayuan", "ziyali-messy", "ten-faults"))

Fees = dict[str, int]
"""Fen by short room code."""


def rounded(fen: Fraction) -> int:
    """Half up to the fen."""
    return int(fen + Fraction(1, 2))


def month_of_tidy(home: str, shop: str, space: str) -> Fees:
    """What a month of the tidy ledger costs each unit: yuan per m² for homes and shops, yuan for a parking space."""
    fees = {}
    for row in openpyxl.load_workbook(TIDY)["住户台账"].iter_rows(min_row=2, values_only=True):
        building, stair, room, _, use, area = row[:6]
        if room is None:
            continue
        square = Fraction(str(area))
        if use == "住宅":
            code = f"{building.removesuffix('号楼')}-{stair.removesuffix('单元')}-{room}"
            fees[code] = rounded(square * Fraction(home) * 100)
        elif use == "商业":
            fees[room] = rounded(square * Fraction(shop) * 100)
        else:
            fees[room] = rounded(Fraction(space) * 100)
    return fees
