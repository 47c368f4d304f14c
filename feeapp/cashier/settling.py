"""What a payment clears, and what the tenders that make it up come to.

Rules and vectors: docs/rules/settlement.md. Basis: Civil Code arts. 560 and 561; domain section 4.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from feeapp.billing.rules import no_longer_open
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.registry.profile import SettlementPolicy

Part = Literal["principal", "late"]


MOST_WAYS = 6
"""How many ways of paying fit a receipt (printing/receipt.py)."""


class Method(enum.Enum):
    """How money is handed over."""

    CASH = "CASH"
    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    POS = "POS"
    TRANSFER = "TRANSFER"
    CHEQUE = "CHEQUE"
    WALLET = "WALLET"
    """Money the household paid ahead: nothing is handed over now."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A charge that is still open, at least in part: its fund, due day, rank among fee kinds and what is open.

    ``late`` is the late charge that has run up on it, which may outlive the charge itself. Raises ValueError where
    nothing is open.
    """

    id: int
    fund: str
    due_on: date
    rank: int
    open: Money
    late: Money = ZERO

    def __post_init__(self) -> None:
        if self.open < ZERO or self.late < ZERO or not self.open + self.late:
            raise ValueError("an open item has something open")


@dataclass(frozen=True, slots=True)
class Settled:
    """What a payment clears of one item and of its late charge, and what stays open of the item."""

    item_id: int
    amount: Money
    late: Money
    left: Money


@dataclass(frozen=True, slots=True)
class Plan:
    """What a payment clears of each item, oldest due first, and what is left over."""

    settled: tuple[Settled, ...]
    prepaid: Money


def plan(
    open_items: Sequence[OpenItem],
    paid: Money,
    chosen: Collection[int] | None = None,
    policy: SettlementPolicy = SettlementPolicy.PRINCIPAL_FIRST,
) -> Plan:
    """What ``paid`` clears of the chosen items (all of them where none are named), oldest due first.

    PRINCIPAL_FIRST clears all principals in order and then the late charges in the same order; STATUTORY clears item
    by item, the late charge before its principal. Items due on one day go by rank; items of one day and rank share
    what is left by the largest remainder. The order in which items or ids are given makes no difference. Raises
    Refused where nothing or something unknown is chosen, where funds are mixed, and where the sum is not above zero.
    """
    items = _chosen(open_items, chosen)
    if len({item.fund for item in items}) > 1:
        raise Refused(
            "settle.funds",
            msg("Different funds never share a receipt. Take the money of each fund as a payment of its own."),
            field="items",
        )
    if paid <= ZERO:
        raise Refused("settle.nothing", msg("A payment is more than zero."), field="amount")
    cleared: dict[tuple[Part, int], Money] = {}
    left = paid
    for part, equals in _in_turn(items, policy):
        owed = [_owed(item, part) for item in equals]
        taken = min(left, total(owed))
        for item, amount in zip(equals, taken.share([each.fen for each in owed]), strict=True):
            cleared[part, item.id] = amount
        left -= taken
    settled = []
    for item in sorted(items, key=_turn):
        amount, late = cleared.get(("principal", item.id), ZERO), cleared.get(("late", item.id), ZERO)
        if amount or late:
            settled.append(Settled(item.id, amount, late, item.open - amount))
    return Plan(tuple(settled), left)


def nothing_chosen() -> Refused:
    """The refusal of a payment for nothing."""
    return Refused("settle.none", msg("Nothing is ticked. Tick at least one item to be paid."), field="items")


def _chosen(open_items: Sequence[OpenItem], chosen: Collection[int] | None) -> list[OpenItem]:
    by_id = {item.id: item for item in open_items}
    if len(by_id) != len(open_items):
        raise ValueError("an open item is given twice")
    wanted = set(by_id) if chosen is None else set(chosen)
    if not wanted:
        raise nothing_chosen()
    if not wanted <= by_id.keys():
        raise no_longer_open()
    return [by_id[item_id] for item_id in wanted]


def _turn(item: OpenItem) -> tuple[date, int, int]:
    return item.due_on, item.rank, item.id


def _owed(item: OpenItem, part: Part) -> Money:
    return item.late if part == "late" else item.open


def _in_turn(items: Sequence[OpenItem], policy: SettlementPolicy) -> Iterator[tuple[Part, list[OpenItem]]]:
    """What is cleared in which order: principals or late charges, those of equal standing together."""
    queue = [
        list(equals)
        for _, equals in itertools.groupby(sorted(items, key=_turn), key=lambda item: (item.due_on, item.rank))
    ]
    order: list[tuple[Part, list[OpenItem]]] = [("principal", equals) for equals in queue]
    late: list[tuple[Part, list[OpenItem]]] = [("late", equals) for equals in queue]
    if policy is SettlementPolicy.STATUTORY:
        order = [each for pair in zip(late, order, strict=True) for each in pair]
    else:
        order += late
    for part, equals in order:
        owing = [item for item in equals if _owed(item, part)]
        if owing:
            yield part, owing


@dataclass(frozen=True, slots=True)
class Tender:
    """One part of a payment; all but cash and prepaid money carry the reference of the slip or transfer."""

    method: Method
    amount: Money
    reference: str = ""
    unidentified: bool = False
    """Whether the money is in the book already, as a bank receipt that nobody had claimed (account 2205)."""


@dataclass(frozen=True, slots=True)
class Takings:
    """What the tenders come to: the sum that settles, the change handed back, and the tenders kept, net of change."""

    settle: Money
    change: Money
    kept: tuple[Tender, ...]


def take(tenders: Sequence[Tender], due: Money, keep: bool = False) -> Takings:
    """Accept tenders against what is due; less than due is a part payment.

    More comes back as change for cash. Where the payer wants it (``keep``), all that is too much is kept as
    prepayment; without that, more than is due by other means than cash is refused. Prepaid money only clears what is
    due. Cash tenders are kept as one. Raises Refused also for no tender, an amount not above zero, a missing
    reference, and nothing due.
    """
    if due < ZERO or (due == ZERO and not keep):
        raise Refused("tender.due", msg("Nothing is due."), field="tenders")
    if not tenders:
        raise Refused("tender.none", msg("Enter how the money is paid."), field="tenders")
    for tender in tenders:
        _check(tender)
    cash = total(tender.amount for tender in tenders if tender.method is Method.CASH)
    other = total(tender.amount for tender in tenders if tender.method is not Method.CASH)
    _check_other(tenders, other, due, keep)
    settle = cash + other if keep else min(cash + other, due)
    net_cash = settle - other
    kept = [tender for tender in tenders if tender.method is not Method.CASH]
    if net_cash:
        kept.insert(0, Tender(Method.CASH, net_cash))
    if len(kept) > MOST_WAYS:
        raise Refused(
            "tender.many",
            msg("A receipt has room for %(most)s ways of paying. Take the money as two payments."),
            {"most": MOST_WAYS},
            field="tenders",
        )
    return Takings(settle, cash - net_cash, tuple(kept))


def _check_other(tenders: Sequence[Tender], other: Money, due: Money, keep: bool) -> None:
    """What is not cash fits what is due, or is to be kept; prepaid money always fits."""
    prepaid = total(tender.amount for tender in tenders if tender.method is Method.WALLET)
    if prepaid > due:
        raise Refused(
            "tender.prepaid",
            msg("%(prepaid)s yuan of prepaid money is more than the %(due)s yuan due."),
            {"prepaid": str(prepaid), "due": str(due)},
            field="tenders",
        )
    if other > due and not keep:
        raise Refused(
            "tender.over",
            msg(
                "%(other)s yuan without cash is more than the %(due)s yuan due; only cash gives change. "
                "Correct the sum, or keep the rest as prepayment."
            ),
            {"other": str(other), "due": str(due)},
            field="keep",
        )


def _check(tender: Tender) -> None:
    if tender.amount <= ZERO:
        raise Refused("tender.amount", msg("Every sum handed over is more than zero."), field="tenders")
    if tender.method not in (Method.CASH, Method.WALLET) and not tender.reference.strip():
        raise Refused(
            "tender.reference",
            msg("Enter the reference number of every payment that is not cash."),
            field="tenders",
        )
