"""Meters, their readings, files of readings, and the rule for what is asked about."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.metering.rules import MeterKind, Question, ReadingSource
from feeapp.registry.rules import BatchState, Heap
from feeapp.storage.columns import Choice, Day, Facts, Flag, Instant, Key, Rate, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Meter(Owned, Model):
    """A meter on the wall of a unit. Nothing about it changes but that it is taken off, once."""

    __tablename__ = "meters"
    __table_args__ = table(
        own(["unit_id"], "units"),
        sa.Index("ix_meters_unit", "community_id", "unit_id"),
        sa.Index("ix_meters_kind", "community_id", "kind"),
        sa.Index(
            "uq_meters_serial",
            "community_id",
            "kind",
            "serial",
            unique=True,
            sqlite_where=sa.text("removed_on IS NULL"),
            postgresql_where=sa.text("removed_on IS NULL"),
        ),
        sa.CheckConstraint("digits BETWEEN 3 AND 9", name="digits"),
        sa.CheckConstraint("decimals BETWEEN 0 AND 2", name="decimals"),
        sa.CheckConstraint("factor > 0", name="factor"),
        sa.CheckConstraint("removed_on IS NULL OR removed_on >= installed_on", name="days"),
        append_only=True,
        may_change=("removed_on", "removed_at", "removed_by"),
    )

    unit_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[MeterKind] = mapped_column(Choice(MeterKind))
    serial: Mapped[str] = mapped_column(Words(32))
    digits: Mapped[int] = mapped_column(Whole)
    """Whole figures of the register: with five it shows 0 again after 99,999."""
    decimals: Mapped[int] = mapped_column(Whole)
    factor: Mapped[Decimal] = mapped_column(Rate)
    """What a figure is taken times, at most four decimals; 1 for a meter that counts directly."""
    installed_on: Mapped[date] = mapped_column(Day)
    removed_on: Mapped[date | None] = mapped_column(Day)
    """The last day on which it hung there; its last figure may be of this day."""
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[int | None] = mapped_column(Key)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_by: Mapped[int | None] = mapped_column(Key)


class MeterReading(Owned, Model):
    """A figure read on a day, in 0.01. A wrong one is struck out, and the right one is a row of its own."""

    __tablename__ = "meter_readings"
    __table_args__ = table(
        own(["meter_id"], "meters"),
        own(["voids_id"], "meter_readings"),
        sa.Index("ix_meter_readings_day", "community_id", "read_on"),
        sa.Index("ix_meter_readings_meter", "community_id", "meter_id", "read_on"),
        sa.Index(
            "uq_meter_readings_standing",
            "community_id",
            "meter_id",
            "read_on",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.CheckConstraint("figure >= 0", name="figure"),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="voided"),
        append_only=True,
        may_change=("voided_at", "voided_by", "void_reason"),
    )

    meter_id: Mapped[int] = mapped_column(Key)
    read_on: Mapped[date] = mapped_column(Day)
    figure: Mapped[int] = mapped_column(Whole)
    source: Mapped[ReadingSource] = mapped_column(Choice(ReadingSource))
    baseline: Mapped[bool] = mapped_column(Flag)
    """The meter's first reading: it counts nothing."""
    answered: Mapped[Question | None] = mapped_column(Choice(Question))
    """What was asked about the figure and confirmed by a person."""
    reason: Mapped[str] = mapped_column(Words(200), default="")
    voids_id: Mapped[int | None] = mapped_column(Key)
    """The wrong reading in whose place this one stands."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by: Mapped[int | None] = mapped_column(Key)
    void_reason: Mapped[str | None] = mapped_column(Words(200))


class ReadingRule(Owned, Model):
    """What counts as too much: the latest row is in force (rules.JumpRule)."""

    __tablename__ = "reading_rules"
    __table_args__ = table(sa.ForeignKeyConstraint(["community_id"], ["communities.id"]), append_only=True)

    times: Mapped[int] = mapped_column(Whole)
    months: Mapped[int] = mapped_column(Whole)
    least: Mapped[int] = mapped_column(Whole)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)


class ReadingBatch(Owned, Model):
    """A file of readings: read and judged, nothing of it entered until it is confirmed."""

    __tablename__ = "reading_batches"
    __table_args__ = table(sa.ForeignKeyConstraint(["community_id"], ["communities.id"]))

    file_name: Mapped[str] = mapped_column(Words(200))
    state: Mapped[BatchState] = mapped_column(Choice(BatchState))
    blank: Mapped[int] = mapped_column(Whole)
    """Rows in which no figure was filled in."""
    ignored: Mapped[list[str]] = mapped_column(Facts)
    """Sheets that hold no readings."""
    staged_at: Mapped[datetime] = mapped_column(Instant)
    staged_by: Mapped[int | None] = mapped_column(Key)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None] = mapped_column(Key)


class ReadingRow(Owned, Model):
    """One row of a file of readings: the meter it is taken for, or why it is not; and what was answered."""

    __tablename__ = "reading_rows"
    __table_args__ = table(
        own(["batch_id"], "reading_batches"),
        own(["meter_id"], "meters"),
        sa.Index("ix_reading_rows_batch", "community_id", "batch_id", "heap", "position"),
    )

    batch_id: Mapped[int] = mapped_column(Key)
    position: Mapped[int] = mapped_column(Whole)
    heap: Mapped[Heap] = mapped_column(Choice(Heap))
    sheet: Mapped[str] = mapped_column(Words(40))
    row: Mapped[int] = mapped_column(Whole)
    unit: Mapped[str] = mapped_column(Words(40))
    serial: Mapped[str] = mapped_column(Words(40))
    meter_id: Mapped[int | None] = mapped_column(Key)
    figure: Mapped[int | None] = mapped_column(Whole)
    read_on: Mapped[date | None] = mapped_column(Day)
    problem: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    """A refusal or a question: its code, sentence and facts."""
    confirmed: Mapped[bool] = mapped_column(Flag)
    reason: Mapped[str] = mapped_column(Words(200))
