"""Checks of the prices."""

from __future__ import annotations

from feeapp.storage.checking import Check, overlapping
from feeapp.tariffs.models import TariffVersion

CHECKS: tuple[Check, ...] = (
    Check(
        "T1",
        "An item has one price for a use of unit on any day.",
        overlapping(TariffVersion, TariffVersion.item_id, TariffVersion.use),
    ),
)
