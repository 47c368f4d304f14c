"""Wallets: money held for households, and its account in every community's book."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wallets",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=True),
        sa.Column("balance", columns.Fen(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_wallets_balance")),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_wallets_community_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "party_id"],
            ["parties.community_id", "parties.id"],
            name=op.f("fk_wallets_community_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "item_id"],
            ["charge_items.community_id", "charge_items.id"],
            name=op.f("fk_wallets_community_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_wallets")),
        sa.UniqueConstraint(
            "community_id",
            "unit_id",
            "party_id",
            "fund",
            "item_id",
            name=op.f("uq_wallets_community_id_unit_id_party_id_fund_item_id"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    general = sa.text("item_id IS NULL")
    op.create_index(
        "uq_wallets_general",
        "wallets",
        ["community_id", "unit_id", "party_id", "fund"],
        unique=True,
        sqlite_where=general,
        postgresql_where=general,
    )
    op.create_table(
        "wallet_moves",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("wallet_id", columns.Key(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("entry_id", columns.Key(), nullable=False),
        sa.Column("source_kind", columns.Words(32), nullable=False),
        sa.Column("source_id", columns.Key(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_wallet_moves_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "wallet_id"],
            ["wallets.community_id", "wallets.id"],
            name=op.f("fk_wallet_moves_community_id_wallet_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id"],
            ["entries.community_id", "entries.id"],
            name=op.f("fk_wallet_moves_community_id_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_wallet_moves")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_wallet_moves_wallet", "wallet_moves", ["community_id", "wallet_id"], unique=False)
    op.create_index(
        "ix_wallet_moves_source", "wallet_moves", ["community_id", "source_kind", "source_id"], unique=False
    )
    bind = op.get_bind()
    key = ["community_id", "id"]
    guards.protect(bind, "wallets", key, [*key, "unit_id", "party_id", "fund", "item_id"])
    moves = ["wallet_id", "amount", "kind", "entry_id", "source_kind", "source_id", "at", "by_id"]
    guards.protect(bind, "wallet_moves", key, [*key, *moves])
    teach_tables(bind, many=("wallets", "wallet_moves"))
    for fund in ("OP", "RN", "CR", "MF", "TR"):
        bind.execute(
            sa.text("INSERT INTO accounts (community_id, fund, code) SELECT id, :fund, '2203' FROM communities"),
            {"fund": fund},
        )
