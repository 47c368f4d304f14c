"""What an entry is about, in plain words."""

from __future__ import annotations

from feeapp.core.refusal import msg
from feeapp.ledger.rules import Side

ENTRY_WORDS: dict[str, str] = {
    "billing.run": msg("Billed for a month"),
    "billing.reduced": msg("Taken off bills"),
    "billing.opening": msg("Arrears of earlier years taken over"),
    "billing.opening_undone": msg("Arrears of earlier years taken over"),
    "billing.offset": msg("Prepaid money used for bills"),
    "billing.release": msg("Paid money put back into prepaid money"),
    "corrections.approve": msg("Charges put right"),
    "prepay.gift": msg("Gift for paying ahead"),
    "prepay.keep": msg("Old price kept for months paid ahead"),
    "cashier.payment": msg("Payment taken"),
}
"""By the kind that the booking room gives; a kind that is not here is shown as it is."""

SIDE_WORDS: dict[Side, str] = {Side.DEBIT: msg("Dr"), Side.CREDIT: msg("Cr")}
"""Which side a balance stands on, short as in a column."""
