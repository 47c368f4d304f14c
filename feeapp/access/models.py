"""Log-ins, what they were granted, the sessions that stand, and failed attempts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.powers import Role
from feeapp.storage.columns import Choice, Instant, Key, Words, new_id
from feeapp.storage.db import Model, table


class User(Model):
    """One person's log-in: a clerk's short name, or a resident's mobile number."""

    __tablename__ = "users"
    __table_args__ = table(sa.UniqueConstraint("login"))

    id: Mapped[int] = mapped_column(Key, primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(Words(64))
    name: Mapped[str] = mapped_column(Words(64))
    password_hash: Mapped[str] = mapped_column(Words(200))
    password_until: Mapped[datetime | None] = mapped_column(Instant)
    """Set on a password that somebody else handed out: it works until then, and only to choose one's own."""
    language: Mapped[str | None] = mapped_column(Words(16))
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)


class Grant(Model):
    """A role in one community; for a resident, tied to the party the log-in speaks for (0 for staff)."""

    __tablename__ = "grants"
    __table_args__ = table(sa.ForeignKeyConstraint(["user_id"], ["users.id"]), sa.Index("ix_grants_user_id", "user_id"))

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(Key, primary_key=True)
    role: Mapped[Role] = mapped_column(Choice(Role), primary_key=True)
    party_id: Mapped[int] = mapped_column(Key, primary_key=True, default=0)


class Session(Model):
    """A browser that has logged in. Ending it is deleting its row, so a copied cookie dies with it."""

    __tablename__ = "sessions"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]), sa.Index("ix_sessions_user_id", "user_id")
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(Key)
    token_hash: Mapped[str] = mapped_column(Words(64))
    opened_at: Mapped[datetime] = mapped_column(Instant)


class Attempt(Model):
    """One guess at a log-in or a code, under what it is counted by; a right one and old ones are swept away."""

    __tablename__ = "attempts"
    __table_args__ = table(sa.Index("ix_attempts_subject_at", "subject", "at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(Words(128))
    """A kind and a digest: what people mistype into the log-in name may be their password."""
    at: Mapped[datetime] = mapped_column(Instant)
