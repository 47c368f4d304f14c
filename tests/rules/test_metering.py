"""Meters: what is asked about a figure, what a register counts, what it cannot show."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.refusal import Refused
from feeapp.metering.judging import Entry, Judged, Standing, judge
from feeapp.metering.rules import (
    JumpRule,
    Note,
    Question,
    Reading,
    Register,
    counted,
    question,
    read_figure,
    segment_of,
    usage_from,
    written,
)
from tests.rules.doctables import listed, table

PAGE = "metering-readings.md"
JAN, FEB = date(2026, 1, 31), date(2026, 2, 28)
TODAY = date(2026, 3, 10)


def readings(cell: str) -> list[Reading]:
    """``2026-01-31 99998, 2026-02-28 3 rolled`` as readings, the first a baseline."""
    found = []
    for part in listed(cell):
        day, figure, *marks = part.split()
        found.append(Reading(date.fromisoformat(day), read_figure(figure), not found, "rolled" in marks))
    return found


@pytest.mark.parametrize("row", table(PAGE, "digits", "readings", "figure", "on", "asked", "used"), ids=" ".join)
def test_what_is_asked_about(row: tuple[str, ...]) -> None:
    digits, before, figure, on, asked, used = row
    found = question(Register(int(digits)), readings(before), read_figure(figure), date.fromisoformat(on))
    assert (found.question.value if found else "nothing") == asked
    assert (written(found.used) if found else "") == used


def test_the_rule_is_a_setting() -> None:
    before = readings("2026-01-01 100, 2026-01-31 110")
    asked = [
        question(Register(), before, read_figure("131"), date(2026, 3, 2), rule)
        for rule in (JumpRule(times=2), JumpRule(times=3), JumpRule(times=2, least=2100))
    ]
    assert [found.question if found else None for found in asked] == [Question.JUMP, None, None]


@pytest.mark.parametrize("wrong", [{"times": 1}, {"times": 101}, {"months": 0}, {"months": 25}, {"least": -1}])
def test_a_rule_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Refused) as refused:
        JumpRule(**wrong)
    assert refused.value.field == next(iter(wrong))


@pytest.mark.parametrize(
    ("typed", "centi"),
    [("0", 0), ("123", 12300), ("123.4", 12340), ("1,234.56", 123456), ("００１２．５", 1250), ("99999", 9999900)],
)
def test_a_figure_as_people_type_it(typed: str, centi: int) -> None:
    assert read_figure(typed) == centi


@pytest.mark.parametrize("typed", ["", "-1", "1.234", "12a", "1 2", "1e3", "五", "1,23", "12345678901", "nan", "."])
def test_what_is_no_figure(typed: str) -> None:
    with pytest.raises(ValueError):
        read_figure(typed)


@given(st.integers(0, 99_999_999_999))
def test_a_figure_reads_back_as_it_is_written(centi: int) -> None:
    assert read_figure(written(centi)) == centi


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"digits": 2}, "digits"),
        ({"digits": 10}, "digits"),
        ({"decimals": 3}, "decimals"),
        ({"factor": Decimal(0)}, "factor"),
        ({"factor": Decimal("1.00005")}, "factor"),
        ({"factor": Decimal(10001)}, "factor"),
    ],
)
def test_what_is_no_register(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        Register(**wrong)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("register", "figure"),
    [(Register(3), "1000"), (Register(5), "100000"), (Register(5), "1.5"), (Register(5, 1), "1.55")],
)
def test_a_register_cannot_show_everything(register: Register, figure: str) -> None:
    with pytest.raises(Refused):
        register.check(read_figure(figure))


@pytest.mark.parametrize(
    ("register", "figure"), [(Register(3), "999"), (Register(5, 2), "99999.99"), (Register(4, 1), "0.5")]
)
def test_what_a_register_shows(register: Register, figure: str) -> None:
    register.check(read_figure(figure))


@given(st.integers(3, 9), st.data())
def test_nothing_is_ever_used_backwards_and_nothing_is_lost(digits: int, data: st.DataObject) -> None:
    """Whatever follows whatever, asked as the rule asks and confirmed: the steps add up to the true count."""
    register = Register(digits, 2, Decimal(data.draw(st.integers(1, 40))))
    true = data.draw(st.integers(0, register.capacity - 1))
    found, total = [Reading(JAN, true, True)], 0
    for day, step in enumerate(data.draw(st.lists(st.integers(0, register.capacity - 1), max_size=6)), 1):
        total += step
        figure = (true + total) % register.capacity
        asked = question(register, found, figure, JAN + timedelta(days=day))
        lower = figure < found[-1].figure
        assert lower == (asked is not None and asked.question is not Question.JUMP)
        found.append(Reading(JAN + timedelta(days=day), figure, rolled=lower))
        assert counted(register, found[-2], found[-1]) == step
    segment = segment_of(1, "A", register, found)
    assert segment.quantity == total * int(register.factor)
    assert usage_from(7, [segment]).quantity == segment.quantity


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=8), st.integers(1, 7))
def test_months_add_up_to_what_the_register_counted(steps: list[int], cut: int) -> None:
    """Read in one stretch or in two, a meter with a whole factor counts the same."""
    figures = [sum(steps[:n]) for n in range(len(steps))]
    found = [Reading(JAN + timedelta(days=n), figure, n == 0) for n, figure in enumerate(figures)]
    cut = min(cut, len(found) - 1)
    register = Register(5, 2, Decimal(30))
    parts = [found[: cut + 1], found[cut:]]
    assert sum(segment_of(1, "A", register, part).quantity for part in parts) == register.used(figures[-1])


def test_a_segment_says_what_happened_in_it() -> None:
    register = Register()
    for cell, note in (("2026-01-31 5", Note.BASELINE), ("2026-01-31 5, 2026-02-28 6", Note.NONE)):
        assert segment_of(1, "A", register, readings(cell)).note is note
    assert segment_of(1, "A", register, readings("2026-01-31 9, 2026-02-28 6 rolled")).note is Note.ROLLED


def _standing(cell: str, removed_on: date | None = None) -> Standing:
    return Standing(Register(), date(2026, 1, 1), removed_on, readings(cell))


def _refusal(standing: Standing, entry: Entry) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        judge(standing, entry, TODAY, JumpRule())
    assert str(refused.value)
    return refused.value.code, refused.value.field


def test_the_first_reading_is_a_baseline_and_is_asked_nothing() -> None:
    assert judge(_standing("none"), Entry(9999900, FEB), TODAY, JumpRule()) == Judged(True, None)


def test_an_answer_needs_a_tick_and_where_it_is_strange_a_reason() -> None:
    rolled, jump = _standing("2026-01-31 99998"), _standing("2026-01-01 100, 2026-01-31 110")
    assert _refusal(rolled, Entry(300, FEB)) == ("meter.rolled", "confirmed")
    assert judge(rolled, Entry(300, FEB, True), TODAY, JumpRule()) == Judged(False, Question.ROLLED)
    assert _refusal(jump, Entry(90000, FEB)) == ("meter.jump", "confirmed")
    assert _refusal(jump, Entry(90000, FEB, True)) == ("meter.reason", "reason")
    assert judge(jump, Entry(90000, FEB, True, "水管爆裂"), TODAY, JumpRule()) == Judged(False, Question.JUMP)
    assert _refusal(jump, Entry(10000, FEB)) == ("meter.low", "confirmed")
    assert judge(jump, Entry(11500, FEB, True, "x"), TODAY, JumpRule()) == Judged(False, None)


@pytest.mark.parametrize(
    ("entry", "code", "field"),
    [
        (Entry(12000, TODAY + timedelta(days=1)), "meter.future", "read_on"),
        (Entry(12000, date(2025, 12, 31)), "meter.before", "read_on"),
        (Entry(12000, JAN), "meter.read", "read_on"),
        (Entry(12000, date(2026, 1, 30)), "meter.later", "read_on"),
        (Entry(12000, date(2026, 3, 2)), "meter.removed", "read_on"),
        (Entry(10_000_000, FEB), "meter.figure", "figure"),
        (Entry(12050, FEB), "meter.figure", "figure"),
    ],
)
def test_a_figure_on_a_wrong_day_or_that_cannot_be_shown(entry: Entry, code: str, field: str) -> None:
    assert _refusal(_standing("2026-01-01 100, 2026-01-31 110", date(2026, 3, 1)), entry) == (code, field)
