"""The states of a statement's lines, what account they stand on, and how an account is named."""

from __future__ import annotations

import enum
import re

from feeapp.core.refusal import msg
from feeapp.core.states import Moves
from feeapp.ledger.rules import BANK, CHANNELS


class AccountKind(enum.Enum):
    """A bank account, or what a payment channel holds until it pays out."""

    BANK = "BANK"
    CHANNEL = "CHANNEL"


ACCOUNT_OF_KIND = {AccountKind.BANK: BANK, AccountKind.CHANNEL: CHANNELS}
"""The account of the book behind it (domain chart 9.1)."""

ACCOUNT_WORDS = {AccountKind.BANK: msg("Bank account"), AccountKind.CHANNEL: msg("Payment channel")}


class RowKind(enum.Enum):
    """What becomes of a row of an uploaded statement."""

    NEW = "NEW"
    REPEATED = "REPEATED"
    KNOWN = "KNOWN"
    REFUSED = "REFUSED"


ROW_WORDS = {
    RowKind.NEW: msg("New"),
    RowKind.REPEATED: msg("Listed twice in the file"),
    RowKind.KNOWN: msg("Imported before"),
    RowKind.REFUSED: msg("Cannot be read"),
}


class LineState(enum.Enum):
    """The life of a line. Money that came in is booked at once as unidentified; money that went out waits."""

    UNCLAIMED = "UNCLAIMED"
    CLAIMED = "CLAIMED"
    PAYOUT = "PAYOUT"
    WAITING = "WAITING"
    FEE = "FEE"
    COUNTED = "COUNTED"
    """Taken at the counter with the slip of the transfer, before the statement came."""
    LISTED = "LISTED"
    """A channel's own line: its payment was taken at the counter and is in the book already."""


LINE_WORDS = {
    LineState.UNCLAIMED: msg("Unclaimed"),
    LineState.CLAIMED: msg("Claimed"),
    LineState.PAYOUT: msg("Payout of a channel"),
    LineState.COUNTED: msg("Taken at the counter before"),
    LineState.WAITING: msg("Money out, not booked"),
    LineState.FEE: msg("Bank fee"),
    LineState.LISTED: msg("Listed by the channel"),
}

LINE_MOVES = Moves(
    {
        LineState.UNCLAIMED: {
            "claim": LineState.CLAIMED,
            "counted": LineState.COUNTED,
            "payout": LineState.PAYOUT,
        },
        LineState.WAITING: {"fee": LineState.FEE},
    }
)


def masked_number(typed: str) -> str:
    """An account number as it is kept: its last four digits alone (domain rule PD-8)."""
    digits = re.sub(r"[^0-9]", "", typed)
    return f"****{digits[-4:]}" if digits else ""
