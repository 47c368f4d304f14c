"""Taking a receipt back: a cashier asks, a second person decides, and the payment is undone whole or not at all.

On the office day of its issue the receipt is void under its own number; later, a receipt in red with a number of its
own reverses it (domain receipt rules 1 to 3; docs/rules/voids.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.cashier.models import Receipt, Void
from feeapp.cashier.queries import get_payment, get_receipt, list_tenders
from feeapp.cashier.rules import receipt_label, series_name
from feeapp.cashier.undoing import take_back
from feeapp.cashier.void_queries import get_void
from feeapp.cashier.void_rules import VOID, VOID_MOVES, VoidState, Way, check_paper, way_on
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.core.words import in_words
from feeapp.ledger.actions import Source
from feeapp.logbook.actions import log
from feeapp.printing.receipt import ALL_PARTS, Part, from_json
from feeapp.registry.queries import get_community
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, dialect_insert, hits

keepers: list[Callable[[By, int], None]] = []
"""Rooms above that a payment may be bound in; each raises Refused where it may not be taken back (the wiring)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a receipt is to be taken back, and what became of its paper."""

    reason: str
    parts: tuple[Part, ...]
    lost: str = ""


def ask(by: By, receipt_id: int, asked: Asked) -> int:
    """Ask for a receipt to be taken back and return the request's id.

    Raises NotFound, and Refused for a receipt in red, for one that is or may be taken back already, and where paper
    is missing without a word.
    """
    receipt = get_receipt(by.community_id, receipt_id)
    if receipt.reverses_id is not None:
        raise Refused("void.red", msg("A receipt in red is not taken back. Take the money anew instead."))
    if any(tender.unidentified for tender in list_tenders(by.community_id, receipt.payment_id)):
        raise Refused(
            "void.claimed",
            msg(
                "The money of this receipt came by a line of a bank statement, so it is not given back at the counter."
            ),
        )
    _check_free(by, receipt.payment_id)
    check_paper(asked.parts, asked.lost)
    void_id = new_id()
    insert = dialect_insert(Void.__table__).values(
        community_id=by.community_id,
        id=void_id,
        receipt_id=receipt.id,
        payment_id=receipt.payment_id,
        reason=asked.reason,
        parts=[part.value for part in ALL_PARTS if part in asked.parts],
        lost=asked.lost.strip(),
        state=VoidState.ASKED,
        asked_at=by.at,
        asked_by=by.actor_id,
        answer="",
    )
    if hits(insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)) != 1:
        raise Refused("void.twice", msg("This receipt is taken back already, or that has been asked for."))
    log(by, "cashier.ask_void", "receipt", receipt.id, number=receipt.label)
    return void_id


def approve(by: By, void_id: int, answer: str = "") -> Way:
    """Take the receipt back with all that its payment did, and say in which way.

    Raises NotFound, and Refused for whoever asked or took the money, for a request that is decided, and where what
    was paid or prepaid has gone elsewhere since.
    """
    void = get_void(by.community_id, void_id)
    receipt, payment = get_receipt(by.community_id, void.receipt_id), get_payment(by.community_id, void.payment_id)
    check_second_person(by, void)
    if payment.cashier_id == by.actor_id:
        raise Refused("void.own_receipt", msg("You took this money yourself, so somebody else has to decide it."))
    _check_free(by, payment.id)
    today = office_day(by.at)
    way = way_on(receipt.issued_on, today)
    _decide(by, void, "approve", answer)
    entry_id = take_back(by, payment, Source(VOID, void.id))
    red_id = _issue_red(by, receipt, void) if way is Way.RED else None
    hits(
        sa.update(Void)
        .where(Void.community_id == by.community_id, Void.id == void.id)
        .values(way=way, done_on=today, entry_id=entry_id, red_id=red_id)
        .execution_options(synchronize_session=False)
    )
    if way is Way.VOID:
        log(by, "cashier.void", "receipt", receipt.id, number=receipt.label, fen=payment.amount.fen)
    else:
        log(by, "cashier.red", "receipt", receipt.id, number=receipt.label, fen=payment.amount.fen)
    return way


def refuse(by: By, void_id: int, answer: str) -> None:
    """Leave the receipt as it is. Raises NotFound, and Refused for whoever asked, without a reason, or too late."""
    void = get_void(by.community_id, void_id)
    if not answer.strip():
        raise Refused("void.answer", msg("Say why, so that it can be understood later."), field="answer")
    check_second_person(by, void)
    _decide(by, void, "refuse", answer)
    log(by, "cashier.refuse_void", "receipt", void.receipt_id)


def withdraw(by: By, void_id: int) -> None:
    """Take one's own request back. Raises NotFound, and Refused for anybody else, and for one that is decided."""
    void = get_void(by.community_id, void_id)
    if void.asked_by != by.actor_id:
        raise Refused("void.not_own", msg("Only who asked for it withdraws it. You can refuse it."))
    _decide(by, void, "withdraw", "")
    log(by, "cashier.withdraw_void", "receipt", void.receipt_id)


def _check_free(by: By, payment_id: int) -> None:
    for keeper in keepers:
        keeper(by, payment_id)


def check_second_person(by: By, void: Void) -> None:
    """Raises Refused where whoever asked decides."""
    if void.asked_by == by.actor_id:
        raise Refused(
            "void.same_person",
            msg("You asked for this yourself, so somebody else has to decide it (second person)."),
        )


def _decide(by: By, void: Void, deed: str, answer: str) -> None:
    """Move it out of waiting; whoever comes second waits for the first and is told so."""
    after = VOID_MOVES.after(void.state, deed)
    moved = hits(
        sa.update(Void)
        .where(Void.community_id == by.community_id, Void.id == void.id, Void.state == VoidState.ASKED)
        .values(state=after, decided_at=by.at, decided_by=by.actor_id, answer=answer.strip())
        .execution_options(synchronize_session=False)
    )
    if moved != 1:
        raise Refused("void.decided", msg("This request has been decided already. Reload the page."))
    db.session.expire(void)


def _issue_red(by: By, receipt: Receipt, void: Void) -> int:
    """The receipt in red: the lines of the original below zero, a number of its own, dated today."""
    today = office_day(by.at)
    number = take_number(by.community_id, series_name(receipt.series, today.year))
    label = receipt_label(get_community(by.community_id).code, receipt.series, today.year, number)
    people = db.session.execute(sa.select(User.id, User.name).where(User.id.in_((void.asked_by, by.actor_id))))
    names = {row.id: row.name for row in people}
    paper = from_json(receipt.snapshot)
    red = replace(
        paper,
        title="红字收据",
        number=label,
        issued_on=today,
        lines=tuple(replace(line, amount=-line.amount, remaining=None) for line in paper.lines),
        total=-paper.total,
        words=in_words(-paper.total),
        tenders=tuple(replace(tender, amount=-tender.amount) for tender in paper.tenders),
        change=None,
        cashier=names[void.asked_by][:20],
        reviewer=names[void.decided_by or 0][:20],
        remark=f"冲销 {receipt.label}（{receipt.issued_on}）：{void.reason}"[:200],
    )
    red_id = new_id()
    db.session.execute(
        sa.insert(Receipt.__table__).values(
            community_id=by.community_id,
            id=red_id,
            payment_id=receipt.payment_id,
            series=receipt.series,
            year=today.year,
            number=number,
            label=label,
            amount=-receipt.amount,
            issued_on=today,
            issued_at=by.at,
            issued_by=by.actor_id,
            snapshot=red.to_json(),
            reverses_id=receipt.id,
        )
    )
    return red_id
