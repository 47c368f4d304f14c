"""The settings of a community, saved time after time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.Column("facts", columns.Facts(), nullable=False),
        sa.Column("why", columns.Words(200), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_profiles_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_profiles")),
        sa.UniqueConstraint("community_id", "number", name=op.f("uq_profiles_community_id_number")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    fixed = ["community_id", "id", "number", "facts", "why", "at", "by_id"]
    guards.protect(op.get_bind(), "profiles", ["community_id", "id"], fixed)
    teach_tables(op.get_bind(), few=("profiles",))
