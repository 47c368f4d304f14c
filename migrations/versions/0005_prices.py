"""Prices for places, in tiers and by floors; items that are metered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


KEY = ["community_id", "id"]
FIXED = [
    *KEY,
    "item_id",
    "use",
    "basis",
    "rate",
    "proration",
    "rounding",
    "round_to",
    "round_at",
    "from_on",
    "authority",
    "authority_text",
    "published_at",
    "published_by",
    "place",
    "place_id",
    "tiers",
    "coefficients",
]


def upgrade() -> None:
    op.add_column("charge_items", sa.Column("meter_kind", columns.Words(8), nullable=True))
    op.add_column(
        "tariff_versions", sa.Column("place", columns.Choice(), nullable=False, server_default="COMMUNITY")
    )
    op.add_column("tariff_versions", sa.Column("place_id", columns.Key(), nullable=True))
    op.add_column("tariff_versions", sa.Column("tiers", columns.Facts(), nullable=True))
    op.add_column("tariff_versions", sa.Column("coefficients", columns.Facts(), nullable=True))
    bind = op.get_bind()
    guards.unprotect(bind, "tariff_versions")
    guards.protect(bind, "tariff_versions", KEY, FIXED)
