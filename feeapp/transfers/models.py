"""Changes of owner: what was seen, what was chosen, and what became of each debt and each sum of prepaid money."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.storage.columns import Choice, Day, Facts, Fen, Instant, Key, Whole, Words
from feeapp.storage.db import Model, Owned, own, table
from feeapp.transfers.rules import Side, WalletWay


class Transfer(Owned, Model):
    """A change of owner of a unit, and of what goes with it, from a day on. Numbered, and never edited.

    One that was entered wrongly is followed by another, back.
    """

    __tablename__ = "transfers"
    __table_args__ = table(
        own(["unit_id"], "units"),
        sa.UniqueConstraint("community_id", "year", "number"),
        sa.UniqueConstraint("community_id", "submission_key"),
        sa.CheckConstraint("(agreement = '') = (signed_by = '')", name="agreed"),
        append_only=True,
    )

    unit_id: Mapped[int] = mapped_column(Key)
    year: Mapped[int] = mapped_column(Whole)
    number: Mapped[int] = mapped_column(Whole)
    label: Mapped[str] = mapped_column(Words(32))
    """The number as printed, ``XHYGH2026-0001``."""
    on: Mapped[date] = mapped_column("from_on", Day)
    """The first day of the new owners."""
    due_on: Mapped[date] = mapped_column(Day)
    """When what falls to the new owners is due."""
    paper: Mapped[str] = mapped_column(Words(200))
    agreement: Mapped[str] = mapped_column(Words(200))
    """The agreement by which debts are taken over; empty where none is."""
    signed_by: Mapped[str] = mapped_column(Words(64))
    refund_to: Mapped[str] = mapped_column(Words(100))
    """The account that prepaid money is to be paid back to."""
    submission_key: Mapped[str] = mapped_column(Words(64))
    seen_hash: Mapped[str] = mapped_column(Words(64))
    snapshot: Mapped[dict[str, Any]] = mapped_column(Facts)
    """All that was seen (transfers/rules.py: Seen), and the readings of the day."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Key)


class TransferUnit(Model):
    """A unit that changed hands: the one that was asked for, and those that went with it."""

    __tablename__ = "transfer_units"
    __table_args__ = table(
        own(["transfer_id"], "transfers"),
        own(["unit_id"], "units"),
        sa.Index("ix_transfer_units_unit", "community_id", "unit_id"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(Key, primary_key=True)
    unit_id: Mapped[int] = mapped_column(Key, primary_key=True)


class TransferParty(Model):
    """Somebody who left or came; ``position`` is the order in which they are named."""

    __tablename__ = "transfer_parties"
    __table_args__ = table(
        own(["transfer_id"], "transfers"),
        own(["party_id"], "parties"),
        sa.Index("ix_transfer_parties_party", "community_id", "party_id"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(Key, primary_key=True)
    side: Mapped[Side] = mapped_column(Choice(Side), primary_key=True)
    position: Mapped[int] = mapped_column(Whole, primary_key=True)
    party_id: Mapped[int] = mapped_column(Key)
    share: Mapped[str] = mapped_column(Words(32))


class TransferDebt(Model):
    """What was open of a former owner's charge: it stayed theirs, or ``new_charge_id`` is the new owner's instead."""

    __tablename__ = "transfer_debts"
    __table_args__ = table(
        own(["transfer_id"], "transfers"),
        own(["charge_id"], "charges"),
        own(["new_charge_id"], "charges"),
        sa.UniqueConstraint("community_id", "new_charge_id"),
        sa.CheckConstraint("amount > 0", name="amount"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(Key, primary_key=True)
    charge_id: Mapped[int] = mapped_column(Key, primary_key=True)
    amount: Mapped[Money] = mapped_column(Fen)
    new_charge_id: Mapped[int | None] = mapped_column(Key)


class TransferWallet(Model):
    """What became of a former owner's prepaid money: a gift in it was taken back, the rest paid back or handed on."""

    __tablename__ = "transfer_wallets"
    __table_args__ = table(
        own(["transfer_id"], "transfers"),
        own(["wallet_id"], "wallets"),
        own(["to_wallet_id"], "wallets"),
        sa.CheckConstraint("gift >= 0 AND rest >= 0 AND gift + rest > 0", name="sums"),
        sa.CheckConstraint("(to_wallet_id IS NOT NULL) = (way = 'HAND_ON' AND rest > 0)", name="handed_on"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(Key, primary_key=True)
    wallet_id: Mapped[int] = mapped_column(Key, primary_key=True)
    way: Mapped[WalletWay] = mapped_column(Choice(WalletWay))
    gift: Mapped[Money] = mapped_column(Fen)
    rest: Mapped[Money] = mapped_column(Fen)
    to_wallet_id: Mapped[int | None] = mapped_column(Key)
