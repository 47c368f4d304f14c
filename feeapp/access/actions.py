"""Deeds on people and powers."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feeapp.access.models import Grant, User
from feeapp.access.passwords import fits, make_hash
from feeapp.access.queries import any_user, find_reach, get_profile, get_user, list_grants, list_roles
from feeapp.access.rules import (
    HANDED_OUT_DAYS,
    canonical_login,
    check_grant,
    check_login,
    check_not_oneself,
    check_password,
    check_reach,
    make_password,
)
from feeapp.access.sessions import end_every_session, log_wherever_known
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import INSTALLATION, db, dialect_insert


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A log-in and the password to tell the person, which is shown once and kept nowhere."""

    user_id: int
    login: str
    password: str


def create_first_administrator(at: datetime, login: str, name: str, password: str) -> int:
    """Make the first log-in of an empty installation. Raises NotFound once anybody can log in.

    The counter lets only one of two that come at the same instant pass.
    """
    if any_user() or take_number(INSTALLATION, "first-run") != 1:
        raise NotFound
    login = canonical_login(login)
    check_login(login)
    by = By(INSTALLATION, None, at)
    user_id = create_user(by, login, name, password)
    grant_role(by, user_id, Role.ADMINISTRATOR)
    return user_id


def create_user(by: By, login: str, name: str, password: str, until: datetime | None = None) -> int:
    """Make a log-in without any power and return its id. Raises Refused for a taken name or a poor password.

    ``until`` marks a password that is handed out: it works until then, and only to choose another.
    """
    login = canonical_login(login)
    check_password(password, login, name)
    user_id = db.session.execute(
        dialect_insert(User.__table__)
        .values(
            id=new_id(),
            login=login,
            name=name,
            password_hash=make_hash(password),
            password_until=until,
            created_at=by.at,
        )
        .on_conflict_do_nothing()
        .returning(User.__table__.c.id)
    ).scalar()
    if user_id is None:
        raise Refused("access.login_taken", msg("This log-in name is taken. Choose another."), field="login")
    log(by, "access.create", "user", user_id)
    return user_id


def add_person(by: By, login: str, name: str, roles: Collection[Role]) -> HandedOut:
    """Make a log-in for a colleague, grant its roles, and return the password to hand out."""
    login = canonical_login(login)
    check_login(login)
    password = make_password(secrets.choice)
    user_id = create_user(by, login, name, password, by.at + timedelta(days=HANDED_OUT_DAYS))
    for role in roles:
        _grant(by, user_id, role, 0)
    return HandedOut(user_id, login, password)


def grant_role(by: By, user_id: int, role: Role, party_id: int = 0) -> None:
    """Grant a role in the community (an administrator's for the installation).

    Raises Refused where it would put two powers in one hand that must be apart, and where it is held already;
    NotFound for a log-in that the acting person does not look after.
    """
    check_not_oneself(by.actor_id, user_id)
    get_profile(by, user_id)
    _grant(by, user_id, role, party_id)


def revoke_role(by: By, user_id: int, role: Role, party_id: int = 0) -> None:
    """Take a role away; it ends with the person's next click. The last administrator stays."""
    check_not_oneself(by.actor_id, user_id)
    get_profile(by, user_id)
    where = _place_of(by, role)
    if role is Role.ADMINISTRATOR:
        _keep_an_administrator(user_id)
    gone: Any = db.session.execute(
        sa.delete(Grant).filter_by(community_id=where.community_id, user_id=user_id, role=role, party_id=party_id)
    )
    if gone.rowcount != 1:
        raise NotFound
    log(where, "access.revoke", "user", user_id, role=role.value)


def reset_password(by: By, user_id: int) -> HandedOut:
    """Replace a forgotten password by one to hand out; all sessions of the log-in end."""
    user = _take_hold(by, user_id)
    password = make_password(secrets.choice)
    _set_password(user, password, by.at + timedelta(days=HANDED_OUT_DAYS))
    end_every_session(by, user_id)
    log(by, "access.reset", "user", user_id)
    return HandedOut(user_id, user.login, password)


