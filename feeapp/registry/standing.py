"""Who owns what on a day."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from feeapp.registry.models import Ownership


def standing(on: date) -> sa.ColumnElement[bool]:
    """Ownerships in force on a day: begun, and not yet ended."""
    return sa.and_(Ownership.from_on <= on, sa.or_(Ownership.to_on.is_(None), Ownership.to_on > on))
