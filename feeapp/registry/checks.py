"""Checks of the household ledger."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.registry.models import Ownership
from feeapp.storage.checking import Check

_LATER = aliased(Ownership)

_TWICE_AT_ONCE = sa.select(
    Ownership.community_id, Ownership.unit_id, Ownership.party_id, Ownership.id, _LATER.id.label("again")
).join(
    _LATER,
    sa.and_(
        _LATER.community_id == Ownership.community_id,
        _LATER.unit_id == Ownership.unit_id,
        _LATER.party_id == Ownership.party_id,
        sa.or_(
            _LATER.from_on > Ownership.from_on,
            sa.and_(_LATER.from_on == Ownership.from_on, _LATER.id > Ownership.id),
        ),
        sa.or_(Ownership.to_on.is_(None), Ownership.to_on > _LATER.from_on),
    ),
)

CHECKS: tuple[Check, ...] = (Check("H1", "Nobody owns the same unit twice at the same time.", _TWICE_AT_ONCE),)
