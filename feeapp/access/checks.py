"""Checks of who may do what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from feeapp.access.models import Grant
from feeapp.core.powers import Role, clash
from feeapp.storage.checking import Check
from feeapp.storage.db import INSTALLATION


def _in_one_hand(connection: sa.Connection) -> Iterator[Mapping[str, object]]:
    held: dict[int, dict[int, set[Role]]] = defaultdict(lambda: defaultdict(set))
    for user_id, community_id, role in connection.execute(sa.select(Grant.user_id, Grant.community_id, Grant.role)):
        held[user_id][community_id].add(role)
    for user_id, places in held.items():
        everywhere = places.get(INSTALLATION, set())
        for community_id, roles in places.items():
            pair = clash(frozenset(roles | everywhere))
            if pair:
                yield {
                    "community_id": community_id,
                    "user_id": user_id,
                    "one": pair[0].value,
                    "other": pair[1].value,
                }


CHECKS: tuple[Check, ...] = (Check("A3", "Nobody holds two powers that must stay apart.", _in_one_hand),)
