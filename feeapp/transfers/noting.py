"""Notes of what was taken along or printed."""

from __future__ import annotations

from feeapp.core.deed import By
from feeapp.logbook.actions import log
from feeapp.transfers.queries import get_transfer
from feeapp.transfers.rules import TRANSFER


def note_export(by: By, lines: int) -> None:
    """Note that somebody took the list of changes of owner along."""
    log(by, "transfers.export", "community", by.community_id, lines=lines)


def note_sheet(by: By, transfer_id: int) -> None:
    """Note that the clearance sheet of a change of owner was printed."""
    found = get_transfer(by.community_id, transfer_id)
    log(by, "transfers.sheet", TRANSFER, found.id, label=found.label)
