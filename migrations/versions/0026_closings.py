"""Months that are closed, what stood on every account then, and the trigger that keeps entries out of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.ledger.guards import protect_closed
from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]
BALANCE = ["community_id", "closing_id", "fund", "account", "balance"]


def upgrade() -> None:
    op.create_table(
        "closings",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("period", columns.Month(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("asked_at", columns.Instant(), nullable=False),
        sa.Column("asked_by", columns.Key(), nullable=False),
        sa.Column("decided_at", columns.Instant(), nullable=True),
        sa.Column("decided_by", columns.Key(), nullable=True),
        sa.Column("answer", columns.Words(200), nullable=False),
        sa.Column("seq", columns.Whole(), nullable=True),
        sa.Column("closed_upto", columns.Day(), nullable=True),
        sa.CheckConstraint("(state = 'ASKED') = (decided_by IS NULL)", name=op.f("ck_closings_decided")),
        sa.CheckConstraint("(state = 'WITHDRAWN') = (decided_by = asked_by)", name=op.f("ck_closings_second_person")),
        sa.CheckConstraint("(state = 'DONE') = (seq IS NOT NULL)", name=op.f("ck_closings_done")),
        sa.CheckConstraint("(seq IS NULL) = (closed_upto IS NULL)", name=op.f("ck_closings_upto")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_closings_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_closings")),
        sa.UniqueConstraint("community_id", "seq", name=op.f("uq_closings_community_id_seq")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    asked = sa.text("state = 'ASKED'")
    op.create_index(
        "uq_closings_asked", "closings", ["community_id"], unique=True, sqlite_where=asked, postgresql_where=asked
    )
    op.create_table(
        "closing_balances",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("closing_id", columns.Key(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("account", columns.Words(16), nullable=False),
        sa.Column("balance", columns.Fen(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "closing_id"],
            ["closings.community_id", "closings.id"],
            name=op.f("fk_closing_balances_community_id_closing_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "closing_id", "fund", "account", name=op.f("pk_closing_balances")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    bind = op.get_bind()
    fixed = [*KEY, "period", "kind", "reason", "asked_at", "asked_by"]
    guards.protect(bind, "closings", KEY, fixed)
    guards.protect(bind, "closing_balances", BALANCE[:4], BALANCE)
    protect_closed(bind)
    teach_tables(bind, few=("closings", "closing_balances"))
