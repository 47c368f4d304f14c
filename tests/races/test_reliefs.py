"""Two people at one instant on one relief, or on two that cannot stand side by side."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.access.actions import create_user, grant_role
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.registry.people import PersonFacts, set_occupant
from feeapp.registry.rules import PartyKind, UseState
from feeapp.reliefs import actions
from feeapp.reliefs.models import Relief, ReliefStep
from feeapp.reliefs.rules import GRANTED, ReliefState, Step
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.actions.test_reliefs import BINZHOU, TODAY, hardship, inspected, set_rule, set_use, vacancy
from tests.people import AT, Cast
from tests.races.meeting import at_once, meet


@pytest.fixture
def managers(app: Flask, cast: Cast) -> tuple[By, By]:
    """The manager, and a second one."""

    def make() -> int:
        user_id = create_user(cast.by("administrator"), "second", "乙", "walking by the river")
        grant_role(cast.by("administrator"), user_id, Role.MANAGER)
        return user_id

    return cast.by("manager"), By(cast.community, transaction(make), AT)


def _decided(relief_id: int) -> int:
    decided = (Step.APPROVE, Step.REFUSE)
    query = sa.select(sa.func.count()).where(ReliefStep.relief_id == relief_id, ReliefStep.step.in_(decided))
    return db.session.scalar(query) or 0


def test_of_two_who_approve_at_once_one_wins(
    app: Flask, cast: Cast, managers: tuple[By, By], monkeypatch: pytest.MonkeyPatch
) -> None:
    relief_id = inspected(cast, hardship(cast))
    meet(monkeypatch, (actions, "get_relief"))
    deeds = [lambda by=by: actions.approve(by, relief_id, TODAY, "同意") for by in managers]
    outcomes = at_once(app, deeds)
    assert outcomes[0] == "done"
    assert outcomes[1] in ("reliefs.moved", "state.move")
    assert _decided(relief_id) == 1


def test_of_one_who_approves_and_one_who_refuses_at_once_one_wins(
    app: Flask, cast: Cast, managers: tuple[By, By], monkeypatch: pytest.MonkeyPatch
) -> None:
    relief_id = inspected(cast, hardship(cast))
    meet(monkeypatch, (actions, "get_relief"))
    first, second = managers
    outcomes = at_once(
        app,
        [lambda: actions.approve(first, relief_id, TODAY, "同意"), lambda: actions.refuse(second, relief_id, "不同意")],
    )
    assert outcomes.count("done") == 1
    assert _decided(relief_id) == 1


@pytest.mark.broken_book
def test_without_the_guard_both_approve(
    app: Flask, cast: Cast, managers: tuple[By, By], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update that names no old state: on PostgreSQL it hits the row a second time."""
    relief_id = inspected(cast, hardship(cast))

    def unguarded(by: By, relief: Relief, deed: str, **values: date) -> None:
        state = actions.RELIEF_MOVES.after(relief.state, deed)
        db.session.execute(sa.update(Relief.__table__).where(Relief.id == relief.id).values(state=state, **values))

    monkeypatch.setattr(actions, "_move", unguarded)
    monkeypatch.setattr(actions, "hold_units", lambda community_id, unit_ids: None)
    meet(monkeypatch, (actions, "list_steps"))
    monkeypatch.setattr(actions, "_note", lambda *args: None)
    outcomes = at_once(app, [lambda by=by: actions.approve(by, relief_id, TODAY, "同意") for by in managers])
    assert outcomes.count("done") == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]


def _two_that_overlap(cast: Cast) -> list[int]:
    """Two inspected applications for the same days, entered past the refusal of the second."""
    real = actions._refuse_overlap
    actions._refuse_overlap = lambda *args: None
    try:
        return [inspected(cast, hardship(cast, percent=percent)) for percent in (Decimal(50), Decimal(0))]
    finally:
        actions._refuse_overlap = real


def _granted() -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(Relief.state.in_(GRANTED))) or 0


def _approve_both(app: Flask, cast: Cast, managers: tuple[By, By]) -> list[str]:
    pairs = zip(managers, _two_that_overlap(cast), strict=True)
    return at_once(
        app,
        [lambda by=by, relief_id=relief_id: actions.approve(by, relief_id, TODAY, "同意") for by, relief_id in pairs],
    )


@pytest.mark.broken_book
def test_without_the_lock_two_reliefs_of_the_same_days_are_approved(
    app: Flask, cast: Cast, managers: tuple[By, By], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "hold_units", lambda community_id, unit_ids: None)
    pairs = list(zip(managers, _two_that_overlap(cast), strict=True))
    meet(monkeypatch, (actions, "_refuse_overlap"))
    at_once(app, [lambda by=by, key=key: actions.approve(by, key, TODAY, "同意") for by, key in pairs])
    assert _granted() == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]


def test_of_two_reliefs_of_the_same_days_one_is_approved(app: Flask, cast: Cast, managers: tuple[By, By]) -> None:
    assert _approve_both(app, cast, managers) == ["done", "reliefs.overlap"]
    assert _granted() == 1


def test_the_same_application_sent_twice_at_once_is_entered_once(app: Flask, cast: Cast) -> None:
    deeds = [lambda who=who: actions.apply_for(cast.by(who), hardship(cast)) for who in ("cashier", "accountant")]
    assert at_once(app, deeds) == ["done", "reliefs.overlap"]


def test_somebody_who_moves_in_while_a_vacancy_is_approved_ends_or_stops_it(
    app: Flask, cast: Cast, managers: tuple[By, By]
) -> None:
    """Whoever comes second sees the first: no discount is left for a unit that the ledger says is lived in."""
    set_rule(cast, **BINZHOU)
    set_use(cast, "3-2-501", UseState.VACANT)
    relief_id, unit = inspected(cast, vacancy(cast)), cast.units["3-2-501"]
    someone = PersonFacts("赵六", PartyKind.PERSON, "", ())
    outcomes = at_once(
        app,
        [
            lambda: actions.approve(managers[0], relief_id, None, "同意"),
            lambda: set_occupant(cast.by("accountant"), unit, TODAY, someone),
        ],
    )
    state = db.session.get_one(Relief, (cast.community, relief_id)).state
    assert (outcomes, state) in (
        (["done", "done"], ReliefState.ENDED),
        (["done", "reliefs.lived_in"], ReliefState.INSPECTED),
    )
