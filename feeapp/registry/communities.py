"""Founding a community and changing what is printed of it."""

from __future__ import annotations

import re

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.followers import founders
from feeapp.registry.models import Community
from feeapp.registry.queries import get_community
from feeapp.storage.db import db

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")


def create_community(by: By, name: str, code: str, operator: str, address: str = "", phone: str = "") -> Community:
    """Found a community under a code that no other has: it stands in every address and never changes.

    Rooms above do their part in the same transaction (``followers.founders``): its book is open from the start.
    Raises Refused at ``code``.
    """
    if not _CODE.fullmatch(code):
        raise Refused(
            "community.code",
            msg("The code is two to eight capital letters and digits and begins with a letter, for example XHY."),
            field="code",
        )
    if db.session.scalar(sa.select(Community.id).filter_by(code=code)):
        raise Refused(
            "community.code_taken", msg("The code %(code)s belongs to another community."), {"code": code}, "code"
        )
    community = Community(
        name=name, code=code, operator=operator, address=address, phone=phone, how_to_pay="", created_at=by.at
    )
    db.session.add(community)
    db.session.flush()
    here = By(community.id, by.actor_id, by.at)
    for found in founders:
        found(here)
    log(here, "registry.create_community", "community", community.id, code=code)
    return community


def edit_community(by: By, name: str, operator: str, address: str, phone: str, how_to_pay: str) -> None:
    """Change what stands on bills and receipts from now on; papers that were issued keep what they say."""
    community = get_community(by.community_id)
    wanted = {"name": name, "operator": operator, "address": address, "phone": phone, "how_to_pay": how_to_pay}
    changed = [field for field, value in wanted.items() if getattr(community, field) != value]
    for field in changed:
        setattr(community, field, wanted[field])
    if changed:
        log(by, "registry.edit_community", "community", community.id, fields=changed)
