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
    "cashier.small": msg("Small change let off"),
    "banking.counted": msg("Transfer was taken at the counter before"),
    "banking.payout": msg("Payout of a payment channel"),
    "banking.fee": msg("Bank fee"),
    "banking.arrived": msg("Money came in, not yet claimed"),
    "cashier.payment": msg("Payment taken"),
    "cashier.void": msg("Payment taken back"),
    "cashier.small_back": msg("Small change asked for again"),
    "cashier.late_back": msg("Late charge of a payment taken back"),
    "prepay.gift_back": msg("Gift taken back with its payment"),
    "transfers.part": msg("Parted anew at a change of owner"),
    "transfers.take_over": msg("Debt taken over by a new owner"),
    "transfers.gift": msg("Gift taken back at a change of owner"),
    "transfers.hand_on": msg("Prepaid money handed on to a new owner"),
    "transfers.refund": msg("Prepaid money to be paid back to a former owner"),
}
"""By the kind that the booking room gives; a kind that is not here is shown as it is."""

SIDE_WORDS: dict[Side, str] = {Side.DEBIT: msg("Dr"), Side.CREDIT: msg("Cr")}
"""Which side a balance stands on, short as in a column."""
