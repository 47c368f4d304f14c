"""Offsets: what prepaid money clears of charges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offsets",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("wallet_id", columns.Key(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("entry_id", columns.Key(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_offsets_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "charge_id"],
            ["charges.community_id", "charges.id"],
            name=op.f("fk_offsets_community_id_charge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "wallet_id"],
            ["wallets.community_id", "wallets.id"],
            name=op.f("fk_offsets_community_id_wallet_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id"],
            ["entries.community_id", "entries.id"],
            name=op.f("fk_offsets_community_id_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_offsets")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_offsets_charge", "offsets", ["community_id", "charge_id"], unique=False)
    key = ["community_id", "id"]
    guards.protect(op.get_bind(), "offsets", key, [*key, "charge_id", "wallet_id", "amount", "entry_id", "at", "by_id"])
    teach_tables(op.get_bind(), many=("offsets",))
