"""What a payment clears, and what the tenders that make it up come to.

Rules and vectors: docs/rules/settlement.md. Basis: Civil Code arts. 560 and 561; domain section 4.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.billing.rules import no_longer_open
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg


class Method(enum.Enum):
    """How money is handed over."""

    CASH = "CASH"
    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    POS = "POS"
    TRANSFER = "TRANSFER"
    CHEQUE = "CHEQUE"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A charge that is still open, at least in part: its fund, due day, rank among fee kinds and what is open.

    Raises ValueError where nothing is open.
    """

    id: int
    fund: str
    due_on: date
    rank: int
    open: Money

    def __post_init__(self) -> None:
        if self.open <= ZERO:
            raise ValueError("an open item has something open")


@dataclass(frozen=True, slots=True)
class Settled:
    """What a payment clears of one item, and what stays open of it."""

    item_id: int
    amount: Money
    left: Money


def plan(open_items: Sequence[OpenItem], paid: Money, chosen: Collection[int] | None = None) -> list[Settled]:
    """What ``paid`` clears of the chosen items (all of them where none are named), oldest due first.

    Items due on one day go by rank; items of one day and rank share what is left by the largest remainder. The
    order in which items or ids are given makes no difference. Raises Refused where nothing or something unknown is
    chosen, where funds are mixed, and where the sum is not above zero or above all that is chosen.
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
    owed = total(item.open for item in items)
    if paid > owed:
        raise Refused(
            "settle.over",
            msg("%(paid)s yuan is more than the %(owed)s yuan of what is ticked. Tick more, or take less."),
            {"paid": str(paid), "owed": str(owed)},
            field="amount",
        )
    settled: list[Settled] = []
    left = paid
    for equals in _in_turn(items):
        part = min(left, total(item.open for item in equals))
        shares = part.share([item.open.fen for item in equals])
        settled.extend(
            Settled(item.id, amount, item.open - amount) for item, amount in zip(equals, shares, strict=True) if amount
        )
        left -= part
    return settled


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


def _in_turn(items: Sequence[OpenItem]) -> Iterator[list[OpenItem]]:
    """The items in the order of clearing, those of equal standing together."""
    queue = sorted(items, key=lambda item: (item.due_on, item.rank, item.id))
    for _, equals in itertools.groupby(queue, key=lambda item: (item.due_on, item.rank)):
        yield list(equals)


@dataclass(frozen=True, slots=True)
class Tender:
    """One part of a payment as it is handed over; all but cash carry the reference of the slip or transfer."""

    method: Method
    amount: Money
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Takings:
    """What the tenders come to: the sum that settles, the change handed back, and the tenders kept, net of change."""

    settle: Money
    change: Money
    kept: tuple[Tender, ...]


def take(tenders: Sequence[Tender], due: Money) -> Takings:
    """Accept tenders against what is due; less than due is a part payment, more comes back only as change for cash.

    Cash tenders are kept as one. Raises Refused for no tender, an amount not above zero, a missing reference,
    nothing due, and for more than is due by other means than cash.
    """
    if due <= ZERO:
        raise Refused("tender.due", msg("Nothing is due."), field="tenders")
    if not tenders:
        raise Refused("tender.none", msg("Enter how the money is paid."), field="tenders")
    for tender in tenders:
        _check(tender)
    cash = total(tender.amount for tender in tenders if tender.method is Method.CASH)
    other = total(tender.amount for tender in tenders if tender.method is not Method.CASH)
    if other > due:
        raise Refused(
            "tender.over",
            msg("%(other)s yuan without cash is more than the %(due)s yuan due; only cash gives change."),
            {"other": str(other), "due": str(due)},
            field="tenders",
        )
    settle = min(cash + other, due)
    net_cash = settle - other
    kept = [tender for tender in tenders if tender.method is not Method.CASH]
    if net_cash:
        kept.insert(0, Tender(Method.CASH, net_cash))
    return Takings(settle, cash - net_cash, tuple(kept))


def _check(tender: Tender) -> None:
    if tender.amount <= ZERO:
        raise Refused("tender.amount", msg("Every sum handed over is more than zero."), field="tenders")
    if tender.method is not Method.CASH and not tender.reference.strip():
        raise Refused(
            "tender.reference",
            msg("Enter the reference number of every payment that is not cash."),
            field="tenders",
        )
