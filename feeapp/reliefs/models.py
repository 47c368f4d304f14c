"""Reliefs and the steps they went through."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.reliefs.rules import PaperKind, ReliefKind, ReliefState, Step
from feeapp.storage.columns import Choice, Day, Instant, Key, Rate, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Relief(Owned, Model):
    """What a unit need not pay for some days, half-open. What was asked for stays; only its state moves.

    Approval sets the first day, an early end the day from which nothing is relieved any more.
    """

    __tablename__ = "reliefs"
    __table_args__ = table(
        own(["unit_id"], "units"),
        own(["item_id"], "charge_items"),
        sa.UniqueConstraint("community_id", "year", "number"),
        sa.Index("ix_reliefs_unit", "community_id", "unit_id"),
        sa.Index("ix_reliefs_days", "community_id", "to_on"),
        sa.CheckConstraint("percent >= 0 AND percent < 1000000", name="percent"),
        sa.CheckConstraint("from_on >= asked_from AND to_on > from_on", name="days"),
        sa.CheckConstraint(
            "(state = 'ENDED' AND ended_on IS NOT NULL AND ended_on >= from_on AND ended_on < to_on) "
            "OR (state <> 'ENDED' AND ended_on IS NULL)",
            name="ended",
        ),
        append_only=True,
        may_change=("state", "from_on", "ended_on"),
    )

    year: Mapped[int] = mapped_column(Whole)
    number: Mapped[int] = mapped_column(Whole)
    unit_id: Mapped[int] = mapped_column(Key)
    item_id: Mapped[int | None] = mapped_column(Key)
    """None: every property-fee item."""
    kind: Mapped[ReliefKind] = mapped_column(Choice(ReliefKind))
    percent: Mapped[Decimal] = mapped_column(Rate)
    """What stays to be paid, in percent with at most two decimals."""
    state: Mapped[ReliefState] = mapped_column(Choice(ReliefState))
    applied_on: Mapped[date] = mapped_column(Day)
    since_on: Mapped[date | None] = mapped_column(Day)
    """The day since which the home is empty; a vacancy's only."""
    asked_from: Mapped[date] = mapped_column(Day)
    from_on: Mapped[date] = mapped_column(Day)
    """The first day: as asked for until the approval names it."""
    to_on: Mapped[date] = mapped_column(Day)
    ended_on: Mapped[date | None] = mapped_column(Day)
    """The first day without the relief, where it ended before its time; ``from_on`` where it never came to hold."""
    proof: Mapped[str] = mapped_column(Words(300))
    paper_kind: Mapped[PaperKind | None] = mapped_column(Choice(PaperKind))
    paper_number: Mapped[str] = mapped_column(Words(64))
    paper_issuer: Mapped[str] = mapped_column(Words(64))
    valid_until: Mapped[date | None] = mapped_column(Day)
    borne_by: Mapped[str] = mapped_column(Words(100))
    """Who bears what is not charged (RN-11)."""

    @property
    def end(self) -> date:
        """The first day without the relief."""
        return self.ended_on or self.to_on

    @property
    def last_on(self) -> date:
        """The last day with the relief; before ``from_on`` where it never came to hold."""
        return self.end - timedelta(days=1)


class ReliefStep(Model):
    """One step of a relief: what was done, for which day, by whom, and why."""

    __tablename__ = "relief_steps"
    __table_args__ = table(own(["relief_id"], "reliefs"), append_only=True)

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    relief_id: Mapped[int] = mapped_column(Key, primary_key=True)
    position: Mapped[int] = mapped_column(Whole, primary_key=True)
    step: Mapped[Step] = mapped_column(Choice(Step))
    day: Mapped[date] = mapped_column(Day)
    """Of the application, of the inspection, the first day approved, the day of the refusal, the first day without."""
    person: Mapped[str] = mapped_column(Words(32))
    """Who went to look, where that is not whoever wrote it down."""
    words: Mapped[str] = mapped_column(Words(300))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)
