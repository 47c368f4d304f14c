"""Two people at one instant, on log-ins and powers. Each race is first shown to happen with the guard off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.access import actions, entrance
from feeapp.access.models import Grant, User
from feeapp.access.queries import list_roles
from feeapp.access.rules import ADDRESS_GUESSES, Subject, by_address
from feeapp.access.sessions import Counted
from feeapp.core.deed import By
from feeapp.core.powers import Role, clash
from feeapp.core.refusal import Refused
from feeapp.storage.db import INSTALLATION, db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast
from tests.races.meeting import PATIENCE, meet, results_at_once

GOOD = "walking by the river"


def _at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do several deeds, which look after their own transactions, at once."""
    return results_at_once(app, deeds, lambda deed: deed())


@pytest.fixture
def pair(app: Flask) -> tuple[int, int]:
    """Two administrators, and nobody else."""

    def make() -> tuple[int, int]:
        by = By(INSTALLATION, None, AT)
        both = (actions.create_user(by, "first", "甲", GOOD), actions.create_user(by, "second", "乙", GOOD))
        for user_id in both:
            actions.grant_role(by, user_id, Role.ADMINISTRATOR)
        return both

    return transaction(make)


def _each_revokes_the_other(app: Flask, pair: tuple[int, int]) -> tuple[list[object], int]:
    first, second = pair
    deeds = [
        lambda by=by, other=other: transaction(
            lambda: actions.revoke_role(By(INSTALLATION, by, AT), other, Role.ADMINISTRATOR)
        )
        for by, other in ((first, second), (second, first))
    ]
    outcomes = _at_once(app, deeds)
    left = db.session.scalar(sa.select(sa.func.count()).select_from(Grant).filter_by(role=Role.ADMINISTRATOR))
    return outcomes, left or 0


def test_without_the_lock_two_administrators_unmake_each_other(
    app: Flask, pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite the second waits for the write lock, and then is no administrator any more."""

    def unlocked(user_id: int) -> None:
        others = db.session.scalars(sa.select(Grant.user_id).filter_by(role=Role.ADMINISTRATOR))
        if not set(others) - {user_id}:
            raise Refused("access.last_administrator", "the last")

    monkeypatch.setattr(actions, "_keep_an_administrator", unlocked)
    meet(monkeypatch, (actions, "_keep_an_administrator"))
    _, left = _each_revokes_the_other(app, pair)
    assert left == {"postgresql": 0, "sqlite": 1}[db.engine.dialect.name]


def test_of_two_administrators_who_unmake_each_other_one_stays(
    app: Flask, pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet(monkeypatch, (actions, "_place_of"))
    outcomes, left = _each_revokes_the_other(app, pair)
    assert left == 1
    assert outcomes.count(None) == 1


def _grant_two_roles(app: Flask, cast: Cast) -> frozenset[Role]:
    by = By(cast.community, None, AT)
    user_id = transaction(lambda: actions.create_user(by, "liufang", "刘芳", GOOD))
    deeds = [
        lambda role=role: transaction(lambda: actions.grant_role(by, user_id, role))
        for role in (Role.CASHIER, Role.MANAGER)
    ]
    _at_once(app, deeds)
    return list_roles(user_id).get(cast.community, frozenset())


def test_without_the_lock_a_forbidden_pair_comes_into_one_hand(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_line_up", lambda user_id: None)
    meet(monkeypatch, (actions, "list_roles"))
    met = clash(_grant_two_roles(app, cast))
    assert (met is not None) == (db.engine.dialect.name == "postgresql")


def test_a_forbidden_pair_granted_at_one_instant_is_refused(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet(monkeypatch, (actions, "_place_of"))
    assert len(_grant_two_roles(app, cast)) == 1


def _two_first_runs(app: Flask) -> tuple[list[object], int]:
    deeds = [
        lambda login=login: transaction(lambda: actions.create_first_administrator(AT, login, "甲", GOOD))
        for login in ("first", "second")
    ]
    outcomes = _at_once(app, deeds)
    return outcomes, db.session.scalar(sa.select(sa.func.count()).select_from(User)) or 0


def test_without_the_counter_two_first_runs_make_two_administrators(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "take_number", lambda community_id, name: 1)
    meet(monkeypatch, (actions, "any_user"))
    _, users = _two_first_runs(app)
    assert users == {"postgresql": 2, "sqlite": 1}[db.engine.dialect.name]


def test_of_two_first_runs_at_one_instant_one_finds_the_page_gone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, (actions, "any_user"))
    outcomes, users = _two_first_runs(app)
    assert users == 1
    assert outcomes.count("not found") == 1


def test_one_log_in_name_taken_by_two_at_once_goes_to_one(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet(monkeypatch, (actions, "check_password"))
    by = By(cast.community, None, AT)
    outcomes = _at_once(app, [lambda: transaction(lambda: actions.create_user(by, "liufang", "刘芳", GOOD))] * 2)
    assert sum(outcome == "access.login_taken" for outcome in outcomes) == 1


def _burst(app: Flask, guesses: int) -> int:
    """So many browsers guess at one instant; how many guesses were looked at."""
    tried: list[int] = []
    subjects = (by_address("203.0.113.5"),)

    def guess() -> None:
        entrance.limited(subjects, AT, lambda counted: tried.append(1))

    _at_once(app, [guess] * guesses)
    return len(tried)


def test_without_noting_first_a_burst_gets_more_guesses_than_are_allowed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking first and noting afterwards, as one would write it: everybody sees an empty slate."""
    many = ADDRESS_GUESSES + 4
    everybody = threading.Barrier(many)
    real = entrance.count_guess

    def nothing(subjects: Sequence[Subject], at: object) -> Counted:
        return tuple((0, subject) for subject in subjects)

    def look(counted: Counted, at: object) -> bool:
        everybody.wait(PATIENCE)
        transaction(lambda: real([subject for _, subject in counted], AT))
        return False

    monkeypatch.setattr(entrance, "count_guess", nothing)
    monkeypatch.setattr(entrance, "is_over", look)
    assert _burst(app, many) == many


def test_a_burst_gets_no_more_guesses_than_are_allowed(app: Flask) -> None:
    assert _burst(app, ADDRESS_GUESSES + 4) <= ADDRESS_GUESSES
