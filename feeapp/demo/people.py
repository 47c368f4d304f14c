"""The demo's office, and the resident who has already come in."""

from __future__ import annotations

from dataclasses import dataclass

from feeapp.access.actions import create_user, grant_role
from feeapp.access.queries import find_user
from feeapp.cashier.households import get_household
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.portal.actions import issue_codes
from feeapp.registry.models import Party
from feeapp.registry.searching import find_households

PASSPHRASE = "xihuayuan-demo"  # noqa: S105 - printed beside the log-ins of invented people

HOME = "1-1-502"
"""Where the resident lives: Zheng Lan, with a second home in 1-3-602 and the parking spaces G03 and G17."""


@dataclass(frozen=True, slots=True)
class Player:
    """One person of the office."""

    login: str
    name: str
    role: Role


OFFICE = (
    Player("admin", "周建国", Role.ADMINISTRATOR),
    Player("manager", "孙丽华", Role.MANAGER),
    Player("accountant", "李会敏", Role.ACCOUNTANT),
    Player("cashier", "王桂芳", Role.CASHIER),
    Player("committee", "赵长海", Role.COMMITTEE),
    Player("auditor", "陈思远", Role.AUDITOR),
)


def add_office(by: By) -> dict[Role, int]:
    """A log-in and a role for everybody but the administrator, who acts; the ids by role."""
    ids = {}
    for player in OFFICE[1:]:
        ids[player.role] = create_user(by, player.login, player.name, PASSPHRASE)
        grant_role(by, ids[player.role], player.role)
    return ids


def find_unit(community_id: int, code: str) -> int | None:
    """The unit with a code."""
    return next((hit.unit_id for hit in find_households(community_id, code) if hit.code == code), None)


def find_resident(by: By) -> Party | None:
    """The owner of the resident's home."""
    unit_id = find_unit(by.community_id, HOME)
    if unit_id is None:
        return None
    return next(iter(get_household(by.community_id, unit_id, office_day(by.at)).owners), None)


@dataclass(frozen=True, slots=True)
class Invited:
    """A resident with the code that the office gave out."""

    phone: str
    code: str


def invite_resident(by: By, pepper: str) -> Invited:
    """Give the resident a code, as the office does."""
    party = find_resident(by)
    assert party, "the demo's ledger has the resident"  # noqa: S101
    return Invited(party.phones[0], issue_codes(by, [party.id], pepper)[party.id])


def log_ins(by: By) -> list[tuple[str, str, Role]]:
    """Log-in, name and role of everybody who can look around; empty where one of them is missing."""
    party = find_resident(by)
    players = [(player.login, player.name, player.role) for player in OFFICE]
    if party is not None and party.phones:
        players.append((party.phones[0], party.name, Role.RESIDENT))
    complete = len(players) > len(OFFICE) and all(find_user(login) for login, _, _ in players)
    return players if complete else []
