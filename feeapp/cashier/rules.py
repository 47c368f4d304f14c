"""Where money is booked, how receipts are numbered, and what a payment request holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from feeapp.cashier.settling import Method, Tender
from feeapp.core.refusal import msg
from feeapp.ledger.rules import BANK, CASH, CHANNELS, PREPAYMENTS, UNIDENTIFIED, Fund
from feeapp.registry.profile import SettlementPolicy

PAYMENT = "payment"
"""The source of the entries and moves that a payment makes."""

METHOD_WORDS = {
    Method.CASH: msg("Cash"),
    Method.WECHAT: msg("WeChat"),
    Method.ALIPAY: msg("Alipay"),
    Method.POS: msg("Bank card (POS)"),
    Method.TRANSFER: msg("Bank transfer"),
    Method.CHEQUE: msg("Cheque"),
    Method.WALLET: msg("Prepaid money"),
}

POLICY_WORDS = {
    SettlementPolicy.PRINCIPAL_FIRST: msg("all fees first, then late charges"),
    SettlementPolicy.STATUTORY: msg("each late charge before its fee (Civil Code art. 561)"),
}

METHOD_ON_PAPER = {
    Method.CASH: ("现金", "Cash"),
    Method.WECHAT: ("微信", "WeChat"),
    Method.ALIPAY: ("支付宝", "Alipay"),
    Method.POS: ("刷卡", "Bank card"),
    Method.TRANSFER: ("转账", "Transfer"),
    Method.CHEQUE: ("支票", "Cheque"),
    Method.WALLET: ("预收抵扣", "Prepaid"),
}
"""A receipt is a record kept in Chinese (Accounting Law art. 22), whatever language its copy adds."""

ACCOUNT_OF = {
    Method.CASH: CASH,
    Method.WECHAT: CHANNELS,
    Method.ALIPAY: CHANNELS,
    Method.POS: CHANNELS,
    Method.TRANSFER: BANK,
    Method.CHEQUE: BANK,
    Method.WALLET: PREPAYMENTS,
}
"""Domain chart 9.2: cash and bank at once, WeChat, Alipay and POS by way of the channel that pays out later."""


def account_of(tender: Tender) -> str:
    """Where a tender is booked: money that a bank statement brought before leaves what was unidentified."""
    return UNIDENTIFIED if tender.unidentified else ACCOUNT_OF[tender.method]


@dataclass(frozen=True, slots=True)
class Request:
    """A payment as the counter sends it: what is ticked, how it is paid, by whom, under a one-time key."""

    key: str
    unit_id: int
    charge_ids: tuple[int, ...]
    tenders: tuple[Tender, ...]
    payer: str
    remark: str = ""
    keep: bool = False
    """Whether what is paid above what is due stays as prepayment instead of being handed back."""
    credited_on: date | None = None
    """The day the money reached the bank, where it is claimed from a statement."""
    fund: Fund = Fund.OPERATIONS
    """Whose prepayment it is where nothing is cleared."""
    policy: SettlementPolicy | None = None
    """The order in which fees and late charges are cleared, where the payer asks for another than the community's."""
    waive: bool = False
    """Whether the few fen that are short are let off."""

    def digest(self) -> str:
        """Equal for two requests exactly when they ask for the same payment."""
        tenders = [(tender.method.value, tender.amount.fen, tender.reference) for tender in self.tenders]
        order = self.policy.value if self.policy else ""
        whole = (self.unit_id, sorted(self.charge_ids), tenders, self.payer, self.remark, self.keep, order, self.waive)
        claimed = (self.credited_on.isoformat(), self.fund.value) if self.credited_on else ()
        return hashlib.sha256(repr((*whole, *claimed)).encode()).hexdigest()


def series_name(fund: str, year: int) -> str:
    """The counter of a receipt series: one a fund and year, so that funds never share numbers."""
    return f"receipt/{fund}/{year}"


def receipt_label(community: str, series: str, year: int, number: int) -> str:
    """The number as printed, ``XHYOP2026-000001`` (receipt rule 1)."""
    return f"{community}{series}{year}-{number:06d}"
