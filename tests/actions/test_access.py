"""Log-ins, guesses, sessions, powers: on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from feeapp.access import actions, passwords
from feeapp.access.entrance import Device, Locked, change_password, limited, log_in
from feeapp.access.models import Attempt, Grant, Session, User
from feeapp.access.queries import find_session, find_user, list_people, list_roles
from feeapp.access.residents import link_resident
from feeapp.access.rules import ADDRESS_GUESSES, NAME_GUESSES, by_address, counted_by
from feeapp.access.sessions import Opened, count_guess, end_session
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.core.refusal import NotFound, Refused
from feeapp.logbook.models import LogEntry
from feeapp.storage.db import INSTALLATION, db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

GOOD = "walking by the river"
OTHER = "the pears are in bloom"
AWAY = Device("some browser", frozenset())
SECOND = timedelta(seconds=1)


@pytest.fixture
def wang(app: Flask, cast: Cast) -> int:
    """Wang Li, cashier of Xihuayuan, with a password of her own."""

    def come() -> int:
        set_up = By(cast.community, None, AT)
        user_id = actions.create_user(set_up, "wangli", "王丽", GOOD)
        actions.grant_role(set_up, user_id, Role.CASHIER)
        return user_id

    return transaction(come)


def _kinds(community_id: int) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(LogEntry.kind).filter_by(community_id=community_id).order_by(LogEntry.at, LogEntry.id)
        )
    )


def _in(login: str, password: str, device: Device = AWAY, address: str = "203.0.113.5", at: datetime = AT) -> Opened:
    return log_in(login, password, device, address, at)


def _refused(deed: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        deed()
    return refused.value.code


def test_the_right_password_opens_a_session(wang: int) -> None:
    opened = _in(" WangLi ", GOOD)
    person = find_session(opened.key, AT)
    assert person is not None
    assert (person.id, person.name, person.must_change) == (wang, "王丽", False)


def test_the_password_and_the_session_secret_stand_nowhere_in_the_database(wang: int) -> None:
    opened = _in("wangli", GOOD)
    kept = db.session.get_one(User, wang).password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert opened.key.split(":")[1] not in str(db.session.execute(sa.select(Session.token_hash)).all())
    logged = str(db.session.execute(sa.select(LogEntry.kind, LogEntry.facts)).all())
    assert GOOD not in logged
    assert "王丽" not in logged


@pytest.mark.parametrize(("login", "password"), [("wangli", OTHER), ("nobody", GOOD), ("", ""), ("x" * 400, "y" * 400)])
def test_an_unknown_name_and_a_wrong_password_are_refused_in_the_same_words(
    wang: int, login: str, password: str
) -> None:
    with pytest.raises(Refused) as refused:
        _in(login, password)
    assert (refused.value.code, refused.value.field, refused.value.facts) == ("access.wrong", None, {})


def test_the_same_work_is_done_for_an_unknown_name(wang: int, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    real = PasswordHasher.verify

    def watched(self: PasswordHasher, kept: str, password: str) -> bool:
        worked.append(kept[: kept.rindex("$") - 22])
        return real(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    for login in ("wangli", "nobody"):
        _refused(lambda login=login: _in(login, OTHER))
    assert len(worked) == 2
    assert worked[0] == worked[1]


def test_a_closed_log_in_is_refused_like_a_wrong_password(wang: int, cast: Cast) -> None:
    transaction(lambda: actions.disable_user(cast.by("manager"), wang))
    assert _refused(lambda: _in("wangli", GOOD)) == "access.wrong"


@pytest.mark.parametrize("login", ["wangli", "nobody"])
def test_the_sixth_guess_in_a_quarter_of_an_hour_is_refused_even_when_it_is_right(wang: int, login: str) -> None:
    for number in range(NAME_GUESSES):
        assert _refused(lambda number=number: _in(login, OTHER, at=AT + number * SECOND)) == "access.wrong"
    with pytest.raises(Locked):
        _in(login, GOOD, at=AT + 60 * SECOND)
    assert _kinds(1).count("access.lock") == (1 if login == "wangli" else 0)


def test_guesses_that_were_refused_unseen_do_not_make_the_wait_longer(wang: int) -> None:
    for _ in range(NAME_GUESSES):
        _refused(lambda: _in("wangli", OTHER))
    for minute in range(1, 15):
        with pytest.raises(Locked):
            _in("wangli", GOOD, at=AT + timedelta(minutes=minute))
    assert _in("wangli", GOOD, at=AT + timedelta(minutes=15)).user_id == wang


def test_guessing_elsewhere_does_not_shut_out_the_browser_that_is_known(wang: int) -> None:
    known = Device("the counter's browser", frozenset({wang}))
    for _ in range(NAME_GUESSES):
        _refused(lambda: _in("wangli", OTHER, address="198.51.100.9"))
    for number in range(ADDRESS_GUESSES):
        _refused(lambda number=number: _in(f"somebody{number}", OTHER, address="203.0.113.5"))
    with pytest.raises(Locked):
        _in("wangli", GOOD, address="203.0.113.5")
    assert _in("wangli", GOOD, known, "203.0.113.5").user_id == wang


def test_a_known_browser_may_not_guess_for_ever_either(wang: int) -> None:
    known = Device("the counter's browser", frozenset({wang}))
    for _ in range(NAME_GUESSES):
        _refused(lambda: _in("wangli", OTHER, known))
    with pytest.raises(Locked):
        _in("wangli", GOOD, known)


def test_one_address_may_not_try_many_names(wang: int) -> None:
    for number in range(ADDRESS_GUESSES):
        _refused(lambda number=number: _in(f"somebody{number}", OTHER))
    with pytest.raises(Locked):
        _in("wangli", GOOD)
    assert _in("wangli", GOOD, address="198.51.100.9").user_id == wang


def test_a_right_password_forgets_the_wrong_ones_at_this_name_only(wang: int) -> None:
    _refused(lambda: _in("somebody", OTHER))
    for _ in range(NAME_GUESSES - 1):
        _refused(lambda: _in("wangli", OTHER))
    _in("wangli", GOOD)
    left = db.session.execute(sa.select(Attempt.subject, sa.func.count()).group_by(Attempt.subject)).all()
    by_name, by_place = counted_by("somebody", None, "", frozenset(), "203.0.113.5")
    assert {(subject, count) for subject, count in left} == {(by_name.key, 1), (by_place.key, NAME_GUESSES)}


def test_guesses_made_at_the_same_instant_see_each_other(app: Flask, cast: Cast) -> None:
    """Twenty browsers have noted their guess before any looks: with noting after looking all would pass."""
    subjects = (by_address("203.0.113.5"),)
    for _ in range(ADDRESS_GUESSES):
        transaction(lambda: count_guess(subjects, AT))
    with pytest.raises(Locked):
        limited(subjects, AT, lambda counted: pytest.fail("an unseen guess was tried"))


def test_a_password_kept_with_older_parameters_is_kept_anew(wang: int) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    def age() -> None:
        db.session.get_one(User, wang).password_hash = older.hash(GOOD)

    transaction(age)
    _in("wangli", GOOD)
    assert not passwords.is_outdated(db.session.get_one(User, wang).password_hash)
    _in("wangli", GOOD)


def test_a_session_ends_with_log_out_for_every_copy_of_its_cookie_and_for_no_other(wang: int) -> None:
    desk, phone = _in("wangli", GOOD).key, _in("wangli", GOOD).key
    transaction(lambda: end_session(desk, AT))
    assert find_session(desk, AT) is None
    assert find_session(phone, AT) is not None


def test_a_session_does_not_outlive_a_day_and_a_made_up_key_opens_nothing(wang: int) -> None:
    key = _in("wangli", GOOD).key
    assert find_session(key, AT + timedelta(hours=24) - SECOND) is not None
    assert find_session(key, AT + timedelta(hours=24)) is None
    number, token = key.split(":")
    for forged in ("", ":", number, f"{number}:", f"{number}:x", f"{int(number) + 1}:{token}", "9" * 30 + ":x", "-1:x"):
        assert find_session(forged, AT) is None


@pytest.mark.parametrize("ending", ["password", "disable", "reset", "everywhere"])
def test_every_session_ends_when_the_log_in_changes_hands(wang: int, cast: Cast, ending: str) -> None:
    keys = [_in("wangli", GOOD).key for _ in range(2)]
    own = By(INSTALLATION, wang, AT)
    {
        "password": lambda: change_password(own, GOOD, OTHER),
        "disable": lambda: transaction(lambda: actions.disable_user(cast.by("manager"), wang)),
        "reset": lambda: transaction(lambda: actions.reset_password(cast.by("manager"), wang)),
        "everywhere": lambda: transaction(lambda: actions.log_out_everywhere(own)),
    }[ending]()
    assert [find_session(key, AT) for key in keys] == [None, None]


def test_a_role_taken_away_ends_in_the_middle_of_a_session(wang: int, cast: Cast) -> None:
    key = _in("wangli", GOOD).key
    transaction(lambda: actions.revoke_role(cast.by("manager"), wang, Role.CASHIER))
    person = find_session(key, AT)
    assert person is not None
    assert person.powers_in(cast.community) == frozenset()


def test_ones_own_password_is_changed_with_the_old_one_alone(wang: int, cast: Cast) -> None:
    own = By(INSTALLATION, wang, AT)
    assert _refused(lambda: change_password(own, OTHER, "another long one")) == "access.old_password"
    assert _refused(lambda: change_password(own, GOOD, "short")) == "access.password_short"
    assert _refused(lambda: change_password(own, GOOD, GOOD)) == "access.password_same"
    opened = change_password(own, GOOD, OTHER)
    person = find_session(opened.key, AT)
    assert person is not None
    assert person.id == wang
    assert _kinds(cast.community)[-1:] == ["access.password"]
    assert _refused(lambda: _in("wangli", GOOD)) == "access.wrong"
    assert _in("wangli", OTHER).user_id == wang


def test_the_old_password_cannot_be_guessed_at_a_desk_left_open(wang: int) -> None:
    own = By(INSTALLATION, wang, AT)
    for number in range(NAME_GUESSES):
        _refused(lambda number=number: change_password(own, f"guess number {number}", OTHER))
    with pytest.raises(Locked):
        change_password(own, GOOD, OTHER)


def test_a_colleague_gets_a_password_that_works_once_told_and_runs_out(app: Flask, cast: Cast) -> None:
    handed = transaction(lambda: actions.add_person(cast.by("manager"), "LiuFang", "刘芳", [Role.ACCOUNTANT]))
    assert re.fullmatch(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", handed.password)
    person = find_session(_in("liufang", handed.password).key, AT)
    assert person is not None
    assert person.must_change
    last = AT + timedelta(days=7)
    assert _in("liufang", handed.password, at=last - SECOND).user_id == handed.user_id
    assert _refused(lambda: _in("liufang", handed.password, at=last)) == "access.wrong"
    change_password(By(INSTALLATION, handed.user_id, AT), handed.password, OTHER)
    assert _in("liufang", OTHER, at=last + timedelta(days=900)).user_id == handed.user_id


def test_a_taken_name_and_an_unfit_one_are_refused_and_leave_nothing(wang: int, cast: Cast) -> None:
    by = cast.by("manager")
    before = db.session.scalar(sa.select(sa.func.count()).select_from(User))
    add = actions.add_person
    assert _refused(lambda: transaction(lambda: add(by, "WANGLI", "王莉", [Role.AUDITOR]))) == "access.login_taken"
    assert _refused(lambda: transaction(lambda: add(by, "13800000000", "王莉", [Role.AUDITOR]))) == "access.login"
    assert (
        _refused(lambda: transaction(lambda: add(by, "wang2", "王莉", [Role.CASHIER, Role.MANAGER]))) == "access.clash"
    )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == before


def test_a_forbidden_pair_is_refused_by_name_and_nothing_is_granted(wang: int, cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        transaction(lambda: actions.grant_role(cast.by("manager"), wang, Role.MANAGER))
    assert str(refused.value) == (
        "One person may not hold both “Take payments” and “Void a receipt”. Give one of them to somebody else."
    )
    assert list_roles(wang) == {cast.community: frozenset({Role.CASHIER})}


def test_a_pair_is_forbidden_across_installation_and_community(wang: int, cast: Cast) -> None:
    by = cast.by("administrator")
    assert _refused(lambda: transaction(lambda: actions.grant_role(by, wang, Role.ADMINISTRATOR))) == "access.clash"


def test_a_cashier_here_may_be_manager_next_door(wang: int, cast: Cast) -> None:
    next_door = By(cast.neighbour, cast.users["administrator"], AT)
    transaction(lambda: actions.grant_role(next_door, wang, Role.MANAGER))
    assert list_roles(wang)[cast.neighbour] == frozenset({Role.MANAGER})


def test_a_role_is_granted_once(wang: int, cast: Cast) -> None:
    by = cast.by("manager")
    assert _refused(lambda: transaction(lambda: actions.grant_role(by, wang, Role.CASHIER))) == "access.granted"


def test_nobody_touches_their_own_powers_or_log_in(app: Flask, cast: Cast) -> None:
    me, by = cast.users["manager"], cast.by("manager")
    for deed in (
        lambda: actions.grant_role(by, me, Role.AUDITOR),
        lambda: actions.revoke_role(by, me, Role.MANAGER),
        lambda: actions.reset_password(by, me),
        lambda: actions.disable_user(by, me),
    ):
        assert _refused(lambda deed=deed: transaction(deed)) == "access.oneself"


def test_a_manager_makes_no_administrator_and_unmakes_none(wang: int, cast: Cast) -> None:
    by = cast.by("manager")
    admin = cast.users["administrator"]
    grant = actions.grant_role
    assert _refused(lambda: transaction(lambda: grant(by, wang, Role.ADMINISTRATOR))) == "access.administrator"
    for deed in (
        lambda: actions.revoke_role(by, admin, Role.ADMINISTRATOR),
        lambda: actions.reset_password(by, admin),
        lambda: actions.disable_user(by, admin),
        lambda: actions.grant_role(by, admin, Role.MANAGER),
    ):
        with pytest.raises(NotFound):
            transaction(deed)


def test_a_manager_does_not_find_people_of_other_communities(app: Flask, cast: Cast) -> None:
    by, stranger = cast.by("manager"), cast.users["outsider"]
    for deed in (
        lambda: actions.grant_role(by, stranger, Role.CASHIER),
        lambda: actions.revoke_role(by, stranger, Role.MANAGER),
        lambda: actions.reset_password(by, stranger),
        lambda: actions.disable_user(by, stranger),
        lambda: actions.enable_user(by, stranger),
        lambda: actions.reset_password(by, 123456789),
    ):
        with pytest.raises(NotFound):
            transaction(deed)


def test_a_manager_does_not_take_over_a_log_in_that_also_works_elsewhere(wang: int, cast: Cast) -> None:
    """Else the manager of one community would log in as somebody of another."""
    next_door = By(cast.neighbour, cast.users["administrator"], AT)
    transaction(lambda: actions.grant_role(next_door, wang, Role.MANAGER))
    for deed in (actions.reset_password, actions.disable_user, actions.enable_user):
        assert _refused(lambda deed=deed: transaction(lambda: deed(cast.by("manager"), wang))) == "access.reach"
    transaction(lambda: actions.disable_user(cast.by("administrator"), wang))
    transaction(lambda: actions.revoke_role(cast.by("manager"), wang, Role.CASHIER))
    assert list_roles(wang) == {cast.neighbour: frozenset({Role.MANAGER})}


def test_the_last_administrator_stays(app: Flask, cast: Cast) -> None:
    admin, by = cast.users["administrator"], By(INSTALLATION, None, AT)
    for deed in (
        lambda: actions.revoke_role(by, admin, Role.ADMINISTRATOR),
        lambda: actions.disable_user(by, admin),
    ):
        assert _refused(lambda deed=deed: transaction(deed)) == "access.last_administrator"
    second = transaction(lambda: actions.create_user(by, "second", "王二", GOOD))
    transaction(lambda: actions.grant_role(by, second, Role.ADMINISTRATOR))
    transaction(lambda: actions.disable_user(by, second))
    assert _refused(lambda: transaction(lambda: actions.disable_user(by, admin))) == "access.last_administrator"
    transaction(lambda: actions.enable_user(by, second))
    transaction(lambda: actions.revoke_role(by, admin, Role.ADMINISTRATOR))
    assert list_roles(admin) == {}


def test_a_residents_role_is_never_granted_by_hand(wang: int, cast: Cast) -> None:
    by = cast.by("manager")
    assert _refused(lambda: transaction(lambda: actions.grant_role(by, wang, Role.RESIDENT))) == "access.resident"


def test_a_residents_log_in_never_works_for_the_office(app: Flask, cast: Cast) -> None:
    by, resident = cast.by("manager"), cast.users["resident"]
    for role in (Role.CASHIER, Role.COMMITTEE, Role.AUDITOR):
        assert _refused(lambda role=role: transaction(lambda: actions.grant_role(by, resident, role))) == "access.clash"


def test_a_number_is_linked_to_a_household_only_with_its_own_password(app: Flask, cast: Cast) -> None:
    by = By(cast.community, None, AT)
    kept = passwords.make_hash(GOOD)
    user_id = transaction(lambda: link_resident(by, "13700001111", "欧阳志远", kept, cast.parties["ouyang"]))
    assert transaction(lambda: link_resident(by, "13700001111", "李娜", kept, cast.parties["li"])) == user_id
    other = passwords.make_hash(OTHER)
    link = lambda: link_resident(by, "13700001111", "张小明", other, cast.parties["zhang"])  # noqa: E731
    assert _refused(lambda: transaction(link)) == "access.closed"
    parties = set(db.session.scalars(sa.select(Grant.party_id).filter_by(user_id=user_id)))
    assert parties == {cast.parties["ouyang"], cast.parties["li"]}


def test_the_people_page_lists_its_own_people_and_masks_residents(wang: int, cast: Cast) -> None:
    staff = list_people(cast.community, False, "", 1)
    assert {person.login for person in staff.items} == {
        "cashier", "accountant", "manager", "committee", "auditor", "wangli",
    }  # fmt: skip
    assert [person.name for person in list_people(cast.community, False, "王", 1).items] == ["王丽"]
    assert [person.name for person in list_people(cast.community, False, "WangL", 1).items] == ["王丽"]
    assert list_people(cast.community, False, "%", 1).items == []
    residents = list_people(cast.community, True, "5678", 1).items
    assert [(person.shown_name, person.shown_login) for person in residents] == [("1***", "138****5678")]
    assert {person.login for person in list_people(None, False, "", 1).items} >= {"administrator", "outsider"}


def test_every_deed_stands_in_the_logbook_of_its_community(wang: int, cast: Cast) -> None:
    by = cast.by("manager", AT + SECOND)
    transaction(lambda: actions.grant_role(by, wang, Role.AUDITOR))
    transaction(lambda: actions.revoke_role(by, wang, Role.AUDITOR))
    transaction(lambda: actions.reset_password(by, wang))
    transaction(lambda: actions.disable_user(by, wang))
    transaction(lambda: actions.enable_user(by, wang))
    deeds = ["create", "grant", "grant", "revoke", "reset", "disable", "enable"]
    assert sorted(_kinds(cast.community)) == sorted(f"access.{deed}" for deed in deeds)


def test_the_first_administrator_is_made_once(app: Flask) -> None:
    make = lambda: actions.create_first_administrator(AT, "Wang", "王丽", GOOD)  # noqa: E731
    user_id = transaction(make)
    assert list_roles(user_id) == {INSTALLATION: frozenset({Role.ADMINISTRATOR})}
    found = find_user("wang")
    assert found is not None
    assert found.password_until is None
    with pytest.raises(NotFound):
        transaction(make)
