"""Checks of the prices."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.storage.checking import Check
from feeapp.tariffs.models import TariffVersion

_LATER = aliased(TariffVersion)

_TWO_PRICES = sa.select(
    TariffVersion.community_id, TariffVersion.item_id, TariffVersion.use, TariffVersion.id, _LATER.id.label("other")
).join(
    _LATER,
    sa.and_(
        _LATER.community_id == TariffVersion.community_id,
        _LATER.item_id == TariffVersion.item_id,
        _LATER.use == TariffVersion.use,
        sa.or_(
            _LATER.from_on > TariffVersion.from_on,
            sa.and_(_LATER.from_on == TariffVersion.from_on, _LATER.id > TariffVersion.id),
        ),
        sa.or_(TariffVersion.to_on.is_(None), TariffVersion.to_on > _LATER.from_on),
    ),
)

CHECKS: tuple[Check, ...] = (Check("T1", "An item has one price for a use of unit on any day.", _TWO_PRICES),)
