"""Funds, accounts and balanced entries."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.storage.columns import Day, Fen, Instant, Key, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Account(Model):
    """An account of one fund of one community; the chart itself stands in ``ledger/rules.py``."""

    __tablename__ = "accounts"
    __table_args__ = table(sa.ForeignKeyConstraint(["community_id"], ["communities.id"]))

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    fund: Mapped[str] = mapped_column(Words(2), primary_key=True)
    code: Mapped[str] = mapped_column(Words(16), primary_key=True)


class Entry(Owned, Model):
    """One balanced entry inside one fund.

    It is written after its lines: the database then refuses it unless they balance to ``total``, and refuses any
    line that comes later (triggers of the first migration).
    """

    __tablename__ = "entries"
    __table_args__ = table(
        sa.UniqueConstraint("community_id", "id", "fund"),
        own(["reverses_id"], "entries"),
        sa.Index("ix_entries_day", "community_id", "happened_on"),
        sa.Index("ix_entries_source", "community_id", "source_kind", "source_id"),
        sa.CheckConstraint("total > 0", name="total"),
        append_only=True,
    )

    fund: Mapped[str] = mapped_column(Words(2))
    kind: Mapped[str] = mapped_column(Words(32))
    happened_on: Mapped[date] = mapped_column(Day)
    posted_at: Mapped[datetime] = mapped_column(Instant)
    posted_by: Mapped[int | None] = mapped_column(Key)
    source_kind: Mapped[str] = mapped_column(Words(32))
    source_id: Mapped[int] = mapped_column(Key)
    total: Mapped[Money] = mapped_column(Fen)
    reverses_id: Mapped[int | None] = mapped_column(Key)


class EntryLine(Model):
    """One side of an entry: a debit or a credit, never both, always positive."""

    __tablename__ = "entry_lines"
    __table_args__ = table(
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id", "fund"],
            ["entries.community_id", "entries.id", "entries.fund"],
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "fund", "account"], ["accounts.community_id", "accounts.fund", "accounts.code"]
        ),
        sa.Index("ix_entry_lines_account", "community_id", "fund", "account"),
        sa.CheckConstraint("debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name="one_side"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Key, primary_key=True)
    line: Mapped[int] = mapped_column(Whole, primary_key=True)
    fund: Mapped[str] = mapped_column(Words(2))
    account: Mapped[str] = mapped_column(Words(16))
    debit: Mapped[Money] = mapped_column(Fen)
    credit: Mapped[Money] = mapped_column(Fen)
