"""Codes given out, and log-ins made with them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.portal.models import ActivationCode
from feeapp.portal.rules import VALID_DAYS, code_hash, make_code
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, hits


def issue_codes(by: By, party_ids: Sequence[int], pepper: str) -> dict[int, str]:
    """A fresh code for each party; earlier codes that were never used stop working. Returns party id -> code."""
    codes = {party_id: make_code(secrets.choice) for party_id in party_ids}
    if not codes:
        return {}
    unused = (ActivationCode.community_id == by.community_id, ActivationCode.used_at.is_(None))
    db.session.execute(sa.delete(ActivationCode).where(*unused, ActivationCode.party_id.in_(codes)))
    db.session.execute(
        sa.insert(ActivationCode.__table__),
        [
            {
                "community_id": by.community_id,
                "id": new_id(),
                "party_id": party_id,
                "code_hash": code_hash(code, pepper),
                "made_at": by.at,
                "made_by": by.actor_id,
                "expires_on": office_day(by.at) + timedelta(days=VALID_DAYS),
            }
            for party_id, code in codes.items()
        ],
    )
    log(by, "portal.codes", "community", by.community_id, codes=len(codes))
    return codes


def find_code(hashed: str, at: datetime) -> ActivationCode | None:
    """The code with this hash, where it is known, unused and not past its last day."""
    found = db.session.scalars(sa.select(ActivationCode).filter_by(code_hash=hashed)).one_or_none()
    if found is None or found.used_at is not None or found.expires_on < office_day(at):
        return None
    return found


def use_code(by: By, code: ActivationCode) -> None:
    """Spend a code; two people at the same instant cannot both. Raises Refused where it is spent already."""
    spent = hits(
        sa.update(ActivationCode)
        .where(
            ActivationCode.community_id == code.community_id,
            ActivationCode.id == code.id,
            ActivationCode.used_at.is_(None),
        )
        .values(used_at=by.at, used_by=by.actor_id)
    )
    if spent != 1:
        raise Refused("portal.code_used", msg("This code has already been used."), field="code")
    log(by, "portal.activate", "party", code.party_id)
