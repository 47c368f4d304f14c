"""Deeds on reliefs. What was asked for is never edited: an application with a fault is refused and made anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.period import Span
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.models import Unit
from feeapp.registry.queries import get_unit, portions, profile_of
from feeapp.reliefs.items import get_item
from feeapp.reliefs.models import Relief, ReliefStep
from feeapp.reliefs.queries import get_relief, is_lived_in, list_reliefs_of, list_steps
from feeapp.reliefs.rules import (
    GRANTED,
    RELIEF_MOVES,
    Application,
    ReliefKind,
    ReliefState,
    Step,
    VacancyRule,
    approved_days,
    check_end,
    check_paper,
    check_percent,
    check_second_person,
    check_vacancy,
    days_of,
    overlap,
    same_item,
)
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, hits


def apply_for(by: By, asked: Application) -> int:
    """Enter an application and return its id.

    Raises Refused where its days, percent or paper will not do, where the community's rule does not give it, or where
    another relief for the same unit and item stands on some of the days: reliefs never stack.
    """
    unit = get_unit(by.community_id, asked.unit_id)
    if asked.item_id is not None:
        get_item(by.community_id, asked.item_id)
    today = office_day(by.at)
    check_percent(asked.percent)
    days = days_of(asked, today)
    if asked.kind is ReliefKind.VACANCY:
        profile = profile_of(by.community_id)
        check_vacancy(asked, days, VacancyRule(profile.vacancy_percent, profile.vacancy_min_months))
    else:
        check_paper(asked)
    hold_units(by.community_id, [unit.id])
    _refuse_overlap(by.community_id, unit.id, asked.item_id, days, None)
    relief_id = new_id()
    db.session.add(
        Relief(
            community_id=by.community_id,
            id=relief_id,
            year=today.year,
            number=take_number(by.community_id, f"relief/{today.year}"),
            unit_id=unit.id,
            item_id=asked.item_id,
            kind=asked.kind,
            percent=asked.percent,
            state=ReliefState.APPLIED,
            applied_on=asked.applied_on,
            since_on=asked.since_on,
            asked_from=days.start,
            from_on=days.start,
            to_on=days.end,
            proof=asked.proof,
            paper_kind=asked.paper_kind,
            paper_number=asked.paper_number,
            paper_issuer=asked.paper_issuer,
            valid_until=asked.valid_until,
            borne_by=asked.borne_by,
        )
    )
    db.session.flush()
    _note(by, relief_id, Step.APPLY, asked.applied_on, "")
    log(by, "reliefs.apply", "relief", relief_id, code=unit.code, what=asked.kind.value)
    return relief_id


def inspect(by: By, relief_id: int, day: date, person: str, words: str) -> None:
    """Note who went to look, when, and what was found. Raises Refused for a day ahead or before the application."""
    relief = get_relief(by.community_id, relief_id)
    if not relief.applied_on <= day <= office_day(by.at):
        raise Refused(
            "reliefs.inspected_on",
            msg("The inspection lies between the application on %(day)s and today."),
            {"day": relief.applied_on.isoformat()},
            "day",
        )
    _move(by, relief, "inspect")
    _note(by, relief.id, Step.INSPECT, day, words, person)
    log(by, "reliefs.inspect", "relief", relief.id, code=_code(relief), day=day.isoformat())


def approve(by: By, relief_id: int, from_on: date | None, words: str) -> None:
    """Approve a relief from a day on (None: as early as may be), as a second person.

    Raises Refused for whoever entered the application or the inspection, for a day before the approval, for days
    another relief has taken meanwhile, and for a vacancy where the household ledger says the unit is lived in.
    """
    relief = get_relief(by.community_id, relief_id)
    hold_units(by.community_id, [relief.unit_id])
    _check_second_person(by, relief)
    RELIEF_MOVES.after(relief.state, "approve")
    today = office_day(by.at)
    days = approved_days(relief.asked_from, relief.to_on, from_on, today)
    if relief.kind is ReliefKind.VACANCY and is_lived_in(by.community_id, relief.unit_id, today):
        raise Refused(
            "reliefs.lived_in",
            msg(
                "The household ledger says that this unit is lived in. If it is empty, have that put right first; "
                "otherwise refuse the application."
            ),
        )
    _refuse_overlap(by.community_id, relief.unit_id, relief.item_id, days, relief.id)
    _move(by, relief, "approve", from_on=days.start)
    _note(by, relief.id, Step.APPROVE, days.start, words)
    log(by, "reliefs.approve", "relief", relief.id, code=_code(relief), from_on=days.start.isoformat())


def refuse(by: By, relief_id: int, words: str) -> None:
    """Refuse an application with a reason, as a second person."""
    relief = get_relief(by.community_id, relief_id)
    _check_second_person(by, relief)
    _move(by, relief, "refuse")
    _note(by, relief.id, Step.REFUSE, office_day(by.at), words)
    log(by, "reliefs.refuse", "relief", relief.id, code=_code(relief))


def end(by: By, relief_id: int, ended_on: date, words: str) -> None:
    """End an approved relief early: nothing is relieved from ``ended_on`` on. An end may only be brought forward."""
    relief = get_relief(by.community_id, relief_id)
    RELIEF_MOVES.after(relief.state, "end")
    check_end(ended_on, relief.from_on, relief.end)
    _move(by, relief, "end", ended_on=ended_on)
    _note(by, relief.id, Step.END, ended_on, words)
    log(by, "reliefs.end", "relief", relief.id, code=_code(relief), ended_on=ended_on.isoformat())


def end_vacancies(by: By, lived_in: dict[int, date]) -> None:
    """End the vacancy discounts of units that are lived in from a day on (BL-11); the registry tells of them.

    One that was to begin on that day or later never comes to hold.
    """
    hold_units(by.community_id, lived_in)
    for some in portions(lived_in):
        for relief in list_reliefs_of(by.community_id, some):
            day = max(lived_in[relief.unit_id], relief.from_on)
            if relief.kind is ReliefKind.VACANCY and relief.state in GRANTED and day < relief.end:
                _move(by, relief, "occupy", ended_on=day)
                _note(by, relief.id, Step.OCCUPY, day, "")
                log(by, "reliefs.occupy", "relief", relief.id, code=_code(relief), ended_on=day.isoformat())


def reveal(by: By, relief_id: int) -> None:
    """Show the number of a certificate in full, and note that it was looked at (PIPL art. 51)."""
    relief = get_relief(by.community_id, relief_id)
    log(by, "reliefs.reveal", "relief", relief.id, code=_code(relief))


def note_sheet(by: By, relief_id: int) -> None:
    """Note that the sheet of a relief, with the full number of its certificate, was printed."""
    relief = get_relief(by.community_id, relief_id)
    log(by, "reliefs.sheet", "relief", relief.id, code=_code(relief))


def note_export(by: By, lines: int) -> None:
    """Note that somebody took the list of reliefs along."""
    log(by, "reliefs.export", "community", by.community_id, lines=lines)


def hold_units(community_id: int, unit_ids: Collection[int]) -> None:
    """Keep what is decided about these units as it is until this transaction ends: others wait to decide.

    On SQLite every writing transaction already has the database to itself.
    """
    for some in portions(unit_ids):
        db.session.execute(
            sa.select(Unit.id)
            .where(Unit.community_id == community_id, Unit.id.in_(some))
            .order_by(Unit.id)
            .with_for_update(key_share=True)
        )


def _check_second_person(by: By, relief: Relief) -> None:
    entered = (Step.APPLY, Step.INSPECT)
    steps = list_steps(by.community_id, relief.id)
    check_second_person(by.actor_id, (each.by_id for each in steps if each.step in entered))


def _refuse_overlap(community_id: int, unit_id: int, item_id: int | None, days: Span, but: int | None) -> None:
    """Raises Refused where another relief that was not refused has some of these days; ``but`` is left out.

    For an approval only reliefs that were approved count, so that of two applications one can be approved.
    """
    for other in list_reliefs_of(community_id, [unit_id]):
        counts = other.id != but and (but is None or other.state in GRANTED)
        if counts and same_item(item_id, other.item_id) and overlap((days.start, days.end), (other.from_on, other.end)):
            raise Refused(
                "reliefs.overlap",
                msg(
                    "Another relief of this unit has days from %(from_on)s to %(last_on)s, and two never add up. "
                    "Choose other days, or have the other one ended first."
                ),
                {"from_on": other.from_on.isoformat(), "last_on": Span(other.from_on, other.end).last_day.isoformat()},
                "from_on",
            )


def _move(by: By, relief: Relief, deed: str, **values: date) -> None:
    """Move a relief on from exactly the state it was seen in. Raises Refused where somebody was quicker."""
    state = RELIEF_MOVES.after(relief.state, deed)
    table = Relief.__table__
    moved = hits(
        sa.update(table)
        .where(
            table.c.community_id == by.community_id,
            table.c.id == relief.id,
            table.c.state == relief.state,
            table.c.ended_on.is_not_distinct_from(relief.ended_on),
        )
        .values(state=state, **values)
    )
    if moved != 1:
        raise Refused(
            "reliefs.moved", msg("Somebody else has dealt with this relief in the meantime. Look at it again.")
        )
    db.session.expire(relief)


def _note(by: By, relief_id: int, step: Step, day: date, words: str, person: str = "") -> None:
    """Write a step; the move before it keeps others from taking the same position."""
    taken = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(ReliefStep)
        .where(ReliefStep.community_id == by.community_id, ReliefStep.relief_id == relief_id)
    )
    db.session.add(
        ReliefStep(
            community_id=by.community_id,
            relief_id=relief_id,
            position=(taken or 0) + 1,
            step=step,
            day=day,
            person=person,
            words=words,
            at=by.at,
            by_id=by.actor_id,
        )
    )
    db.session.flush()


def _code(relief: Relief) -> str:
    unit = db.session.get(Unit, (relief.community_id, relief.unit_id))
    return unit.code if unit else ""
