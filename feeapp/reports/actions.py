"""Setting the house up."""

from __future__ import annotations

from dataclasses import dataclass

from feeapp.access.actions import create_first_administrator
from feeapp.core.deed import By
from feeapp.registry.communities import create_community
from feeapp.registry.models import Community
from feeapp.storage.db import INSTALLATION


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said of a community when it is founded."""

    name: str
    code: str
    operator: str
    address: str
    phone: str


def set_up(by: By, login: str, name: str, password: str, opening: Opening) -> int:
    """Make the first administrator and the first community of an empty installation; returns the person's id.

    Raises NotFound once anybody can log in.
    """
    user_id = create_first_administrator(by.at, login, name, password)
    add_community(By(INSTALLATION, user_id, by.at), opening)
    return user_id


def add_community(by: By, opening: Opening) -> Community:
    """Found a community; its book is open from the start."""
    return create_community(by, opening.name, opening.code, opening.operator, opening.address, opening.phone)
