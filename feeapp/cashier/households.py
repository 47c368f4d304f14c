"""The household at the counter: a unit, its owners, and everything else that is theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.billing.queries import ChargeLine
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Ownership, Party, Unit
from feeapp.registry.standing import standing
from feeapp.storage.columns import Day
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Household:
    """The unit that was searched for first, then the owners' other units; the first-named owner first."""

    units: tuple[Unit, ...]
    owners: tuple[Party, ...]

    @property
    def unit_ids(self) -> tuple[int, ...]:
        return tuple(unit.id for unit in self.units)

    @property
    def payer(self) -> str:
        """Who pays unless somebody else is named: the owners as they stand on the ledger."""
        return "、".join(owner.name for owner in self.owners)[:64]


def get_household(community_id: int, unit_id: int, on: date) -> Household:
    """The household of a unit on a day. Raises NotFound where the unit is not this community's."""
    unit = db.session.get(Unit, (community_id, unit_id))
    if unit is None or unit.withdrawn_at is not None:
        raise NotFound
    owners = tuple(
        db.session.scalars(
            sa.select(Party)
            .join(Ownership, sa.and_(Ownership.community_id == Party.community_id, Ownership.party_id == Party.id))
            .where(Ownership.community_id == community_id, Ownership.unit_id == unit_id, standing(on))
            .order_by(Ownership.position)
        )
    )
    others = db.session.scalars(
        sa.select(Unit)
        .where(
            Unit.community_id == community_id,
            Unit.id != unit_id,
            Unit.withdrawn_at.is_(None),
            sa.exists().where(
                Ownership.community_id == community_id,
                Ownership.unit_id == Unit.id,
                Ownership.party_id.in_([owner.id for owner in owners]),
                standing(on),
            ),
        )
        .order_by(Unit.use, Unit.code)
    )
    return Household((unit, *others), owners)


Former = dict[tuple[int, int], str]
"""Unit and debtor, with the debtor's name, where the unit is no longer theirs."""


def list_former(community_id: int, lines: Iterable[ChargeLine], known: Collection[int], on: date) -> Former:
    """Who owes charges on units that they do not own any more.

    The debt stays with them unless the new owner takes it over (Shanghai art. 49; Civil Code art. 552; FEE-15).
    ``known`` are owners who need not be looked up; where nobody else owes anything, nothing is asked.
    """
    others = {(line.unit_id, line.debtor_id) for line in lines if line.debtor_id not in known}
    if not others:
        return {}
    units, parties = ({pair[place] for pair in others} for place in (0, 1))
    owned = db.session.execute(
        sa.select(Ownership.unit_id, Ownership.party_id).where(
            Ownership.community_id == community_id,
            Ownership.unit_id.in_(units),
            Ownership.party_id.in_(parties),
            standing(on),
        )
    )
    gone = others - {(row.unit_id, row.party_id) for row in owned}
    names = db.session.execute(
        sa.select(Party.id, Party.name).where(
            Party.community_id == community_id, Party.id.in_({debtor_id for _, debtor_id in gone})
        )
    )
    name_of = {row.id: row.name for row in names}
    return {pair: name_of[pair[1]] for pair in gone}


@dataclass(frozen=True, slots=True)
class Payer:
    """What taking a payment has to know of a household: who pays, and for which units."""

    party_id: int
    names: str
    unit_ids: tuple[int, ...]


def find_payer(community_id: int, unit_id: int, on: date) -> Payer | None:
    """The owners of a unit and all the units that are theirs, in two looks; None where the unit has no owner."""
    connection = db.session.connection()
    asked = {"community": community_id, "unit": unit_id, "day": on}
    owners = connection.execute(_OWNERS, asked).all()
    if not owners:
        return None
    theirs = {"community": community_id, "parties": [owner.id for owner in owners], "day": on}
    units = tuple(connection.execute(_UNITS, theirs).scalars())
    return Payer(owners[0].id, "、".join(owner.name for owner in owners)[:64], units)


_DAY = sa.bindparam("day", type_=Day())
_STANDS = sa.and_(
    Ownership.community_id == sa.bindparam("community"),
    Ownership.from_on <= _DAY,
    sa.or_(Ownership.to_on.is_(None), Ownership.to_on > _DAY),
    Unit.withdrawn_at.is_(None),
)
_OWNED = sa.and_(Unit.community_id == Ownership.community_id, Unit.id == Ownership.unit_id)
_OWNERS = (
    sa.select(Party.id, Party.name)
    .select_from(Ownership)
    .join(Unit, _OWNED)
    .join(Party, sa.and_(Party.community_id == Ownership.community_id, Party.id == Ownership.party_id))
    .where(_STANDS, Ownership.unit_id == sa.bindparam("unit"))
    .order_by(Ownership.position)
)
_UNITS = (
    sa.select(Ownership.unit_id)
    .join(Unit, _OWNED)
    .where(_STANDS, Ownership.party_id.in_(sa.bindparam("parties", expanding=True)))
    .distinct()
)
