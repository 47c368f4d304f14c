"""Meters put up, taken off and replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow
from feeapp.logbook.actions import log
from feeapp.metering.judging import Entry
from feeapp.metering.models import Meter
from feeapp.metering.queries import latest_readings
from feeapp.metering.readings import add_reading, hold_meters, is_same
from feeapp.metering.rules import MeterKind, ReadingSource, Register, written
from feeapp.registry.queries import get_unit
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, dialect_insert, hits


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter to be put up; ``first`` is what it showed then (0.01), None where the first round will tell."""

    serial: str
    register: Register
    on: date
    first: int | None


@dataclass(frozen=True, slots=True)
class Removal:
    """A meter taken off on a day with its last figure (0.01), None where it could not be read."""

    on: date
    last: int | None
    confirmed: bool = False
    reason: str = ""


def plain_serial(text: str) -> str:
    """A serial number as it is kept and compared: capitals, plain signs, no blanks."""
    return "".join(narrow(text).split()).upper()


def add_meter(by: By, unit_id: int, kind: MeterKind, new: NewMeter) -> int:
    """Put up a meter and return its id. Raises Refused where its number hangs elsewhere or it could not show that."""
    unit = get_unit(by.community_id, unit_id)
    meter_id = _put_up(by, unit_id, kind, new)
    log(by, "metering.add", "unit", unit_id, code=unit.code, serial=plain_serial(new.serial))
    return meter_id


def take_off(by: By, meter_id: int, removal: Removal) -> None:
    """Take a meter off. Raises Refused where it is off, was read later, or the last figure cannot stand."""
    meter = _taken_off(by, meter_id, removal)
    unit = get_unit(by.community_id, meter.unit_id)
    log(by, "metering.take_off", "unit", unit.id, code=unit.code, serial=meter.serial)


def replace(by: By, meter_id: int, removal: Removal, new: NewMeter) -> int:
    """Take a meter off and put another up in its place on the same day, in one step; returns the new one's id."""
    if new.first is None:
        raise Refused("meter.first", msg("Say what the new meter showed when it was put up."), field="first")
    old = _taken_off(by, meter_id, removal)
    unit = get_unit(by.community_id, old.unit_id)
    new_meter_id = _put_up(by, unit.id, old.kind, new)
    log(by, "metering.replace", "unit", unit.id, code=unit.code, serial=old.serial, new=plain_serial(new.serial))
    return new_meter_id


def _put_up(by: By, unit_id: int, kind: MeterKind, new: NewMeter) -> int:
    serial = plain_serial(new.serial)
    if not serial:
        raise Refused("meter.serial", msg("Write the number that stands on the meter."), field="serial")
    if new.on > office_day(by.at):
        raise Refused("meter.future", msg("This day has not come yet."), field="installed_on")
    if new.first is not None:
        _check_first(new.register, new.first)
    meter_id = new_id()
    added = dialect_insert(Meter.__table__).values(
        community_id=by.community_id,
        id=meter_id,
        unit_id=unit_id,
        kind=kind,
        serial=serial,
        digits=new.register.digits,
        decimals=new.register.decimals,
        factor=new.register.factor,
        installed_on=new.on,
        added_at=by.at,
        added_by=by.actor_id,
    )
    if db.session.execute(added.on_conflict_do_nothing().returning(Meter.__table__.c.id)).first() is None:
        raise Refused(
            "meter.serial_taken",
            msg("A meter of this kind with the number %(serial)s hangs already. Take it off there first."),
            {"serial": serial},
            field="serial",
        )
    if new.first is not None:
        meter = hold_meters(by.community_id, [meter_id])[meter_id]
        add_reading(by, meter, Entry(new.first, new.on), ReadingSource.FITTED)
    return meter_id


def _check_first(register: Register, first: int) -> None:
    try:
        register.check(first)
    except Refused as refusal:
        raise Refused(refusal.code, refusal.sentence, refusal.facts, field="first") from None


def _taken_off(by: By, meter_id: int, removal: Removal) -> Meter:
    meter = hold_meters(by.community_id, [meter_id])[meter_id]
    if meter.removed_on is not None:
        raise _off()
    if removal.on < meter.installed_on:
        raise Refused(
            "meter.before",
            msg("The meter was put up on %(day)s; it cannot have been taken off before."),
            {"day": meter.installed_on.isoformat()},
            field="removed_on",
        )
    if removal.on > office_day(by.at):
        raise Refused("meter.future", msg("This day has not come yet."), field="removed_on")
    readings = latest_readings(by.community_id, [meter_id]).get(meter_id, [])
    if readings and readings[-1].read_on > removal.on:
        raise Refused(
            "meter.later",
            msg("The meter was read on %(day)s: %(figure)s. It cannot have been taken off before."),
            {"day": readings[-1].read_on.isoformat(), "figure": written(readings[-1].figure)},
            field="removed_on",
        )
    if removal.last is not None:
        last = Entry(removal.last, removal.on, removal.confirmed, removal.reason)
        if not is_same(readings[-1] if readings else None, last):
            add_reading(by, meter, last, ReadingSource.TAKEN_OFF)
    hit = hits(
        sa.update(Meter)
        .where(Meter.community_id == by.community_id, Meter.id == meter_id, Meter.removed_on.is_(None))
        .values(removed_on=removal.on, removed_at=by.at, removed_by=by.actor_id)
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise _off()
    db.session.expire(meter)
    return meter


def _off() -> Refused:
    return Refused("meter.off", msg("This meter has been taken off already."))
