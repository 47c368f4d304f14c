"""Residents' log-ins: a mobile number, tied to the party it speaks for."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.access.models import Grant, User
from feeapp.access.queries import find_user
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, dialect_insert


def link_resident(by: By, phone: str, name: str, password_hash: str, party_id: int) -> int:
    """Let the log-in of a mobile number speak for a party in ``by``'s community; returns the user's id.

    The log-in is made where there is none yet; one that stands keeps its name and password.
    """
    user = find_user(phone)
    user_id = user.id if user else new_id()
    if user is None:
        db.session.execute(
            sa.insert(User.__table__).values(
                id=user_id, login=phone, name=name, password_hash=password_hash, created_at=by.at
            )
        )
    db.session.execute(
        dialect_insert(Grant.__table__)
        .values(community_id=by.community_id, user_id=user_id, role=Role.RESIDENT, party_id=party_id)
        .on_conflict_do_nothing()
    )
    log(by, "access.link_resident", "user", user_id, party=party_id)
    return user_id
