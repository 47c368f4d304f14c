"""Taking a receipt back: how far a request has come, and whether it is voided or reversed in red.

Rules: docs/rules/voids.md (domain receipt rules 1 to 4, RC-3).
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import date

from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused, msg
from feeapp.core.states import Moves
from feeapp.printing.receipt import ALL_PARTS, Part

VOID = "receipt_void"
"""The source of the entries and moves by which a payment is taken back."""


class VoidState(enum.Enum):
    """Where a request stands; what was decided stays decided."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


STATE_WORDS = {
    VoidState.ASKED: msg("waiting"),
    VoidState.APPROVED: msg("approved"),
    VoidState.REFUSED: msg("refused"),
    VoidState.WITHDRAWN: msg("withdrawn"),
}

STATE_TONES = {
    VoidState.ASKED: "promised",
    VoidState.APPROVED: "paid",
    VoidState.REFUSED: "vacant",
    VoidState.WITHDRAWN: "void",
}

VOID_MOVES = Moves(
    {
        VoidState.ASKED: {
            "approve": VoidState.APPROVED,
            "refuse": VoidState.REFUSED,
            "withdraw": VoidState.WITHDRAWN,
        }
    }
)


class Way(enum.Enum):
    """How a receipt is taken back: its own number voided, or a new number in red that reverses it."""

    VOID = "VOID"
    RED = "RED"


WAY_WORDS = {Way.VOID: msg("Void"), Way.RED: msg("Reversed in red")}


class Fate(enum.Enum):
    """What became of a number that was given out."""

    VALID = "VALID"
    VOID = "VOID"
    REVERSED = "REVERSED"
    RED = "RED"


FATE_WORDS = {
    Fate.VALID: msg("Valid"),
    Fate.VOID: msg("Void"),
    Fate.REVERSED: msg("Reversed in red"),
    Fate.RED: msg("Red: takes another back"),
}

FATE_TONES = {Fate.VALID: "paid", Fate.VOID: "void", Fate.REVERSED: "void", Fate.RED: "owing"}


def way_on(issued_on: date, today: date) -> Way:
    """A receipt is voided on the office day of its issue, and reversed in red on any later one (receipt rule 2)."""
    return Way.VOID if issued_on == today else Way.RED


def fate_of(way: Way | None, in_red: bool) -> Fate:
    """What became of a number: ``way`` is how it was taken back, ``in_red`` whether it takes another one back."""
    if in_red:
        return Fate.RED
    return {None: Fate.VALID, Way.VOID: Fate.VOID, Way.RED: Fate.REVERSED}[way]


def counted(fate: Fate, amount: Money) -> Money:
    """What a receipt counts in every sum: a void one nothing, every other its amount, which is below zero in red."""
    return ZERO if fate is Fate.VOID else amount


def check_paper(parts: Collection[Part], lost: str) -> None:
    """Raises Refused where a part of the paper is missing and nothing is said about it (receipt rule 3)."""
    if set(parts) != set(ALL_PARTS) and not lost.strip():
        raise Refused(
            "void.parts",
            msg("Tick every part of the receipt that came back, and say where the others are."),
            field="lost",
        )
