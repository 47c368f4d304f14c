"""Looks at communities, units and parties."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.registry.models import Community
from feeapp.storage.db import db


def find_community(code: str) -> Community | None:
    """The community with a code."""
    return db.session.scalars(sa.select(Community).filter_by(code=code)).one_or_none()
