"""Looks at log-ins, grants and sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import sqlalchemy as sa
from flask_login import UserMixin

from feeapp.access.models import Attempt, Grant, Session, User
from feeapp.access.rules import SESSION_HOURS, WINDOW, Subject, canonical_login
from feeapp.core.powers import Power, Role, powers_of
from feeapp.core.refusal import NotFound
from feeapp.storage.db import INSTALLATION, db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class Granted:
    """A role somebody holds in a community, with the party a resident's log-in speaks for."""

    community_id: int
    role: Role
    party_id: int


class SignedIn(UserMixin):
    """The person behind a request, with all that was granted: read once, when the session is looked up."""

    def __init__(self, user: User, key: str) -> None:
        self.id = user.id
        self.name = user.name
        self.login = user.login
        self.language = user.language
        self.must_change = user.password_until is not None
        """Whether the password was handed out by somebody else and has to be replaced first."""
        self.session_key = key

    def get_id(self) -> str:
        """What the session cookie holds: the session's number and its secret."""
        return self.session_key

    @cached_property
    def grants(self) -> list[Granted]:
        """Every grant of this person."""
        return list_grants(self.id)

    @cached_property
    def parties(self) -> list[tuple[int, int]]:
        """``(community_id, party_id)`` of every party a resident's log-in speaks for."""
        return [(grant.community_id, grant.party_id) for grant in self.grants if grant.role is Role.RESIDENT]

    @cached_property
    def offices(self) -> frozenset[int]:
        """The communities this person works for, 0 among them for an administrator."""
        return frozenset(grant.community_id for grant in self.grants if grant.role is not Role.RESIDENT)

    def powers_in(self, community_id: int) -> frozenset[Power]:
        """The powers in one community, those of the installation included."""
        here = frozenset(grant.role for grant in self.grants if grant.community_id in (community_id, INSTALLATION))
        return powers_of(here)


def token_hash(token: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_key(key: str) -> tuple[int, str] | None:
    """The session's number and secret in a key, or None."""
    number, _, token = key.partition(":")
    return (int(number), token) if number.isascii() and number.isdigit() and len(number) < 19 else None


def find_session(key: str, at: datetime) -> SignedIn | None:
    """The person a session cookie speaks of, unless that session has ended."""
    read = read_key(key)
    if read is None:
        return None
    user = db.session.scalars(
        sa.select(User)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.id == read[0],
            Session.token_hash == token_hash(read[1]),
            Session.opened_at > at - timedelta(hours=SESSION_HOURS),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if user is None else SignedIn(user, key)


def find_user(login: str) -> User | None:
    """The log-in of this name, however it was typed."""
    return db.session.scalars(sa.select(User).filter_by(login=canonical_login(login))).one_or_none()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a log-in's password, as it stood when it was looked at."""

    user_id: int
    password_hash: str


def find_kept(login: str) -> Kept | None:
    """The kept password of a log-in, however its name was typed."""
    found = db.session.execute(sa.select(User.id, User.password_hash).filter_by(login=canonical_login(login))).first()
    return None if found is None else Kept(*found)


def get_user(user_id: int) -> User:
    """A log-in. Raises NotFound."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def any_user() -> bool:
    """Whether anybody can log in yet."""
    return db.session.scalar(sa.select(sa.literal(1)).select_from(User).limit(1)) is not None


def list_grants(user_id: int) -> list[Granted]:
    """Every grant of a person, those of the installation first."""
    found = db.session.execute(
        sa.select(Grant.community_id, Grant.role, Grant.party_id)
        .where(Grant.user_id == user_id)
        .order_by(Grant.community_id, Grant.role, Grant.party_id)
    )
    return [Granted(*row) for row in found]


def names_of(ids: Collection[int]) -> dict[int, str]:
    """The names of these people."""
    found = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))
    return dict(found.tuples().all())


def list_colleagues(community_id: int) -> list[tuple[int, str]]:
    """``(user_id, name)`` of everybody who works in a community or for the installation, by name."""
    found = db.session.execute(
        sa.select(User.id, User.name)
        .where(
            User.id.in_(
                sa.select(Grant.user_id).where(
                    Grant.community_id.in_((community_id, INSTALLATION)), Grant.role != Role.RESIDENT
                )
            )
        )
        .order_by(User.name, User.id)
    )
    return [(user_id, name) for user_id, name in found]


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the people page."""

    id: int
    login: str
    name: str
    disabled: bool
    waiting: bool
    """Whether the person still has to replace a password that was handed out."""
    roles: tuple[Role, ...]
    elsewhere: bool


def list_people(community_id: int | None, residents: bool, typed: str, number: int) -> Page[Person]:
    """The people of a community by name, its staff or its residents; of the whole installation without a community."""
    here = sa.select(Grant.user_id).where((Grant.role == Role.RESIDENT) == residents)
    if community_id is not None:
        here = here.where(Grant.community_id == community_id)
    wanted = User.id.in_(here)
    if community_id is None:
        wanted = wanted | ~sa.exists().where(Grant.user_id == User.id)
    if typed:
        wanted &= User.login.contains(canonical_login(typed), autoescape=True) | User.name.contains(
            typed, autoescape=True
        )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(User).where(wanted)) or 0
    users = db.session.scalars(
        sa.select(User).where(wanted).order_by(User.name, User.id).limit(SIZE).offset(SIZE * (number - 1))
    ).all()
    grants: dict[int, list[Grant]] = {user.id: [] for user in users}
    for grant in db.session.scalars(sa.select(Grant).where(Grant.user_id.in_(grants)).order_by(Grant.role)):
        grants[grant.user_id].append(grant)
    return Page([_person(user, grants[user.id], community_id) for user in users], number, total)


def _person(user: User, grants: list[Grant], community_id: int | None) -> Person:
    shown = [grant for grant in grants if community_id in (None, grant.community_id)]
    return Person(
        id=user.id,
        login=user.login,
        name=user.name,
        disabled=user.disabled_at is not None,
        waiting=user.password_until is not None,
        roles=tuple(dict.fromkeys(grant.role for grant in shown)),
        elsewhere=len(shown) < len(grants),
    )


def find_reach(actor_id: int | None, among: Collection[int]) -> frozenset[int]:
    """Those of these communities in which somebody looks after people; all of them when the set-up itself acts."""
    if actor_id is None:
        return frozenset(among)
    grants = list_grants(actor_id)
    return frozenset(
        community_id
        for community_id in among
        if Power.ACCESS_MANAGE
        in powers_of(frozenset(each.role for each in grants if each.community_id in (community_id, INSTALLATION)))
    )


def is_over(counted: Collection[tuple[int, Subject]], at: datetime) -> bool:
    """Whether a guess, already counted, is one too many for anything it was counted by."""
    return any(count_guesses(subject, at, besides=attempt_id) >= subject.allowed for attempt_id, subject in counted)


def count_guesses(subject: Subject, at: datetime, besides: int = 0) -> int:
    """How many guesses stand against a subject in the quarter of an hour that ends now."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Attempt)
            .where(Attempt.subject == subject.key, Attempt.at > at - WINDOW, Attempt.id != besides)
        )
        or 0
    )
