"""Payments, their tenders, what they clear, the receipts given, and the receipts that were taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.cashier.settling import Method
from feeapp.cashier.void_rules import VoidState, Way
from feeapp.core.money import Money
from feeapp.storage.columns import Choice, Day, Facts, Fen, Flag, Instant, Key, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Payment(Owned, Model):
    """Money received from one payer for one fund. ``submission_key`` makes pressing twice harmless."""

    __tablename__ = "payments"
    __table_args__ = table(
        own(["party_id"], "parties"),
        own(["entry_id"], "entries", deferrable=True, initially="DEFERRED"),
        sa.UniqueConstraint("community_id", "submission_key"),
        sa.Index("ix_payments_day", "community_id", "received_on"),
        sa.Index("ix_payments_party", "community_id", "party_id"),
        sa.CheckConstraint("amount > 0", name="amount"),
        append_only=True,
    )

    fund: Mapped[str] = mapped_column(Words(2))
    party_id: Mapped[int] = mapped_column(Key)
    """The household's first owner, whose units' charges are cleared."""
    payer: Mapped[str] = mapped_column(Words(64))
    amount: Mapped[Money] = mapped_column(Fen)
    change: Mapped[Money] = mapped_column(Fen)
    received_on: Mapped[date] = mapped_column(Day)
    received_at: Mapped[datetime] = mapped_column(Instant)
    cashier_id: Mapped[int] = mapped_column(Key)
    submission_key: Mapped[str] = mapped_column(Words(64))
    submission_hash: Mapped[str] = mapped_column(Words(64))
    """What was submitted under the key; the same key with other contents is refused."""
    entry_id: Mapped[int] = mapped_column(Key)
    remark: Mapped[str] = mapped_column(Words(200))
    credited_on: Mapped[date | None] = mapped_column(Day)
    """The day the money reached the bank, where it was claimed later: it was paid on that day."""


class Tender(Model):
    """One way the money came: what is kept, after change."""

    __tablename__ = "tenders"
    __table_args__ = table(
        own(["payment_id"], "payments"), sa.CheckConstraint("amount > 0", name="amount"), append_only=True
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    payment_id: Mapped[int] = mapped_column(Key, primary_key=True)
    line: Mapped[int] = mapped_column(Whole, primary_key=True)
    method: Mapped[Method] = mapped_column(Choice(Method))
    amount: Mapped[Money] = mapped_column(Fen)
    reference: Mapped[str] = mapped_column(Words(64))
    unidentified: Mapped[bool] = mapped_column(Flag, server_default=sa.false())
    """Whether the money was in the book before, as a bank receipt that nobody had claimed."""


class Settlement(Model):
    """What a payment clears of a charge."""

    __tablename__ = "settlements"
    __table_args__ = table(
        own(["payment_id"], "payments"),
        own(["charge_id"], "charges"),
        sa.Index("ix_settlements_charge", "community_id", "charge_id"),
        sa.CheckConstraint("amount > 0", name="amount"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    payment_id: Mapped[int] = mapped_column(Key, primary_key=True)
    charge_id: Mapped[int] = mapped_column(Key, primary_key=True)
    amount: Mapped[Money] = mapped_column(Fen)


class Receipt(Owned, Model):
    """The paper given: a number without gaps in its series and year, and a frozen copy of all it says.

    A payment has one of its own, and one in red that reverses it where it was taken back on a later day.
    """

    __tablename__ = "receipts"
    __table_args__ = table(
        own(["payment_id"], "payments"),
        own(["reverses_id"], "receipts"),
        sa.UniqueConstraint("community_id", "series", "year", "number"),
        sa.UniqueConstraint("community_id", "reverses_id"),
        sa.Index(
            "uq_receipts_payment",
            "community_id",
            "payment_id",
            unique=True,
            sqlite_where=sa.text("reverses_id IS NULL"),
            postgresql_where=sa.text("reverses_id IS NULL"),
        ),
        sa.Index("ix_receipts_day", "community_id", "issued_on"),
        sa.CheckConstraint("number > 0", name="number"),
        append_only=True,
    )

    payment_id: Mapped[int] = mapped_column(Key)
    series: Mapped[str] = mapped_column(Words(8))
    year: Mapped[int] = mapped_column(Whole)
    number: Mapped[int] = mapped_column(Whole)
    label: Mapped[str] = mapped_column(Words(32))
    """The number as printed, e.g. ``XHYOP2026-000001``."""
    amount: Mapped[Money] = mapped_column(Fen)
    issued_on: Mapped[date] = mapped_column(Day)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    issued_by: Mapped[int] = mapped_column(Key)
    snapshot: Mapped[str] = mapped_column(Words(100_000))
    reverses_id: Mapped[int | None] = mapped_column(Key)
    """The receipt that this one, in red, takes back."""


class ReceiptPrint(Owned, Model):
    """One printing of a receipt: copy 1 is the original, later ones are marked as reprints."""

    __tablename__ = "receipt_prints"
    __table_args__ = table(
        own(["receipt_id"], "receipts"),
        sa.UniqueConstraint("community_id", "receipt_id", "copy"),
        append_only=True,
    )

    receipt_id: Mapped[int] = mapped_column(Key)
    copy: Mapped[int] = mapped_column(Whole)
    printed_at: Mapped[datetime] = mapped_column(Instant)
    printed_by: Mapped[int] = mapped_column(Key)


class Void(Owned, Model):
    """A request to take a receipt back with its payment, and what a second person decided.

    While one waits, and after one was approved, there is no other for the same receipt.
    """

    __tablename__ = "receipt_voids"
    __table_args__ = table(
        own(["receipt_id"], "receipts"),
        own(["payment_id"], "payments"),
        own(["red_id"], "receipts"),
        own(["entry_id"], "entries"),
        sa.Index("ix_receipt_voids_state", "community_id", "state"),
        sa.Index("ix_receipt_voids_payment", "community_id", "payment_id"),
        sa.Index("ix_receipt_voids_day", "community_id", "done_on"),
        sa.Index(
            "uq_receipt_voids_receipt",
            "community_id",
            "receipt_id",
            unique=True,
            sqlite_where=sa.text("state IN ('ASKED', 'APPROVED')"),
            postgresql_where=sa.text("state IN ('ASKED', 'APPROVED')"),
        ),
        sa.CheckConstraint("(state = 'ASKED') = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("(state = 'WITHDRAWN') = (decided_by = asked_by)", name="second_person"),
        sa.CheckConstraint("entry_id IS NULL OR state = 'APPROVED'", name="done"),
        sa.CheckConstraint("(red_id IS NOT NULL) = (way IS NOT NULL AND way = 'RED')", name="red"),
        append_only=True,
        may_change=("state", "decided_at", "decided_by", "answer", "way", "done_on", "entry_id", "red_id"),
    )

    receipt_id: Mapped[int] = mapped_column(Key)
    payment_id: Mapped[int] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(Words(200))
    parts: Mapped[list[Any]] = mapped_column(Facts)
    """The parts of the paper that came back, by the names of ``printing.receipt.Part``."""
    lost: Mapped[str] = mapped_column(Words(200))
    """What was said about the parts that did not."""
    state: Mapped[VoidState] = mapped_column(Choice(VoidState))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int] = mapped_column(Key)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(Key)
    answer: Mapped[str] = mapped_column(Words(200))
    way: Mapped[Way | None] = mapped_column(Choice(Way))
    done_on: Mapped[date | None] = mapped_column(Day)
    """The office day on which it was taken back."""
    entry_id: Mapped[int | None] = mapped_column(Key)
    """The mirror of the payment's entry."""
    red_id: Mapped[int | None] = mapped_column(Key)
    """The receipt in red, on a later day."""
