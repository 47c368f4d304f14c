"""The one search box: a household by room, name, initials, phone or plate, from the first character.

A search is a range over the beginnings that ``indexing`` wrote down, so it reads as many rows as it shows, whatever
the size of the registry.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.registry.finding import Found
from feeapp.registry.keys import normalise_query
from feeapp.registry.models import Ownership, Party, SearchKey, Unit
from feeapp.registry.rules import PartyKind, UnitUse
from feeapp.storage.db import db

_LAST = "\U0010ffff"
_SPARE = 10
"""So many keys more are read than households are shown: some begin the same household twice."""


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
    found = key_range(community_id, typed)
    if found is None:
        return []
    first = sa.select(SearchKey.kind, SearchKey.unit_id).where(found).order_by(SearchKey.key).limit(limit + _SPARE)
    matched: dict[int, Found] = {}
    for kind, unit_id in sorted(db.session.execute(first), key=lambda row: row.kind.value):
        matched.setdefault(unit_id, kind)
    return _hits(community_id, dict(list(matched.items())[:limit]))


def key_range(community_id: int, typed: str) -> sa.ColumnElement[bool] | None:
    """The search as a condition on search keys; None where nothing was typed to search by."""
    # A key holds 64 signs, and the end of the range is one sign longer than what was typed.
    query = normalise_query(typed)[:63]
    if not query:
        return None
    return sa.and_(
        SearchKey.community_id == community_id,
        SearchKey.key >= query,
        SearchKey.key < query + _LAST,
    )


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
