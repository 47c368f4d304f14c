"""The rules of reliefs, by the tables of docs/rules/reliefs.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.refusal import Refused
from feeapp.reliefs import rules
from feeapp.reliefs.rules import RELIEF_MOVES, Application, ReliefKind, ReliefState, VacancyRule
from tests.rules.doctables import table

PAGE = "reliefs.md"
DEEDS = ("inspect", "approve", "refuse", "end", "occupy")
FIRST, LAST = date(2026, 2, 1), date(2026, 7, 31)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def _half_open(cell: str) -> tuple[date, date]:
    first, last = cell.split(" to ")
    return date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)


@pytest.mark.parametrize("row", table(PAGE, "state", *DEEDS), ids=lambda row: row[0])
def test_every_move_is_the_one_in_the_table(row: tuple[str, ...]) -> None:
    state = ReliefState(row[0])
    for deed, cell in zip(DEEDS, row[1:], strict=True):
        if cell == "–":
            with pytest.raises(Refused):
                RELIEF_MOVES.after(state, deed)
        else:
            assert RELIEF_MOVES.after(state, deed) is ReliefState(cell)


def test_every_state_has_its_row() -> None:
    assert [row[0] for row in table(PAGE, "state", *DEEDS)] == [state.value for state in ReliefState]


@pytest.mark.parametrize(("approved_on", "from_on", "holds"), table(PAGE, "approved on", "from", "holds"))
def test_a_relief_holds_from_the_approved_day_on(approved_on: str, from_on: str, holds: str) -> None:
    named = None if from_on == "as early as may be" else date.fromisoformat(from_on)
    asked = FIRST, LAST + timedelta(days=1), named, date.fromisoformat(approved_on)
    if holds == "refused":
        with pytest.raises(Refused):
            rules.approved_days(*asked)
    else:
        span = rules.approved_days(*asked)
        assert (span.start, span.end) == _half_open(holds)


@pytest.mark.parametrize(("since", "months", "last", "verdict"), table(PAGE, "empty since", "months", "last day", ""))
def test_the_shortest_vacancy_is_counted_from_the_first_empty_day(
    since: str, months: str, last: str, verdict: str
) -> None:
    end = date.fromisoformat(last) + timedelta(days=1)
    assert rules.falls_short(date.fromisoformat(since), end, int(months)) == (verdict == "too short")


@pytest.mark.parametrize(("first", "second", "holds"), table(PAGE, "ended on", "then on", "holds"))
def test_an_end_lies_inside_and_is_only_brought_forward(first: str, second: str, holds: str) -> None:
    end = LAST + timedelta(days=1)
    try:
        for day in (first, second):
            if day != "–":
                rules.check_end(date.fromisoformat(day), FIRST, end)
                end = date.fromisoformat(day)
    except Refused:
        assert holds == "refused"
    else:
        assert holds == "never" if end == FIRST else (FIRST, end) == _half_open(holds)


@pytest.mark.parametrize(
    ("item", "days", "other", "others", "verdict"), table(PAGE, "first for", "days", "second for", "days", "")
)
def test_reliefs_of_one_item_never_share_a_day(item: str, days: str, other: str, others: str, verdict: str) -> None:
    items = {"every item": None, "item 1": 1, "item 2": 2}
    meet = rules.same_item(items[item], items[other]) and rules.overlap(_half_open(days), _half_open(others))
    assert meet == (verdict == "refused")


@pytest.mark.parametrize(
    ("state", "first", "last", "stands", "expiring"),
    table(PAGE, "state", "first day", "last day", "stands", "expiring"),
)
def test_where_a_relief_stands(state: str, first: str, last: str, stands: str, expiring: str) -> None:
    today, end = date(2026, 3, 2), date.fromisoformat(last) + timedelta(days=1)
    phase = rules.phase_of(ReliefState(state), date.fromisoformat(first), end, today)
    assert (phase.value, rules.is_expiring(phase, end, today)) == (stands, expiring == "yes")


ASKED = Application(
    unit_id=1, kind=ReliefKind.VACANCY, item_id=None, percent=Decimal(60), applied_on=date(2026, 1, 20),
    from_on=FIRST, last_on=LAST, proof="水表", since_on=date(2025, 12, 1),
)  # fmt: skip


@pytest.mark.parametrize("percent", ["-0.01", "100", "100.01", "33.333"])
def test_a_percent_that_is_no_relief_is_refused(percent: str) -> None:
    with pytest.raises(Refused, match="between 0 and"):
        rules.check_percent(Decimal(percent))


@pytest.mark.parametrize("percent", ["0", "0.01", "60", "62.5", "99.99"])
def test_a_percent_from_nothing_to_nearly_all_is_taken(percent: str) -> None:
    rules.check_percent(Decimal(percent))


def test_binzhou_leaves_sixty_percent_and_asks_for_six_months() -> None:
    """Binzhou art. 38: empty more than six months, at most 60 % of the rate (peers 0.3)."""
    rule, days = VacancyRule(Decimal(60), 6), rules.days_of(ASKED, ASKED.applied_on)
    rules.check_vacancy(ASKED, days, rule)
    with pytest.raises(Refused) as refused:
        rules.check_vacancy(replace(ASKED, percent=Decimal(50)), days, rule)
    assert refused.value.facts == {"percent": "60"}
    with pytest.raises(Refused, match="gives no vacancy discount"):
        rules.check_vacancy(ASKED, days, VacancyRule(Decimal(100), 0))


@given(DAYS, DAYS, DAYS, DAYS)
def test_runs_share_a_day_just_when_a_day_lies_in_both(a: date, b: date, c: date, d: date) -> None:
    in_both = {a + timedelta(days=n) for n in range((b - a).days)} & {
        c + timedelta(days=n) for n in range((d - c).days)
    }
    assert rules.overlap((a, b), (c, d)) == rules.overlap((c, d), (a, b)) == bool(in_both)


@given(DAYS, DAYS, DAYS)
def test_an_approval_never_gives_more_than_was_asked_for(asked: date, last: date, today: date) -> None:
    try:
        days = rules.approved_days(asked, last + timedelta(days=1), None, today)
    except Refused:
        assert max(asked, today) > last
    else:
        assert (days.start, days.last_day) == (max(asked, today), last)
