"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Item = TypeVar("Item")

SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list: its items, its number from 1, and how many there are in all."""

    items: Sequence[Item]
    number: int
    total: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def has_prev(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages


def asked_page(typed: str | None) -> int:
    """The page number in an address; 1 for anything that is not one."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and 0 < int(typed) < 1_000_000 else 1


def asked_words(typed: str | None) -> str:
    """What somebody searches for: one line of at most 64 signs, without hidden ones, which no name holds."""
    return "".join(sign for sign in typed or "" if sign.isprintable()).strip()[:64]


def asked_day(typed: str | None) -> date | None:
    """The day in an address, written ``2026-01-31``; None for anything that is not one."""
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None
