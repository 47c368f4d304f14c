"""Two clerks enter the same reading at one instant. The race is first shown to happen with the guard off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from feeapp.metering import readings
from feeapp.metering.actions import NewMeter, Removal, replace
from feeapp.metering.judging import Entry
from feeapp.metering.models import Meter, MeterReading
from feeapp.metering.rules import Register
from feeapp.storage.db import db
from tests.metering import JAN_AND_FEB, SPRING, hang, read
from tests.people import Cast
from tests.races.meeting import at_once, meet

FEB = JAN_AND_FEB[1]


def _enter(cast: Cast, meter_id: int, who: str) -> Callable[[], object]:
    by = cast.by(who, SPRING)
    return lambda: readings.enter(by, meter_id, Entry(11000, FEB))


def _standing(meter_id: int) -> int:
    return db.session.query(MeterReading).filter_by(meter_id=meter_id, read_on=FEB, voided_at=None).count()


def test_without_the_lock_only_the_index_stops_the_second(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    meter_id = hang(cast, "3-2-501", "W1")
    read(cast, meter_id, "2026-01-31 100")

    def unheld(community_id: int, meter_ids: list[int]) -> dict[int, Meter]:
        return {key: db.session.get_one(Meter, (community_id, key)) for key in meter_ids}

    monkeypatch.setattr(readings, "hold_meters", unheld)
    meet(monkeypatch, (readings, "judge_all"))
    outcomes = at_once(app, [_enter(cast, meter_id, who) for who in ("cashier", "accountant")])
    assert outcomes == {"postgresql": ["broken", "done"], "sqlite": ["done", "meter.read"]}[db.engine.dialect.name]


def test_the_same_reading_entered_twice_at_once_is_one_row(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "W1")
    read(cast, meter_id, "2026-01-31 100")
    assert at_once(app, [_enter(cast, meter_id, who) for who in ("cashier", "accountant")]) == ["done", "meter.read"]
    assert _standing(meter_id) == 1


def test_a_round_sent_twice_at_once_stands_once(app: Flask, cast: Cast) -> None:
    meters = [hang(cast, code, code) for code in ("3-2-501", "3-2-502")]
    deeds = [
        lambda who=who, order=order: readings.enter_round(
            cast.by(who, SPRING), {meter_id: Entry(11000, FEB) for meter_id in order}
        )
        for who, order in (("cashier", meters), ("accountant", meters[::-1]))
    ]
    assert at_once(app, deeds) == ["done", "done"]
    assert [_standing(meter_id) for meter_id in meters] == [1, 1]


def test_two_new_meters_in_one_place_at_once_are_one(app: Flask, cast: Cast) -> None:
    old = hang(cast, "3-2-501", "W1")
    deeds = [
        lambda serial=serial: replace(
            cast.by("accountant", SPRING), old, Removal(FEB, None), NewMeter(serial, Register(), FEB, 0)
        )
        for serial in ("N1", "N2")
    ]
    assert at_once(app, deeds) == ["done", "meter.off"]
    assert db.session.query(Meter).filter_by(removed_on=None).count() == 1
