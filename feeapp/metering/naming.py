"""What kinds of meters, and what is noted of their readings, are called."""

from __future__ import annotations

from feeapp.core.refusal import msg
from feeapp.metering.rules import MeterKind, Note, Question, ReadingSource

KIND_WORDS: dict[MeterKind, str] = {
    MeterKind.WATER: msg("Water"),
    MeterKind.POWER: msg("Electricity"),
    MeterKind.GAS: msg("Gas"),
    MeterKind.HEAT: msg("Heat"),
}

UNITS: dict[MeterKind, str] = {
    MeterKind.WATER: "m³",
    MeterKind.POWER: "kWh",
    MeterKind.GAS: "m³",
    MeterKind.HEAT: "kWh",
}
"""What a quantity of each kind is counted in, the same in every language."""

SOURCE_WORDS: dict[ReadingSource, str] = {
    ReadingSource.FITTED: msg("when put up"),
    ReadingSource.TAKEN_OFF: msg("when taken off"),
    ReadingSource.DESK: msg("at the desk"),
    ReadingSource.ROUND: msg("on a round"),
    ReadingSource.FILE: msg("from a file"),
}

ANSWER_WORDS: dict[Question, str] = {
    Question.ROLLED: msg("register passed its end"),
    Question.LOW: msg("register passed its end, confirmed with a reason"),
    Question.JUMP: msg("unusual, confirmed with a reason"),
}

NOTE_WORDS: dict[Note, str] = {
    Note.NONE: "",
    Note.BASELINE: msg("first reading, nothing counted"),
    Note.ROLLED: msg("register passed its end"),
}

HEADERS: dict[str, str] = {
    "unit": msg("Room"),
    "kind": msg("Kind of meter"),
    "serial": msg("Number on the meter"),
    "last_on": msg("Last read on"),
    "last": msg("Last figure"),
    "on": msg("Read on"),
    "figure": msg("This figure"),
}
"""The columns of the sheet that is carried along."""
