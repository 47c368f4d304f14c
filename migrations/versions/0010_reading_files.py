"""Files of meter readings, staged before they are entered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns
from feeapp.storage.statistics import teach_tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_batches",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("file_name", columns.Words(200), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("blank", columns.Whole(), nullable=False),
        sa.Column("ignored", columns.Facts(), nullable=False),
        sa.Column("staged_at", columns.Instant(), nullable=False),
        sa.Column("staged_by", columns.Key(), nullable=True),
        sa.Column("ended_at", columns.Instant(), nullable=True),
        sa.Column("ended_by", columns.Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_reading_batches_community_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_reading_batches")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_rows",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("batch_id", columns.Key(), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.Column("heap", columns.Choice(), nullable=False),
        sa.Column("sheet", columns.Words(40), nullable=False),
        sa.Column("row", columns.Whole(), nullable=False),
        sa.Column("unit", columns.Words(40), nullable=False),
        sa.Column("serial", columns.Words(40), nullable=False),
        sa.Column("meter_id", columns.Key(), nullable=True),
        sa.Column("figure", columns.Whole(), nullable=True),
        sa.Column("read_on", columns.Day(), nullable=True),
        sa.Column("problem", columns.Facts(), nullable=True),
        sa.Column("confirmed", columns.Flag(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "batch_id"],
            ["reading_batches.community_id", "reading_batches.id"],
            name=op.f("fk_reading_rows_community_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "meter_id"],
            ["meters.community_id", "meters.id"],
            name=op.f("fk_reading_rows_community_id_meter_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_reading_rows")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_reading_rows_batch", "reading_rows", ["community_id", "batch_id", "heap", "position"], unique=False
    )
    teach_tables(op.get_bind(), many=("reading_rows",), few=("reading_batches",))
