"""The only place that reads the time. Actions are handed ``at``; nothing else asks the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def office_day(at: datetime) -> date:
    """The calendar day in the office when it is that instant."""
    return at.astimezone(OFFICE_ZONE).date()
