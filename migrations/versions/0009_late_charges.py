"""Late charges that were paid, requests to waive them, and late-charge income in every community's book."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _of_charge(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column], ["charges.community_id", "charges.id"], name=op.f(f"fk_{table}_community_id_{column}")
    )


def upgrade() -> None:
    op.create_table(
        "late_charges",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("principal_id", columns.Key(), nullable=False),
        sa.Column("seq", columns.Whole(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("until_on", columns.Day(), nullable=False),
        sa.Column("fen_days", columns.Whole(), nullable=False),
        sa.Column("daily", columns.Words(40), nullable=False),
        sa.Column("cap", columns.Fen(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.CheckConstraint("amount > 0 AND amount <= cap", name=op.f("ck_late_charges_amount")),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_late_charges_days")),
        _of_charge("late_charges", "charge_id"),
        _of_charge("late_charges", "principal_id"),
        sa.PrimaryKeyConstraint("community_id", "charge_id", name=op.f("pk_late_charges")),
        sa.UniqueConstraint(
            "community_id", "principal_id", "seq", name=op.f("uq_late_charges_community_id_principal_id_seq")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "late_waivers",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("upto_on", columns.Day(), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("asked_at", columns.Instant(), nullable=False),
        sa.Column("asked_by", columns.Key(), nullable=False),
        sa.Column("decided_at", columns.Instant(), nullable=True),
        sa.Column("decided_by", columns.Key(), nullable=True),
        sa.Column("answer", columns.Words(200), nullable=False),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_late_waivers_second_person")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_late_waivers_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_late_waivers")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_late_waivers_state", "late_waivers", ["community_id", "state"], unique=False)
    op.create_table(
        "late_waiver_lines",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("waiver_id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("asked", columns.Fen(), nullable=False),
        sa.Column("waived", columns.Fen(), nullable=False),
        sa.CheckConstraint("asked > 0 AND waived >= 0 AND waived <= asked", name=op.f("ck_late_waiver_lines_waived")),
        sa.ForeignKeyConstraint(
            ["community_id", "waiver_id"],
            ["late_waivers.community_id", "late_waivers.id"],
            name=op.f("fk_late_waiver_lines_community_id_waiver_id"),
        ),
        _of_charge("late_waiver_lines", "charge_id"),
        sa.PrimaryKeyConstraint("community_id", "waiver_id", "charge_id", name=op.f("pk_late_waiver_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_late_waiver_lines_charge", "late_waiver_lines", ["community_id", "charge_id"], unique=False)
    bind = op.get_bind()
    days = ["from_on", "until_on", "fen_days", "daily", "cap", "amount"]
    fixed = ["community_id", "charge_id", "principal_id", "seq", *days]
    guards.protect(bind, "late_charges", ["community_id", "charge_id"], fixed)
    key = ["community_id", "id"]
    guards.protect(bind, "late_waivers", key, [*key, "reason", "upto_on", "asked_at", "asked_by"])
    key = ["community_id", "waiver_id", "charge_id"]
    guards.protect(bind, "late_waiver_lines", key, [*key, "asked"])
    teach_tables(bind, many=("late_charges", "late_waiver_lines"), few=("late_waivers",))
    bind.execute(sa.text("INSERT INTO accounts (community_id, fund, code) SELECT id, 'OP', '6003' FROM communities"))
