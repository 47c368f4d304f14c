"""Reliefs: vacancy discounts, hardship reliefs and exemptions, and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reliefs",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("year", columns.Whole(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=True),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("percent", columns.Rate(), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("applied_on", columns.Day(), nullable=False),
        sa.Column("since_on", columns.Day(), nullable=True),
        sa.Column("asked_from", columns.Day(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("to_on", columns.Day(), nullable=False),
        sa.Column("ended_on", columns.Day(), nullable=True),
        sa.Column("proof", columns.Words(300), nullable=False),
        sa.Column("paper_kind", columns.Choice(), nullable=True),
        sa.Column("paper_number", columns.Words(64), nullable=False),
        sa.Column("paper_issuer", columns.Words(64), nullable=False),
        sa.Column("valid_until", columns.Day(), nullable=True),
        sa.Column("borne_by", columns.Words(100), nullable=False),
        sa.CheckConstraint("percent >= 0 AND percent < 1000000", name=op.f("ck_reliefs_percent")),
        sa.CheckConstraint("from_on >= asked_from AND to_on > from_on", name=op.f("ck_reliefs_days")),
        sa.CheckConstraint(
            "(state = 'ENDED' AND ended_on IS NOT NULL AND ended_on >= from_on AND ended_on < to_on) "
            "OR (state <> 'ENDED' AND ended_on IS NULL)",
            name=op.f("ck_reliefs_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_reliefs_community_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "item_id"],
            ["charge_items.community_id", "charge_items.id"],
            name=op.f("fk_reliefs_community_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_reliefs")),
        sa.UniqueConstraint("community_id", "year", "number", name=op.f("uq_reliefs_community_id_year_number")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reliefs_unit", "reliefs", ["community_id", "unit_id"], unique=False)
    op.create_index("ix_reliefs_days", "reliefs", ["community_id", "to_on"], unique=False)
    op.create_table(
        "relief_steps",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("relief_id", columns.Key(), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.Column("step", columns.Choice(), nullable=False),
        sa.Column("day", columns.Day(), nullable=False),
        sa.Column("person", columns.Words(32), nullable=False),
        sa.Column("words", columns.Words(300), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "relief_id"],
            ["reliefs.community_id", "reliefs.id"],
            name=op.f("fk_relief_steps_community_id_relief_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "relief_id", "position", name=op.f("pk_relief_steps")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    bind = op.get_bind()
    asked = ["year", "number", "unit_id", "item_id", "kind", "percent", "applied_on", "since_on", "asked_from"]
    paper = ["to_on", "proof", "paper_kind", "paper_number", "paper_issuer", "valid_until", "borne_by"]
    guards.protect(bind, "reliefs", ["community_id", "id"], ["community_id", "id", *asked, *paper])
    step = ["community_id", "relief_id", "position"]
    guards.protect(bind, "relief_steps", step, [*step, "step", "day", "person", "words", "at", "by_id"])
    teach_tables(bind, many=("reliefs", "relief_steps"))
