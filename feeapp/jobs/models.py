"""The outbox: work promised in a transaction, done after it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.storage.columns import Choice, Facts, Instant, Key, Whole, Words
from feeapp.storage.db import Model, Owned, table


class JobState(enum.Enum):
    """Where a job stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class Job(Owned, Model):
    """One piece of long work with its progress; ``result`` names the file it made, inside the data folder."""

    __tablename__ = "jobs"
    __table_args__ = table(sa.Index("ix_jobs_state", "community_id", "state"))

    kind: Mapped[str] = mapped_column(Words(32))
    facts: Mapped[dict[str, Any]] = mapped_column(Facts)
    state: Mapped[JobState] = mapped_column(Choice(JobState))
    done: Mapped[int] = mapped_column(Whole, default=0)
    total: Mapped[int] = mapped_column(Whole, default=0)
    result: Mapped[str | None] = mapped_column(Words(200))
    failure: Mapped[str | None] = mapped_column(Words(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int] = mapped_column(Key)
    beat_at: Mapped[datetime | None] = mapped_column(Instant)
    """The worker's last sign of life; a silent job is taken up again."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
