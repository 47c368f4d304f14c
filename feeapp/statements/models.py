"""The certificates that were issued."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.statements.rules import CertificateKind
from feeapp.storage.columns import Choice, Day, Facts, Fen, Instant, Key, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Certificate(Owned, Model):
    """What the office certified of a household's debts on a unit on a day: numbered without gaps, and frozen."""

    __tablename__ = "certificates"
    __table_args__ = table(
        own(["unit_id"], "units"),
        sa.UniqueConstraint("community_id", "year", "number"),
        sa.Index("ix_certificates_unit", "community_id", "unit_id"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        append_only=True,
    )

    unit_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[CertificateKind] = mapped_column(Choice(CertificateKind))
    year: Mapped[int] = mapped_column(Whole)
    number: Mapped[int] = mapped_column(Whole)
    label: Mapped[str] = mapped_column(Words(32))
    """The number as printed, ``XHYZM2026-0001``."""
    as_of_on: Mapped[date] = mapped_column(Day)
    amount: Mapped[Money] = mapped_column(Fen)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Facts)
    """All that the paper says."""
    issued_at: Mapped[datetime] = mapped_column(Instant)
    issued_by: Mapped[int] = mapped_column(Key)
