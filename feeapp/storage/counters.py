"""Counters kept in rows of the caller's transaction: a number taken by a deed that fails is not lost."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.storage.columns import Key, Whole, Words
from feeapp.storage.db import Model, db, dialect_insert, table


class Counter(Model):
    """The last number given out under a name, e.g. ``receipt/A/2026``."""

    __tablename__ = "counters"
    __table_args__ = table(sa.CheckConstraint("value >= 0", name="value"))

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(Words(64), primary_key=True)
    value: Mapped[int] = mapped_column(Whole)


def take_number(community_id: int, name: str) -> int:
    """The next number of a series, from 1, without gaps: others wait until this transaction ends."""
    counters = Counter.__table__
    raise_it = (
        sa.update(counters)
        .where(counters.c.community_id == community_id, counters.c.name == name)
        .values(value=counters.c.value + 1)
        .returning(counters.c.value)
    )
    taken = db.session.execute(raise_it).scalar()
    if taken is None:
        start = dialect_insert(counters).values(community_id=community_id, name=name, value=0)
        db.session.execute(start.on_conflict_do_nothing())
        taken = db.session.execute(raise_it).scalar_one()
    return taken
