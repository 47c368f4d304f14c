"""Meters whose use is on a bill: their readings of that month stay as they are (metering/followers.py)."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from feeapp.billing.models import Charge
from feeapp.core.period import Period
from feeapp.metering.readings import hold_kinds
from feeapp.metering.rules import MeterKind
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem


class MetersBilled:
    """Follows the readings of meters."""

    def billed(self, community_id: int, kind: MeterKind, period: Period, unit_ids: Collection[int]) -> set[int]:
        """Which of these units have their use of this month on a bill."""
        items = sa.select(ChargeItem.id).where(
            ChargeItem.community_id == community_id, ChargeItem.meter_kind == kind.value
        )
        query = sa.select(Charge.unit_id).where(
            Charge.community_id == community_id,
            Charge.period == period,
            Charge.item_id.in_(items),
            Charge.unit_id.in_(among(unit_ids)),
        )
        return set(db.session.scalars(query))


def hold_readings(community_id: int) -> None:
    """Keep everybody from reading the meters that some item charges for until this transaction ends."""
    kinds = db.session.scalars(
        sa.select(ChargeItem.meter_kind)
        .where(ChargeItem.community_id == community_id, ChargeItem.meter_kind.is_not(None))
        .distinct()
    ).all()
    if kinds:
        hold_kinds(community_id, [MeterKind(kind) for kind in kinds])
