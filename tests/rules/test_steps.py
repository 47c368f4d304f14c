"""Tiers and floors as people type and read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.refusal import Refused
from feeapp.tariffs.rules import Tier
from feeapp.tariffs.steps import Floors, floor_runs, floor_table, plain, tier_steps

ZERO, MOST, ALL = Decimal(0), Decimal("0.8"), Decimal(1)


def test_runs_of_floors_become_a_table_without_a_floor_0_and_read_back() -> None:
    runs = [Floors(-2, 2, ZERO), Floors(3, 3, MOST), Floors(4, 6, ALL)]
    table = floor_table("电梯费", runs)
    assert [floor for floor, _ in table.by_floor] == [-2, -1, 1, 2, 3, 4, 5, 6]
    assert floor_runs(table) == runs
    assert [str(run) for run in runs] == ["-2–2", "3", "4–6"]


def test_neighbours_with_the_same_part_are_read_as_one() -> None:
    table = floor_table("电梯费", [Floors(5, 6, MOST), Floors(1, 4, MOST), Floors(9, 9, MOST)])
    assert floor_runs(table) == [Floors(1, 6, MOST), Floors(9, 9, MOST)]


@pytest.mark.parametrize("run", [(3, 2), (-10, 1), (1, 151), (0, 0)])
def test_runs_that_will_not_do(run: tuple[int, int]) -> None:
    with pytest.raises(Refused) as refused:
        floor_table("电梯费", [Floors(*run, ALL)])
    assert refused.value.field == "coefficients"


@given(st.dictionaries(st.integers(-9, 150).filter(bool), st.integers(0, 3).map(Decimal), min_size=1))
def test_a_table_read_back_is_the_same_table(by_floor: dict[int, Decimal]) -> None:
    table = floor_table("x", [Floors(floor, floor, part) for floor, part in sorted(by_floor.items())])
    assert floor_table("x", floor_runs(table)) == table


def test_tiers_lie_between_figures() -> None:
    tiers = (Tier(1500, Decimal("2.80")), Tier(2550, Decimal(4)), Tier(None, Decimal("6.50")))
    assert tier_steps(tiers) == [
        (Decimal(0), Decimal("15.00"), Decimal("2.80")),
        (Decimal("15.00"), Decimal("25.50"), Decimal(4)),
        (Decimal("25.50"), None, Decimal("6.50")),
    ]
    assert tier_steps(()) == []


@pytest.mark.parametrize(("number", "shown"), [("15.00", "15"), ("0.80", "0.8"), ("100", "100"), ("0", "0")])
def test_numbers_without_idle_zeros(number: str, shown: str) -> None:
    assert plain(Decimal(number)) == shown
