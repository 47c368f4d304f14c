"""Own accounts, statements of banks and channels, and the accounts of the book they need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FUNDS = ("OP", "RN", "CR", "MF", "TR")


def upgrade() -> None:
    _open_accounts()
    _accounts()
    _formats()
    _files()
    _rows()
    _lines()
    teach_tables(op.get_bind(), many=("bank_rows", "bank_lines"), few=("bank_accounts", "bank_formats", "bank_files"))


def _open_accounts() -> None:
    for code in ("2205", "6603"):
        for fund in FUNDS:
            opened = sa.text("INSERT INTO accounts (community_id, fund, code) SELECT id, :fund, :code FROM communities")
            op.get_bind().execute(opened, {"fund": fund, "code": code})


def _owned(name: str, *parts: sa.schema.SchemaItem) -> list[str]:
    op.create_table(
        name,
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f(f"pk_{name}")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    return ["community_id", "id", *(part.name for part in parts if isinstance(part, sa.Column))]


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column],
        [f"{target}.community_id", f"{target}.id"],
        name=op.f(f"fk_{table}_community_id_{column}"),
    )


def _of_community(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f(f"fk_{table}_community_id"))


def _accounts() -> None:
    kept = _owned(
        "bank_accounts",
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("name", columns.Words(60), nullable=False),
        sa.Column("number", columns.Words(40), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        _of_community("bank_accounts"),
        sa.UniqueConstraint("community_id", "name", name=op.f("uq_bank_accounts_community_id_name")),
    )
    guards.protect(op.get_bind(), "bank_accounts", kept[:2], kept)


def _formats() -> None:
    kept = _owned(
        "bank_formats",
        sa.Column("code", columns.Words(16), nullable=False),
        sa.Column("version", columns.Whole(), nullable=False),
        sa.Column("name", columns.Words(60), nullable=False),
        sa.Column("facts", columns.Facts(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        _of_community("bank_formats"),
        sa.UniqueConstraint("community_id", "code", "version", name=op.f("uq_bank_formats_community_id_code_version")),
    )
    guards.protect(op.get_bind(), "bank_formats", kept[:2], kept)


def _files() -> None:
    _owned(
        "bank_files",
        sa.Column("account_id", columns.Key(), nullable=False),
        sa.Column("file_name", columns.Words(200), nullable=False),
        sa.Column("format_name", columns.Words(60), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("opening", columns.Fen(), nullable=True),
        sa.Column("closing", columns.Fen(), nullable=True),
        sa.Column("breaks", columns.Facts(), nullable=False),
        sa.Column("staged_at", columns.Instant(), nullable=False),
        sa.Column("staged_by", columns.Key(), nullable=True),
        sa.Column("ended_at", columns.Instant(), nullable=True),
        sa.Column("ended_by", columns.Key(), nullable=True),
        _reference("bank_files", "account_id", "bank_accounts"),
    )


def _movement() -> list[sa.Column[object]]:
    return [
        sa.Column("happened_on", columns.Day(), nullable=False),
        sa.Column("at_time", columns.Words(8), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("fee", columns.Fen(), nullable=False),
        sa.Column("balance", columns.Fen(), nullable=True),
        sa.Column("payer", columns.Words(64), nullable=False),
        sa.Column("payer_account", columns.Words(64), nullable=False),
        sa.Column("memo", columns.Words(200), nullable=False),
        sa.Column("reference", columns.Words(64), nullable=False),
    ]


def _rows() -> None:
    _owned(
        "bank_rows",
        sa.Column("file_id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("row", columns.Whole(), nullable=False),
        sa.Column("first_row", columns.Whole(), nullable=False),
        sa.Column("fingerprint", columns.Words(64), nullable=False),
        sa.Column("problem", columns.Facts(), nullable=True),
        *_movement(),
        _reference("bank_rows", "file_id", "bank_files"),
    )
    op.create_index("ix_bank_rows_file", "bank_rows", ["community_id", "file_id", "kind", "row"], unique=False)


def _lines() -> None:
    kept = _owned(
        "bank_lines",
        sa.Column("account_id", columns.Key(), nullable=False),
        sa.Column("file_id", columns.Key(), nullable=False),
        sa.Column("fingerprint", columns.Words(64), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        *_movement(),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_bank_lines_amount")),
        _reference("bank_lines", "account_id", "bank_accounts"),
        _reference("bank_lines", "file_id", "bank_files"),
        sa.UniqueConstraint(
            "community_id", "account_id", "fingerprint", name=op.f("uq_bank_lines_community_id_account_id_fingerprint")
        ),
    )
    op.create_index("ix_bank_lines_state", "bank_lines", ["community_id", "state", "happened_on"], unique=False)
    guards.protect(op.get_bind(), "bank_lines", kept[:2], [name for name in kept if name != "state"])
