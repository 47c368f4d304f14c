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
from feeapp.access.rules import SESSION_HOURS, WINDOW, Held, Subject, canonical_login, masked_login, masked_name
from feeapp.core.deed import By
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


def list_roles(user_id: int) -> Held:
    """The roles of a person in each community."""
    held: dict[int, frozenset[Role]] = {}
    for grant in list_grants(user_id):
        held[grant.community_id] = held.get(grant.community_id, frozenset()) | {grant.role}
    return held


def names_of(ids: Collection[int]) -> dict[int, str]:
    """The names of these people, those of residents masked."""
    resident = sa.exists().where(Grant.user_id == User.id, Grant.role == Role.RESIDENT)
    found = db.session.execute(sa.select(User.id, User.name, resident).where(User.id.in_(ids)))
    return {user_id: masked_name(name) if masked else name for user_id, name, masked in found}


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

    @property
    def shown_name(self) -> str:
        """The name as lists show it: a resident's is masked."""
        return masked_name(self.name) if Role.RESIDENT in self.roles else self.name

    @property
    def shown_login(self) -> str:
        """The log-in name as lists show it: a resident's number is masked."""
        return masked_login(self.login)


def list_people(community_id: int | None, residents: bool, typed: str, number: int) -> Page[Person]:
    """The people of a community by name, its staff or its residents; of the whole installation without a community."""
    here = sa.select(Grant.user_id).where((Grant.role == Role.RESIDENT) == residents)
    if community_id is not None:
        here = here.where(Grant.community_id == community_id)
    wanted: sa.ColumnElement[bool] = User.id.in_(here)
    if community_id is None:
        wanted = wanted | ~sa.exists().where(Grant.user_id == User.id)
    if typed:
        by_login = User.login.contains(canonical_login(typed), autoescape=True)
        wanted = wanted & (by_login | User.name.contains(typed, autoescape=True))
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


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's page, as far as the one who looks at it may see."""

    id: int
    login: str
    name: str
    created_at: datetime
    disabled_at: datetime | None
    waiting: bool
    grants: tuple[Granted, ...]
    elsewhere: int
    """In how many other communities the log-in works that are not shown."""
    own: bool
    in_hand: bool
    """Whether the log-in as a whole may be changed by the one who looks."""

    @property
    def resident(self) -> bool:
        """Whether it is a resident's log-in."""
        return any(grant.role is Role.RESIDENT for grant in self.grants)

    @property
    def shown_name(self) -> str:
        """The name; a resident's is masked."""
        return masked_name(self.name) if self.resident else self.name

    @property
    def shown_login(self) -> str:
        """The log-in name; a resident's number is masked."""
        return masked_login(self.login)


def find_profile(by: By, user_id: int) -> Profile | None:
    """A person who works or lives in this community, for an administrator anybody; None for all others."""
    user = db.session.get(User, user_id)
    grants = list_grants(user_id)
    everywhere = INSTALLATION in find_reach(by.actor_id, {INSTALLATION})
    seen = tuple(grant for grant in grants if everywhere or grant.community_id == by.community_id)
    if user is None or not (seen or everywhere):
        return None
    concerned = {grant.community_id for grant in grants}
    return Profile(
        id=user.id,
        login=user.login,
        name=user.name,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
        waiting=user.password_until is not None,
        grants=seen,
        elsewhere=len(concerned - {grant.community_id for grant in seen}),
        own=user_id == by.actor_id,
        in_hand=user_id != by.actor_id and concerned <= find_reach(by.actor_id, concerned),
    )


def get_profile(by: By, user_id: int) -> Profile:
    """The same. Raises NotFound."""
    profile = find_profile(by, user_id)
    if profile is None:
        raise NotFound
    return profile


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
