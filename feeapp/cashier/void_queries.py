"""Looks at receipts that are taken back, and at what became of every number that was given out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.access.models import User
from feeapp.cashier.models import Payment, Receipt, Void
from feeapp.cashier.void_rules import Fate, VoidState, Way, fate_of
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class VoidRow:
    """One request to take a receipt back, with the names of the people in it."""

    id: int
    receipt_id: int
    label: str
    issued_on: date
    payer: str
    amount: Money
    reason: str
    state: VoidState
    way: Way | None
    done_on: date | None
    asked_at: datetime
    asked_by: int
    asker: str
    decided_at: datetime | None
    decider: str | None
    answer: str
    red_id: int | None
    red_label: str | None


def get_void(community_id: int, void_id: int) -> Void:
    """A request of this community, as it stands now. Raises NotFound."""
    void = db.session.get(Void, (community_id, void_id), populate_existing=True)
    if void is None:
        raise NotFound
    return void


def get_void_row(community_id: int, void_id: int) -> VoidRow:
    """The same with its receipt and the names of the people. Raises NotFound."""
    found = db.session.execute(_rows(community_id).where(Void.id == void_id)).one_or_none()
    if found is None:
        raise NotFound
    return VoidRow(*found)


def find_void_of(community_id: int, receipt_id: int) -> VoidRow | None:
    """The request for a receipt that waits or was approved; for one in red, that which made it."""
    of_receipt = sa.or_(Void.receipt_id == receipt_id, Void.red_id == receipt_id)
    found = db.session.execute(
        _rows(community_id).where(of_receipt, Void.state.in_((VoidState.ASKED, VoidState.APPROVED)))
    ).one_or_none()
    return VoidRow(*found) if found else None


def list_voids(community_id: int, state: VoidState | None, typed: str, page: int | None) -> Page[VoidRow]:
    """Requests, the newest first, a page at a time; all of them where ``page`` is None (for the export)."""
    query = _rows(community_id)
    if state is not None:
        query = query.where(Void.state == state)
    if typed:
        pattern = "%" + typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = query.where(sa.or_(Receipt.label.ilike(pattern, escape="\\"), Payment.payer.like(pattern, escape="\\")))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Void.asked_at.desc(), Void.id.desc())
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([VoidRow(*row) for row in db.session.execute(query)], page or 1, count)


def count_states(community_id: int) -> dict[VoidState, int]:
    """How many requests stand in each state."""
    counted = sa.select(Void.state, sa.func.count()).where(Void.community_id == community_id).group_by(Void.state)
    return dict.fromkeys(VoidState, 0) | {row.state: row[1] for row in db.session.execute(counted)}


def fates_of(community_id: int, receipts: Collection[Receipt]) -> dict[int, Fate]:
    """What became of each of these receipts."""
    found = db.session.execute(
        sa.select(Void.receipt_id, Void.way).where(
            Void.community_id == community_id,
            Void.receipt_id.in_([receipt.id for receipt in receipts]),
            Void.state == VoidState.APPROVED,
        )
    )
    ways = {row.receipt_id: row.way for row in found}
    return {each.id: fate_of(ways.get(each.id), each.reverses_id is not None) for each in receipts}


def is_taken_back(community_id: int, receipt_id: int) -> bool:
    """Whether a receipt was voided or reversed, so that its copies are marked."""
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists().where(
                    Void.community_id == community_id,
                    Void.receipt_id == receipt_id,
                    Void.state == VoidState.APPROVED,
                )
            )
        )
    )


def _rows(community_id: int) -> sa.Select[Any]:
    asker, decider, red = aliased(User), aliased(User), aliased(Receipt)
    columns: list[Any] = [
        Void.id, Void.receipt_id, Receipt.label, Receipt.issued_on, Payment.payer, Receipt.amount, Void.reason,
        Void.state, Void.way, Void.done_on, Void.asked_at, Void.asked_by, asker.name.label("asker"),
        Void.decided_at, decider.name.label("decider"), Void.answer, Void.red_id, red.label.label("red_label"),
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .select_from(Void)
        .join(Receipt, sa.and_(Receipt.community_id == Void.community_id, Receipt.id == Void.receipt_id))
        .join(Payment, sa.and_(Payment.community_id == Void.community_id, Payment.id == Void.payment_id))
        .join(asker, asker.id == Void.asked_by)
        .outerjoin(decider, decider.id == Void.decided_by)
        .outerjoin(red, sa.and_(red.community_id == Void.community_id, red.id == Void.red_id))
        .where(Void.community_id == community_id)
    )
