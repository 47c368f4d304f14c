"""Looks at payments and receipts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.billing.models import Charge
from feeapp.cashier.models import Payment, Receipt, ReceiptPrint, Settlement, Tender, Void
from feeapp.cashier.rules import PAYMENT
from feeapp.cashier.void_rules import Fate, VoidState, Way, fate_of
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Unit
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.web.paging import SIZE, Page

_AT_ONCE = 1000
"""How many ids are asked for in one statement."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of receipts is narrowed to."""

    typed: str = ""
    from_on: date | None = None
    to_on: date | None = None


def get_receipt(community_id: int, receipt_id: int) -> Receipt:
    """A receipt of this community. Raises NotFound."""
    receipt = db.session.get(Receipt, (community_id, receipt_id))
    if receipt is None:
        raise NotFound
    return receipt


def get_payment(community_id: int, payment_id: int) -> Payment:
    """A payment of this community. Raises NotFound."""
    payment = db.session.get(Payment, (community_id, payment_id))
    if payment is None:
        raise NotFound
    return payment


def get_receipt_of(community_id: int, payment_id: int) -> Receipt:
    """The receipt that was given for a payment. Raises NotFound."""
    receipt = db.session.scalars(
        sa.select(Receipt).filter_by(community_id=community_id, payment_id=payment_id, reverses_id=None)
    ).first()
    if receipt is None:
        raise NotFound
    return receipt


