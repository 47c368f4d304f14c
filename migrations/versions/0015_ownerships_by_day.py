"""Ownerships by the day on which they begin and end: a bill run asks for those that change inside its month."""

from __future__ import annotations

from alembic import op

from feeapp.storage.statistics import teach_tables

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ownerships_begun", "ownerships", ["community_id", "from_on"], unique=False)
    op.create_index("ix_ownerships_ended", "ownerships", ["community_id", "to_on"], unique=False)
    teach_tables(op.get_bind(), many=("ownerships",))
