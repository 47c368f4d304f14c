"""Checks of the prices."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.registry.models import Building, Stair, Unit
from feeapp.storage.checking import Check, overlapping
from feeapp.tariffs.models import TariffVersion
from feeapp.tariffs.rules import Place


def _stands(model: type[Building] | type[Stair] | type[Unit]) -> sa.Exists:
    return sa.exists().where(model.community_id == TariffVersion.community_id, model.id == TariffVersion.place_id)


_LOST = sa.select(TariffVersion.community_id, TariffVersion.id, TariffVersion.place_id).where(
    sa.not_(
        sa.case(
            (TariffVersion.place == Place.BUILDING, _stands(Building)),
            (TariffVersion.place == Place.STAIR, _stands(Stair)),
            (TariffVersion.place == Place.UNIT, _stands(Unit)),
            else_=TariffVersion.place_id.is_(None),
        )
    )
)

CHECKS: tuple[Check, ...] = (
    Check(
        "T1",
        "An item has one price for a use of unit in one place on any day.",
        overlapping(
            TariffVersion, TariffVersion.item_id, TariffVersion.use, TariffVersion.place, TariffVersion.place_id
        ),
    ),
    Check("T2", "A price for a building, a stair or a unit names one of its community; any other names none.", _LOST),
)
