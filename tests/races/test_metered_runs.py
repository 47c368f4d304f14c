"""A clerk reads a meter at the instant its month is billed. The race is first shown to happen with the guard off.

The meter stood at 104 and was read at 116 in May: 12 m³ at 3.50 are 42.00. The clerk enters 118 of the same month.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from feeapp.billing import runs
from feeapp.billing.previewing import preview
from feeapp.metering import readings
from feeapp.metering.actions import NewMeter, add_meter
from feeapp.metering.judging import Entry
from feeapp.metering.models import MeterReading
from feeapp.metering.rules import MeterKind, Register
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.rules import Basis, Price
from tests.actions.test_exceptions import AT, MAY, _amounts, _price, _read, _water
from tests.people import Cast
from tests.races.meeting import PATIENCE, at_once, meet


@pytest.fixture
def meter(app: Flask, cast: Cast) -> int:
    """The water meter of 3-2-501, read in May, and a price for what it counts."""
    new = NewMeter("W-17", Register(), date(2026, 4, 25), 104_00)
    meter_id = transaction(lambda: add_meter(cast.by("cashier", AT), cast.units["3-2-501"], MeterKind.WATER, new))
    _read(cast, meter_id, date(2026, 5, 20), 116_00)
    _price(cast, _water(cast), Price(Decimal("3.50"), Basis.METER))
    return meter_id


def _bill_and_read(app: Flask, cast: Cast, meter: int) -> list[str]:
    seen = preview(cast.community, MAY).seen_hash
    accountant, clerk = cast.by("accountant", AT), cast.by("cashier", AT)
    db.session.rollback()
    deeds: list[Callable[[], object]] = [
        lambda: runs.confirm(accountant, MAY, seen),
        lambda: readings.enter(clerk, meter, Entry(118_00, date(2026, 5, 24))),
    ]
    return at_once(app, deeds)


def _stands(meter: int) -> list[int]:
    found = db.session.query(MeterReading).filter_by(meter_id=meter, voided_at=None).order_by(MeterReading.read_on)
    return [each.figure for each in found]


BILLED = (["done", "meter.billed"], ["42.00"], [104_00, 116_00])
READ = (["billing.changed", "done"], [], [104_00, 116_00, 118_00])
LOST = (["done", "done"], ["42.00"], [104_00, 116_00, 118_00])
"""The figure of a billed month that no bill will ever charge."""


def test_without_the_hold_a_reading_slips_into_a_month_that_is_being_billed(
    app: Flask, cast: Cast, meter: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL; on SQLite whoever comes second sees what the first did."""
    monkeypatch.setattr(runs, "hold_readings", lambda community_id: None)
    meet(monkeypatch, (runs, "plan_period"), (readings, "judge_all"))
    happened = (_bill_and_read(app, cast, meter), _amounts(cast, "3-2-501"), _stands(meter))
    assert happened in {"postgresql": (LOST,), "sqlite": (BILLED, READ)}[db.engine.dialect.name]


def test_a_reading_waits_for_the_bill_run_and_is_then_refused(
    app: Flask, cast: Cast, meter: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clerk comes when the run has looked and not yet written: the run holds the meter."""
    if db.engine.dialect.name == "postgresql":
        barrier, plan, hold = threading.Barrier(2), runs.plan_period, readings.hold_meters

        def plan_and_wait(*asked: Any) -> Any:
            found = plan(*asked)
            barrier.wait(PATIENCE)
            return found

        def wait_and_hold(*asked: Any) -> Any:
            barrier.wait(PATIENCE)
            return hold(*asked)

        monkeypatch.setattr(runs, "plan_period", plan_and_wait)
        monkeypatch.setattr(readings, "hold_meters", wait_and_hold)
    happened = (_bill_and_read(app, cast, meter), _amounts(cast, "3-2-501"), _stands(meter))
    assert happened in {"postgresql": (BILLED,), "sqlite": (BILLED, READ)}[db.engine.dialect.name]
