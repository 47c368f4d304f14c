"""Entering readings, one or a whole round, and putting wrong ones right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.logbook.actions import log
from feeapp.metering import followers
from feeapp.metering.judging import Entry, Judged, Standing, judge
from feeapp.metering.models import Meter, MeterReading, ReadingRule
from feeapp.metering.queries import get_reading, latest_readings, register_of, rule_of
from feeapp.metering.rules import JumpRule, MeterKind, Reading, ReadingSource, written
from feeapp.registry.queries import portions
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db, hits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entered figure: refused in words, taken, or (``same``) found standing already."""

    refusal: Refused | None = None
    same: bool = False


def hold_meters(community_id: int, meter_ids: Collection[int]) -> dict[int, Meter]:
    """These meters, kept from anybody else who would read or take them off until this transaction ends.

    Raises NotFound where one is not of this community. SQLite has one writer at a time in any case.
    """
    held: dict[int, Meter] = {}
    for some in portions(meter_ids):
        for meter in db.session.scalars(
            sa.select(Meter)
            .where(Meter.community_id == community_id, Meter.id.in_(some))
            .order_by(Meter.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ):
            held[meter.id] = meter
    if len(held) != len(set(meter_ids)):
        raise NotFound
    return held


def hold_kinds(community_id: int, kinds: Collection[MeterKind]) -> None:
    """Keep every meter of these kinds from whoever would read it or take it off until this transaction ends."""
    db.session.execute(
        sa.select(Meter.id)
        .where(Meter.community_id == community_id, Meter.kind.in_(kinds))
        .order_by(Meter.id)
        .with_for_update(key_share=True)
    )


def enter(by: By, meter_id: int, entry: Entry, source: ReadingSource = ReadingSource.DESK) -> int:
    """Enter one figure and return the reading's id. Raises Refused where it cannot stand, or must be confirmed."""
    meter = hold_meters(by.community_id, [meter_id])[meter_id]
    reading_id = add_reading(by, meter, entry, source)
    log(by, "metering.read", "meter", meter.id, serial=meter.serial, figure=written(entry.figure))
    return reading_id


def add_reading(by: By, meter: Meter, entry: Entry, source: ReadingSource, voids_id: int | None = None) -> int:
    """Judge a figure of a meter that is held and write it down."""
    judged = judge_all(by, {meter.id: meter}, {meter.id: entry})[meter.id]
    if isinstance(judged, Refused):
        raise judged
    reading_id = new_id()
    _insert(by, [(reading_id, meter.id, entry, judged)], source, voids_id)
    return reading_id


def enter_all(by: By, entries: Mapping[int, Entry], source: ReadingSource) -> dict[int, Outcome]:
    """Enter the figures of many meters, ``{meter id: entry}``: the sound ones stand, the others are told why not.

    The same figure of the same day, sent twice or by two people, stands once.
    """
    meters = hold_meters(by.community_id, entries)
    judged = judge_all(by, meters, entries)
    last = {meter_id: readings[-1] for meter_id, readings in latest_readings(by.community_id, entries).items()}
    outcomes: dict[int, Outcome] = {}
    sound: list[tuple[int, int, Entry, Judged]] = []
    for (meter_id, entry), key in zip(entries.items(), new_ids(len(entries)), strict=True):
        found = judged[meter_id]
        if is_same(last.get(meter_id), entry):
            outcomes[meter_id] = Outcome(same=True)
        elif isinstance(found, Refused):
            outcomes[meter_id] = Outcome(found)
        else:
            outcomes[meter_id] = Outcome()
            sound.append((key, meter_id, entry, found))
    _insert(by, sound, source, None)
    return outcomes


def enter_round(by: By, entries: Mapping[int, Entry]) -> dict[int, Outcome]:
    """Enter a round, or as much of it as was typed."""
    outcomes = enter_all(by, entries, ReadingSource.ROUND)
    taken = sum(1 for outcome in outcomes.values() if not outcome.refusal and not outcome.same)
    if taken:
        log(by, "metering.round", "community", by.community_id, readings=taken)
    return outcomes


def is_same(last: Reading | None, entry: Entry) -> bool:
    """Whether what is entered is what was read last already."""
    return last is not None and (last.read_on, last.figure) == (entry.on, entry.figure)


def judge_all(by: By, meters: Mapping[int, Meter], entries: Mapping[int, Entry]) -> dict[int, Judged | Refused]:
    """What each figure would be taken as, or why it would not; nothing is written."""
    readings = latest_readings(by.community_id, entries)
    rule, today = rule_of(by.community_id), office_day(by.at)
    closed = _billed(by.community_id, [(meters[meter_id], entry.on) for meter_id, entry in entries.items()])
    found: dict[int, Judged | Refused] = {}
    for meter_id, entry in entries.items():
        meter = meters[meter_id]
        standing = Standing(register_of(meter), meter.installed_on, meter.removed_on, readings.get(meter_id, ()))
        try:
            judged = judge(standing, entry, today, rule)
            if not judged.baseline and (meter.kind, Period.of(entry.on), meter.unit_id) in closed:
                raise _billed_refusal(Period.of(entry.on))
        except Refused as refusal:
            found[meter_id] = refusal
        else:
            found[meter_id] = judged
    return found


def correct(by: By, reading_id: int, entry: Entry, why: str) -> int:
    """Strike out a wrong reading and put the right one in its place; returns the new one's id.

    Raises Refused where a later reading stands on it, its month is billed, or the new figure cannot stand.
    """
    meter, wrong = _wrong(by, reading_id)
    _strike_out(by, wrong, why)
    right_id = add_reading(by, meter, entry, wrong.source, voids_id=wrong.id)
    log(by, "metering.correct", "meter", meter.id, serial=meter.serial, figure=written(entry.figure))
    return right_id


def strike(by: By, reading_id: int, why: str) -> None:
    """Strike out a reading with nothing in its place. Raises Refused as ``correct`` does."""
    meter, wrong = _wrong(by, reading_id)
    _strike_out(by, wrong, why)
    log(by, "metering.strike", "meter", meter.id, serial=meter.serial, figure=written(wrong.figure))


def set_rule(by: By, rule: JumpRule) -> None:
    """Change what is asked about from now on."""
    db.session.add(
        ReadingRule(
            community_id=by.community_id,
            id=new_id(),
            times=rule.times,
            months=rule.months,
            least=rule.least,
            at=by.at,
            by_id=by.actor_id,
        )
    )
    log(by, "metering.rule", "community", by.community_id, times=rule.times, months=rule.months)


def _wrong(by: By, reading_id: int) -> tuple[Meter, MeterReading]:
    """A reading that may be struck out, and its meter, held."""
    meter_id = get_reading(by.community_id, reading_id).meter_id
    meter = hold_meters(by.community_id, [meter_id])[meter_id]
    wrong = get_reading(by.community_id, reading_id)
    if wrong.voided_at is not None:
        raise Refused("meter.struck", msg("This reading has been struck out already."))
    last = latest_readings(by.community_id, [meter.id])[meter.id][-1]
    if last.read_on > wrong.read_on:
        raise Refused(
            "meter.followed",
            msg("A later reading stands on this one: %(figure)s of %(day)s. Strike out the later one first."),
            {"figure": written(last.figure), "day": last.read_on.isoformat()},
        )
    if not wrong.baseline and _billed(by.community_id, [(meter, wrong.read_on)]):
        raise _billed_refusal(Period.of(wrong.read_on))
    return meter, wrong


def _strike_out(by: By, wrong: MeterReading, why: str) -> None:
    hit = hits(
        sa.update(MeterReading)
        .where(
            MeterReading.community_id == by.community_id,
            MeterReading.id == wrong.id,
            MeterReading.voided_at.is_(None),
        )
        .values(voided_at=by.at, voided_by=by.actor_id, void_reason=why)
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise Refused("meter.struck", msg("This reading has been struck out already."))
    db.session.expire(wrong)


Closed = set[tuple[MeterKind, Period, int]]


def _billed(community_id: int, wanted: Sequence[tuple[Meter, Any]]) -> Closed:
    """Which kind, month and unit of these are on a bill."""
    units: dict[tuple[MeterKind, Period], set[int]] = defaultdict(set)
    for meter, on in wanted:
        units[meter.kind, Period.of(on)].add(meter.unit_id)
    return {
        (kind, period, unit_id)
        for (kind, period), unit_ids in units.items()
        for unit_id in followers.billed(community_id, kind, period, unit_ids)
    }


def _billed_refusal(period: Period) -> Refused:
    return Refused(
        "meter.billed",
        msg("%(month)s is billed for this unit, so its readings stay as they are. Date the figure in a later month."),
        {"month": str(period)},
        field="read_on",
    )


def _insert(
    by: By, rows: Sequence[tuple[int, int, Entry, Judged]], source: ReadingSource, voids_id: int | None
) -> None:
    if not rows:
        return
    db.session.execute(
        sa.insert(MeterReading.__table__),
        [
            {
                "community_id": by.community_id,
                "id": key,
                "meter_id": meter_id,
                "read_on": entry.on,
                "figure": entry.figure,
                "source": source,
                "baseline": judged.baseline,
                "answered": judged.answered,
                "reason": entry.reason if judged.answered else "",
                "voids_id": voids_id,
                "at": by.at,
                "by_id": by.actor_id,
            }
            for key, meter_id, entry, judged in rows
        ],
    )
