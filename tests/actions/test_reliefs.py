"""Reliefs from the application to their end, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.deed import By
from feeapp.core.period import Period, Span
from feeapp.core.refusal import NotFound, Refused
from feeapp.logbook.models import LogEntry
from feeapp.registry import people
from feeapp.registry.actions import UnitFacts, edit_unit, set_profile
from feeapp.registry.models import Unit
from feeapp.registry.people import PersonFacts
from feeapp.registry.profile import Profile
from feeapp.registry.queries import profile_of
from feeapp.registry.rules import PartyKind, UseState
from feeapp.reliefs import actions
from feeapp.reliefs.models import Relief
from feeapp.reliefs.queries import get_relief, list_steps, reliefs_in
from feeapp.reliefs.rules import Application, PaperKind, ReliefKind, ReliefState, Step
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import add_item
from feeapp.tariffs.naming import ItemKind
from tests.people import AT, Cast

TODAY = date(2026, 1, 20)
BINZHOU = {"vacancy_percent": Decimal(60), "vacancy_min_months": 6}


def later(day: date) -> datetime:
    """The office's morning of a day."""
    return datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC)


def vacancy(cast: Cast, code: str = "3-2-501", **changes: Any) -> Application:
    """Empty since December; asked for from February to the end of July."""
    asked = Application(
        unit_id=cast.units[code], kind=ReliefKind.VACANCY, item_id=None, percent=Decimal(60), applied_on=TODAY,
        from_on=date(2026, 2, 1), last_on=date(2026, 7, 31), proof="水电表半年无读数", since_on=date(2025, 12, 1),
    )  # fmt: skip
    return replace(asked, **changes)


def hardship(cast: Cast, code: str = "3-2-501", **changes: Any) -> Application:
    """Half the fee, as long as the certificate is valid."""
    asked = Application(
        unit_id=cast.units[code], kind=ReliefKind.HARDSHIP, item_id=None, percent=Decimal(50), applied_on=TODAY,
        from_on=TODAY, last_on=None, proof="低保户", paper_kind=PaperKind.LOW_INCOME, paper_number="2025-0043",
        paper_issuer="东安区民政局", valid_until=date(2026, 12, 31), borne_by="街道帮扶资金",
    )  # fmt: skip
    return replace(asked, **changes)


def set_rule(cast: Cast, **changes: Any) -> None:
    """Let the community have a rule for empty homes."""
    by = cast.by("manager")
    transaction(lambda: set_profile(by, profile_of(cast.community).but(**changes), "业主大会决议"))


def set_use(cast: Cast, code: str, state: UseState, by: By | None = None, moved_in_on: date | None = None) -> None:
    """Let the household ledger say who uses a unit."""
    unit = db.session.get_one(Unit, (cast.community, cast.units[code]))
    facts = UnitFacts(unit.use, unit.area, unit.inner_area, unit.floor, state, moved_in_on, unit.remark)
    transaction(lambda: edit_unit(by or cast.by("accountant"), cast.units[code], facts))


@pytest.fixture
def empty(app: Flask, cast: Cast) -> Cast:
    """A community that gives a vacancy discount, with 3-2-501 standing empty."""
    set_rule(cast, **BINZHOU)
    set_use(cast, "3-2-501", UseState.VACANT)
    return cast


def apply_for(cast: Cast, asked: Application, who: str = "cashier") -> int:
    return transaction(lambda: actions.apply_for(cast.by(who), asked))


def inspected(cast: Cast, asked: Application) -> int:
    """An application that was looked at, ready to be decided on."""
    relief_id = apply_for(cast, asked)
    transaction(lambda: actions.inspect(cast.by("accountant"), relief_id, TODAY, "刘师傅", "屋内无人，水表未走"))
    return relief_id


