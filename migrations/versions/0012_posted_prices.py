"""What the service of a charge item comprises, for the public price list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("charge_items", sa.Column("content", columns.Words(200), nullable=False, server_default=""))
