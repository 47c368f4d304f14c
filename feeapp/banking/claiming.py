"""What a line is, as a person says it: a household's payment, a channel's payout, a fee, one taken before.

Each deed moves the line by a guarded UPDATE that must hit exactly one row: of two clerks that claim one line at once,
one is told that it is claimed.
"""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.banking.looking import claimable
from feeapp.banking.models import BankAccount, BankClaim, BankLine, BankNote
from feeapp.banking.queries import find_claim, get_account, get_line
from feeapp.banking.rules import LINE_MOVES, LineState
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment, Void
from feeapp.cashier.models import Tender as TenderRow
from feeapp.cashier.queries import get_payment, get_receipt, get_receipt_of
from feeapp.cashier.recording import Taken
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.cashier.standing import UNDONE
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import BANK, CHANNEL_FEES, CHANNELS, STATEMENT_LINE, UNIDENTIFIED, Fund, Line, credit, debit
from feeapp.logbook.actions import log
from feeapp.registry.queries import get_unit
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, hits


def claim(by: By, line_id: int, unit_id: int) -> Taken:
    """Turn money that came in into the payment of a household, with its receipt, or do nothing at all.

    It clears what the unit's owners owe on the unit in the account's fund, oldest first, none of it in dispute; the
    rest is prepaid. It was paid on the day it reached the bank. The same claim sent twice gives the same receipt.
    Raises NotFound, and Refused where the line was claimed for another household or is no money that came in.
    """
    unit = get_unit(by.community_id, unit_id)
    line = get_line(by.community_id, line_id)
    before = find_claim(by.community_id, line_id)
    if before is not None and before.unit_id == unit_id and line.state is LineState.CLAIMED:
        return Taken(get_receipt_of(by.community_id, before.payment_id).id, anew=False)
    _move(by, line, "claim")
    account = get_account(by.community_id, line.account_id)
    open_ = claimable(by.community_id, [unit_id], office_day(by.at))[unit_id]
    request = Request(
        key=f"bank-line-{line.id}",
        unit_id=unit_id,
        charge_ids=tuple(each.id for each in open_ if each.fund == account.fund),
        tenders=(Tender(Method.TRANSFER, line.amount, _reference(line), unidentified=True),),
        payer=line.payer,
        remark=f"银行到账日 {line.happened_on.isoformat()}",
        keep=True,
        credited_on=line.happened_on,
        fund=Fund(account.fund),
    )
    taken = take_payment(by, request)
    _note_claim(by, line.id, get_receipt(by.community_id, taken.receipt_id).payment_id, unit_id)
    log(by, "banking.claim", "bank_line", line.id, fen=line.amount.fen, code=unit.code)
    return taken


def _reference(line: BankLine) -> str:
    return line.reference or f"{line.happened_on.isoformat()} {line.at_time}".strip()


def match_counted(by: By, line_id: int, payment_id: int) -> None:
    """Say that money which came in was taken at the counter before, with the slip of the transfer.

    The bank was debited then, so the line takes back what it booked. Raises NotFound, and Refused where the payment
    holds no transfer of exactly this sum in this fund, or another line is its.
    """
    line = get_line(by.community_id, line_id)
    account = get_account(by.community_id, line.account_id)
    payment = get_payment(by.community_id, payment_id)
    # Whoever takes this payment back at this instant waits here, and then sees that it is matched; or this one waits.
    take_number(by.community_id, f"bank_payment/{payment_id}")
    same = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(TenderRow)
        .where(
            TenderRow.community_id == by.community_id,
            TenderRow.payment_id == payment_id,
            TenderRow.method == Method.TRANSFER,
            TenderRow.unidentified.is_(sa.false()),
            TenderRow.amount == line.amount,
        )
    )
    undone = db.session.scalar(
        sa.select(Payment.id)
        .join(Void, UNDONE)
        .where(Payment.community_id == by.community_id, Payment.id == payment_id)
    )
    if not same or undone or payment.fund != account.fund or _is_matched(by.community_id, payment_id):
        raise Refused("bank.not_same", msg("That payment holds no other transfer of this sum. Choose another."))
    _move(by, line, "counted")
    _note_claim(by, line.id, payment_id, None)
    _book(by, account, line, "banking.counted", [debit(UNIDENTIFIED, line.amount), credit(BANK, line.amount)])
    log(by, "banking.counted", "bank_line", line.id, fen=line.amount.fen)


