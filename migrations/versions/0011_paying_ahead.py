"""Paying ahead: offers, what was paid for months to come, and choices about prices that rose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]


def upgrade() -> None:
    _offers()
    _prepayments()
    _choices()
    teach_tables(op.get_bind(), many=("prepayments", "price_choices"), few=("prepay_offers",))


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["community_id", column],
        [f"{target}.community_id", f"{target}.id"],
        name=op.f(f"fk_{table}_community_id_{column}"),
    )


def _offers() -> None:
    op.create_table(
        "prepay_offers",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("months", columns.Whole(), nullable=False),
        sa.Column("gift_months", columns.Whole(), nullable=False),
        sa.Column("percent", columns.Rate(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("to_on", columns.Day(), nullable=True),
        sa.Column("authority", columns.Choice(), nullable=False),
        sa.Column("authority_text", columns.Words(200), nullable=False),
        sa.Column("published_at", columns.Instant(), nullable=False),
        sa.Column("published_by", columns.Key(), nullable=False),
        sa.Column("ended_by", columns.Key(), nullable=True),
        sa.CheckConstraint(
            "months > 0 AND gift_months >= 0 AND gift_months < months", name=op.f("ck_prepay_offers_months")
        ),
        sa.CheckConstraint("percent >= 0 AND percent < 1000000", name=op.f("ck_prepay_offers_percent")),
        _reference("prepay_offers", "item_id", "charge_items"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_prepay_offers")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    fixed = ["item_id", "kind", "months", "gift_months", "percent", "from_on", "authority", "authority_text"]
    guards.protect(op.get_bind(), "prepay_offers", KEY, [*KEY, *fixed, "published_at", "published_by"])


def _prepayments() -> None:
    op.create_table(
        "prepayments",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("payment_id", columns.Key(), nullable=False),
        sa.Column("wallet_id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("from_period", columns.Month(), nullable=False),
        sa.Column("through_period", columns.Month(), nullable=False),
        sa.Column("listed", columns.Fen(), nullable=False),
        sa.Column("paid", columns.Fen(), nullable=False),
        sa.Column("gift", columns.Fen(), nullable=False),
        sa.Column("offer_id", columns.Key(), nullable=True),
        sa.Column("months", columns.Facts(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.CheckConstraint("listed = paid + gift AND paid > 0 AND gift >= 0", name=op.f("ck_prepayments_sums")),
        sa.CheckConstraint("from_period <= through_period", name=op.f("ck_prepayments_months")),
        _reference("prepayments", "payment_id", "payments"),
        _reference("prepayments", "wallet_id", "wallets"),
        _reference("prepayments", "item_id", "charge_items"),
        _reference("prepayments", "offer_id", "prepay_offers"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_prepayments")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_prepayments_payment", "prepayments", ["community_id", "payment_id"], unique=False)
    op.create_index("ix_prepayments_unit", "prepayments", ["community_id", "unit_id", "item_id"], unique=False)
    fixed = ["payment_id", "wallet_id", "unit_id", "party_id", "item_id", "from_period", "through_period"]
    sums = ["listed", "paid", "gift", "offer_id", "months", "at", "by_id"]
    guards.protect(op.get_bind(), "prepayments", KEY, [*KEY, *fixed, *sums])


def _choices() -> None:
    op.create_table(
        "price_choices",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("prepayment_id", columns.Key(), nullable=False),
        sa.Column("version_id", columns.Key(), nullable=False),
        sa.Column("way", columns.Choice(), nullable=False),
        sa.Column("difference", columns.Fen(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=False),
        sa.CheckConstraint("difference > 0", name=op.f("ck_price_choices_difference")),
        _reference("price_choices", "prepayment_id", "prepayments"),
        _reference("price_choices", "version_id", "tariff_versions"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_price_choices")),
        sa.UniqueConstraint(
            "community_id",
            "prepayment_id",
            "version_id",
            name=op.f("uq_price_choices_community_id_prepayment_id_version_id"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    fixed = ["prepayment_id", "version_id", "way", "difference", "reason", "at", "by_id"]
    guards.protect(op.get_bind(), "price_choices", KEY, [*KEY, *fixed])