def receipt_numbers(community_id: int, payment_ids: Collection[int]) -> dict[int, str]:
    """The number of the receipt given for each of these payments."""
    numbers: dict[int, str] = {}
    wanted = sorted(payment_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = sa.select(Receipt.payment_id, Receipt.label).where(
            Receipt.community_id == community_id,
            Receipt.payment_id.in_(wanted[start : start + _AT_ONCE]),
            Receipt.reverses_id.is_(None),
        )
        numbers |= {row.payment_id: row.label for row in db.session.execute(some)}
    return numbers


def list_tenders(community_id: int, payment_id: int) -> list[Tender]:
    """How a payment was made, in the order it was entered."""
    return list(
        db.session.scalars(
            sa.select(Tender).filter_by(community_id=community_id, payment_id=payment_id).order_by(Tender.line)
        )
    )


def list_settlements(community_id: int, payment_id: int) -> list[Settlement]:
    """What a payment cleared."""
    return list(db.session.scalars(sa.select(Settlement).filter_by(community_id=community_id, payment_id=payment_id)))


def list_prints(community_id: int, receipt_id: int) -> list[ReceiptPrint]:
    """Every printing of a receipt, the original first."""
    return list(
        db.session.scalars(
            sa.select(ReceiptPrint)
            .filter_by(community_id=community_id, receipt_id=receipt_id)
            .order_by(ReceiptPrint.copy)
        )
    )


def get_print(community_id: int, receipt_id: int, copy: int) -> tuple[ReceiptPrint, str]:
    """One printing and the name of who printed it. Raises NotFound where it was never counted."""
    found = db.session.execute(
        sa.select(ReceiptPrint, User.name)
        .join(User, User.id == ReceiptPrint.printed_by)
        .filter(
            ReceiptPrint.community_id == community_id,
            ReceiptPrint.receipt_id == receipt_id,
            ReceiptPrint.copy == copy,
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One line of the list of receipts."""

    id: int
    label: str
    issued_on: date
    payer: str
    amount: Money
    cashier: str
    prints: int
    fate: Fate


def _wanted(community_id: int, wanted: Wanted) -> sa.Select[Any]:
    prints = (
        sa.select(sa.func.count())
        .where(ReceiptPrint.community_id == community_id, ReceiptPrint.receipt_id == Receipt.id)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Receipt.id, Receipt.label, Receipt.issued_on, Payment.payer, Receipt.amount, User.name,
            prints.label("prints"), Void.way, Receipt.reverses_id,
        )
        .join(Payment, sa.and_(Payment.community_id == Receipt.community_id, Payment.id == Receipt.payment_id))
        .join(User, User.id == Receipt.issued_by)
        .outerjoin(
            Void,
            sa.and_(
                Void.community_id == Receipt.community_id,
                Void.receipt_id == Receipt.id,
                Void.state == VoidState.APPROVED,
            ),
        )
        .where(Receipt.community_id == community_id)
    )  # fmt: skip
    if wanted.typed:
        pattern = "%" + wanted.typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = query.where(sa.or_(Receipt.label.ilike(pattern, escape="\\"), Payment.payer.like(pattern, escape="\\")))
    if wanted.from_on:
        query = query.where(Receipt.issued_on >= wanted.from_on)
    if wanted.to_on:
        query = query.where(Receipt.issued_on <= wanted.to_on)
    return query


def list_receipts(community_id: int, wanted: Wanted, page: int | None) -> Page[ReceiptRow]:
    """Receipts, newest first, a page at a time; all of them where ``page`` is None (for the export)."""
    query = _wanted(community_id, wanted)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Receipt.issued_at.desc(), Receipt.id.desc())
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    rows = [
        ReceiptRow(
            row.id, row.label, row.issued_on, row.payer, row.amount, row.name, row.prints,
            fate_of(row.way, row.reverses_id is not None),
        )
        for row in db.session.execute(query)
    ]  # fmt: skip
    return Page(rows, page or 1, count)


def sum_receipts(community_id: int, wanted: Wanted) -> Money:
    """What the receipts of such a list come to; void ones count nothing, and one in red below zero."""
    query = _wanted(community_id, wanted).where(sa.or_(Void.way.is_(None), Void.way != Way.VOID))
    listed = query.subquery()
    return Money(
        int(
            db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(sa.cast(listed.c.amount, sa.BigInteger)), 0))) or 0
        )
    )


def last_receipt(community_id: int, cashier_id: int) -> Receipt | None:
    """The receipt this cashier issued last, one key away at the counter."""
    return db.session.scalars(
        sa.select(Receipt)
        .filter_by(community_id=community_id, issued_by=cashier_id)
        .order_by(Receipt.issued_at.desc(), Receipt.id.desc())
        .limit(1)
    ).one_or_none()


def list_receipts_of(community_id: int, unit_ids: tuple[int, ...], limit: int) -> list[Receipt]:
    """The latest receipts that cleared anything of these units, or put money aside for them."""
    cleared = sa.exists().where(
        Settlement.community_id == community_id,
        Settlement.payment_id == Receipt.payment_id,
        Charge.community_id == community_id,
        Charge.id == Settlement.charge_id,
        Charge.unit_id.in_(unit_ids),
    )
    held = sa.exists().where(
        WalletMove.community_id == community_id,
        WalletMove.source_kind == PAYMENT,
        WalletMove.source_id == Receipt.payment_id,
        Wallet.community_id == community_id,
        Wallet.id == WalletMove.wallet_id,
        Wallet.unit_id.in_(unit_ids),
    )
    return list(
        db.session.scalars(
            sa.select(Receipt)
            .where(Receipt.community_id == community_id, sa.or_(cleared, held))
            .order_by(Receipt.issued_at.desc(), Receipt.id.desc())
            .limit(limit)
        )
    )


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Prepaid money of a unit: for which item it is kept, nothing where it may pay for any."""

    unit_id: int
    unit_code: str
    party_id: int
    item_name: str | None
    item_name_en: str | None
    balance: Money


def list_held(community_id: int, unit_ids: tuple[int, ...]) -> list[HeldRow]:
    """What is held for these units, unit by unit, what is kept for an item first."""
    found = db.session.execute(
        sa.select(Wallet.unit_id, Unit.code, Wallet.party_id, ChargeItem.name, ChargeItem.name_en, Wallet.balance)
        .join(Unit, sa.and_(Unit.community_id == Wallet.community_id, Unit.id == Wallet.unit_id))
        .outerjoin(ChargeItem, sa.and_(ChargeItem.community_id == Wallet.community_id, ChargeItem.id == Wallet.item_id))
        .where(
            Wallet.community_id == community_id,
            Wallet.unit_id.in_(unit_ids),
            Wallet.balance > sa.literal(0),
        )
        .order_by(Unit.code, Wallet.item_id.is_(None), ChargeItem.position, Wallet.id)
    )
    return [HeldRow(*row) for row in found]
