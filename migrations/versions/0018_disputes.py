"""Charges that households dispute, one dispute at a time, with what the office answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("opened_by", columns.Key(), nullable=False),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        sa.Column("closed_by", columns.Key(), nullable=True),
        sa.Column("answer", columns.Words(200), nullable=False),
        sa.Column("upheld", columns.Flag(), nullable=True),
        sa.CheckConstraint("closed_by <> opened_by", name=op.f("ck_disputes_second_person")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (upheld IS NULL)",
            name=op.f("ck_disputes_closed"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "charge_id"],
            ["charges.community_id", "charges.id"],
            name=op.f("fk_disputes_community_id_charge_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_disputes")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_disputes_charge", "disputes", ["community_id", "charge_id"], unique=False)
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_disputes_open",
        "disputes",
        ["community_id", "charge_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    bind = op.get_bind()
    key = ["community_id", "id"]
    guards.protect(bind, "disputes", key, [*key, "charge_id", "reason", "opened_at", "opened_by"])
    teach_tables(bind, few=("disputes",))
