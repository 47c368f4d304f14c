"""What moves the money held for a household, and how much of it was a gift (docs/rules/prepayment.md; BL-18)."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg


class MoveKind(enum.Enum):
    """Why a wallet grew or shrank."""

    PREPAID = "PREPAID"
    OVERPAID = "OVERPAID"
    GIFT = "GIFT"
    CREDITED = "CREDITED"
    APPLIED = "APPLIED"
    REFUNDED = "REFUNDED"
    HANDED_ON = "HANDED_ON"
    RELEASED = "RELEASED"
    VOIDED = "VOIDED"


MOVE_WORDS = {
    MoveKind.PREPAID: msg("Paid ahead"),
    MoveKind.OVERPAID: msg("Paid too much"),
    MoveKind.GIFT: msg("Gift for paying ahead"),
    MoveKind.CREDITED: msg("Credited"),
    MoveKind.APPLIED: msg("Used for a bill"),
    MoveKind.REFUNDED: msg("Paid back"),
    MoveKind.HANDED_ON: msg("Handed on"),
    MoveKind.RELEASED: msg("Back from a bill"),
    MoveKind.VOIDED: msg("Receipt taken back"),
}

PUTS = frozenset(
    {
        MoveKind.PREPAID,
        MoveKind.OVERPAID,
        MoveKind.GIFT,
        MoveKind.CREDITED,
        MoveKind.HANDED_ON,
        MoveKind.RELEASED,
        MoveKind.VOIDED,
    }
)
"""What may make a wallet grow."""

DRAWS = frozenset({MoveKind.APPLIED, MoveKind.REFUNDED, MoveKind.HANDED_ON, MoveKind.GIFT, MoveKind.VOIDED})
"""What may make it shrink: a gift is drawn where it is taken back."""


def gift_left(balance: Money, gifts: Iterable[Money]) -> Money:
    """How much of a balance was never paid: what bills take, they take of the household's own money first.

    ``gifts`` are the wallet's moves of that kind, those taken back below zero. On a refund this much is taken back
    first, and only the rest is handed out.
    """
    return max(ZERO, min(balance, total(gifts)))


def too_little() -> Refused:
    """The refusal of drawing more than a wallet holds."""
    return Refused(
        "wallet.too_little",
        msg("There is not so much prepaid money any more: it may have just been used. Reload the page."),
    )
