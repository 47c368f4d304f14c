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
    meters: dict[int, Any] = {}
    readings: dict[int, list[Reading]] = defaultdict(list)
    for row in db.session.execute(_read_in(community_id, MeterKind(kind), period)):
        if row.meter_id not in meters:
            meters[row.meter_id] = row
            if row.before_on is not None:
                readings[row.meter_id].append(Reading(row.before_on, row.before_figure))
        readings[row.meter_id].append(_reading(row))
    segments: dict[int, list[Segment]] = defaultdict(list)
    for meter_id, meter in meters.items():
        register = Register(meter.digits, meter.decimals, meter.factor)
        segments[meter.unit_id].append(segment_of(meter_id, meter.serial, register, readings[meter_id]))
    return {unit_id: usage_from(unit_id, parts) for unit_id, parts in segments.items()}


def _read_in(community_id: int, kind: MeterKind, period: Period) -> Any:
    """Every standing reading of a kind in a month, with its meter and that meter's last reading before the month."""
    before, earlier = sa.orm.aliased(MeterReading), sa.orm.aliased(MeterReading)
    last_before = (
        sa.select(earlier.id)
        .where(
            earlier.community_id == community_id,
            earlier.meter_id == MeterReading.meter_id,
            earlier.read_on < period.first_day,
            earlier.voided_at.is_(None),
        )
        .order_by(earlier.read_on.desc())
        .limit(1)
        .correlate(MeterReading)
        .scalar_subquery()
    )
    return (
        sa.select(
            *_COLUMNS,
            Meter.unit_id,
            Meter.serial,
            Meter.digits,
            Meter.decimals,
            Meter.factor,
            before.read_on.label("before_on"),
            before.figure.label("before_figure"),
        )
        .join(Meter, sa.and_(Meter.community_id == MeterReading.community_id, Meter.id == MeterReading.meter_id))
        .outerjoin(before, sa.and_(before.community_id == community_id, before.id == last_before))
        .where(
            MeterReading.community_id == community_id,
            MeterReading.read_on.between(period.first_day, period.last_day),
            STANDS,
            Meter.kind == kind,
        )
        .order_by(MeterReading.meter_id, MeterReading.read_on)
    )


def used_by_reading(meter: Meter, readings: Iterable[MeterReading]) -> dict[int, int]:
    """What was used up to each reading of a meter that stands, by the reading's id; a baseline has none."""
    register = register_of(meter)
    standing = sorted((row for row in readings if row.voided_at is None), key=lambda row: row.read_on)
    return {
        after.id: register.used(counted(register, _reading(before), _reading(after)))
        for before, after in itertools.pairwise(standing)
    }
