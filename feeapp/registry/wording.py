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

FIELD_WORDS: dict[str, str] = {
    "use": msg("Use"),
    "floor": msg("Floor"),
    "area": msg("Floor area (m²)"),
    "inner_area": msg("Inner area (m²)"),
    "owner": msg("Owners"),
    "owner_id": msg("Identity number"),
    "owner_phone": msg("Phones"),
    "occupant": msg("Occupant"),
    "occupant_phone": msg("Occupant’s phones"),
    "use_state": msg("Occupancy"),
    "from_on": msg("Moved in on"),
    "remark": msg("Remark"),
}
"""The fields an import may change."""

VALUE_WORDS: dict[str, str] = {
    **{use.value: words for use, words in USE_WORDS.items()},
    **{state.value: words for state, words in STATE_WORDS.items()},
}
"""The kinds a change holds by their value."""
