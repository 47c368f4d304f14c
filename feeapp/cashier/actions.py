"""Taking money: one transaction from the ticked items to the numbered receipt."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.billing.queries import list_open_charges
from feeapp.billing.rules import no_longer_open
from feeapp.cashier.composing import prepaid_line
from feeapp.cashier.households import find_payer
from feeapp.cashier.models import ReceiptPrint
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.recording import Holding, Incoming, Taken, once, record
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import OpenItem, Plan, nothing_chosen, plan, take
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import total
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.rules import Fund
from feeapp.logbook.actions import log
from feeapp.registry.queries import get_unit
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db
from feeapp.wallets.actions import Holder
from feeapp.wallets.rules import MoveKind


def take_payment(by: By, request: Request) -> Taken:
    """Take money for ticked charges of one household: payment, settlements, entry and receipt, or nothing at all.

    What is above them is held as prepayment where that is asked for; nothing need be ticked then. The same request
    sent twice gives the same receipt. Raises Refused where the key was used for something else, an item is no longer
    open or not this household's, funds are mixed, or the tenders do not fit what is due.
    """
    return once(by.community_id, request, lambda: _take(by, request))


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
    if not due and (chosen or not request.keep):
        raise no_longer_open() if chosen else nothing_chosen()
    takings = take(request.tenders, due, request.keep)
    parts = plan(items, takings.settle, chosen) if chosen else Plan((), takings.settle)
    fund = Fund(charges[parts.settled[0].item_id].fund) if parts.settled else Fund.OPERATIONS
    holdings: tuple[Holding, ...] = ()
    if parts.prepaid:
        kind = MoveKind.OVERPAID if parts.settled else MoveKind.PREPAID
        line = prepaid_line(get_unit(by.community_id, request.unit_id).name, parts.prepaid)
        holder = Holder(request.unit_id, payer.party_id, fund.value)
        holdings = (Holding(holder, parts.prepaid, kind, (line,)),)
    incoming = Incoming(fund, payer.party_id, request.payer or payer.names, takings, parts, charges, holdings)
    return record(by, request, incoming)


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
