"""Wallets and every move of the money in them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.storage.columns import Choice, Fen, Instant, Key, Words
from feeapp.storage.db import Model, Owned, own, table
from feeapp.wallets.rules import MoveKind


class Wallet(Owned, Model):
    """What is held for one person and one unit in one fund: for one charge item, or for any (``item_id`` is None).

    All wallets of a fund together are account 2203 of the book.
    """

    __tablename__ = "wallets"
    __table_args__ = table(
        own(["unit_id"], "units"),
        own(["party_id"], "parties"),
        own(["item_id"], "charge_items"),
        sa.UniqueConstraint("community_id", "unit_id", "party_id", "fund", "item_id"),
        sa.Index(
            "uq_wallets_general",
            "community_id",
            "unit_id",
            "party_id",
            "fund",
            unique=True,
            sqlite_where=sa.text("item_id IS NULL"),
            postgresql_where=sa.text("item_id IS NULL"),
        ),
        sa.CheckConstraint("balance >= 0", name="balance"),
        append_only=True,
        may_change=("balance",),
    )

    unit_id: Mapped[int] = mapped_column(Key)
    party_id: Mapped[int] = mapped_column(Key)
    fund: Mapped[str] = mapped_column(Words(2))
    item_id: Mapped[int | None] = mapped_column(Key)
    balance: Mapped[Money] = mapped_column(Fen)


class WalletMove(Owned, Model):
    """Money that came into a wallet (above zero) or left it (below), with the entry and the document it comes from."""

    __tablename__ = "wallet_moves"
    __table_args__ = table(
        own(["wallet_id"], "wallets"),
        own(["entry_id"], "entries", deferrable=True, initially="DEFERRED"),
        sa.Index("ix_wallet_moves_wallet", "community_id", "wallet_id"),
        sa.Index("ix_wallet_moves_source", "community_id", "source_kind", "source_id"),
        sa.CheckConstraint("amount <> 0", name="amount"),
        append_only=True,
    )

    wallet_id: Mapped[int] = mapped_column(Key)
    amount: Mapped[Money] = mapped_column(Fen)
    kind: Mapped[MoveKind] = mapped_column(Choice(MoveKind))
    entry_id: Mapped[int] = mapped_column(Key)
    source_kind: Mapped[str] = mapped_column(Words(32))
    source_id: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)