def approved(cast: Cast, asked: Application) -> int:
    """A relief approved on the day, from the day asked for."""
    relief_id = inspected(cast, asked)
    transaction(lambda: actions.approve(cast.by("manager"), relief_id, max(asked.from_on, TODAY), "符合合同第 9 条"))
    return relief_id


def refusal(deed: Callable[[], object]) -> tuple[str, str | None]:
    """The code and the field of the refusal that a deed meets."""
    with pytest.raises(Refused) as caught:
        transaction(deed)
    return caught.value.code, caught.value.field


def spans(cast: Cast, month: str) -> list[tuple[str, date, date]]:
    """What is relieved in a month: percent, first day, last day."""
    period = Period.read(month)
    found = reliefs_in(cast.community, Span(period.first_day, period.last_day + timedelta(days=1)))
    return [
        (str(each.percent.normalize()), each.span.start, each.span.last_day) for rows in found.values() for each in rows
    ]


def test_a_vacancy_goes_from_its_application_over_the_inspection_to_the_approval(app: Flask, empty: Cast) -> None:
    relief_id = approved(empty, vacancy(empty))
    relief = get_relief(empty.community, relief_id)
    assert (relief.state, relief.year, relief.number) == (ReliefState.APPROVED, 2026, 1)
    steps = [(each.step, each.by_id) for each in list_steps(empty.community, relief_id)]
    users = empty.users
    assert steps == [
        (Step.APPLY, users["cashier"]), (Step.INSPECT, users["accountant"]), (Step.APPROVE, users["manager"]),
    ]  # fmt: skip
    kinds = db.session.scalars(sa.select(LogEntry.kind).filter_by(subject_kind="relief", subject_id=relief_id)).all()
    assert sorted(kinds) == ["reliefs.apply", "reliefs.approve", "reliefs.inspect"]
    assert spans(empty, "2026-01") == []
    assert spans(empty, "2026-02") == [("6E+1", date(2026, 2, 1), date(2026, 7, 31))]


def test_nothing_is_relieved_before_the_approval_and_after_a_refusal(app: Flask, empty: Cast) -> None:
    relief_id = inspected(empty, vacancy(empty))
    assert spans(empty, "2026-03") == []
    transaction(lambda: actions.refuse(empty.by("manager"), relief_id, "入户时有人居住"))
    assert get_relief(empty.community, relief_id).state is ReliefState.REFUSED
    assert spans(empty, "2026-03") == []


def test_an_approval_does_not_reach_back(app: Flask, empty: Cast) -> None:
    """Asked for from 1 February, dealt with on the 10th: the relief holds from the 10th, not a day earlier."""
    relief_id = inspected(empty, vacancy(empty))
    by = empty.by("manager", later(date(2026, 2, 10)))
    for early in (date(2026, 2, 1), date(2026, 2, 9), date(2026, 1, 1)):
        assert refusal(lambda early=early: actions.approve(by, relief_id, early, "同意")) == (
            "reliefs.approved_from", "from_on",
        )  # fmt: skip
    transaction(lambda: actions.approve(by, relief_id, date(2026, 2, 10), "同意"))
    assert spans(empty, "2026-02") == [("6E+1", date(2026, 2, 10), date(2026, 7, 31))]


def test_days_that_have_passed_are_refused_not_approved(app: Flask, empty: Cast) -> None:
    relief_id = inspected(empty, vacancy(empty))
    by = empty.by("manager", later(date(2026, 8, 1)))
    assert refusal(lambda: actions.approve(by, relief_id, date(2026, 8, 1), "同意"))[0] == "reliefs.passed"


@pytest.mark.parametrize("who", ["cashier", "accountant"])
@pytest.mark.parametrize("deed", ["approve", "refuse"])
def test_whoever_entered_it_or_the_inspection_does_not_decide(app: Flask, empty: Cast, who: str, deed: str) -> None:
    """The powers keep them apart already; the action compares the persons all the same."""
    relief_id = inspected(empty, vacancy(empty))
    by = empty.by(who)
    deeds = {
        "approve": lambda: actions.approve(by, relief_id, date(2026, 2, 1), "同意"),
        "refuse": lambda: actions.refuse(by, relief_id, "不同意"),
    }
    assert refusal(deeds[deed])[0] == "reliefs.own"


