"""Whose bill a parking space stands on."""

from __future__ import annotations

import pytest

from feeapp.registry.rules import UnitUse
from feeapp.statements.gathering import Owned, leads

HOME, SHOP, PARKING, STORAGE = UnitUse.HOME, UnitUse.SHOP, UnitUse.PARKING, UnitUse.STORAGE


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ([HOME], [0]),
        ([HOME, PARKING], [0, 0]),
        ([PARKING, STORAGE, SHOP], [2, 2, 2]),
        ([PARKING], [0]),
        ([PARKING, STORAGE], [0, 1]),
        ([HOME, HOME, PARKING], [0, 1, 2]),
        ([HOME, SHOP, STORAGE], [0, 1, 2]),
    ],
)
def test_small_units_go_with_the_only_home(uses: list[UnitUse], expected: list[int]) -> None:
    units = [Owned(at, use, 7) for at, use in enumerate(uses)]
    assert [leads(units)[at] for at in range(len(uses))] == expected


def test_one_owners_parking_never_goes_with_anothers_home() -> None:
    assert leads([Owned(1, HOME, 7), Owned(2, PARKING, 8)]) == {1: 1, 2: 2}
