"""Doing a deed only to see what comes of it: it runs in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from feeapp.storage.transaction import transaction

Result = TypeVar("Result")


class _Undone(Exception):
    """What takes a rehearsal back."""


def rehearsed(deed: Callable[[], Result]) -> Result:
    """The answer of a deed of which nothing stays. It must be plain values: rows are gone with the transaction."""
    found: list[Result] = []

    def look() -> None:
        found.clear()
        found.append(deed())
        raise _Undone

    try:
        transaction(look)
    except _Undone:
        return found[0]
    raise AssertionError("unreachable: a rehearsal always undoes itself")
