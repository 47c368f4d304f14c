"""The logbook's one table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.storage.columns import Facts, Instant, Key, Words
from feeapp.storage.db import Model, Owned, table


class LogEntry(Owned, Model):
    """One deed. Subjects are named by kind and id, so the logbook looks up to no room."""

    __tablename__ = "log_entries"
    __table_args__ = table(
        sa.Index("ix_log_entries_subject", "community_id", "subject_kind", "subject_id"),
        sa.Index("ix_log_entries_at", "community_id", "at"),
        append_only=True,
    )

    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Words(64))
    subject_kind: Mapped[str] = mapped_column(Words(32))
    subject_id: Mapped[int] = mapped_column(Key)
    facts: Mapped[dict[str, Any]] = mapped_column(Facts)
