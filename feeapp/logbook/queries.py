"""Looks at the logbook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from feeapp.clock import OFFICE_ZONE
from feeapp.logbook.models import LogEntry
from feeapp.logbook.rules import Topic, kinds_of
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page

LONGEST = 50_000
"""The most entries one workbook holds."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the logbook is narrowed to; days are the office's, both included."""

    topic: Topic | None = None
    actor_id: int | None = None
    from_on: date | None = None
    to_on: date | None = None


def list_entries(community_id: int, wanted: Wanted, number: int) -> Page[LogEntry]:
    """A page of entries, newest first."""
    query = _wanted(community_id, wanted)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    found = db.session.scalars(_newest_first(query).limit(SIZE).offset(SIZE * (number - 1)))
    return Page(found.all(), number, total)


def list_all_entries(community_id: int, wanted: Wanted) -> list[LogEntry]:
    """The newest entries for a workbook, at most ``LONGEST``."""
    return list(db.session.scalars(_newest_first(_wanted(community_id, wanted)).limit(LONGEST)))


def _newest_first(query: sa.Select[LogEntry]) -> sa.Select[LogEntry]:
    return query.order_by(LogEntry.at.desc(), LogEntry.id.desc())


def _wanted(community_id: int, wanted: Wanted) -> sa.Select[LogEntry]:
    query = sa.select(LogEntry).where(LogEntry.community_id == community_id)
    if wanted.topic is not None:
        query = query.where(LogEntry.kind.in_(kinds_of(wanted.topic)))
    if wanted.actor_id is not None:
        query = query.where(LogEntry.actor_id == wanted.actor_id)
    if wanted.from_on is not None:
        query = query.where(LogEntry.at >= _midnight(wanted.from_on))
    if wanted.to_on is not None:
        query = query.where(LogEntry.at < _midnight(wanted.to_on + timedelta(days=1)))
    return query


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), OFFICE_ZONE)
