"""Checks of the household ledger."""

from __future__ import annotations

from feeapp.registry.models import Ownership
from feeapp.storage.checking import Check, overlapping

CHECKS: tuple[Check, ...] = (
    Check(
        "H1",
        "Nobody owns the same unit twice at the same time.",
        overlapping(Ownership, Ownership.unit_id, Ownership.party_id),
    ),
)
