"""Own accounts, formats of a community, uploaded statements and their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.banking.rules import AccountKind, LineState, RowKind
from feeapp.core.money import Money
from feeapp.registry.rules import BatchState
from feeapp.storage.columns import Choice, Day, Facts, Fen, Instant, Key, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class BankAccount(Owned, Model):
    """An account of the community's own, at a bank or a payment channel, whose statements are imported."""

    __tablename__ = "bank_accounts"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.UniqueConstraint("community_id", "name"),
        append_only=True,
    )

    kind: Mapped[AccountKind] = mapped_column(Choice(AccountKind))
    fund: Mapped[str] = mapped_column(Words(2))
    name: Mapped[str] = mapped_column(Words(60))
    number: Mapped[str] = mapped_column(Words(40))
    """Masked: its last four digits."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)


class BankFormat(Owned, Model):
    """A format of the community's own, one row a version: the latest is in force."""

    __tablename__ = "bank_formats"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.UniqueConstraint("community_id", "code", "version"),
        append_only=True,
    )

    code: Mapped[str] = mapped_column(Words(16))
    version: Mapped[int] = mapped_column(Whole)
    name: Mapped[str] = mapped_column(Words(60))
    facts: Mapped[dict[str, Any]] = mapped_column(Facts)
    """The definition itself (formats.Format)."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)


class BankFile(Owned, Model):
    """An uploaded statement: read and compared, nothing of it counted until it is confirmed."""

    __tablename__ = "bank_files"
    __table_args__ = table(own(["account_id"], "bank_accounts"))

    account_id: Mapped[int] = mapped_column(Key)
    file_name: Mapped[str] = mapped_column(Words(200))
    format_name: Mapped[str] = mapped_column(Words(60))
    state: Mapped[BatchState] = mapped_column(Choice(BatchState))
    opening: Mapped[Money | None] = mapped_column(Fen)
    closing: Mapped[Money | None] = mapped_column(Fen)
    breaks: Mapped[list[int]] = mapped_column(Facts)
    """Rows at which the balances of the file do not go on."""
    staged_at: Mapped[datetime] = mapped_column(Instant)
    staged_by: Mapped[int | None] = mapped_column(Key)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None] = mapped_column(Key)


class _Movement:
    """What a statement says of one movement of money."""

    happened_on: Mapped[date] = mapped_column(Day)
    at_time: Mapped[str] = mapped_column(Words(8))
    amount: Mapped[Money] = mapped_column(Fen)
    """Below zero for money out."""
    fee: Mapped[Money] = mapped_column(Fen)
    """What a channel keeps of it."""
    balance: Mapped[Money | None] = mapped_column(Fen)
    payer: Mapped[str] = mapped_column(Words(64))
    payer_account: Mapped[str] = mapped_column(Words(64))
    memo: Mapped[str] = mapped_column(Words(200))
    reference: Mapped[str] = mapped_column(Words(64))


class BankRow(Owned, _Movement, Model):
    """One row of an uploaded statement, as it lies in the preview."""

    __tablename__ = "bank_rows"
    __table_args__ = table(
        own(["file_id"], "bank_files"), sa.Index("ix_bank_rows_file", "community_id", "file_id", "kind", "row")
    )

    file_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[RowKind] = mapped_column(Choice(RowKind))
    row: Mapped[int] = mapped_column(Whole)
    first_row: Mapped[int] = mapped_column(Whole)
    """The first row that says the same."""
    fingerprint: Mapped[str] = mapped_column(Words(64))
    problem: Mapped[dict[str, Any] | None] = mapped_column(Facts)


class BankLine(Owned, _Movement, Model):
    """One movement of an own account. Its fingerprint makes sure that it counts once, however often it is uploaded."""

    __tablename__ = "bank_lines"
    __table_args__ = table(
        own(["account_id"], "bank_accounts"),
        own(["file_id"], "bank_files"),
        sa.UniqueConstraint("community_id", "account_id", "fingerprint"),
        sa.Index("ix_bank_lines_state", "community_id", "state", "happened_on"),
        sa.CheckConstraint("amount <> 0", name="amount"),
        append_only=True,
        may_change=("state",),
    )

    account_id: Mapped[int] = mapped_column(Key)
    file_id: Mapped[int] = mapped_column(Key)
    fingerprint: Mapped[str] = mapped_column(Words(64))
    state: Mapped[LineState] = mapped_column(Choice(LineState))


class BankClaim(Owned, Model):
    """What a line turned out to be: a household's payment, made from it or taken at the counter before."""

    __tablename__ = "bank_claims"
    __table_args__ = table(
        own(["line_id"], "bank_lines"),
        own(["payment_id"], "payments"),
        own(["unit_id"], "units"),
        sa.UniqueConstraint("community_id", "line_id"),
        sa.UniqueConstraint("community_id", "payment_id"),
        append_only=True,
    )

    line_id: Mapped[int] = mapped_column(Key)
    payment_id: Mapped[int] = mapped_column(Key)
    unit_id: Mapped[int | None] = mapped_column(Key)
    """For which unit it was claimed; None where its payment was taken at the counter."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)


class BankNote(Owned, Model):
    """What is known of a line that nobody has claimed yet."""

    __tablename__ = "bank_notes"
    __table_args__ = table(
        own(["line_id"], "bank_lines"),
        sa.Index("ix_bank_notes_line", "community_id", "line_id"),
        append_only=True,
    )

    line_id: Mapped[int] = mapped_column(Key)
    note: Mapped[str] = mapped_column(Words(200))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)