def test_an_application_that_was_not_inspected_is_not_approved(app: Flask, empty: Cast) -> None:
    relief_id = apply_for(empty, vacancy(empty))
    by = empty.by("manager")
    assert refusal(lambda: actions.approve(by, relief_id, date(2026, 2, 1), "同意"))[0] == "state.move"
    transaction(lambda: actions.refuse(by, relief_id, "材料不全"))
    assert refusal(lambda: actions.refuse(by, relief_id, "材料不全"))[0] == "state.move"
    assert refusal(lambda: actions.inspect(empty.by("cashier"), relief_id, TODAY, "", "看过"))[0] == "state.move"


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_an_inspection_lies_between_the_application_and_today(app: Flask, empty: Cast, day: date) -> None:
    relief_id = apply_for(empty, vacancy(empty))
    by = empty.by("cashier")
    assert refusal(lambda: actions.inspect(by, relief_id, day, "", "看过")) == ("reliefs.inspected_on", "day")


def test_without_a_rule_there_is_no_vacancy_discount(app: Flask, cast: Cast) -> None:
    assert profile_of(cast.community) == Profile()
    assert refusal(lambda: actions.apply_for(cast.by("cashier"), vacancy(cast)))[0] == "reliefs.no_vacancy"
    assert apply_for(cast, hardship(cast))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"percent": Decimal("59.99")}, "reliefs.vacancy_percent"),
        ({"percent": Decimal(100)}, "reliefs.percent"),
        ({"last_on": date(2026, 5, 30)}, "reliefs.too_short"),
        ({"since_on": None}, "reliefs.since"),
        ({"since_on": date(2026, 2, 2)}, "reliefs.since"),
        ({"from_on": TODAY - timedelta(days=1)}, "reliefs.before_application"),
        ({"applied_on": TODAY + timedelta(days=1)}, "reliefs.ahead"),
        ({"last_on": None}, "reliefs.no_end"),
        ({"last_on": date(2026, 1, 31)}, "reliefs.days"),
    ],
)
def test_a_vacancy_that_the_rule_does_not_give_is_refused(
    app: Flask, empty: Cast, changes: dict[str, Any], code: str
) -> None:
    """Empty since 1 December, six months end with 31 May: a last day of 30 May is one day short."""
    assert refusal(lambda: actions.apply_for(empty.by("cashier"), vacancy(empty, **changes)))[0] == code
    assert db.session.query(Relief).count() == 0
    assert apply_for(empty, vacancy(empty, last_on=date(2026, 5, 31)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"paper_kind": None}, "paper_kind"),
        ({"paper_number": ""}, "paper_number"),
        ({"paper_issuer": ""}, "paper_issuer"),
        ({"valid_until": None, "last_on": date(2026, 6, 30)}, "valid_until"),
        ({"borne_by": ""}, "borne_by"),
        ({"last_on": date(2027, 1, 1)}, "last_on"),
    ],
)
def test_a_hardship_relief_names_its_certificate_and_ends_with_it(
    app: Flask, cast: Cast, changes: dict[str, Any], field: str
) -> None:
    by = cast.by("accountant")
    assert refusal(lambda: actions.apply_for(by, hardship(cast, **changes)))[1] == field
    approved(cast, hardship(cast))
    assert spans(cast, "2026-12") == [("5E+1", TODAY, date(2026, 12, 31))]
    assert spans(cast, "2027-01") == []


