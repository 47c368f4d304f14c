"""Claims of what came in, and payments made from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]
PAYMENT = [
    *KEY, "fund", "party_id", "payer", "amount", "change", "received_on", "received_at", "cashier_id", "submission_key",
    "submission_hash", "entry_id", "remark", "credited_on",
]  # fmt: skip
TENDER = ["community_id", "payment_id", "line", "method", "amount", "reference", "unidentified"]


def upgrade() -> None:
    bind = op.get_bind()
    op.add_column("payments", sa.Column("credited_on", columns.Day(), nullable=True))
    op.add_column("tenders", sa.Column("unidentified", columns.Flag(), nullable=False, server_default=sa.false()))
    for name, key, kept in (("payments", KEY, PAYMENT), ("tenders", TENDER[:3], TENDER)):
        guards.unprotect(bind, name)
        guards.protect(bind, name, key, kept)
    _claims()
    _notes()
    teach_tables(bind, many=("bank_claims", "bank_notes"))


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column],
        [f"{target}.community_id", f"{target}.id"],
        name=op.f(f"fk_{table}_community_id_{column}"),
    )


def _claims() -> None:
    op.create_table(
        "bank_claims",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("line_id", columns.Key(), nullable=False),
        sa.Column("payment_id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=True),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        _reference("bank_claims", "line_id", "bank_lines"),
        _reference("bank_claims", "payment_id", "payments"),
        _reference("bank_claims", "unit_id", "units"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_bank_claims")),
        sa.UniqueConstraint("community_id", "line_id", name=op.f("uq_bank_claims_community_id_line_id")),
        sa.UniqueConstraint("community_id", "payment_id", name=op.f("uq_bank_claims_community_id_payment_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    kept = [*KEY, "line_id", "payment_id", "unit_id", "at", "by_id"]
    guards.protect(op.get_bind(), "bank_claims", KEY, kept)


def _notes() -> None:
    op.create_table(
        "bank_notes",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("line_id", columns.Key(), nullable=False),
        sa.Column("note", columns.Words(200), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        _reference("bank_notes", "line_id", "bank_lines"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_bank_notes")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bank_notes_line", "bank_notes", ["community_id", "line_id"], unique=False)
    guards.protect(op.get_bind(), "bank_notes", KEY, [*KEY, "line_id", "note", "at", "by_id"])
