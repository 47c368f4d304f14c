"""Residents' log-ins: a mobile number, tied to the party it speaks for."""

from __future__ import annotations

from feeapp.access.models import Grant, User
from feeapp.access.queries import find_user, list_roles
from feeapp.access.rules import check_grant
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, dialect_insert


def link_resident(by: By, phone: str, name: str, password_hash: str, party_id: int) -> int:
    """Let the log-in of a mobile number speak for a party in ``by``'s community; returns the user's id.

    The log-in is made where there is none yet; one that stands keeps its name and must still have this password.
    Raises Refused for one that the office has closed, or whose handed-out password has run out.
    """
    made = {"id": new_id(), "login": phone, "name": name, "password_hash": password_hash, "created_at": by.at}
    db.session.execute(dialect_insert(User.__table__).values(**made).on_conflict_do_nothing())
    user = find_user(phone)
    ran_out = user and user.password_until and user.password_until <= by.at
    if user is None or user.password_hash != password_hash or user.disabled_at or ran_out:
        raise Refused("access.closed", msg("This log-in is closed. Ask the property office."), field="phone")
    check_grant(list_roles(user.id), by.community_id, Role.RESIDENT)
    row = {"community_id": by.community_id, "user_id": user.id, "role": Role.RESIDENT, "party_id": party_id}
    db.session.execute(dialect_insert(Grant.__table__).values(**row).on_conflict_do_nothing())
    log(by, "access.link_resident", "user", user.id, party=party_id)
    return user.id
