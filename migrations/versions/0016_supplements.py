"""Bill runs that add to months already billed, and the document that asked for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = ["community_id", "id"]
RUN = [
    *KEY, "period", "seen_hash", "charges", "total", "reduced", "supplementary", "source_kind", "source_id",
    "posted_at", "posted_by",
]  # fmt: skip


def upgrade() -> None:
    op.add_column("bill_runs", sa.Column("supplementary", columns.Flag(), nullable=False, server_default=sa.false()))
    op.add_column("bill_runs", sa.Column("source_kind", columns.Words(32), nullable=True))
    op.add_column("bill_runs", sa.Column("source_id", columns.Key(), nullable=True))
    bind = op.get_bind()
    guards.unprotect(bind, "bill_runs")
    guards.protect(bind, "bill_runs", KEY, RUN)
