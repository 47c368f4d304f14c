"""Funds, the chart of accounts, and what makes an entry sound (docs: domain chart 9.1)."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import msg


class Fund(enum.Enum):
    """A pot of money with a wall round it: every entry balances inside one."""

    OPERATIONS = "OP"
    RENOVATION = "RN"
    COMMON_REVENUE = "CR"
    MAINTENANCE = "MF"
    TRUST = "TR"


FUND_WORDS = {
    Fund.OPERATIONS: msg("Operations"),
    Fund.RENOVATION: msg("Renovation"),
    Fund.COMMON_REVENUE: msg("Common revenue"),
    Fund.MAINTENANCE: msg("Maintenance fund"),
    Fund.TRUST: msg("Trust money"),
}


class Side(enum.Enum):
    """Where an account's balance normally stands."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class ClosingKind(enum.Enum):
    """Whether a month is closed, or opened again."""

    CLOSE = "CLOSE"
    REOPEN = "REOPEN"


class ClosingState(enum.Enum):
    """Where a request to close or reopen a month stands."""

    ASKED = "ASKED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


CLOSING_WORDS = {ClosingKind.CLOSE: msg("Close the month"), ClosingKind.REOPEN: msg("Reopen the month")}
CLOSING_STATE_WORDS = {
    ClosingState.ASKED: msg("Waiting for a second person"),
    ClosingState.DONE: msg("Done"),
    ClosingState.REFUSED: msg("Refused"),
    ClosingState.WITHDRAWN: msg("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the chart."""

    code: str
    words: str
    side: Side
    funds: tuple[Fund, ...]


_ALL = tuple(Fund)
_OP, _RN = (Fund.OPERATIONS,), (Fund.RENOVATION,)

CASH, BANK, CHANNELS, INTER_FUND = "1001", "1002", "1012", "1901"
RECEIVABLE_FEE, RECEIVABLE_LEVY, RECEIVABLE_PARKING, RECEIVABLE_SHARED = "1122.01", "1122.02", "1122.03", "1122.04"
RENOVATION_MONEY = "2301"
PREPAYMENTS = "2203"
UNIDENTIFIED = "2205"
REFUNDS_PAYABLE = "2246"
INCOME_FEE, INCOME_PARKING, PASSED_ON, WAIVERS, OPENING = "6001", "6002", "2242", "6601", "3001"
INCOME_LATE = "6003"
CHANNEL_FEES = "6603"
ROUNDING = "6711"

STATEMENT_LINE = "bank_line"
"""The source of the entries that follow a bank statement rather than a payment (room banking)."""

CHART: tuple[Account, ...] = (
    Account(CASH, msg("Cash in hand"), Side.DEBIT, _ALL),
    Account(BANK, msg("Bank"), Side.DEBIT, _ALL),
    Account(CHANNELS, msg("Payment channels in transit"), Side.DEBIT, _ALL),
    Account(RECEIVABLE_FEE, msg("Receivable: property fee"), Side.DEBIT, _OP),
    Account(RECEIVABLE_LEVY, msg("Receivable: renovation share"), Side.DEBIT, _RN),
    Account(RECEIVABLE_PARKING, msg("Receivable: parking"), Side.DEBIT, _OP),
    Account(RECEIVABLE_SHARED, msg("Receivable: shared utilities"), Side.DEBIT, _OP),
    Account(PREPAYMENTS, msg("Prepayments by household"), Side.CREDIT, _ALL),
    Account(UNIDENTIFIED, msg("Unidentified receipts"), Side.CREDIT, _ALL),
    Account(PASSED_ON, msg("Collected for others"), Side.CREDIT, _OP),
    Account(REFUNDS_PAYABLE, msg("Refunds payable"), Side.CREDIT, _ALL),
    Account(RENOVATION_MONEY, msg("Renovation money"), Side.CREDIT, _RN),
    Account(OPENING, msg("Opening balances"), Side.CREDIT, _OP),
    Account(INCOME_FEE, msg("Property fee income"), Side.CREDIT, _OP),
    Account(INCOME_PARKING, msg("Parking service income"), Side.CREDIT, _OP),
    Account(INCOME_LATE, msg("Late-charge income"), Side.CREDIT, _OP),
    Account(WAIVERS, msg("Waivers and discounts"), Side.DEBIT, _OP),
    Account(CHANNEL_FEES, msg("Bank and channel fees"), Side.DEBIT, _ALL),
    Account(ROUNDING, msg("Rounding differences"), Side.DEBIT, _OP),
)

ACCOUNTS = {account.code: account for account in CHART}


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry: a debit or a credit on an account, always positive."""

    account: str
    debit: Money = ZERO
    credit: Money = ZERO


def debit(account: str, amount: Money) -> Line:
    """A debit line."""
    return Line(account, debit=amount)


def credit(account: str, amount: Money) -> Line:
    """A credit line."""
    return Line(account, credit=amount)


def check_entry(fund: Fund, lines: Sequence[Line]) -> Money:
    """The total of a sound entry.

    Raises ValueError where it does not balance, has fewer than two lines, holds an empty or two-sided line, or an
    account the fund does not have: those are faults of the program, never of a person.
    """
    if len(lines) < 2:
        raise ValueError("an entry has at least two lines")
    for line in lines:
        if line.debit < ZERO or line.credit < ZERO or bool(line.debit) == bool(line.credit):
            raise ValueError(f"a line is a debit or a credit above zero: {line}")
        if line.account not in ACCOUNTS or fund not in ACCOUNTS[line.account].funds:
            raise ValueError(f"fund {fund.value} has no account {line.account}")
    debits, credits = total(line.debit for line in lines), total(line.credit for line in lines)
    if debits != credits:
        raise ValueError(f"debits {debits} and credits {credits} differ")
    return debits
