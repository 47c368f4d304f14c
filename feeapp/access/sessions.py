"""Opening and ending sessions, and counting guesses."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from feeapp.access.models import Attempt, Session, User
from feeapp.access.passwords import is_outdated, make_hash
from feeapp.access.queries import Kept, list_grants, read_key, token_hash
from feeapp.access.rules import SESSION_HOURS, WINDOW, Subject
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import INSTALLATION, db


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: whose it is, and the key that goes into the cookie."""

    user_id: int
    key: str


Counted = tuple[tuple[int, Subject], ...]
"""One guess as it was noted: the row and what it was counted by."""


def count_guess(subjects: Sequence[Subject], at: datetime) -> Counted:
    """Note a guess before it is looked at, so that guesses made at the same instant see each other."""
    db.session.execute(sa.delete(Attempt).where(Attempt.at <= at - WINDOW))
    counted = tuple((new_id(), subject) for subject in subjects)
    db.session.execute(
        sa.insert(Attempt.__table__),
        [{"id": attempt_id, "subject": subject.key, "at": at} for attempt_id, subject in counted],
    )
    return counted


def forget_guess(counted: Counted) -> None:
    """Take a guess back: it was right, or it was refused unseen and must not make the wait longer."""
    db.session.execute(sa.delete(Attempt).where(Attempt.id.in_([attempt_id for attempt_id, _ in counted])))


def open_session_with(seen: Kept, password: str, counted: Counted, at: datetime) -> Opened | None:
    """Open a session for a person whose password was found to fit.

    None when the log-in has changed since it was looked at, is disabled, or its handed-out password has run out.
    """
    user = db.session.get(User, seen.user_id)
    if user is None or user.disabled_at is not None or user.password_hash != seen.password_hash:
        return None
    if user.password_until is not None and user.password_until <= at:
        return None
    if is_outdated(user.password_hash):
        user.password_hash = make_hash(password)
    _clear(counted)
    return open_session(user.id, at)


def open_session(user_id: int, at: datetime) -> Opened:
    """Log somebody in."""
    log_wherever_known(user_id, user_id, at, "access.log_in")
    return renew_session(user_id, at)


def renew_session(user_id: int, at: datetime) -> Opened:
    """A new session for somebody who was logged in already; those that are past their time are swept away."""
    db.session.execute(sa.delete(Session).where(Session.opened_at <= at - timedelta(hours=SESSION_HOURS)))
    token = secrets.token_urlsafe(32)
    session_id = new_id()
    db.session.execute(
        sa.insert(Session.__table__).values(id=session_id, user_id=user_id, token_hash=token_hash(token), opened_at=at)
    )
    return Opened(user_id, f"{session_id}:{token}")


def end_session(key: str, at: datetime) -> None:
    """Log out: the session ends for every copy of its cookie."""
    read = read_key(key)
    ended = (
        read
        and db.session.execute(
            sa.delete(Session)
            .where(Session.id == read[0], Session.token_hash == token_hash(read[1]))
            .returning(Session.user_id)
        ).scalar()
    )
    if ended:
        log_wherever_known(ended, ended, at, "access.log_out")


def end_every_session(by: By, user_id: int) -> None:
    """End all sessions of a person, the present one included."""
    db.session.execute(sa.delete(Session).where(Session.user_id == user_id))


def _clear(counted: Counted) -> None:
    """A right guess: forget the wrong ones at this log-in, but not those at others from the same address."""
    forget_guess(counted)
    own = [subject.key for _, subject in counted if not subject.key.startswith("address:")]
    db.session.execute(sa.delete(Attempt).where(Attempt.subject.in_(own)))


def log_wherever_known(actor_id: int | None, user_id: int, at: datetime, kind: str) -> None:
    """A log-in belongs to no community, so it is noted in each that the person works or lives in."""
    grants = list_grants(user_id)
    for community_id in sorted({grant.community_id for grant in grants} or {INSTALLATION}):
        staff = any(each.role is not Role.RESIDENT for each in grants if each.community_id == community_id)
        log(By(community_id, actor_id, at), kind, "user", user_id, staff=staff)
