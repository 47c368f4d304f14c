"""Taking money: one transaction from the ticked items to the numbered receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from feeapp.billing.queries import ChargeLine
from feeapp.billing.rules import no_longer_open
from feeapp.cashier.composing import prepaid_line
from feeapp.cashier.households import Payer, find_payer, list_former
from feeapp.cashier.models import ReceiptPrint
from feeapp.cashier.owing import look
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.recording import Holding, Incoming, Taken, once, record
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Plan, nothing_chosen, plan, take
from feeapp.cashier.small_change import check_small, let_off, small_rest
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, total
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

    The late charges that have run up on them are part of what is due. What is above that is held as prepayment where
    that is asked for; nothing need be ticked then. The same request sent twice gives the same receipt. Raises Refused
    where the key was used for something else, an item is no longer open or not this household's, funds are mixed, or
    the tenders do not fit what is due.
    """
    return once(by.community_id, request, lambda: _take(by, request))


def _take(by: By, request: Request) -> Taken:
    today = office_day(by.at)
    payer = find_payer(by.community_id, request.unit_id, today)
    if payer is None:
        get_unit(by.community_id, request.unit_id)
        raise Refused("cashier.no_owner", msg("This unit has no owner on the ledger. Add one before taking money."))
    owing = look(by.community_id, payer.unit_ids, request.credited_on or today, holding=True)
    chosen = set(request.charge_ids)
    due = owing.due(chosen)
    if not due and (chosen or not request.keep):
        raise no_longer_open() if chosen else nothing_chosen()
    party_id = _debtor(by.community_id, [owing.lines[each] for each in chosen if each in owing.lines], payer, today)
    takings = take(request.tenders, due, request.keep)
    policy = request.policy or owing.policy
    parts = plan(owing.items, takings.settle, chosen, policy) if chosen else Plan((), takings.settle)
    rest = small_rest(owing, chosen, parts) if request.waive else {}
    if rest:
        check_small(by, total(rest.values()))
        parts = replace(parts, settled=tuple(replace(part, left=ZERO) for part in parts.settled))
    fund = Fund(owing.lines[parts.settled[0].item_id].fund) if parts.settled else request.fund
    holdings: tuple[Holding, ...] = ()
    if parts.prepaid:
        kind = MoveKind.OVERPAID if parts.settled else MoveKind.PREPAID
        line = prepaid_line(get_unit(by.community_id, request.unit_id).name, parts.prepaid)
        holder = Holder(request.unit_id, party_id, fund.value)
        holdings = (Holding(holder, parts.prepaid, kind, (line,)),)
    names = request.payer or payer.names
    incoming = Incoming(
        fund, party_id, names, takings, parts, owing.lines, holdings, owing.memos, total(rest.values()),
        request.credited_on,
    )  # fmt: skip
    return record(by, request, incoming, lambda payment_id: let_off(by, owing, rest, payment_id))


def _debtor(community_id: int, chosen: Sequence[ChargeLine], payer: Payer, today: date) -> int:
    """Whose debt is paid: the household's, or that of one former owner, never both on one receipt."""
    former = list_former(community_id, chosen, {payer.party_id}, today)
    if not former:
        return payer.party_id
    debtors = {line.debtor_id for line in chosen}
    if len(debtors) > 1 or any((line.unit_id, line.debtor_id) not in former for line in chosen):
        raise Refused(
            "cashier.former",
            msg("What a former owner owes has a receipt of its own: tick either theirs or the household's."),
            field="items",
        )
    return debtors.pop()


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
