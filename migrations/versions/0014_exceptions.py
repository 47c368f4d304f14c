"""Charges reckoned one by one: floors, what is taken off at once, sums shared among units, bills of several months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]
RUN = [*KEY, "period", "seen_hash", "charges", "total", "reduced", "posted_at", "posted_by"]
PART = [
    *KEY, "run_id", "item_id", "version_id", "use", "seq", "from_on", "to_on", "days", "month_days", "weight_before",
    "weight_upto", "denominator", "coefficient",
]  # fmt: skip
REDUCTION = [
    *KEY, "charge_id", "entry_id", "kind", "amount", "reason", "source_kind", "source_id", "approved_by", "at", "by_id",
]  # fmt: skip
POOL = [
    *KEY, "item_id", "period", "amount", "way", "key", "place", "place_id", "used", "proof", "entered_at", "entered_by",
]  # fmt: skip


def upgrade() -> None:
    op.add_column("charge_items", sa.Column("bill_months", columns.Whole(), nullable=False, server_default="1"))
    op.add_column("bill_runs", sa.Column("reduced", columns.Fen(), nullable=False, server_default="0"))
    op.add_column("bill_parts", sa.Column("coefficient", columns.Rate(), nullable=True))
    op.add_column("reductions", sa.Column("source_kind", columns.Words(32), nullable=True))
    op.add_column("reductions", sa.Column("source_id", columns.Key(), nullable=True))
    op.add_column("reductions", sa.Column("approved_by", columns.Key(), nullable=True))
    op.create_table(
        "pools",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("period", columns.Month(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("way", columns.Choice(), nullable=False),
        sa.Column("key", columns.Facts(), nullable=True),
        sa.Column("place", columns.Choice(), nullable=False),
        sa.Column("place_id", columns.Key(), nullable=True),
        sa.Column("used", columns.Words(64), nullable=False),
        sa.Column("proof", columns.Words(200), nullable=False),
        sa.Column("entered_at", columns.Instant(), nullable=False),
        sa.Column("entered_by", columns.Key(), nullable=False),
        sa.Column("run_id", columns.Key(), nullable=True),
        sa.Column("withdrawn_at", columns.Instant(), nullable=True),
        sa.Column("withdrawn_by", columns.Key(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pools_amount")),
        sa.CheckConstraint("run_id IS NULL OR withdrawn_at IS NULL", name=op.f("ck_pools_state")),
        sa.ForeignKeyConstraint(
            ["community_id", "item_id"],
            ["charge_items.community_id", "charge_items.id"],
            name=op.f("fk_pools_community_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "run_id"],
            ["bill_runs.community_id", "bill_runs.id"],
            name=op.f("fk_pools_community_id_run_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_pools")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pools_period", "pools", ["community_id", "period"], unique=False)
    bind = op.get_bind()
    guards.protect(bind, "pools", KEY, POOL)
    for name, fixed in (("bill_runs", RUN), ("bill_parts", PART), ("reductions", REDUCTION)):
        guards.unprotect(bind, name)
        guards.protect(bind, name, KEY, fixed)
    teach_tables(bind, many=("pools",))
    bind.execute(sa.text("INSERT INTO accounts (community_id, fund, code) SELECT id, 'OP', '6711' FROM communities"))
