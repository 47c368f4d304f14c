"""Looks at log-ins and grants."""

from __future__ import annotations

from functools import cached_property

import sqlalchemy as sa
from flask_login import UserMixin

from feeapp.access.models import Grant, User
from feeapp.core.powers import Power, Role, powers_of
from feeapp.storage.db import INSTALLATION, db


class SignedIn(UserMixin):
    """The person behind a request, with all that was granted: read once, when the session is looked up."""

    def __init__(self, user: User) -> None:
        self.id = user.id
        self.name = user.name
        self.login = user.login
        self.language = user.language
        self._session_mark = user.session_mark

    def get_id(self) -> str:
        """What the session cookie holds: the mark changes when older sessions must end."""
        return f"{self.id}:{self._session_mark}"

    @cached_property
    def grants(self) -> list[Grant]:
        """Every grant of this person."""
        return list(db.session.scalars(sa.select(Grant).filter_by(user_id=self.id)))

    @cached_property
    def parties(self) -> list[tuple[int, int]]:
        """``(community_id, party_id)`` of every party a resident's log-in speaks for."""
        return [(grant.community_id, grant.party_id) for grant in self.grants if grant.role is Role.RESIDENT]

    def powers_in(self, community_id: int) -> frozenset[Power]:
        """The powers in one community, those of the installation included."""
        here = frozenset(grant.role for grant in self.grants if grant.community_id in (community_id, INSTALLATION))
        return powers_of(here)


def find_session(key: str) -> SignedIn | None:
    """The person a session cookie speaks of, unless that session has ended."""
    user_id, _, mark = key.partition(":")
    if not user_id.isdigit():
        return None
    user = db.session.get(User, int(user_id))
    if user is None or user.disabled_at is not None or user.session_mark != mark:
        return None
    return SignedIn(user)
