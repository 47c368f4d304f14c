"""Months, spans of days, and months counted from a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.period import Period, Span, add_months
from tests.rules.doctables import table

PERIODS = st.builds(Period, st.integers(1990, 2199), st.integers(1, 12))
DAYS = st.dates(date(1990, 1, 1), date(2140, 12, 31))


@pytest.mark.parametrize(("year", "month"), [(1989, 12), (2200, 1), (2026, 0), (2026, 13)])
def test_no_such_month(year, month):
    with pytest.raises(ValueError):
        Period(year, month)


def test_read_and_shown():
    assert Period.read(" 2026-1 ") == Period.read("2026-01") == Period(2026, 1)
    assert str(Period(2026, 1)) == "2026-01"


@pytest.mark.parametrize("typed", ["", "2026", "2026-13", "2026-00", "26-01", "2026/01", "2026-01-01", "2026-1x"])
def test_not_a_month(typed):
    with pytest.raises(ValueError):
        Period.read(typed)


@given(PERIODS)
def test_a_month_keeps_its_key_text_and_days(period):
    assert Period.from_key(period.key) == Period.read(str(period)) == period
    assert Period.of(period.first_day) == Period.of(period.last_day) == period
    assert (period.last_day - period.first_day).days + 1 == period.days
    assert (period.last_day + timedelta(days=1)).day == 1


@pytest.mark.parametrize("key", [202600, 202613, 0, -1])
def test_no_such_key(key):
    with pytest.raises(ValueError):
        Period.from_key(key)


def test_months_later_and_earlier():
    assert Period(2025, 12).plus(1) == Period(2026, 1)
    assert Period(2026, 1).plus(-1) == Period(2025, 12)
    assert Period(2026, 1).plus(24) == Period(2028, 1)


def test_leap_years():
    assert [Period(year, 2).days for year in (2023, 2024, 2000, 2100)] == [28, 29, 29, 28]


@pytest.mark.parametrize(("anchor", "months", "day"), table("proration.md", "anchor", "months", "day"))
def test_months_from_an_anchor(anchor, months, day):
    assert add_months(date.fromisoformat(anchor), int(months)) == date.fromisoformat(day)


@given(DAYS, st.integers(0, 600))
def test_a_month_later_is_that_month_and_never_a_later_day(anchor, months):
    later = add_months(anchor, months)
    assert (later.year * 12 + later.month) - (anchor.year * 12 + anchor.month) == months
    assert later.day == anchor.day or (later.day < anchor.day and (later + timedelta(days=1)).day == 1)


class TestSpan:
    def test_an_empty_span_is_refused(self):
        for end in (date(2026, 1, 1), date(2025, 12, 31)):
            with pytest.raises(ValueError):
                Span(date(2026, 1, 1), end)

    def test_the_end_does_not_count(self):
        span = Span(date(2026, 1, 10), date(2026, 2, 1))
        assert span.days == 22
        assert span.last_day == date(2026, 1, 31)

    @pytest.mark.parametrize(
        ("start", "end", "inside"),
        [
            ("2025-12-01", "2026-03-01", ("2026-01-01", "2026-02-01")),
            ("2026-01-10", "2026-01-11", ("2026-01-10", "2026-01-11")),
            ("2026-01-31", "2026-02-10", ("2026-01-31", "2026-02-01")),
            ("2025-12-31", "2026-01-01", None),
            ("2026-02-01", "2026-03-01", None),
        ],
    )
    def test_within_a_month(self, start, end, inside):
        found = Span(date.fromisoformat(start), date.fromisoformat(end)).within(Period(2026, 1))
        assert found == (inside and Span(*map(date.fromisoformat, inside)))

    def test_within_the_last_month_there_is(self):
        span = Span(date(2199, 12, 10), date(2200, 5, 1))
        assert span.within(Period(2199, 12)) == Span(date(2199, 12, 10), date(2200, 1, 1))

    @given(DAYS, st.integers(1, 800))
    def test_the_months_share_a_span_out_without_rest(self, start, days):
        end = start + timedelta(days=days)
        span = Span(start, end)
        first = Period.of(start)
        months = [first.plus(step) for step in range(30) if first.plus(step).first_day < end]
        parts = [span.within(month) for month in months]
        assert sum(part.days for part in parts) == span.days
        assert parts[0].start == start
        assert parts[-1].end == end
