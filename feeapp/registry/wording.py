"""What the registry's kinds and states are called on a page; marked for the language catalogues."""

from __future__ import annotations

from feeapp.core.refusal import msg
from feeapp.registry.finding import Found
from feeapp.registry.rules import BatchState, Heap, PartyKind, UnitUse, UseState

USE_WORDS: dict[UnitUse, str] = {
    UnitUse.HOME: msg("Dwelling"),
    UnitUse.SHOP: msg("Shop"),
    UnitUse.PARKING: msg("Parking space"),
    UnitUse.STORAGE: msg("Storage room"),
}

STATE_WORDS: dict[UseState, str] = {
    UseState.SELF: msg("Owner-occupied"),
    UseState.LET: msg("Let"),
    UseState.VACANT: msg("Vacant"),
    UseState.UNKNOWN: msg("Not known"),
}

PARTY_WORDS: dict[PartyKind, str] = {PartyKind.PERSON: msg("Person"), PartyKind.COMPANY: msg("Company")}

HEAP_WORDS: dict[Heap, str] = {
    Heap.NEW: msg("New"),
    Heap.CHANGED: msg("Changed"),
    Heap.SAME: msg("Unchanged"),
    Heap.DOUBTFUL: msg("Doubtful"),
    Heap.REFUSED: msg("Refused"),
}

BATCH_WORDS: dict[BatchState, str] = {
    BatchState.STAGED: msg("Waiting for confirmation"),
    BatchState.APPLIED: msg("Imported"),
    BatchState.DISCARDED: msg("Discarded"),
    BatchState.UNDONE: msg("Undone"),
}

FOUND_WORDS: dict[Found, str] = {
    Found.ROOM: msg("by room"),
    Found.NAME: msg("by name"),
    Found.PHONE: msg("by phone"),
    Found.PLATE: msg("by plate"),
}

DEED_WORDS: dict[str, str] = {
    "registry.create_unit": msg("Unit added"),
    "registry.edit_unit": msg("Unit changed"),
    "registry.set_owners": msg("Owners changed"),
    "registry.set_occupant": msg("Occupant changed"),
    "registry.add_vehicle": msg("Plate added"),
    "registry.remove_vehicle": msg("Plate removed"),
    "registry.edit_party": msg("Personal data changed"),
    "registry.reveal": msg("Personal data shown in full"),
    "registry.export_units": msg("Household ledger downloaded"),
    "registry.create_community": msg("Community founded"),
    "registry.edit_community": msg("Community changed"),
    "registry.stage_import": msg("Ledger read"),
    "registry.confirm_import": msg("Ledger imported"),
    "registry.discard_import": msg("Ledger discarded"),
    "registry.undo_import": msg("Import undone"),
}
"""The registry's deeds as the logbook names them."""
