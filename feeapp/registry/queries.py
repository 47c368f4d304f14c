"""Looks at communities, units, and the people and plates that belong to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.core.refusal import NotFound
from feeapp.logbook.models import LogEntry
from feeapp.registry.models import (
    Building,
    Community,
    Occupancy,
    Ownership,
    Party,
    SavedProfile,
    Stair,
    Unit,
    UnitArea,
    Vehicle,
)
from feeapp.registry.profile import Profile
from feeapp.registry.rooms import Place
from feeapp.registry.rules import Sight, mask_name
from feeapp.registry.standing import standing
from feeapp.storage.db import db

MANY = 500
"""How many ids one statement may name: SQLite and PostgreSQL both take far more, but plans stay small."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A party that owns or uses a unit, and from when to when."""

    party: Party
    from_on: date
    to_on: date | None
    position: int = 1

    def stands(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= on and (self.to_on is None or self.to_on > on)


def find_community(code: str) -> Community | None:
    """The community with a code."""
    return db.session.scalars(sa.select(Community).filter_by(code=code)).one_or_none()


def get_community(community_id: int) -> Community:
    """The community with an id. Raises NotFound."""
    community = db.session.get(Community, community_id)
    if community is None:
        raise NotFound
    return community


def list_communities() -> list[Community]:
    """Every community of the installation, by name."""
    return list(db.session.scalars(sa.select(Community).order_by(Community.name, Community.id)))


def names_of_communities(ids: Collection[int]) -> dict[int, str]:
    """The names of these communities."""
    found = db.session.execute(sa.select(Community.id, Community.name).where(Community.id.in_(ids)))
    return {row.id: row.name for row in found}


def list_profiles(community_id: int, most: int = 50) -> list[SavedProfile]:
    """The settings as they were saved time after time, the newest first."""
    return list(
        db.session.scalars(
            sa.select(SavedProfile)
            .filter_by(community_id=community_id)
            .order_by(SavedProfile.number.desc())
            .limit(most)
        )
    )


def profile_of(community_id: int) -> Profile:
    """The settings in force: the newest saved, or the defaults where none was."""
    saved = list_profiles(community_id, most=1)
    return Profile.of_facts(saved[0].facts) if saved else Profile()


def get_unit(community_id: int, unit_id: int) -> Unit:
    """A unit of this community. Raises NotFound, also for one that was withdrawn."""
    unit = db.session.get(Unit, (community_id, unit_id))
    if unit is None or unit.withdrawn_at is not None:
        raise NotFound
    return unit


def list_area_changes(
    community_id: int, after: date, unit_ids: Sequence[int] | None = None
) -> dict[int, list[UnitArea]]:
    """The changes of area that begin after a day, per unit, the oldest first; of all units where none are named.

    A unit has at most one change a day. On any day its areas are ``before_area`` and ``before_inner`` of the first
    change that begins later, or today's where none does (BL-8).
    """
    query = (
        counting_changes()
        .where(UnitArea.community_id == community_id, UnitArea.from_on > after)
        .order_by(UnitArea.unit_id, UnitArea.from_on)
    )
    if unit_ids is not None and len(unit_ids) <= MANY:
        query = query.where(UnitArea.unit_id.in_(unit_ids))
    wanted = None if unit_ids is None else set(unit_ids)
    changes: dict[int, list[UnitArea]] = defaultdict(list)
    for change in db.session.scalars(query):
        if wanted is None or change.unit_id in wanted:
            changes[change.unit_id].append(change)
    return dict(changes)


def counting_changes() -> sa.Select[UnitArea]:
    """The changes of area that count: those that no other replaces, and that change something."""
    other = sa.orm.aliased(UnitArea)
    return sa.select(UnitArea).where(
        sa.or_(
            UnitArea.area.is_distinct_from(UnitArea.before_area),
            UnitArea.inner_area.is_distinct_from(UnitArea.before_inner),
        ),
        ~sa.exists().where(other.community_id == UnitArea.community_id, other.replaces_id == UnitArea.id),
    )


def get_party(community_id: int, party_id: int) -> Party:
    """A party of this community. Raises NotFound."""
    party = db.session.get(Party, (community_id, party_id))
    if party is None:
        raise NotFound
    return party


def find_party_by_number(community_id: int, id_number: str) -> Party | None:
    """The party with a canonical identity number."""
    return db.session.scalars(sa.select(Party).filter_by(community_id=community_id, id_number=id_number)).one_or_none()


def list_buildings(community_id: int) -> list[Building]:
    """The buildings that hold a unit, in walking order."""
    return list(
        db.session.scalars(
            sa.select(Building)
            .where(
                Building.community_id == community_id,
                sa.exists().where(
                    Unit.community_id == community_id, Unit.building_id == Building.id, Unit.withdrawn_at.is_(None)
                ),
            )
            .order_by(Building.position, Building.id)
        )
    )


def list_stairs(community_id: int) -> list[Stair]:
    """The stairs of every building, in walking order inside each."""
    query = sa.select(Stair).where(Stair.community_id == community_id)
    return list(db.session.scalars(query.order_by(Stair.building_id, Stair.position, Stair.id)))


def list_owners(community_id: int, unit_id: int, on: date) -> list[Holder]:
    """Who owns a unit on a day, the first-named first."""
    standing_then = (holder for holder in list_ownerships(community_id, unit_id) if holder.stands(on))
    return sorted(standing_then, key=lambda holder: holder.position)


def list_ownerships(community_id: int, unit_id: int) -> list[Holder]:
    """Everybody who ever owned a unit: those who do first, then the others, the latest first."""
    found = db.session.execute(
        sa.select(Party, Ownership)
        .join(Ownership, sa.and_(Ownership.community_id == Party.community_id, Ownership.party_id == Party.id))
        .where(Ownership.community_id == community_id, Ownership.unit_id == unit_id)
        .order_by(Ownership.from_on.desc(), Ownership.position, Ownership.id)
    )
    return sorted(
        (Holder(party, held.from_on, held.to_on, held.position) for party, held in found),
        key=lambda holder: (holder.to_on is not None, holder.position if holder.to_on is None else 0),
    )


def list_occupancies(community_id: int, unit_id: int) -> list[Holder]:
    """Everybody who ever used a unit without owning it, the latest first."""
    found = db.session.execute(
        sa.select(Party, Occupancy)
        .join(Occupancy, sa.and_(Occupancy.community_id == Party.community_id, Occupancy.party_id == Party.id))
        .where(Occupancy.community_id == community_id, Occupancy.unit_id == unit_id)
        .order_by(Occupancy.from_on.desc(), Occupancy.id)
    )
    return [Holder(party, used.from_on, used.to_on) for party, used in found]


def list_party_ids(community_id: int, unit_id: int) -> set[int]:
    """Everybody who owns or uses a unit, or once did."""
    held = sa.select(Ownership.party_id).filter_by(community_id=community_id, unit_id=unit_id)
    used = sa.select(Occupancy.party_id).filter_by(community_id=community_id, unit_id=unit_id)
    return set(db.session.scalars(held.union(used)))


def list_history(community_id: int, unit_id: int, most: int = 30) -> list[LogEntry]:
    """What was done to a unit, the latest first."""
    return list(
        db.session.scalars(
            sa.select(LogEntry)
            .filter_by(community_id=community_id, subject_kind="unit", subject_id=unit_id)
            .order_by(LogEntry.at.desc(), LogEntry.id.desc())
            .limit(most)
        )
    )


def list_vehicles(community_id: int, unit_id: int) -> list[Vehicle]:
    """The plates of a unit."""
    return list(
        db.session.scalars(
            sa.select(Vehicle).filter_by(community_id=community_id, unit_id=unit_id).order_by(Vehicle.plate)
        )
    )


def list_other_units(community_id: int, unit_id: int, party_ids: Collection[int], on: date) -> list[Unit]:
    """What else these parties own on a day."""
    return list(
        db.session.scalars(
            sa.select(Unit)
            .where(
                Unit.community_id == community_id,
                Unit.id != unit_id,
                Unit.withdrawn_at.is_(None),
                sa.exists().where(
                    Ownership.community_id == community_id,
                    Ownership.unit_id == Unit.id,
                    Ownership.party_id.in_(party_ids),
                    standing(on),
                ),
            )
            .order_by(Unit.use, Unit.code)
        )
    )


def owners_of(community_id: int, unit_ids: Collection[int], on: date) -> dict[int, list[Party]]:
    """The owners of many units on a day, each unit's first-named first."""
    owners: dict[int, list[Party]] = defaultdict(list)
    for some in portions(unit_ids):
        found = db.session.execute(
            sa.select(Ownership.unit_id, Party)
            .join(Party, sa.and_(Party.community_id == Ownership.community_id, Party.id == Ownership.party_id))
            .where(Ownership.community_id == community_id, Ownership.unit_id.in_(some), standing(on))
            .order_by(Ownership.unit_id, Ownership.position, Ownership.id)
        )
        for unit_id, party in found:
            owners[unit_id].append(party)
    return owners


def names(parties: Iterable[Party], sight: Sight) -> str:
    """Names on one line, as far as this viewer may see them."""
    return "、".join(mask_name(party.name, sight, party.kind) for party in parties)


def place_of(unit: Unit) -> Place:
    """Where a unit lies, in canonical form."""
    stair = db.session.get(Stair, (unit.community_id, unit.stair_id)) if unit.stair_id else None
    return Place(unit.building.code, stair.code if stair else "", unit.room)


def portions(ids: Iterable[int], size: int = MANY) -> Iterable[list[int]]:
    """Ids, so many at a time."""
    whole = sorted(set(ids))
    return (whole[at : at + size] for at in range(0, len(whole), size))
