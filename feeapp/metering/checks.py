"""Checks of readings: figures rise, nothing is used backwards, and a meter is read once a day while it hangs there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.metering.models import Meter, MeterReading
from feeapp.metering.rules import ROLLED_OVER
from feeapp.storage.checking import Check

_ROLLED = sa.func.coalesce(MeterReading.answered.in_(list(ROLLED_OVER)), sa.false())
_OF_METER = sa.and_(Meter.community_id == MeterReading.community_id, Meter.id == MeterReading.meter_id)
_TURN: dict[str, Any] = {
    "partition_by": (MeterReading.community_id, MeterReading.meter_id),
    "order_by": (MeterReading.read_on, MeterReading.id),
}

_STEPS = (
    sa.select(
        MeterReading.community_id,
        MeterReading.id,
        MeterReading.meter_id,
        MeterReading.read_on,
        MeterReading.figure,
        MeterReading.baseline,
        _ROLLED.label("rolled"),
        sa.func.lag(MeterReading.figure).over(**_TURN).label("before"),
        Meter.digits,
        Meter.installed_on,
        Meter.removed_on,
    )
    .join(Meter, _OF_METER)
    .where(MeterReading.voided_at.is_(None))
    .subquery()
)
_S = _STEPS.c
_CAPACITY = sa.case(
    *((_S.digits == digits, sa.literal(10**digits * 100, sa.BigInteger)) for digits in range(3, 10)),
    else_=sa.literal(0, sa.BigInteger),
)
_USED = _S.figure - _S.before + sa.case((_S.rolled, _CAPACITY), else_=sa.literal(0, sa.BigInteger))
_NAMED = (_S.community_id, _S.id, _S.meter_id, _S.read_on)

_BACKWARDS = sa.select(*_NAMED, _USED.label("used")).where(_USED < 0)

_SAME_DAY = (
    sa.select(MeterReading.community_id, MeterReading.meter_id, MeterReading.read_on)
    .where(MeterReading.voided_at.is_(None))
    .group_by(MeterReading.community_id, MeterReading.meter_id, MeterReading.read_on)
    .having(sa.func.count() > 1)
)

_NOT_RISING = sa.select(*_NAMED, _S.before, _S.figure).where(_S.rolled != (_S.figure < _S.before))

_NOT_HANGING = sa.select(*_NAMED, _S.installed_on, _S.removed_on).where(
    sa.or_(_S.read_on < _S.installed_on, _S.read_on > _S.removed_on)
)

_BASELINE = sa.select(*_NAMED, _S.baseline, _S.before).where(_S.baseline != _S.before.is_(None))

_WRONG = sa.orm.aliased(MeterReading)
_NOT_STRUCK = (
    sa.select(MeterReading.community_id, MeterReading.id, MeterReading.voids_id)
    .join(_WRONG, sa.and_(_WRONG.community_id == MeterReading.community_id, _WRONG.id == MeterReading.voids_id))
    .where(sa.or_(_WRONG.voided_at.is_(None), _WRONG.meter_id != MeterReading.meter_id))
)

CHECKS: tuple[Check, ...] = (
    Check("M1", "No meter counts less than nothing between two readings.", _BACKWARDS),
    Check("M2", "A meter has one standing reading a day.", _SAME_DAY),
    Check("M3", "A figure is below the one before exactly where a person confirmed it.", _NOT_RISING),
    Check("M4", "A meter is read only while it hangs there.", _NOT_HANGING),
    Check("M5", "The first standing reading of a meter, and no other, counts nothing.", _BASELINE),
    Check("M6", "A reading that corrects another stands in place of one struck out, of the same meter.", _NOT_STRUCK),
)
