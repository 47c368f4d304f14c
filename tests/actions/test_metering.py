"""Meters put up, read, corrected, replaced and taken off; and what was used, for whole communities at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.metering import followers
from feeapp.metering.actions import NewMeter, Removal, add_meter, replace, take_off
from feeapp.metering.judging import Entry
from feeapp.metering.models import Meter, MeterReading
from feeapp.metering.queries import list_meters, list_readings, rule_of, usage_of
from feeapp.metering.readings import correct, enter, enter_round, set_rule, strike
from feeapp.metering.rules import JumpRule, MeterKind, Note, Question, Register, Usage, read_figure, written
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.metering import SPRING, factor, hang, read
from tests.people import AT, Cast
from tests.rules.doctables import listed, table

JANUARY, FEBRUARY, MARCH = (Period(2026, month) for month in (1, 2, 3))
JAN, FEB, MAR = (period.last_day for period in (JANUARY, FEBRUARY, MARCH))


@pytest.fixture
def billed() -> Iterator[set[tuple[Period, int]]]:
    """Months and units that a room above would call billed."""
    months: set[tuple[Period, int]] = set()

    class Bills:
        def billed(self, community_id: int, kind: MeterKind, period: Period, unit_ids: Collection[int]) -> list[int]:
            return [unit_id for unit_id in unit_ids if (period, unit_id) in months]

    before, followers.followers[:] = list(followers.followers), [Bills()]
    yield months
    followers.followers[:] = before


def refused(deed: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refusal:
        transaction(deed)
    return refusal.value.code, refusal.value.field


def _shown(usage: Usage | None) -> tuple[str, str]:
    if usage is None:
        return "not read", ""
    parts = (
        f"{written(part.from_figure)}–{written(part.to_figure)}: {written(part.quantity)}" for part in usage.segments
    )
    return written(usage.quantity), ", ".join(parts)


def test_the_worked_table_of_the_document(app: Flask, cast: Cast) -> None:
    """Every row's meters hang at a unit of their own kind; the readings are entered one by one."""
    unit_id = cast.units["3-2-501"]
    for number, row in enumerate(
        table("metering-readings.md", "case", "digits", "factor", "readings", "month", "used", "segments")
    ):
        case, digits, times, readings, month, used, segments = row
        meters = []
        for place, cell in enumerate(readings.split(" / ")):
            register = Register(int(digits), 2, Decimal(times))
            meters.append(hang(cast, "3-2-501", f"{number}-{place}", register=register))
            read(cast, meters[-1], *listed(cell))
        found = usage_of(cast.community, "WATER", Period.read(month)).get(unit_id)
        assert _shown(found) == (used, segments), case
        for meter_id in meters:
            for reading in list_readings(cast.community, [meter_id])[meter_id]:
                transaction(lambda reading=reading: strike(cast.by("accountant", SPRING), reading.id, "下一例"))
    assert usage_of(cast.community, MeterKind.WATER, FEBRUARY) == {}


def test_usage_is_of_one_kind_and_one_community_and_all_meters_of_a_unit(app: Flask, cast: Cast) -> None:
    for code, serial, kind, end in (
        ("3-2-501", "W1", MeterKind.WATER, "12"), ("3-2-501", "W2", MeterKind.WATER, "3.5"),
        ("3-2-501", "P1", MeterKind.POWER, "200"), ("3-2-502", "W3", MeterKind.WATER, "7"),
    ):  # fmt: skip
        read(cast, hang(cast, code, serial, kind), "2026-01-31 0", f"2026-02-28 {end}")
    found = usage_of(cast.community, MeterKind.WATER, FEBRUARY)
    assert {unit_id: usage.quantity for unit_id, usage in found.items()} == {
        cast.units["3-2-501"]: 1550, cast.units["3-2-502"]: 700,
    }  # fmt: skip
    assert [segment.serial for segment in found[cast.units["3-2-501"]].segments] == ["W1", "W2"]
    assert usage_of(cast.community, "POWER", FEBRUARY)[cast.units["3-2-501"]].quantity == 20000
    assert usage_of(cast.community, MeterKind.GAS, FEBRUARY) == {}
    assert usage_of(cast.neighbour, MeterKind.WATER, FEBRUARY) == {}