def test_two_reliefs_of_one_unit_never_share_a_day(app: Flask, empty: Cast) -> None:
    approved(empty, vacancy(empty))
    by = empty.by("cashier")
    assert refusal(lambda: actions.apply_for(by, hardship(empty))) == ("reliefs.overlap", "from_on")
    assert refusal(lambda: actions.apply_for(by, hardship(empty, last_on=date(2026, 2, 1))))[0] == "reliefs.overlap"
    assert apply_for(empty, hardship(empty, last_on=date(2026, 1, 31)))
    assert apply_for(empty, hardship(empty, from_on=date(2026, 8, 1)))
    assert apply_for(empty, hardship(empty, code="3-2-502"))


def test_reliefs_of_different_items_stand_side_by_side(app: Flask, cast: Cast) -> None:
    by = cast.by("manager")
    fee = transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31))
    shared = transaction(lambda: add_item(by, ItemKind.SHARED, "SHARED", "公摊费", "Shared power", 31))
    approved(cast, hardship(cast, item_id=fee))
    approved(cast, hardship(cast, item_id=shared, percent=Decimal(0)))
    assert refusal(lambda: actions.apply_for(cast.by("cashier"), hardship(cast)))[0] == "reliefs.overlap"
    month = Span(date(2026, 2, 1), date(2026, 3, 1))
    assert [each.item_ids for each in reliefs_in(cast.community, month)[cast.units["3-2-501"]]] == [
        frozenset({fee}), frozenset({shared}),
    ]  # fmt: skip


def test_a_refused_application_leaves_its_days_free(app: Flask, cast: Cast) -> None:
    first = apply_for(cast, hardship(cast))
    assert refusal(lambda: actions.apply_for(cast.by("cashier"), hardship(cast)))[0] == "reliefs.overlap"
    transaction(lambda: actions.refuse(cast.by("manager"), first, "证号不符"))
    assert get_relief(cast.community, apply_for(cast, hardship(cast))).number == 2


def test_the_last_day_and_the_day_after(app: Flask, empty: Cast) -> None:
    approved(empty, vacancy(empty))
    unit = empty.units["3-2-501"]
    on_the_last = reliefs_in(empty.community, Span(date(2026, 7, 31), date(2026, 8, 1)))
    assert on_the_last[unit][0].span == Span(date(2026, 2, 1), date(2026, 8, 1))
    assert reliefs_in(empty.community, Span(date(2026, 8, 1), date(2026, 8, 2))) == {}
    assert reliefs_in(empty.community, Span(date(2026, 1, 31), date(2026, 2, 1))) == {}


def test_an_end_may_be_brought_forward_but_not_put_off(app: Flask, empty: Cast) -> None:
    relief_id, by = approved(empty, vacancy(empty)), empty.by("cashier")
    transaction(lambda: actions.end(by, relief_id, date(2026, 5, 1), "业主通知收房"))
    assert spans(empty, "2026-04") == [("6E+1", date(2026, 2, 1), date(2026, 4, 30))]
    assert spans(empty, "2026-05") == []
    assert refusal(lambda: actions.end(by, relief_id, date(2026, 6, 1), "又空置")) == ("reliefs.end", "ended_on")
    transaction(lambda: actions.end(by, relief_id, date(2026, 2, 1), "实际未空置"))
    assert spans(empty, "2026-02") == []
    assert [step.step for step in list_steps(empty.community, relief_id)][3:] == [Step.END, Step.END]
    assert approved(empty, vacancy(empty, since_on=date(2025, 10, 1)))


@pytest.mark.parametrize("day", [date(2026, 1, 31), date(2026, 8, 1)])
def test_an_end_lies_inside_the_relief(app: Flask, empty: Cast, day: date) -> None:
    relief_id = approved(empty, vacancy(empty))
    assert refusal(lambda: actions.end(empty.by("cashier"), relief_id, day, "x"))[0] == "reliefs.end"