def disable_user(by: By, user_id: int) -> None:
    """Close a log-in; its sessions end at once. The last administrator stays."""
    user = _take_hold(by, user_id)
    if any(grant.role is Role.ADMINISTRATOR for grant in list_grants(user_id)):
        _keep_an_administrator(user_id)
    if user.disabled_at is None:
        user.disabled_at = by.at
        end_every_session(by, user_id)
        log(by, "access.disable", "user", user_id)


def enable_user(by: By, user_id: int) -> None:
    """Open a closed log-in again, with the password it had."""
    user = _take_hold(by, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        log(by, "access.enable", "user", user_id)


def change_own_password(by: By, old: str, new: str) -> bool:
    """Replace one's own password and end every session; False when the old one is wrong.

    Raises Refused for a poor new one.
    """
    user = get_user(_oneself(by))
    check_password(new, user.login, user.name)
    if not fits(user.password_hash, old):
        return False
    if new == old:
        raise Refused("access.password_same", msg("This is the password you have already."), field="password")
    _set_password(user, new, None)
    end_every_session(by, user.id)
    log_wherever_known(user.id, user.id, by.at, "access.password")
    return True


def log_out_everywhere(by: By) -> None:
    """End all of one's own sessions, on every device."""
    end_every_session(by, _oneself(by))
    log_wherever_known(by.actor_id, _oneself(by), by.at, "access.log_out_everywhere")


def choose_language(by: By, language: str) -> None:
    """Remember the language somebody wants the pages in."""
    get_user(_oneself(by)).language = language


def _oneself(by: By) -> int:
    if by.actor_id is None:
        raise NotFound
    return by.actor_id


def _set_password(user: User, password: str, until: datetime | None) -> None:
    user.password_hash = make_hash(password)
    user.password_until = until


def _grant(by: By, user_id: int, role: Role, party_id: int) -> None:
    if (role is Role.RESIDENT) != (party_id != 0):
        raise Refused("access.resident", msg("Residents get their log-in with the code on their bill."), field="role")
    where = _place_of(by, role)
    _line_up(user_id)
    check_grant(list_roles(user_id), where.community_id, role)
    row = {"community_id": where.community_id, "user_id": user_id, "role": role, "party_id": party_id}
    grants = Grant.__table__
    added = dialect_insert(grants).values(**row).on_conflict_do_nothing().returning(grants.c.user_id)
    if db.session.execute(added).scalar() is None:
        raise Refused("access.granted", msg("This role is granted already."), field="role")
    log(where, "access.grant", "user", user_id, role=role.value)


def _line_up(user_id: int) -> None:
    """Lock a person's row, so that of two grants at the same instant the second sees the first."""
    db.session.execute(sa.select(User.id).filter_by(id=user_id).with_for_update())


def _place_of(by: By, role: Role) -> By:
    """Where a role is granted. Raises Refused for an administrator's, unless an administrator grants it."""
    if role is not Role.ADMINISTRATOR:
        return by
    if INSTALLATION not in find_reach(by.actor_id, {INSTALLATION}):
        raise Refused("access.administrator", msg("Only an administrator makes administrators."), field="role")
    return replace(by, community_id=INSTALLATION)


def _take_hold(by: By, user_id: int) -> User:
    """A log-in to be changed as a whole: only by somebody who looks after people wherever it works."""
    check_not_oneself(by.actor_id, user_id)
    profile = get_profile(by, user_id)
    check_reach(profile.in_hand)
    return get_user(user_id)


def _keep_an_administrator(user_id: int) -> None:
    """Raises Refused when nobody else is an administrator. The rows are locked, so two cannot go at the same time."""
    others = db.session.scalars(
        sa.select(Grant.user_id)
        .join(User, User.id == Grant.user_id)
        .where(Grant.role == Role.ADMINISTRATOR, User.disabled_at.is_(None))
        .order_by(Grant.user_id)
        .with_for_update()
    )
    if not set(others) - {user_id}:
        raise Refused("access.last_administrator", msg("This is the last administrator. Make another one first."))
