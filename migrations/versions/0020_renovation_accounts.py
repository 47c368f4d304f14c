"""Accounts of the renovation fund: what households owe to it, and what it holds for the works."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for code in ("1122.02", "2301"):
        opened = sa.text("INSERT INTO accounts (community_id, fund, code) SELECT id, 'RN', :code FROM communities")
        op.get_bind().execute(opened, {"code": code})
