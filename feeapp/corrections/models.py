"""Corrections, what each changes on which charge, and what somebody has chosen to change together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.corrections.rules import CorrectionKind, CorrectionState
from feeapp.storage.columns import Choice, Facts, Fen, Flag, Instant, Key, Month, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Correction(Owned, Model):
    """A request to put charges right, and what a second person decided. ``submission_key`` makes pressing twice
    harmless."""

    __tablename__ = "corrections"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        own(["unit_id"], "units"),
        sa.UniqueConstraint("community_id", "submission_key"),
        sa.Index("ix_corrections_state", "community_id", "state"),
        sa.CheckConstraint("lines > 0 AND lowered >= 0 AND raised >= 0", name="sums"),
        sa.CheckConstraint("(state = 'ASKED') = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("(state = 'WITHDRAWN') = (decided_by = asked_by)", name="second_person"),
        append_only=True,
        may_change=("state", "credited", "decided_at", "decided_by", "answer"),
    )

    kind: Mapped[CorrectionKind] = mapped_column(Choice(CorrectionKind))
    unit_id: Mapped[int | None] = mapped_column(Key)
    """The unit it is about; None where it is about several."""
    goodwill: Mapped[bool] = mapped_column(Flag)
    """Whether the charges were right, and a part of them is forgone."""
    reason: Mapped[str] = mapped_column(Words(200))
    proof: Mapped[str] = mapped_column(Words(200))
    facts: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    """What a kind keeps beside its lines: how the changes were worked out."""
    lines: Mapped[int] = mapped_column(Whole)
    lowered: Mapped[Money] = mapped_column(Fen)
    raised: Mapped[Money] = mapped_column(Fen)
    """What its lines take off and add, each for itself."""
    credited: Mapped[Money | None] = mapped_column(Fen)
    """What went back to households as credit when it was approved."""
    submission_key: Mapped[str] = mapped_column(Words(64))
    state: Mapped[CorrectionState] = mapped_column(Choice(CorrectionState))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int] = mapped_column(Key)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(Key)
    answer: Mapped[str] = mapped_column(Words(200))


class CorrectionLine(Model):
    """What a correction changes: what a household was asked for an item and a month, and what it should be.

    ``waiting`` is true until the correction is decided: of one charge, one correction waits at a time.
    """

    __tablename__ = "correction_lines"
    __table_args__ = table(
        own(["correction_id"], "corrections"),
        own(["charge_id"], "charges"),
        own(["unit_id"], "units"),
        own(["item_id"], "charge_items"),
        own(["debtor_id"], "parties"),
        sa.Index("ix_correction_lines_charge", "community_id", "charge_id"),
        sa.Index("ix_correction_lines_unit", "community_id", "unit_id"),
        sa.Index(
            "uq_correction_lines_waiting",
            "community_id",
            "charge_id",
            unique=True,
            sqlite_where=sa.text("waiting = 1"),
            postgresql_where=sa.text("waiting"),
        ),
        sa.CheckConstraint("was >= 0 AND should >= 0 AND was <> should", name="sums"),
        append_only=True,
        may_change=("waiting",),
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    correction_id: Mapped[int] = mapped_column(Key, primary_key=True)
    seq: Mapped[int] = mapped_column(Whole, primary_key=True)
    charge_id: Mapped[int | None] = mapped_column(Key)
    """The charge that is changed; None where the household was asked for nothing, or for several together."""
    unit_id: Mapped[int] = mapped_column(Key)
    item_id: Mapped[int] = mapped_column(Key)
    period: Mapped[Period] = mapped_column(Month)
    debtor_id: Mapped[int] = mapped_column(Key)
    was: Mapped[Money] = mapped_column(Fen)
    should: Mapped[Money] = mapped_column(Fen)
    waiting: Mapped[bool] = mapped_column(Flag)
    note: Mapped[dict[str, Any] | None] = mapped_column(Facts)


class CorrectionDraft(Owned, Model):
    """The charges somebody chose from a list to change together, until they are sent for approval."""

    __tablename__ = "correction_drafts"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.Index("ix_correction_drafts_person", "community_id", "made_by"),
    )

    charge_ids: Mapped[list[int]] = mapped_column(Facts)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int] = mapped_column(Key)