def test_usage_asks_the_same_few_questions_for_any_number_of_units(app: Flask, cast: Cast) -> None:
    def statements() -> int:
        asked: list[str] = []
        note = lambda *facts: asked.append(facts[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", note)
        usage_of(cast.community, MeterKind.WATER, FEBRUARY)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return sum("SELECT" in statement for statement in asked)

    read(cast, hang(cast, "3-2-501", "W1"), "2026-01-31 0", "2026-02-28 1")
    one = statements()
    for code in ("3-2-502", "1-1-101", "S01"):
        read(cast, hang(cast, code, code), "2026-01-31 0", "2026-02-28 1")
    assert (statements(), one) == (1, 1)


def test_a_meter_is_put_up_with_its_first_figure_which_is_the_baseline(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", " w-1001 ", on=JAN, first="1234")
    (meter,) = list_meters(cast.community, cast.units["3-2-501"])
    assert (meter.serial, meter.installed_on, meter.removed_on, meter.factor) == ("W-1001", JAN, None, 1)
    (reading,) = list_readings(cast.community, [meter_id])[meter_id]
    assert (reading.figure, reading.baseline, reading.source.value) == (123400, True, "FITTED")
    assert usage_of(cast.community, "WATER", JANUARY)[cast.units["3-2-501"]].quantity == 0


def test_a_number_hangs_in_one_place_at_a_time(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "A1")
    by = cast.by("accountant", SPRING)
    new = NewMeter("a1", Register(), JAN, None)
    assert refused(lambda: add_meter(by, cast.units["3-2-502"], MeterKind.WATER, new)) == (
        "meter.serial_taken",
        "serial",
    )
    transaction(lambda: add_meter(by, cast.units["3-2-502"], MeterKind.POWER, new))
    transaction(lambda: take_off(by, meter_id, Removal(FEB, None)))
    transaction(lambda: add_meter(by, cast.units["3-2-502"], MeterKind.WATER, NewMeter("A1", Register(), FEB, None)))


@pytest.mark.parametrize(
    ("new", "wrong"),
    [
        (NewMeter("  ", Register(), JAN, None), ("meter.serial", "serial")),
        (NewMeter("A", Register(), date(2026, 4, 21), None), ("meter.future", "installed_on")),
        (NewMeter("A", Register(3), JAN, 100_000), ("meter.figure", "first")),
    ],
)
def test_a_meter_that_cannot_be(app: Flask, cast: Cast, new: NewMeter, wrong: tuple[str, str]) -> None:
    by = cast.by("accountant", SPRING)
    assert refused(lambda: add_meter(by, cast.units["3-2-501"], MeterKind.WATER, new)) == wrong
    assert db.session.query(Meter).count() == 0


def test_a_replaced_meter_is_two_segments(app: Flask, cast: Cast) -> None:
    old = hang(cast, "3-2-501", "OLD")
    read(cast, old, "2026-01-31 500")
    by = cast.by("accountant", SPRING)
    removal = Removal(date(2026, 2, 12), 50700)
    new = transaction(lambda: replace(by, old, removal, NewMeter("NEW", factor("10"), removal.on, 200)))
    read(cast, new, "2026-02-28 5")
    usage = usage_of(cast.community, "WATER", FEBRUARY)[cast.units["3-2-501"]]
    assert [(part.serial, part.quantity, part.to_on) for part in usage.segments] == [
        ("OLD", 700, removal.on), ("NEW", 3000, FEB),
    ]  # fmt: skip
    assert usage.quantity == 3700
    assert refused(lambda: enter(by, old, Entry(50800, FEB))) == ("meter.removed", "read_on")
    assert refused(lambda: take_off(by, old, Removal(FEB, None))) == ("meter.off", None)
    assert refused(lambda: replace(by, new, Removal(FEB, None), NewMeter("N2", Register(), FEB, None)))[1] == "first"


def test_a_replacement_is_done_whole_or_not_at_all(app: Flask, cast: Cast) -> None:
    old, _other = hang(cast, "3-2-501", "OLD", first="500", on=JAN), hang(cast, "3-2-502", "TAKEN")
    by = cast.by("accountant", SPRING)
    new = NewMeter("TAKEN", Register(), FEB, 0)
    assert refused(lambda: replace(by, old, Removal(FEB, 50700), new)) == ("meter.serial_taken", "serial")
    assert refused(lambda: replace(by, old, Removal(FEB, 100), new)) == ("meter.low", "confirmed")
    assert db.session.get_one(Meter, (cast.community, old)).removed_on is None
    assert db.session.query(MeterReading).count() == 1


@pytest.mark.parametrize(
    ("removal", "wrong"),
    [
        (Removal(date(2026, 1, 30), None), ("meter.later", "removed_on")),
        (Removal(date(2023, 12, 31), None), ("meter.before", "removed_on")),
        (Removal(date(2026, 4, 21), None), ("meter.future", "removed_on")),
        (Removal(JAN, 51000), ("meter.read", "read_on")),
    ],
)
def test_a_meter_is_not_taken_off_before_it_was_read(
    app: Flask, cast: Cast, removal: Removal, wrong: tuple[str, str]
) -> None:
    meter_id = hang(cast, "3-2-501", "A")
    read(cast, meter_id, "2026-01-31 500")
    by = cast.by("accountant", SPRING)
    assert refused(lambda: take_off(by, meter_id, removal)) == wrong
    transaction(lambda: take_off(by, meter_id, Removal(JAN, 50000)))
    assert db.session.query(MeterReading).count() == 1


def test_a_wrong_reading_is_struck_out_and_the_right_one_stands_for_it(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "A")
    _, wrong = read(cast, meter_id, "2026-01-31 500", "2026-02-28 590")
    by = cast.by("accountant", SPRING)
    right = transaction(lambda: correct(by, wrong, Entry(50900, FEB), "看错十位"))
    assert usage_of(cast.community, "WATER", FEBRUARY)[cast.units["3-2-501"]].quantity == 900
    rows = {row.id: row for row in list_readings(cast.community, [meter_id])[meter_id]}
    assert (rows[wrong].void_reason, rows[wrong].figure, rows[right].voids_id) == ("看错十位", 59000, wrong)
    assert rows[wrong].voided_by == cast.users["accountant"]
    assert refused(lambda: correct(by, wrong, Entry(50800, FEB), "又错")) == ("meter.struck", None)
    assert refused(lambda: correct(by, right, Entry(40000, FEB), "x")) == ("meter.low", "confirmed")
    assert refused(lambda: strike(by, next(key for key in rows if key not in (wrong, right)), "x")) == (
        "meter.followed",
        None,
    )


def test_a_baseline_put_right_is_a_baseline_again(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "A", on=JAN, first="500")
    by = cast.by("accountant", SPRING)
    wrong = list_readings(cast.community, [meter_id])[meter_id][0].id
    transaction(lambda: correct(by, wrong, Entry(4000, JAN), "底数抄错"))
    read(cast, meter_id, "2026-02-28 45")
    assert usage_of(cast.community, "WATER", FEBRUARY)[cast.units["3-2-501"]].quantity == 500


def test_what_was_asked_and_answered_is_kept(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "A")
    by = cast.by("cashier", SPRING)
    read(cast, meter_id, "2026-01-01 99988", "2026-01-31 99998")
    assert refused(lambda: enter(by, meter_id, Entry(300, FEB))) == ("meter.rolled", "confirmed")
    transaction(lambda: enter(by, meter_id, Entry(300, FEB, True)))
    assert refused(lambda: enter(by, meter_id, Entry(50000, MAR, True))) == ("meter.reason", "reason")
    transaction(lambda: enter(by, meter_id, Entry(50000, MAR, True, "水管爆裂")))
    latest, before, *_ = list_readings(cast.community, [meter_id])[meter_id]
    assert (latest.answered, latest.reason, before.answered) == (Question.JUMP, "水管爆裂", Question.ROLLED)
    usage = usage_of(cast.community, "WATER", FEBRUARY)[cast.units["3-2-501"]]
    assert (usage.quantity, usage.segments[0].note) == (500, Note.ROLLED)


def test_a_billed_month_keeps_its_readings(app: Flask, cast: Cast, billed: set[tuple[Period, int]]) -> None:
    meter_id = hang(cast, "3-2-501", "A")
    _, february = read(cast, meter_id, "2026-01-31 500", "2026-02-20 505")
    billed.add((FEBRUARY, cast.units["3-2-501"]))
    by = cast.by("accountant", SPRING)
    assert refused(lambda: enter(by, meter_id, Entry(50600, FEB))) == ("meter.billed", "read_on")
    assert refused(lambda: take_off(by, meter_id, Removal(FEB, 50600))) == ("meter.billed", "read_on")
    assert refused(lambda: correct(by, february, Entry(50600, MAR), "x")) == ("meter.billed", "read_on")
    assert refused(lambda: strike(by, february, "x")) == ("meter.billed", "read_on")
    other = hang(cast, "3-2-501", "B", on=date(2026, 2, 1), first="10")
    baseline = list_readings(cast.community, [other])[other][0].id
    transaction(lambda: correct(by, baseline, Entry(1100, date(2026, 2, 1)), "底数抄错"))
    transaction(lambda: enter(by, meter_id, Entry(50600, MAR)))


def test_of_a_round_the_sound_figures_stand_and_the_others_are_told_why(app: Flask, cast: Cast) -> None:
    meters = {code: hang(cast, code, f"W{code}") for code in ("3-2-501", "3-2-502", "1-1-101", "S01")}
    for meter_id in list(meters.values())[:3]:
        read(cast, meter_id, "2026-01-01 100", "2026-01-31 110")
    figures = dict(zip(meters.values(), ("120", "100", "9000", "77"), strict=True))
    entries = {meter_id: Entry(read_figure(figure), FEB) for meter_id, figure in figures.items()}
    by = cast.by("cashier", SPRING)
    done = transaction(lambda: enter_round(by, entries))
    told = {code: done[meter_id].refusal.code if done[meter_id].refusal else "" for code, meter_id in meters.items()}
    assert told == {"3-2-501": "", "3-2-502": "meter.low", "1-1-101": "meter.jump", "S01": ""}
    again = transaction(lambda: enter_round(by, entries))
    assert [again[meter_id].same for meter_id in meters.values()] == [True, False, False, True]
    other = transaction(lambda: enter_round(by, {meters["S01"]: Entry(7800, FEB)}))
    assert other[meters["S01"]].refusal.code == "meter.read"  # type: ignore[union-attr]
    assert db.session.query(MeterReading).count() == 8


def test_the_rule_is_kept_and_the_latest_is_in_force(app: Flask, cast: Cast) -> None:
    assert rule_of(cast.community) == JumpRule()
    for times in (8, 3):
        transaction(lambda times=times: set_rule(cast.by("accountant"), JumpRule(times, 12, 500)))
    assert (rule_of(cast.community), rule_of(cast.neighbour)) == (JumpRule(3, 12, 500), JumpRule())


def test_the_neighbours_meters_are_not_found(app: Flask, cast: Cast) -> None:
    meter_id = hang(cast, "3-2-501", "A", on=JAN, first="1")
    reading_id = list_readings(cast.community, [meter_id])[meter_id][0].id
    by = cast.by("accountant", AT)
    foreign = type(by)(cast.neighbour, by.actor_id, SPRING)
    for deed in (
        lambda: enter(foreign, meter_id, Entry(200, FEB)),
        lambda: correct(foreign, reading_id, Entry(200, FEB), "x"),
        lambda: take_off(foreign, meter_id, Removal(FEB, None)),
        lambda: add_meter(foreign, cast.units["3-2-501"], MeterKind.WATER, NewMeter("Z", Register(), JAN, None)),
    ):
        with pytest.raises(NotFound):
            transaction(deed)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meter_readings SET figure = 1",
        "DELETE FROM meter_readings",
        "UPDATE meters SET factor = 1",
        "DELETE FROM meters",
    ],
)
def test_the_database_keeps_meters_and_readings(app: Flask, cast: Cast, statement: str) -> None:
    hang(cast, "3-2-501", "A", on=JAN, first="1")
    with pytest.raises(sa.exc.DBAPIError, match="kept for ever"):
        db.session.execute(sa.text(statement))
