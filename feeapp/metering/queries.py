"""Looks at meters, their readings, and what was used in a month."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.metering.models import Meter, MeterReading, ReadingRule
from feeapp.metering.rules import (
    ROLLED_OVER,
    JumpRule,
    MeterKind,
    Reading,
    Register,
    Segment,
    Usage,
    counted,
    segment_of,
    usage_from,
)
from feeapp.registry.queries import portions
from feeapp.storage.db import db

NEAR = 30
"""How many of a meter's latest readings are looked at to judge the next one."""

STANDS = MeterReading.voided_at.is_(None)


def get_meter(community_id: int, meter_id: int) -> Meter:
    """A meter of this community. Raises NotFound."""
    meter = db.session.get(Meter, (community_id, meter_id), populate_existing=True)
    if meter is None:
        raise NotFound
    return meter


def get_reading(community_id: int, reading_id: int) -> MeterReading:
    """A reading of this community, struck out or not. Raises NotFound."""
    reading = db.session.get(MeterReading, (community_id, reading_id), populate_existing=True)
    if reading is None:
        raise NotFound
    return reading


def register_of(meter: Meter) -> Register:
    """What a meter shows and counts."""
    return Register(meter.digits, meter.decimals, meter.factor)


def list_meters(community_id: int, unit_id: int) -> list[Meter]:
    """The meters of a unit: those that hang there first, then those taken off, the latest first."""
    found = db.session.scalars(sa.select(Meter).filter_by(community_id=community_id, unit_id=unit_id))
    return sorted(
        found,
        key=lambda meter: (meter.removed_on is not None, meter.kind.value, -meter.installed_on.toordinal(), meter.id),
    )


def list_readings(community_id: int, meter_ids: Collection[int]) -> dict[int, list[MeterReading]]:
    """Every reading of these meters, struck out or not, the latest first."""
    found: dict[int, list[MeterReading]] = defaultdict(list)
    for reading in db.session.scalars(
        sa.select(MeterReading)
        .where(MeterReading.community_id == community_id, MeterReading.meter_id.in_(list(meter_ids)))
        .order_by(MeterReading.read_on.desc(), MeterReading.id.desc())
    ):
        found[reading.meter_id].append(reading)
    return found


def rule_of(community_id: int) -> JumpRule:
    """What is asked about in this community."""
    found = db.session.execute(
        sa.select(ReadingRule.times, ReadingRule.months, ReadingRule.least)
        .where(ReadingRule.community_id == community_id)
        .order_by(ReadingRule.at.desc(), ReadingRule.id.desc())
        .limit(1)
    ).first()
    return JumpRule(*found) if found else JumpRule()


_COLUMNS = (
    MeterReading.meter_id,
    MeterReading.read_on,
    MeterReading.figure,
    MeterReading.baseline,
    MeterReading.answered,
)


def _reading(row: Any) -> Reading:
    return Reading(row.read_on, row.figure, row.baseline, row.answered in ROLLED_OVER)


def latest_readings(community_id: int, meter_ids: Collection[int]) -> Mapping[int, list[Reading]]:
    """The latest readings of many meters that stand, the oldest first."""
    found: dict[int, list[Reading]] = defaultdict(list)
    for some in portions(meter_ids):
        turn = sa.func.row_number().over(partition_by=MeterReading.meter_id, order_by=MeterReading.read_on.desc())
        numbered = (
            sa.select(*_COLUMNS, turn.label("turn"))
            .where(MeterReading.community_id == community_id, MeterReading.meter_id.in_(some), STANDS)
            .subquery()
        )
        for row in db.session.execute(
            sa.select(numbered).where(numbered.c.turn <= NEAR).order_by(numbered.c.meter_id, numbered.c.read_on)
        ):
            found[row.meter_id].append(_reading(row))
    return found


def usage_of(community_id: int, kind: MeterKind | str, period: Period) -> dict[int, Usage]:
    """What each unit used of one kind in a month, in 0.01; a unit of which no meter was read in it is left out.

    A meter counts from its last reading before the month to its last reading in it, so a month without a reading is
    carried by the next. A meter's first reading counts nothing. A replaced meter adds a segment of its own.
    """
    meters = {
        meter.id: meter
        for meter in db.session.execute(
            sa.select(Meter.id, Meter.unit_id, Meter.serial, Meter.digits, Meter.decimals, Meter.factor).where(
                Meter.community_id == community_id,
                Meter.kind == MeterKind(kind),
                Meter.id.in_(_read_in(community_id, period)),
            )
        )
    }
    readings = _stretches(community_id, MeterKind(kind), period)
    segments: dict[int, list[Segment]] = defaultdict(list)
    for meter_id, meter in meters.items():
        register = Register(meter.digits, meter.decimals, meter.factor)
        segments[meter.unit_id].append(segment_of(meter_id, meter.serial, register, readings[meter_id]))
    return {unit_id: usage_from(unit_id, parts) for unit_id, parts in segments.items()}


def _read_in(community_id: int, period: Period) -> sa.Select[Any]:
    return sa.select(MeterReading.meter_id).where(
        MeterReading.community_id == community_id,
        MeterReading.read_on.between(period.first_day, period.last_day),
        STANDS,
    )


def _stretches(community_id: int, kind: MeterKind, period: Period) -> Mapping[int, list[Reading]]:
    """For every meter of a kind that was read in a month: the last reading before it, then those in it."""
    before = sa.orm.aliased(MeterReading)
    last_before = (
        sa.select(sa.func.max(before.read_on))
        .where(
            before.community_id == community_id,
            before.meter_id == MeterReading.meter_id,
            before.read_on < period.first_day,
            before.voided_at.is_(None),
        )
        .correlate(MeterReading)
        .scalar_subquery()
    )
    of_kind = sa.and_(
        Meter.community_id == MeterReading.community_id, Meter.id == MeterReading.meter_id, Meter.kind == kind
    )
    inside = (
        sa.select(*_COLUMNS)
        .join(Meter, of_kind)
        .where(
            MeterReading.community_id == community_id,
            MeterReading.read_on.between(period.first_day, period.last_day),
            STANDS,
        )
    )
    earlier = (
        sa.select(*_COLUMNS)
        .join(Meter, of_kind)
        .where(
            MeterReading.community_id == community_id,
            MeterReading.meter_id.in_(_read_in(community_id, period)),
            MeterReading.read_on == last_before,
            STANDS,
        )
    )
    return _by_meter([*db.session.execute(earlier), *db.session.execute(inside)])


def _by_meter(rows: Iterable[Any]) -> dict[int, list[Reading]]:
    found: dict[int, list[Reading]] = defaultdict(list)
    for row in rows:
        found[row.meter_id].append(_reading(row))
    for readings in found.values():
        readings.sort(key=lambda reading: reading.read_on)
    return found


def used_by_reading(meter: Meter, readings: Iterable[MeterReading]) -> dict[int, int]:
    """What was used up to each reading of a meter that stands, by the reading's id; a baseline has none."""
    register = register_of(meter)
    standing = sorted((row for row in readings if row.voided_at is None), key=lambda row: row.read_on)
    return {
        after.id: register.used(counted(register, _reading(before), _reading(after)))
        for before, after in itertools.pairwise(standing)
    }
