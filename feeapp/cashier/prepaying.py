"""Taking money for months to come: quoted, paid whole, held for its item, with what an offer gives on its own line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from feeapp.cashier.households import find_payer
from feeapp.cashier.recording import Holding, Incoming, Taken, once, record
from feeapp.cashier.settling import Method, Plan, Tender, take
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.rules import Fund
from feeapp.prepay.actions import holder_of, write_prepayment
from feeapp.prepay.quoting import Pick, Quoted, quote
from feeapp.prepay.rules import OfferKind, Wish
from feeapp.printing.receipt import ReceiptLine
from feeapp.registry.queries import get_unit
from feeapp.storage.counters import take_number
from feeapp.wallets.rules import MoveKind


@dataclass(frozen=True, slots=True)
class PrepayRequest:
    """What is paid ahead, as the counter sends it: the units and items, how far, the sum that was shown, the money."""

    key: str
    unit_id: int
    picks: tuple[Pick, ...]
    wish: Wish
    seen: Money
    tenders: tuple[Tender, ...]
    payer: str
    remark: str = ""

    def digest(self) -> str:
        """Equal for two requests exactly when they ask for the same payment."""
        tenders = [(tender.method.value, tender.amount.fen, tender.reference) for tender in self.tenders]
        wish = (self.wish.term.value, self.wish.months, str(self.wish.through), self.wish.year)
        whole = (self.unit_id, sorted(self.picks), wish, self.seen.fen, tenders, self.payer, self.remark)
        return hashlib.sha256(repr(whole).encode()).hexdigest()


def prepay(by: By, request: PrepayRequest) -> Taken:
    """Take money for months to come: payment, wallets, gifts, entries and receipt, or nothing at all.

    The same request sent twice gives the same receipt. Raises Refused as quoting does, and where the sum is no longer
    the one that was shown, or is not paid whole.
    """
    return once(by.community_id, request, lambda: _prepay(by, request))


def _prepay(by: By, request: PrepayRequest) -> Taken:
    today = office_day(by.at)
    payer = find_payer(by.community_id, request.unit_id, today)
    if payer is None:
        get_unit(by.community_id, request.unit_id)
        raise Refused("cashier.no_owner", msg("This unit has no owner on the ledger. Add one before taking money."))
    _check_own(request, payer.unit_ids)
    # Whoever pays the same months ahead at this instant waits here, and then sees that they are paid.
    for unit_id, item_id in sorted(request.picks):
        take_number(by.community_id, f"prepay/{unit_id}/{item_id}")
    quoted = quote(by.community_id, request.picks, request.wish, today)
    due = total(each.paid for each in quoted)
    if due != request.seen:
        raise Refused(
            "prepay.changed",
            msg("The months now come to %(due)s yuan, not %(seen)s: something has changed. Look again."),
            {"due": str(due), "seen": str(request.seen)},
        )
    takings = take(request.tenders, due)
    if takings.settle != due or any(kept.method is Method.WALLET for kept in takings.kept):
        raise Refused(
            "prepay.part",
            msg("Months are paid ahead whole: %(due)s yuan. Take fewer months, or more money."),
            {"due": str(due)},
            field="tenders",
        )
    holdings = tuple(
        Holding(holder_of(each), each.paid, MoveKind.PREPAID, receipt_lines(each)) for each in quoted
    )  # fmt: skip
    fund = Fund(quoted[0].item.fund)
    incoming = Incoming(fund, payer.party_id, request.payer, takings, Plan((), due), {}, holdings)

    def also(payment_id: int) -> None:
        for each in quoted:
            write_prepayment(by, payment_id, each)

    return record(by, request, incoming, also)


def _check_own(request: PrepayRequest, unit_ids: tuple[int, ...]) -> None:
    if not {unit_id for unit_id, _ in request.picks} <= set(unit_ids):
        raise Refused("prepay.foreign", msg("Tick only what is this household's. Reload the page."), field="picks")
    if len(set(request.picks)) != len(request.picks):
        raise Refused("prepay.twice", msg("Something is ticked twice. Reload the page."), field="picks")


def receipt_lines(quoted: Quoted) -> tuple[ReceiptLine, ...]:
    """The months by their price, and on a line of its own what the offer takes off."""
    lines = [
        ReceiptLine(
            unit=quoted.unit.name,
            item=f"预收{quoted.item.name}",
            period=_span(quoted),
            quantity=f"{len(quoted.months)} 个月",
            price="",
            amount=quoted.listed,
            item_en=f"{quoted.item.name_en}, paid ahead"[:80],
        )
    ]
    if quoted.offer is not None:
        lines.append(
            ReceiptLine(
                unit=quoted.unit.name,
                item="预缴优惠",
                period=given(quoted),
                quantity="",
                price="",
                amount=-quoted.gift,
                item_en="Offer for paying ahead",
            )
        )
    return tuple(lines)


def _span(quoted: Quoted) -> str:
    first, last = quoted.from_period, quoted.through_period
    return str(first) if first == last else f"{first}—{last}"


def given(quoted: Quoted) -> str:
    """What an offer gives, in the words of a receipt."""
    if quoted.offer is None:
        return ""
    if quoted.offer.kind is OfferKind.MONTHS:
        return f"赠送 {quoted.offer.gift_months} 个月"
    return f"优惠 {quoted.offer.percent.normalize():f}%"
