"""The areas of a unit, changed from a day on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FIXED = [
    "community_id",
    "id",
    "unit_id",
    "from_on",
    "area",
    "inner_area",
    "before_area",
    "before_inner",
    "reason",
    "batch_id",
    "replaces_id",
    "at",
    "by_id",
]


def upgrade() -> None:
    op.create_table(
        "unit_areas",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("area", columns.CentiArea(), nullable=True),
        sa.Column("inner_area", columns.CentiArea(), nullable=True),
        sa.Column("before_area", columns.CentiArea(), nullable=True),
        sa.Column("before_inner", columns.CentiArea(), nullable=True),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("batch_id", columns.Key(), nullable=True),
        sa.Column("replaces_id", columns.Key(), nullable=True),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.CheckConstraint("area IS NULL OR area > 0", name=op.f("ck_unit_areas_area")),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_unit_areas_community_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "replaces_id"],
            ["unit_areas.community_id", "unit_areas.id"],
            name=op.f("fk_unit_areas_community_id_replaces_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "batch_id"],
            ["import_batches.community_id", "import_batches.id"],
            name=op.f("fk_unit_areas_community_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_unit_areas")),
        sa.UniqueConstraint("community_id", "replaces_id", name=op.f("uq_unit_areas_community_id_replaces_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_unit_areas_unit", "unit_areas", ["community_id", "unit_id", "from_on"], unique=False)
    op.create_index("ix_unit_areas_from", "unit_areas", ["community_id", "from_on"], unique=False)
    bind = op.get_bind()
    guards.protect(bind, "unit_areas", ["community_id", "id"], FIXED)
    teach_tables(bind, many=("unit_areas",))
