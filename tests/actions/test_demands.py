"""Noting demands on charges, and what they do to the time in which they can be claimed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from feeapp.billing.demanding import limitation_of, note_demand
from feeapp.billing.limitation import DemandKind
from feeapp.billing.queries import get_charge
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound, Refused
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast

HOME = "3-2-501"
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def _until(cast: Cast, charge: int) -> date:
    return limitation_of(get_charge(cast.community, charge), cast.community).runs_out_on


def _note(cast: Cast, charge: int, day: date, every: bool = False, proof: str = "签收单 7 号") -> int:
    by = cast.by("cashier", NOW)
    return transaction(lambda: note_demand(by, charge, DemandKind.DELIVERED, day, proof, every))


def test_the_time_runs_from_the_due_day_and_anew_from_a_demand(app: Flask, cast: Cast) -> None:
    charge = owe(cast, HOME, "2023-01", "300")
    assert _until(cast, charge) == date(2026, 1, 31)
    assert _note(cast, charge, date(2025, 12, 1)) == 1
    assert _until(cast, charge) == date(2028, 12, 1)
    assert _note(cast, charge, date(2024, 5, 1)) == 1
    assert _until(cast, charge) == date(2028, 12, 1), "an earlier demand takes nothing away"


def test_one_demand_for_everything_the_debtor_owes_on_the_unit(app: Flask, cast: Cast) -> None:
    first, second = owe(cast, HOME, "2024-02", "300"), owe(cast, HOME, "2025-02", "300")
    other, later = owe(cast, "3-2-502", "2024-02", "300"), owe(cast, HOME, "2026-02", "300")
    assert _note(cast, first, date(2026, 2, 28), every=True) == 2
    assert [_until(cast, charge) for charge in (first, second, other, later)] == [
        date(2029, 2, 28), date(2029, 2, 28), date(2027, 2, 28), date(2029, 2, 28),
    ]  # fmt: skip


def test_the_same_demand_twice_is_noted_once(app: Flask, cast: Cast) -> None:
    charge = owe(cast, HOME, "2023-01", "300")
    assert _note(cast, charge, date(2025, 12, 1)) == 1
    assert _note(cast, charge, date(2025, 12, 1)) == 0


@pytest.mark.parametrize(
    ("day", "proof", "said"),
    [
        (date(2026, 3, 3), "签收单", "not come yet"),
        (date(2023, 1, 31), "签收单", "not overdue yet"),
        (date(2025, 12, 1), " ", "proves it"),
    ],
)
def test_what_is_refused(app: Flask, cast: Cast, day: date, proof: str, said: str) -> None:
    charge = owe(cast, HOME, "2023-01", "300")
    with pytest.raises(Refused, match=said):
        _note(cast, charge, day, proof=proof)
    assert _until(cast, charge) == date(2026, 1, 31)


def test_the_neighbour_finds_nothing(app: Flask, cast: Cast) -> None:
    charge = owe(cast, HOME, "2023-01", "300")
    by = By(cast.neighbour, cast.users["outsider"], NOW)
    with pytest.raises(NotFound):
        transaction(lambda: note_demand(by, charge, DemandKind.AGREED, date(2025, 12, 1), "协议", False))
