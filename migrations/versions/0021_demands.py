"""Demands and agreements by which the time to claim a charge runs anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = ["community_id", "id", "charge_id", "kind", "happened_on", "proof", "at", "by_id"]


def upgrade() -> None:
    op.create_table(
        "demands",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("happened_on", columns.Day(), nullable=False),
        sa.Column("proof", columns.Words(200), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "charge_id"],
            ["charges.community_id", "charges.id"],
            name=op.f("fk_demands_community_id_charge_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_demands")),
        sa.UniqueConstraint(
            "community_id", "charge_id", "kind", "happened_on", name=op.f("uq_demands_community_id_charge_id_kind_happened_on")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    bind = op.get_bind()
    guards.protect(bind, "demands", COLUMNS[:2], COLUMNS)
    teach_tables(bind, many=("demands",))
