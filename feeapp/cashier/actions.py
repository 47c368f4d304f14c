"""Taking money: one transaction from the ticked items to the numbered receipt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.billing.actions import settle
from feeapp.billing.queries import ChargeLine, list_open_charges
from feeapp.billing.rules import no_longer_open
from feeapp.cashier.composing import compose
from feeapp.cashier.households import find_payer
from feeapp.cashier.models import Payment, Receipt, ReceiptPrint, Settlement, Tender
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.rules import ACCOUNT_OF, Request, receipt_label, series_name
from feeapp.cashier.settling import OpenItem, Settled, Takings, nothing_chosen, plan, take
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import Fund, Line, credit, debit
from feeapp.logbook.actions import log
from feeapp.registry.models import Community
from feeapp.registry.queries import get_unit
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, dialect_insert, hits


@dataclass(frozen=True, slots=True)
class Taken:
    """What a submission led to: the receipt, and whether this very submission made it or an earlier twin did."""

    receipt_id: int
    anew: bool


def take_payment(by: By, request: Request) -> Taken:
    """Take money for ticked charges of one household: payment, settlements, entry and receipt, or nothing at all.

    The same request sent twice gives the same receipt. Raises Refused where the key was used for something else,
    an item is no longer open or not this household's, funds are mixed, or the tenders do not fit what is due.
    """
    earlier = _earlier(by.community_id, request)
    if earlier is not None:
        return earlier
    try:
        return _take(by, request)
    except Refused:
        # A twin may have been committed while this one was looking; then what it found closed, it closed itself.
        earlier = _earlier(by.community_id, request)
        if earlier is not None:
            return earlier
        raise


def _take(by: By, request: Request) -> Taken:
    today = office_day(by.at)
    payer = find_payer(by.community_id, request.unit_id, today)
    if payer is None:
        get_unit(by.community_id, request.unit_id)
        raise Refused("cashier.no_owner", msg("This unit has no owner on the ledger. Add one before taking money."))
    charges = {charge.id: charge for charge in list_open_charges(by.community_id, payer.unit_ids)}
    items = [OpenItem(each.id, each.fund, each.due_on, each.rank, each.open) for each in charges.values()]
    chosen = set(request.charge_ids)
    due = total(item.open for item in items if item.id in chosen)
    if not due:
        raise no_longer_open() if chosen else nothing_chosen()
    takings = take(request.tenders, due)
    settled = plan(items, takings.settle, chosen).settled
    fund = Fund(charges[settled[0].item_id].fund)
    payment_id, entry_id = new_id(), new_id()
    started = hits(
        dialect_insert(Payment.__table__)
        .values(
            community_id=by.community_id,
            id=payment_id,
            fund=fund.value,
            party_id=payer.party_id,
            payer=request.payer or payer.names,
            amount=takings.settle,
            change=takings.change,
            received_on=today,
            received_at=by.at,
            cashier_id=by.actor_id,
            submission_key=request.key,
            submission_hash=request.digest(),
            entry_id=entry_id,
            remark=request.remark,
        )
        # A twin of this request may be committing at this instant: its receipt is then ours.
        .on_conflict_do_nothing(index_elements=["community_id", "submission_key"])
    )
    if not started:
        twin = _earlier(by.community_id, request)
        if twin is None:
            raise no_longer_open()
        return twin
    settle(by.community_id, {part.item_id: part.amount for part in settled})
    _write_parts(by.community_id, payment_id, takings, settled)
    lines = _lines(takings, settled, charges)
    post(by, fund, "cashier.payment", today, Source("payment", payment_id), lines, entry_id=entry_id)
    receipt_id = _issue(by, payment_id, request.payer or payer.names, request.remark, takings, settled, charges)
    log(by, "cashier.take", "payment", payment_id, fen=takings.settle.fen, receipt=receipt_id)
    return Taken(receipt_id, anew=True)


def _earlier(community_id: int, request: Request) -> Taken | None:
    asked = {"community": community_id, "key": request.key}
    found = db.session.connection().execute(_EARLIER, asked).one_or_none()
    if found is None:
        return None
    if found.submission_hash != request.digest():
        raise Refused(
            "cashier.key_used",
            msg("This page has already taken a payment. Open the household again for another one."),
        )
    return Taken(found.id, anew=False)


def _write_parts(community_id: int, payment_id: int, takings: Takings, settled: Sequence[Settled]) -> None:
    owner = {"community_id": community_id, "payment_id": payment_id}
    connection = db.session.connection()
    connection.execute(
        _INSERT_TENDER,
        [
            {**owner, "line": line, "method": kept.method, "amount": kept.amount, "reference": kept.reference}
            for line, kept in enumerate(takings.kept, start=1)
        ],
    )
    connection.execute(
        _INSERT_SETTLEMENT,
        [{**owner, "charge_id": part.item_id, "amount": part.amount} for part in settled],
    )


def _lines(takings: Takings, settled: Iterable[Settled], charges: dict[int, ChargeLine]) -> list[Line]:
    received: dict[str, Money] = defaultdict(lambda: ZERO)
    for kept in takings.kept:
        received[ACCOUNT_OF[kept.method]] += kept.amount
    cleared: dict[str, Money] = defaultdict(lambda: ZERO)
    for part in settled:
        cleared[charges[part.item_id].receivable] += part.amount
    return [debit(account, amount) for account, amount in sorted(received.items())] + [
        credit(account, amount) for account, amount in sorted(cleared.items())
    ]


def _issue(
    by: By,
    payment_id: int,
    payer: str,
    remark: str,
    takings: Takings,
    settled: Sequence[Settled],
    charges: dict[int, ChargeLine],
) -> int:
    today = office_day(by.at)
    body = db.session.connection().execute(_BODY, {"community": by.community_id, "cashier": by.actor_id}).one()
    series = charges[settled[0].item_id].fund
    number = take_number(by.community_id, series_name(series, today.year))
    label = receipt_label(body.code, series, today.year, number)
    paper = compose(body, label, today, payer, remark, takings, settled, charges)
    receipt_id = new_id()
    db.session.connection().execute(
        _INSERT_RECEIPT,
        {
            "community_id": by.community_id,
            "id": receipt_id,
            "payment_id": payment_id,
            "series": series,
            "year": today.year,
            "number": number,
            "label": label,
            "amount": takings.settle,
            "issued_on": today,
            "issued_at": by.at,
            "issued_by": by.actor_id,
            "snapshot": paper.to_json(),
        },
    )
    return receipt_id


_INSERT_TENDER = sa.insert(Tender.__table__)
_INSERT_SETTLEMENT = sa.insert(Settlement.__table__)
_INSERT_RECEIPT = sa.insert(Receipt.__table__)
_EARLIER = (
    sa.select(Payment.submission_hash, Receipt.id)
    .join(Receipt, sa.and_(Receipt.community_id == Payment.community_id, Receipt.payment_id == Payment.id))
    .where(Payment.community_id == sa.bindparam("community"), Payment.submission_key == sa.bindparam("key"))
)
_BODY = (
    sa.select(Community.code, Community.name, Community.operator, User.name.label("cashier"))
    .select_from(Community)
    .join(User, User.id == sa.bindparam("cashier"))
    .where(Community.id == sa.bindparam("community"))
)


def print_copy(by: By, receipt_id: int) -> int:
    """Count one more printing of a receipt and return its copy number: 1 is the original, later ones are reprints."""
    receipt = get_receipt(by.community_id, receipt_id)
    copy = take_number(by.community_id, f"receipt_copy/{receipt.id}")
    db.session.execute(
        sa.insert(ReceiptPrint.__table__).values(
            community_id=by.community_id,
            id=new_id(),
            receipt_id=receipt.id,
            copy=copy,
            printed_at=by.at,
            printed_by=by.actor_id,
        )
    )
    log(by, "cashier.print", "receipt", receipt.id, copy=copy)
    return copy