def test_a_vacancy_ends_on_the_day_somebody_moves_in(app: Flask, empty: Cast) -> None:
    """Recorded on 20 April that somebody has lived there since 11 April: that day and later are paid in full."""
    relief_id, other = approved(empty, vacancy(empty)), approved(empty, hardship(empty, code="3-2-502"))
    by = empty.by("accountant", later(date(2026, 4, 20)))
    someone = PersonFacts("赵六", PartyKind.PERSON, "", ())
    for code in ("3-2-501", "3-2-502"):
        transaction(lambda code=code: people.set_occupant(by, empty.units[code], date(2026, 4, 11), someone))
    relief = get_relief(empty.community, relief_id)
    assert (relief.state, relief.ended_on) == (ReliefState.ENDED, date(2026, 4, 11))
    assert list_steps(empty.community, relief_id)[-1].step is Step.OCCUPY
    assert get_relief(empty.community, other).state is ReliefState.APPROVED
    transaction(lambda: people.set_occupant(by, empty.units["3-2-501"], date(2026, 4, 20), None))
    assert get_relief(empty.community, relief_id).ended_on == date(2026, 4, 11)


@pytest.mark.parametrize(("said", "ends"), [(None, date(2026, 4, 20)), (date(2026, 4, 5), date(2026, 4, 5))])
def test_a_vacancy_ends_when_the_ledger_says_that_the_unit_is_used(
    app: Flask, empty: Cast, said: date | None, ends: date
) -> None:
    relief_id = approved(empty, vacancy(empty))
    set_use(empty, "3-2-501", UseState.SELF, empty.by("accountant", later(date(2026, 4, 20))), said)
    assert get_relief(empty.community, relief_id).ended_on == ends


def test_a_vacancy_to_come_never_holds_once_somebody_lives_there(app: Flask, empty: Cast) -> None:
    relief_id = approved(empty, vacancy(empty))
    set_use(empty, "3-2-501", UseState.LET, empty.by("accountant"))
    relief = get_relief(empty.community, relief_id)
    assert (relief.state, relief.ended_on) == (ReliefState.ENDED, date(2026, 2, 1))
    assert spans(empty, "2026-02") == []


def test_a_unit_that_is_lived_in_gets_no_vacancy_discount(app: Flask, empty: Cast) -> None:
    relief_id = inspected(empty, vacancy(empty))
    set_use(empty, "3-2-501", UseState.SELF)
    by = empty.by("manager")
    assert refusal(lambda: actions.approve(by, relief_id, date(2026, 2, 1), "同意"))[0] == "reliefs.lived_in"
    set_use(empty, "3-2-501", UseState.VACANT)
    transaction(lambda: actions.approve(by, relief_id, date(2026, 2, 1), "同意"))


def test_the_neighbours_units_items_and_reliefs_are_not_found(app: Flask, cast: Cast) -> None:
    relief_id = apply_for(cast, hardship(cast))
    foreign = By(cast.neighbour, cast.users["outsider"], AT)
    for deed in (
        lambda: actions.approve(foreign, relief_id, TODAY, "x"),
        lambda: actions.end(foreign, relief_id, TODAY, "x"),
        lambda: actions.apply_for(foreign, hardship(cast)),
        lambda: actions.apply_for(cast.by("cashier"), hardship(cast, item_id=7)),
    ):
        with pytest.raises(NotFound):
            transaction(deed)


@pytest.mark.parametrize(
    "change", ["percent = 0", "to_on = '2030-01-01'", "asked_from = '2020-01-01'", "paper_number = ''"]
)
def test_the_database_refuses_to_edit_what_was_asked_for(app: Flask, cast: Cast, change: str) -> None:
    apply_for(cast, hardship(cast))
    with pytest.raises(sa.exc.DBAPIError, match="kept for ever"):
        db.session.execute(sa.text(f"UPDATE reliefs SET {change}"))


def test_one_look_finds_the_reliefs_of_a_month(app: Flask, empty: Cast) -> None:
    approved(empty, vacancy(empty))
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    assert len(reliefs_in(empty.community, Span(date(2026, 2, 1), date(2026, 3, 1)))) == 1
    sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1
