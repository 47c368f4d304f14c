"""Corrections of charges, asked for and decided, with a line for each charge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]
CORRECTION = [
    *KEY, "kind", "unit_id", "goodwill", "reason", "proof", "facts", "lines", "lowered", "raised", "submission_key",
    "asked_at", "asked_by",
]  # fmt: skip
LINE = [
    "community_id", "correction_id", "seq", "charge_id", "unit_id", "item_id", "period", "debtor_id", "was", "should",
    "note",
]  # fmt: skip


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column],
        [f"{target}.community_id", f"{target}.id"],
        name=op.f(f"fk_{table}_community_id_{column}"),
    )


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=True),
        sa.Column("goodwill", columns.Flag(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("proof", columns.Words(200), nullable=False),
        sa.Column("facts", columns.Facts(), nullable=True),
        sa.Column("lines", columns.Whole(), nullable=False),
        sa.Column("lowered", columns.Fen(), nullable=False),
        sa.Column("raised", columns.Fen(), nullable=False),
        sa.Column("credited", columns.Fen(), nullable=True),
        sa.Column("submission_key", columns.Words(64), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("asked_at", columns.Instant(), nullable=False),
        sa.Column("asked_by", columns.Key(), nullable=False),
        sa.Column("decided_at", columns.Instant(), nullable=True),
        sa.Column("decided_by", columns.Key(), nullable=True),
        sa.Column("answer", columns.Words(200), nullable=False),
        sa.CheckConstraint("lines > 0 AND lowered >= 0 AND raised >= 0", name=op.f("ck_corrections_sums")),
        sa.CheckConstraint("(state = 'ASKED') = (decided_at IS NULL)", name=op.f("ck_corrections_decided")),
        sa.CheckConstraint(
            "(state = 'WITHDRAWN') = (decided_by = asked_by)", name=op.f("ck_corrections_second_person")
        ),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_corrections_community_id")),
        _to("corrections", "unit_id", "units"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("community_id", "submission_key", name=op.f("uq_corrections_community_id_submission_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_corrections_state", "corrections", ["community_id", "state"], unique=False)
    op.create_table(
        "correction_lines",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("correction_id", columns.Key(), nullable=False),
        sa.Column("seq", columns.Whole(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=True),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("period", columns.Month(), nullable=False),
        sa.Column("debtor_id", columns.Key(), nullable=False),
        sa.Column("was", columns.Fen(), nullable=False),
        sa.Column("should", columns.Fen(), nullable=False),
        sa.Column("waiting", columns.Flag(), nullable=False),
        sa.Column("note", columns.Facts(), nullable=True),
        sa.CheckConstraint("was >= 0 AND should >= 0 AND was <> should", name=op.f("ck_correction_lines_sums")),
        _to("correction_lines", "correction_id", "corrections"),
        _to("correction_lines", "charge_id", "charges"),
        _to("correction_lines", "unit_id", "units"),
        _to("correction_lines", "item_id", "charge_items"),
        _to("correction_lines", "debtor_id", "parties"),
        sa.PrimaryKeyConstraint("community_id", "correction_id", "seq", name=op.f("pk_correction_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_correction_lines_charge", "correction_lines", ["community_id", "charge_id"], unique=False)
    op.create_index("ix_correction_lines_unit", "correction_lines", ["community_id", "unit_id"], unique=False)
    op.create_index(
        "uq_correction_lines_waiting",
        "correction_lines",
        ["community_id", "charge_id"],
        unique=True,
        sqlite_where=sa.text("waiting = 1"),
        postgresql_where=sa.text("waiting"),
    )
    op.create_table(
        "correction_drafts",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("charge_ids", columns.Facts(), nullable=False),
        sa.Column("made_at", columns.Instant(), nullable=False),
        sa.Column("made_by", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_correction_drafts_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_correction_drafts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_correction_drafts_person", "correction_drafts", ["community_id", "made_by"], unique=False)
    bind = op.get_bind()
    guards.protect(bind, "corrections", KEY, CORRECTION)
    guards.protect(bind, "correction_lines", ["community_id", "correction_id", "seq"], LINE)
    teach_tables(bind, many=("correction_lines",), few=("corrections", "correction_drafts"))
