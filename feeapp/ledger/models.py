"""Funds, accounts and balanced entries, and the months that are closed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.ledger.rules import ClosingKind, ClosingState
from feeapp.storage.columns import Choice, Day, Fen, Instant, Key, Month, Whole, Words
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


class Closing(Owned, Model):
    """A request to close a month, or to reopen the last one, and what a second person decided.

    What was done is numbered by ``seq``; the last of them says up to which day the book is closed.
    """

    __tablename__ = "closings"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.UniqueConstraint("community_id", "seq"),
        sa.Index(
            "uq_closings_asked",
            "community_id",
            unique=True,
            sqlite_where=sa.text("state = 'ASKED'"),
            postgresql_where=sa.text("state = 'ASKED'"),
        ),
        sa.CheckConstraint("(state = 'ASKED') = (decided_by IS NULL)", name="decided"),
        sa.CheckConstraint("(state = 'WITHDRAWN') = (decided_by = asked_by)", name="second_person"),
        sa.CheckConstraint("(state = 'DONE') = (seq IS NOT NULL)", name="done"),
        sa.CheckConstraint("(seq IS NULL) = (closed_upto IS NULL)", name="upto"),
        append_only=True,
        may_change=("state", "decided_at", "decided_by", "answer", "seq", "closed_upto"),
    )

    period: Mapped[Period] = mapped_column(Month)
    kind: Mapped[ClosingKind] = mapped_column(Choice(ClosingKind))
    state: Mapped[ClosingState] = mapped_column(Choice(ClosingState))
    reason: Mapped[str] = mapped_column(Words(200))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int] = mapped_column(Key)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(Key)
    answer: Mapped[str] = mapped_column(Words(200))
    seq: Mapped[int | None] = mapped_column(Whole)
    closed_upto: Mapped[date | None] = mapped_column(Day)
    """The last closed day once it was done; after a reopening the day before the month."""


class ClosingBalance(Model):
    """What stood on an account on the last day of a month when it was closed, debits less credits."""

    __tablename__ = "closing_balances"
    __table_args__ = table(own(["closing_id"], "closings"), append_only=True)

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    closing_id: Mapped[int] = mapped_column(Key, primary_key=True)
    fund: Mapped[str] = mapped_column(Words(2), primary_key=True)
    account: Mapped[str] = mapped_column(Words(16), primary_key=True)
    balance: Mapped[Money] = mapped_column(Fen)
