"""The charge items that a relief may be limited to, told by the room that keeps them.

Reliefs and prices lie on one storey and do not see each other; where the app is wired, the one is told of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from feeapp.core.refusal import NotFound


class Item(Protocol):
    """A charge item: its key and what it is called on a bill."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...


keepers: list[Callable[[int], Sequence[Item]]] = []
"""Who lists the items of a community; filled once, where the app is wired."""


def list_items(community_id: int) -> list[Item]:
    """The items that prices are published for, in the order of a bill."""
    return [item for keeper in keepers for item in keeper(community_id)]


def get_item(community_id: int, item_id: int) -> Item:
    """One of them. Raises NotFound."""
    for item in list_items(community_id):
        if item.id == item_id:
            return item
    raise NotFound
