"""What stands, in the form the pure files compare a ledger with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.core.money import Money
from feeapp.registry.comparing import StandingUnit
from feeapp.registry.matching import StandingParty
from feeapp.registry.models import ImportBatch, ImportRow, Occupancy, Ownership, Party, Unit
from feeapp.registry.records import YearFigures
from feeapp.registry.rules import BatchState
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The units of a community by code, and everybody it knows by id."""

    units: dict[str, StandingUnit]
    parties: dict[int, StandingParty]

    @property
    def known(self) -> list[StandingParty]:
        """Those a ledger may mean: with a unit, or with a number; not a namesake who sold long ago."""
        return [party for party in self.parties.values() if party.units or party.id_number]


def take_snapshot(community_id: int) -> Snapshot:
    """Everything a ledger may be compared with."""
    codes = dict(db.session.execute(sa.select(Unit.id, Unit.code).where(Unit.community_id == community_id)).all())
    owners = _holders(Ownership, community_id)
    occupants = _holders(Occupancy, community_id)
    units_of: dict[int, list[str]] = defaultdict(list)
    for held in (owners, occupants):
        for unit_id, party_ids in held.items():
            for party_id in party_ids:
                units_of[party_id].append(codes[unit_id])
    for unit_id, undo in _written(community_id, BatchState.UNDONE):  # whom a bill or log-in names outlives an undo
        for party_id in undo["parties"]:
            units_of[party_id].append(codes[unit_id])
    parties = {
        row.id: StandingParty(
            row.id, row.name, row.kind, row.id_number, tuple(row.phones), tuple(sorted(set(units_of[row.id])))
        )
        for row in db.session.execute(sa.select(Party.__table__).where(Party.__table__.c.community_id == community_id))
    }
    arrears = list_imported_arrears(community_id)
    table = Unit.__table__
    units = {
        row.code: StandingUnit(
            id=row.id,
            code=row.code,
            floor=row.floor,
            use=row.use,
            area=row.area,
            inner_area=row.inner_area,
            owners=tuple(parties[party_id] for party_id in owners.get(row.id, ())),
            occupant=next((parties[party_id] for party_id in occupants.get(row.id, ())), None),
            use_state=row.use_state,
            from_on=row.moved_in_on,
            remark=row.remark,
            arrears=arrears.get(row.id, ()),
        )
        for row in db.session.execute(
            sa.select(table).where(table.c.community_id == community_id, table.c.withdrawn_at.is_(None))
        )
    }
    return Snapshot(units, parties)


def list_imported_arrears(community_id: int) -> dict[int, tuple[YearFigures, ...]]:
    """What ledgers have brought for each unit so far, each year once."""
    years: dict[int, list[YearFigures]] = defaultdict(list)
    for unit_id, undo in _written(community_id, BatchState.APPLIED):
        years[unit_id] += (
            YearFigures(year, Money(billed), Money(received)) for year, billed, received in undo["years"]
        )
    return {unit_id: tuple(sorted(known, key=lambda figures: figures.year)) for unit_id, known in years.items()}


def _written(community_id: int, state: BatchState) -> list[tuple[int, dict[str, Any]]]:
    """The units that ledgers in a state wrote, with what was kept for taking it back."""
    found = db.session.execute(
        sa.select(ImportRow.unit_id, ImportRow.undo)
        .join(
            ImportBatch,
            sa.and_(ImportBatch.community_id == ImportRow.community_id, ImportBatch.id == ImportRow.batch_id),
        )
        .where(
            ImportRow.community_id == community_id,
            ImportRow.unit_id.is_not(None),
            ImportRow.undo.is_not(None),
            ImportBatch.state == state,
        )
    )
    return [(unit_id, undo) for unit_id, undo in found]


def _holders(kind: type[Ownership] | type[Occupancy], community_id: int) -> dict[int, list[int]]:
    order = (Ownership.position, Ownership.id) if kind is Ownership else (Occupancy.id,)
    held: dict[int, list[int]] = defaultdict(list)
    for unit_id, party_id in db.session.execute(
        sa.select(kind.unit_id, kind.party_id)
        .where(kind.community_id == community_id, kind.to_on.is_(None))
        .order_by(kind.unit_id, *order)
    ):
        held[unit_id].append(party_id)
    return held
