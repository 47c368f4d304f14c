"""The one search box: a household by room, name, initials, phone or plate, from the first character.

A search is a range over the beginnings that ``indexing`` wrote down, so it reads as many rows as it shows, whatever
the size of the registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from feeapp.registry.finding import Found
from feeapp.registry.keys import normalise_query
from feeapp.registry.models import Ownership, Party, SearchKey, Unit
from feeapp.registry.rules import PartyKind, UnitUse
from feeapp.storage.db import db

_LAST = "\U0010ffff"
_SPELLINGS = 6
"""How many beginnings of one unit may lie side by side: so many more are read, that enough units remain."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One household found, with the names and kinds of its owners in full: who shows them to others masks them."""

    unit_id: int
    code: str
    name: str
    use: UnitUse
    matched: Found
    holders: tuple[tuple[str, PartyKind], ...]

    @property
    def owners(self) -> str:
        """The owners on one line, in full."""
        return "、".join(name for name, _ in self.holders)


def find_households(community_id: int, typed: str, limit: int = 20) -> list[Hit]:
    """The units of this community that what was typed may mean: rooms first, then names, phones and plates.

    An exact room is the very first. Withdrawn units and other communities' are never found.
    """
    query = normalise_query(typed)
    if not query:
        return []
    found = db.session.execute(
        beginnings(),
        {"community_id": community_id, "low": query, "high": query + _LAST, "most": limit * _SPELLINGS},
    )
    matched: dict[int, Found] = {}
    for kind, _, unit_id in found:
        matched.setdefault(unit_id, kind)
    return _hits(community_id, dict(list(matched.items())[:limit]))


def key_range(community_id: int, typed: str) -> sa.ColumnElement[bool] | None:
    """The same search as a condition on search keys, for lists; None where nothing was typed to search by."""
    query = normalise_query(typed)
    if not query:
        return None
    return sa.and_(
        SearchKey.community_id == community_id,
        SearchKey.kind.in_(list(Found)),
        SearchKey.key >= query,
        SearchKey.key < query + _LAST,
    )


@cache
def beginnings() -> sa.CompoundSelect[tuple[Found, str, int]]:
    """The statement of the search: for each kind the first keys of the range, in order."""
    keys = SearchKey.__table__.c
    parts = []
    for kind in Found:
        part = (
            sa.select(keys.kind, keys.key, keys.unit_id)
            .where(
                keys.community_id == sa.bindparam("community_id"),
                keys.kind == kind,
                keys.key >= sa.bindparam("low"),
                keys.key < sa.bindparam("high"),
            )
            .order_by(keys.key)
            .limit(sa.bindparam("most"))
            .subquery()
        )
        parts.append(sa.select(part))
    return sa.union_all(*parts)


def _hits(community_id: int, matched: dict[int, Found]) -> list[Hit]:
    found = db.session.execute(
        sa.select(Unit.id, Unit.code, Unit.name, Unit.use, Party.name, Party.kind)
        .outerjoin(
            Ownership,
            sa.and_(
                Ownership.community_id == Unit.community_id, Ownership.unit_id == Unit.id, Ownership.to_on.is_(None)
            ),
        )
        .outerjoin(Party, sa.and_(Party.community_id == Ownership.community_id, Party.id == Ownership.party_id))
        .where(Unit.community_id == community_id, Unit.id.in_(matched))
        .order_by(Unit.id, Ownership.position)
    )
    hits: dict[int, Hit] = {}
    for unit_id, code, name, use, owner, kind in found:
        before = hits[unit_id].holders if unit_id in hits else ()
        holders = (*before, (owner, kind)) if owner else before
        hits[unit_id] = Hit(unit_id, code, name, use, matched[unit_id], holders)
    return [hits[unit_id] for unit_id in matched if unit_id in hits]
