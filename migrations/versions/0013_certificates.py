"""Certificates of what a household owes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("year", columns.Whole(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.Column("label", columns.Words(32), nullable=False),
        sa.Column("as_of_on", columns.Day(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("snapshot", columns.Facts(), nullable=False),
        sa.Column("issued_at", columns.Instant(), nullable=False),
        sa.Column("issued_by", columns.Key(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_certificates_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_certificates_community_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("community_id", "year", "number", name=op.f("uq_certificates_community_id_year_number")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_certificates_unit", "certificates", ["community_id", "unit_id"], unique=False)
    key = ["community_id", "id"]
    kept = ["unit_id", "kind", "year", "number", "label", "as_of_on", "amount", "snapshot", "issued_at", "issued_by"]
    guards.protect(op.get_bind(), "certificates", key, [*key, *kept])
    teach_tables(op.get_bind(), many=("certificates",))