def book_payout(by: By, line_id: int, gross: Money) -> None:
    """Say that money which came in is what a channel paid out: gross less its fee (domain entry 9.2).

    Raises NotFound, Refused where the gross sum is less than what arrived.
    """
    line = get_line(by.community_id, line_id)
    account = get_account(by.community_id, line.account_id)
    if gross < line.amount:
        raise Refused(
            "bank.gross",
            msg("Payers paid at least the %(net)s yuan that arrived."),
            {"net": str(line.amount)},
            field="gross",
        )
    _move(by, line, "payout")
    fee = [debit(CHANNEL_FEES, gross - line.amount)] if gross > line.amount else []
    _book(by, account, line, "banking.payout", [debit(UNIDENTIFIED, line.amount), *fee, credit(CHANNELS, gross)])
    log(by, "banking.payout", "bank_line", line.id, fen=line.amount.fen)


def book_fee(by: By, line_id: int) -> None:
    """Say that money which went out is the bank's fee. Raises NotFound, Refused for any other line."""
    line = get_line(by.community_id, line_id)
    account = get_account(by.community_id, line.account_id)
    _move(by, line, "fee")
    amount = -line.amount
    _book(by, account, line, "banking.fee", [debit(CHANNEL_FEES, amount), credit(BANK, amount)])
    log(by, "banking.fee", "bank_line", line.id, fen=amount.fen)


def note(by: By, line_id: int, words: str) -> None:
    """Write down what is known of a line. Raises NotFound."""
    line = get_line(by.community_id, line_id)
    db.session.execute(
        sa.insert(BankNote.__table__).values(
            community_id=by.community_id, id=new_id(), line_id=line.id, note=words, at=by.at, by_id=by.actor_id
        )
    )
    log(by, "banking.note", "bank_line", line.id)


def check_unmatched(by: By, payment_id: int) -> None:
    """Raises Refused for a payment that a line of a statement is matched with: its money did come (cashier asks)."""
    take_number(by.community_id, f"bank_payment/{payment_id}")
    if _is_matched(by.community_id, payment_id):
        raise Refused(
            "bank.matched",
            msg("A line of a bank statement is matched with this payment: its money came and is not given back here."),
        )


def _is_matched(community_id: int, payment_id: int) -> bool:
    return bool(
        db.session.scalar(
            sa.select(BankClaim.id).where(BankClaim.community_id == community_id, BankClaim.payment_id == payment_id)
        )
    )


def _book(by: By, account: BankAccount, line: BankLine, kind: str, lines: list[Line]) -> None:
    post(by, Fund(account.fund), kind, line.happened_on, Source(STATEMENT_LINE, line.id), lines)


def _note_claim(by: By, line_id: int, payment_id: int, unit_id: int | None) -> None:
    db.session.execute(
        sa.insert(BankClaim.__table__).values(
            community_id=by.community_id,
            id=new_id(),
            line_id=line_id,
            payment_id=payment_id,
            unit_id=unit_id,
            at=by.at,
            by_id=by.actor_id,
        )
    )


def _move(by: By, line: BankLine, deed: str) -> None:
    """The guarded move: of two that claim at once, one hits the row and the other is refused."""
    if deed not in LINE_MOVES.deeds(line.state):
        raise _taken()
    hit = hits(
        sa.update(BankLine)
        .where(BankLine.community_id == by.community_id, BankLine.id == line.id, BankLine.state == line.state)
        .values(state=LINE_MOVES.after(line.state, deed))
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise _taken()
    db.session.expire(line)


def _taken() -> Refused:
    return Refused("bank.taken", msg("Somebody has said already what this line is. Reload the page."))
