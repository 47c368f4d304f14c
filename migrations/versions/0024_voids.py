"""Receipts that are taken back: the requests, receipts in red, reductions and prepayments that no longer count."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]
RECEIPT = [
    *KEY, "payment_id", "series", "year", "number", "label", "amount", "issued_on", "issued_at", "issued_by",
    "snapshot", "reverses_id",
]  # fmt: skip
PRINT = [*KEY, "receipt_id", "copy", "printed_at", "printed_by"]
REDUCTION = [
    *KEY, "charge_id", "entry_id", "kind", "amount", "reason", "source_kind", "source_id", "approved_by", "at", "by_id",
]  # fmt: skip
PREPAYMENT = [
    *KEY, "payment_id", "wallet_id", "unit_id", "party_id", "item_id", "from_period", "through_period", "listed",
    "paid", "gift", "offer_id", "months", "at", "by_id",
]  # fmt: skip
ASKED = [*KEY, "receipt_id", "payment_id", "reason", "parts", "lost", "asked_at", "asked_by"]

ONE_OF_A_PAYMENT = "CONSTRAINT uq_receipts_community_id_payment_id UNIQUE (community_id, payment_id)"
ONE_IN_RED = (
    "CONSTRAINT uq_receipts_community_id_reverses_id UNIQUE (community_id, reverses_id), "
    "CONSTRAINT fk_receipts_community_id_reverses_id "
    "FOREIGN KEY(community_id, reverses_id) REFERENCES receipts (community_id, id)"
)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column],
        [f"{target}.community_id", f"{target}.id"],
        name=op.f(f"fk_{table}_community_id_{column}"),
    )


def upgrade() -> None:
    bind = op.get_bind()
    for name in ("receipts", "receipt_prints", "reductions", "prepayments"):
        guards.unprotect(bind, name)
    if bind.dialect.name == "sqlite":
        _rebuild_for_sqlite(bind)
    else:
        op.drop_constraint(op.f("ck_reductions_amount"), "reductions", type_="check")
        op.create_check_constraint(op.f("ck_reductions_amount"), "reductions", "amount <> 0")
        op.add_column("receipts", sa.Column("reverses_id", columns.Key(), nullable=True))
        op.drop_constraint(op.f("uq_receipts_community_id_payment_id"), "receipts", type_="unique")
        op.create_unique_constraint(
            op.f("uq_receipts_community_id_reverses_id"), "receipts", ["community_id", "reverses_id"]
        )
        op.create_foreign_key(
            op.f("fk_receipts_community_id_reverses_id"),
            "receipts", "receipts", ["community_id", "reverses_id"], ["community_id", "id"],
        )  # fmt: skip
    op.create_index(
        "uq_receipts_payment",
        "receipts",
        ["community_id", "payment_id"],
        unique=True,
        sqlite_where=sa.text("reverses_id IS NULL"),
        postgresql_where=sa.text("reverses_id IS NULL"),
    )
    op.add_column("prepayments", sa.Column("undone_at", columns.Instant(), nullable=True))
    _create_voids()
    guards.protect(bind, "receipts", KEY, RECEIPT)
    guards.protect(bind, "receipt_prints", KEY, PRINT)
    guards.protect(bind, "reductions", KEY, REDUCTION)
    guards.protect(bind, "prepayments", KEY, PREPAYMENT)
    guards.protect(bind, "receipt_voids", KEY, ASKED)
    teach_tables(bind, many=("receipts", "receipt_prints", "reductions", "receipt_voids"))


def _rebuild_for_sqlite(bind: sa.Connection) -> None:
    """SQLite changes no constraint of a table that stands: it is made anew, and its rows go over."""
    bind.exec_driver_sql("CREATE TEMP TABLE kept_prints AS SELECT * FROM receipt_prints")
    bind.exec_driver_sql("DELETE FROM receipt_prints")
    _make_anew(bind, "reductions", {"CHECK (amount > 0)": "CHECK (amount <> 0)"})
    old = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'receipts'").scalar_one()
    snapshot = next(line for line in old.splitlines() if line.strip().startswith("snapshot"))
    _make_anew(
        bind, "receipts", {snapshot: f"{snapshot.rstrip()}\n\treverses_id INTEGER,", ONE_OF_A_PAYMENT: ONE_IN_RED}
    )
    bind.exec_driver_sql("INSERT INTO receipt_prints SELECT * FROM kept_prints")
    bind.exec_driver_sql("DROP TABLE kept_prints")


def _make_anew(bind: sa.Connection, table: str, changes: Mapping[str, str]) -> None:
    """Put a table with other words in the place of one, with its rows and its indexes."""
    stands = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    words = stands.scalar_one()
    for old, new in changes.items():
        if old not in words:
            raise ValueError(f"{table} is not the table that this migration knows: {old!r}")
        words = words.replace(old, new)
    indexes = bind.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
    ).scalars().all()  # fmt: skip
    kept = [row[1] for row in bind.exec_driver_sql(f"PRAGMA table_info({table})")]
    bind.exec_driver_sql(words.replace(f"CREATE TABLE {table} ", f"CREATE TABLE {table}_anew ", 1))
    listed = ", ".join(f'"{name}"' for name in kept)
    bind.exec_driver_sql(f"INSERT INTO {table}_anew ({listed}) SELECT {listed} FROM {table}")  # noqa: S608 - our own names
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        bind.exec_driver_sql(index)


def _create_voids() -> None:
    op.create_table(
        "receipt_voids",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("receipt_id", columns.Key(), nullable=False),
        sa.Column("payment_id", columns.Key(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("parts", columns.Facts(), nullable=False),
        sa.Column("lost", columns.Words(200), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("asked_at", columns.Instant(), nullable=False),
        sa.Column("asked_by", columns.Key(), nullable=False),
        sa.Column("decided_at", columns.Instant(), nullable=True),
        sa.Column("decided_by", columns.Key(), nullable=True),
        sa.Column("answer", columns.Words(200), nullable=False),
        sa.Column("way", columns.Choice(), nullable=True),
        sa.Column("done_on", columns.Day(), nullable=True),
        sa.Column("entry_id", columns.Key(), nullable=True),
        sa.Column("red_id", columns.Key(), nullable=True),
        sa.CheckConstraint("(state = 'ASKED') = (decided_at IS NULL)", name=op.f("ck_receipt_voids_decided")),
        sa.CheckConstraint(
            "(state = 'WITHDRAWN') = (decided_by = asked_by)", name=op.f("ck_receipt_voids_second_person")
        ),
        sa.CheckConstraint("entry_id IS NULL OR state = 'APPROVED'", name=op.f("ck_receipt_voids_done")),
        sa.CheckConstraint(
            "(red_id IS NOT NULL) = (way IS NOT NULL AND way = 'RED')", name=op.f("ck_receipt_voids_red")
        ),
        _to("receipt_voids", "receipt_id", "receipts"),
        _to("receipt_voids", "payment_id", "payments"),
        _to("receipt_voids", "red_id", "receipts"),
        _to("receipt_voids", "entry_id", "entries"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_receipt_voids")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for name, keys in (("state", "state"), ("payment", "payment_id"), ("day", "done_on")):
        op.create_index(f"ix_receipt_voids_{name}", "receipt_voids", ["community_id", keys], unique=False)
    op.create_index(
        "uq_receipt_voids_receipt",
        "receipt_voids",
        ["community_id", "receipt_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('ASKED', 'APPROVED')"),
        postgresql_where=sa.text("state IN ('ASKED', 'APPROVED')"),
    )
