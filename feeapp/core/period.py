"""The billing month, and spans of days inside it."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

_PERIOD = re.compile(r"(\d{4})-(\d{1,2})")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One calendar month. Raises ValueError outside 1990-01 to 2199-12."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1990 <= self.year <= 2199 and 1 <= self.month <= 12):
            raise ValueError(f"{self.year}-{self.month} is not a billing month")

    @classmethod
    def read(cls, text: str) -> Period:
        """The month written as ``2026-01``. Raises ValueError for anything else."""
        found = _PERIOD.fullmatch(text.strip())
        if not found:
            raise ValueError(f"{text!r} is not a month like 2026-01")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Period:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def from_key(cls, key: int) -> Period:
        """The month stored as 202601."""
        return cls(*divmod(key, 100))

    @property
    def key(self) -> int:
        """The month as one sortable whole number, 202601."""
        return self.year * 100 + self.month

    @property
    def first_day(self) -> date:
        """The 1st of the month."""
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        """How many days the month has."""
        return calendar.monthrange(self.year, self.month)[1]

    @property
    def last_day(self) -> date:
        """The 28th to 31st."""
        return date(self.year, self.month, self.days)

    def plus(self, months: int) -> Period:
        """The month that many months later (or earlier, when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def add_months(anchor: date, months: int) -> date:
    """The matching day some months after the anchor, or that month's last day where there is none.

    Always count from the anchor, never from an earlier result (BL-6; Civil Code art. 202).
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days stored half-open: ``start`` counts, ``end`` does not (BL-5). Raises ValueError when it would be empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a span holds at least one day")

    @property
    def days(self) -> int:
        """How many days lie inside."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside, as people write it on a receipt."""
        return self.end - timedelta(days=1)

    def within(self, period: Period) -> Span | None:
        """The part inside a month, or None."""
        start = max(self.start, period.first_day)
        end = min(self.end, period.last_day + timedelta(days=1))
        return Span(start, end) if start < end else None
