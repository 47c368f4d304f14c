"""Changes of owner, and the account of what is owed back to households."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FUNDS = ("OP", "RN", "CR", "MF", "TR")


def upgrade() -> None:
    _transfers()
    _units()
    _parties()
    _debts()
    _wallets()
    _account()
    parts = ("transfer_units", "transfer_parties", "transfer_debts", "transfer_wallets")
    teach_tables(op.get_bind(), many=("transfers", *parts))


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column],
        [f"{target}.community_id", f"{target}.id"],
        name=op.f(f"fk_{table}_community_id_{column}"),
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("year", columns.Whole(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.Column("label", columns.Words(32), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("due_on", columns.Day(), nullable=False),
        sa.Column("paper", columns.Words(200), nullable=False),
        sa.Column("agreement", columns.Words(200), nullable=False),
        sa.Column("signed_by", columns.Words(64), nullable=False),
        sa.Column("refund_to", columns.Words(100), nullable=False),
        sa.Column("submission_key", columns.Words(64), nullable=False),
        sa.Column("seen_hash", columns.Words(64), nullable=False),
        sa.Column("snapshot", columns.Facts(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=False),
        sa.CheckConstraint("(agreement = '') = (signed_by = '')", name=op.f("ck_transfers_agreed")),
        _reference("transfers", "unit_id", "units"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("community_id", "year", "number", name=op.f("uq_transfers_community_id_year_number")),
        sa.UniqueConstraint("community_id", "submission_key", name=op.f("uq_transfers_community_id_submission_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    key = ["community_id", "id"]
    kept = [
        "unit_id", "year", "number", "label", "from_on", "due_on", "paper", "agreement", "signed_by", "refund_to",
        "submission_key", "seen_hash", "snapshot", "at", "by_id",
    ]  # fmt: skip
    guards.protect(op.get_bind(), "transfers", key, [*key, *kept])


def _part(name: str, key: list[str], *parts: sa.schema.SchemaItem) -> None:
    """A table whose rows belong to a change of owner; ``key`` follows the community and the change."""
    whole = ["community_id", "transfer_id", *key]
    op.create_table(
        name,
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("transfer_id", columns.Key(), nullable=False),
        *parts,
        _reference(name, "transfer_id", "transfers"),
        sa.PrimaryKeyConstraint(*whole, name=op.f(f"pk_{name}")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    guards.protect(
        op.get_bind(),
        name,
        whole,
        list(dict.fromkeys([*whole, *(each.name for each in parts if isinstance(each, sa.Column))])),
    )


def _units() -> None:
    _part(
        "transfer_units",
        ["unit_id"],
        sa.Column("unit_id", columns.Key(), nullable=False),
        _reference("transfer_units", "unit_id", "units"),
    )
    op.create_index("ix_transfer_units_unit", "transfer_units", ["community_id", "unit_id"], unique=False)


def _parties() -> None:
    _part(
        "transfer_parties",
        ["side", "position"],
        sa.Column("side", columns.Choice(), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("share", columns.Words(32), nullable=False),
        _reference("transfer_parties", "party_id", "parties"),
    )
    op.create_index("ix_transfer_parties_party", "transfer_parties", ["community_id", "party_id"], unique=False)


def _debts() -> None:
    _part(
        "transfer_debts",
        ["charge_id"],
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("new_charge_id", columns.Key(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_debts_amount")),
        sa.UniqueConstraint("community_id", "new_charge_id", name=op.f("uq_transfer_debts_community_id_new_charge_id")),
        _reference("transfer_debts", "charge_id", "charges"),
        _reference("transfer_debts", "new_charge_id", "charges"),
    )


def _wallets() -> None:
    _part(
        "transfer_wallets",
        ["wallet_id"],
        sa.Column("wallet_id", columns.Key(), nullable=False),
        sa.Column("way", columns.Choice(), nullable=False),
        sa.Column("gift", columns.Fen(), nullable=False),
        sa.Column("rest", columns.Fen(), nullable=False),
        sa.Column("to_wallet_id", columns.Key(), nullable=True),
        sa.CheckConstraint("gift >= 0 AND rest >= 0 AND gift + rest > 0", name=op.f("ck_transfer_wallets_sums")),
        sa.CheckConstraint(
            "(to_wallet_id IS NOT NULL) = (way = 'HAND_ON' AND rest > 0)", name=op.f("ck_transfer_wallets_handed_on")
        ),
        _reference("transfer_wallets", "wallet_id", "wallets"),
        _reference("transfer_wallets", "to_wallet_id", "wallets"),
    )


def _account() -> None:
    """Every fund of every community there is gets account 2246 (refunds payable)."""
    accounts = sa.table("accounts", sa.column("community_id"), sa.column("fund"), sa.column("code"))
    communities = sa.table("communities", sa.column("id"))
    for fund in FUNDS:
        op.execute(
            sa.insert(accounts).from_select(
                ["community_id", "fund", "code"], sa.select(communities.c.id, sa.literal(fund), sa.literal("2246"))
            )
        )
