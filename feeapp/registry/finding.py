"""By what a household was found; the order is the order of the list."""

from __future__ import annotations

import enum


class Found(enum.Enum):
    """Rooms come before names, names before phones and plates."""

    ROOM = 1
    NAME = 2
    PHONE = 3
    PLATE = 4
