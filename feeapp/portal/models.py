"""Activation codes, by which a resident proves to be the person on the bill."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.storage.columns import Day, Instant, Key, Words
from feeapp.storage.db import Model, Owned, own, table


class ActivationCode(Owned, Model):
    """A code printed on a bill, kept only as a hash; it works once, until a day, for one party."""

    __tablename__ = "activation_codes"
    __table_args__ = table(
        own(["party_id"], "parties"),
        sa.UniqueConstraint("community_id", "code_hash"),
        sa.Index("ix_activation_codes_party", "community_id", "party_id"),
    )

    party_id: Mapped[int] = mapped_column(Key)
    code_hash: Mapped[str] = mapped_column(Words(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int] = mapped_column(Key)
    expires_on: Mapped[date] = mapped_column(Day)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    used_by: Mapped[int | None] = mapped_column(Key)
