"""Communities, houses, people, and the staged import."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.registry.finding import Found
from feeapp.registry.rules import BatchState, Heap, IdKind, PartyKind, UnitUse, UseState
from feeapp.storage.columns import CentiArea, Choice, Day, Facts, Fen, Instant, Key, Sorted, Whole, Words
from feeapp.storage.db import Model, Owned, own, table


class Community(Model):
    """One residential estate, with the body that collects there (收款单位)."""

    __tablename__ = "communities"
    __table_args__ = (sa.UniqueConstraint("code"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(Words(8))
    name: Mapped[str] = mapped_column(Words(64))
    address: Mapped[str] = mapped_column(Words(128), default="")
    operator: Mapped[str] = mapped_column(Words(64))
    phone: Mapped[str] = mapped_column(Words(32), default="")
    how_to_pay: Mapped[str] = mapped_column(Words(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)


class SavedProfile(Owned, Model):
    """The settings of a community as somebody saved them (registry/profile.py); the newest number is in force."""

    __tablename__ = "profiles"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.UniqueConstraint("community_id", "number"),
        append_only=True,
    )

    number: Mapped[int] = mapped_column(Whole)
    facts: Mapped[dict[str, Any]] = mapped_column(Facts)
    why: Mapped[str] = mapped_column(Words(200))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Key)


class Building(Owned, Model):
    """A building, or a place that is listed like one (garage, row of shops)."""

    __tablename__ = "buildings"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.UniqueConstraint("community_id", "code"),
    )

    code: Mapped[str] = mapped_column(Words(16))
    name: Mapped[str] = mapped_column(Words(32))
    position: Mapped[int] = mapped_column(Whole)


class Stair(Owned, Model):
    """A stair (单元, 楼门) of a building."""

    __tablename__ = "stairs"
    __table_args__ = table(
        own(["building_id"], "buildings"), sa.UniqueConstraint("community_id", "building_id", "code")
    )

    building_id: Mapped[int] = mapped_column(Key)
    code: Mapped[str] = mapped_column(Words(16))
    name: Mapped[str] = mapped_column(Words(32))
    position: Mapped[int] = mapped_column(Whole)


class Unit(Owned, Model):
    """A home, shop, parking space or storage room. ``withdrawn_at`` hides one whose import was undone."""

    __tablename__ = "units"
    __table_args__ = table(
        own(["building_id"], "buildings"),
        own(["stair_id"], "stairs"),
        sa.UniqueConstraint("community_id", "code"),
        sa.Index("ix_units_walk", "community_id", "building_id", "walk"),
        sa.CheckConstraint("area IS NULL OR area > 0", name="area"),
    )

    building_id: Mapped[int] = mapped_column(Key)
    stair_id: Mapped[int | None] = mapped_column(Key)
    floor: Mapped[int] = mapped_column(Whole)
    room: Mapped[str] = mapped_column(Words(16))
    code: Mapped[str] = mapped_column(Words(32))
    """The short form, ``3-2-501`` or ``G07``: unique in the community."""
    name: Mapped[str] = mapped_column(Words(64))
    """The full form, ``3号楼2单元501``."""
    use: Mapped[UnitUse] = mapped_column(Choice(UnitUse))
    area: Mapped[Area | None] = mapped_column(CentiArea)
    inner_area: Mapped[Area | None] = mapped_column(CentiArea)
    use_state: Mapped[UseState] = mapped_column(Choice(UseState))
    moved_in_on: Mapped[date | None] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Words(300), default="")
    walk: Mapped[int] = mapped_column(Whole)
    """The place in walking order inside the building: stair, floor, room."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    building: Mapped[Building] = relationship(
        primaryjoin="and_(Unit.community_id == Building.community_id, Unit.building_id == Building.id)",
        foreign_keys="[Unit.community_id, Unit.building_id]",
        viewonly=True,
    )


class UnitArea(Owned, Model):
    """A change of a unit's areas from a day on; ``Unit.area`` and ``Unit.inner_area`` are those of today.

    A second change on the same day, and an import that is undone, replace the row before: what counts is a row that
    no other replaces and that changes something. An area that was only missing and is filled in leaves no row.
    """

    __tablename__ = "unit_areas"
    __table_args__ = table(
        own(["unit_id"], "units"),
        own(["replaces_id"], "unit_areas"),
        own(["batch_id"], "import_batches"),
        sa.UniqueConstraint("community_id", "replaces_id"),
        sa.Index("ix_unit_areas_unit", "community_id", "unit_id", "from_on"),
        sa.Index("ix_unit_areas_from", "community_id", "from_on"),
        sa.CheckConstraint("area IS NULL OR area > 0", name="area"),
        append_only=True,
    )

    unit_id: Mapped[int] = mapped_column(Key)
    from_on: Mapped[date] = mapped_column(Day)
    area: Mapped[Area | None] = mapped_column(CentiArea)
    inner_area: Mapped[Area | None] = mapped_column(CentiArea)
    before_area: Mapped[Area | None] = mapped_column(CentiArea)
    before_inner: Mapped[Area | None] = mapped_column(CentiArea)
    reason: Mapped[str] = mapped_column(Words(200))
    """What the person said; empty where an import made or undid the change."""
    batch_id: Mapped[int | None] = mapped_column(Key)
    replaces_id: Mapped[int | None] = mapped_column(Key)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)


class Party(Owned, Model):
    """A person or company: an owner, an occupant, or both."""

    __tablename__ = "parties"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.Index(
            "uq_parties_id_number",
            "community_id",
            "id_number",
            unique=True,
            sqlite_where=sa.text("id_number IS NOT NULL"),
            postgresql_where=sa.text("id_number IS NOT NULL"),
        ),
    )

    kind: Mapped[PartyKind] = mapped_column(Choice(PartyKind))
    name: Mapped[str] = mapped_column(Words(64))
    id_kind: Mapped[IdKind | None] = mapped_column(Choice(IdKind))
    id_number: Mapped[str | None] = mapped_column(Words(32))
    phones: Mapped[list[str]] = mapped_column(Facts, default=list)


class Ownership(Owned, Model):
    """Who owns a unit, from a day to a day (half-open; open-ended while ``to_on`` is empty)."""

    __tablename__ = "ownerships"
    __table_args__ = table(
        own(["unit_id"], "units"),
        own(["party_id"], "parties"),
        sa.UniqueConstraint("community_id", "unit_id", "party_id", "from_on"),
        sa.Index("ix_ownerships_party", "community_id", "party_id"),
        sa.Index("ix_ownerships_first", "community_id", "unit_id", "position", "from_on"),
        sa.Index("ix_ownerships_begun", "community_id", "from_on"),
        sa.Index("ix_ownerships_ended", "community_id", "to_on"),
        sa.CheckConstraint("to_on IS NULL OR to_on > from_on", name="days"),
    )

    unit_id: Mapped[int] = mapped_column(Key)
    party_id: Mapped[int] = mapped_column(Key)
    position: Mapped[int] = mapped_column(Whole, default=1)
    """1 for the first-named co-owner, who is written on the bill."""
    share: Mapped[str] = mapped_column(Words(32), default="")
    from_on: Mapped[date] = mapped_column(Day)
    to_on: Mapped[date | None] = mapped_column(Day)


class Occupancy(Owned, Model):
    """Who lives in or uses a unit without owning it; never a voter."""

    __tablename__ = "occupancies"
    __table_args__ = table(
        own(["unit_id"], "units"),
        own(["party_id"], "parties"),
        sa.UniqueConstraint("community_id", "unit_id", "party_id", "from_on"),
        sa.Index("ix_occupancies_party", "community_id", "party_id"),
    )

    unit_id: Mapped[int] = mapped_column(Key)
    party_id: Mapped[int] = mapped_column(Key)
    from_on: Mapped[date] = mapped_column(Day)
    to_on: Mapped[date | None] = mapped_column(Day)


class Vehicle(Owned, Model):
    """A number plate that parks in a space, or belongs to a household."""

    __tablename__ = "vehicles"
    __table_args__ = table(own(["unit_id"], "units"), sa.UniqueConstraint("community_id", "unit_id", "plate"))

    unit_id: Mapped[int] = mapped_column(Key)
    plate: Mapped[str] = mapped_column(Words(16))


class SearchKey(Model):
    """One way to begin typing a household; a search is a range over the beginning of the key."""

    __tablename__ = "search_keys"
    __table_args__ = table(own(["unit_id"], "units"), sa.Index("ix_search_keys_unit", "community_id", "unit_id"))

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(Sorted(64), primary_key=True)
    kind: Mapped[Found] = mapped_column(Choice(Found), primary_key=True)
    unit_id: Mapped[int] = mapped_column(Key, primary_key=True)


class ImportBatch(Owned, Model):
    """One uploaded ledger: read and compared, not yet the registry, until it is confirmed."""

    __tablename__ = "import_batches"
    __table_args__ = table(sa.ForeignKeyConstraint(["community_id"], ["communities.id"]))

    file_name: Mapped[str] = mapped_column(Words(200))
    digest: Mapped[str] = mapped_column(Words(64))
    state: Mapped[BatchState] = mapped_column(Choice(BatchState))
    typed_units: Mapped[int] = mapped_column(Whole)
    typed_area: Mapped[Area] = mapped_column(CentiArea)
    typed_arrears: Mapped[Money] = mapped_column(Fen)
    reading: Mapped[dict[str, Any]] = mapped_column(Facts)
    """What the reading says about the file as a whole: sheets left out, subtotals checked."""
    staged_at: Mapped[datetime] = mapped_column(Instant)
    staged_by: Mapped[int] = mapped_column(Key)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None] = mapped_column(Key)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[int | None] = mapped_column(Key)


class ImportRow(Owned, Model):
    """One row of an uploaded ledger, the heap it fell into, and what was decided about it."""

    __tablename__ = "import_rows"
    __table_args__ = table(
        own(["batch_id"], "import_batches"),
        sa.Index("ix_import_rows_batch", "community_id", "batch_id", "heap", "position"),
    )

    batch_id: Mapped[int] = mapped_column(Key)
    position: Mapped[int] = mapped_column(Whole)
    heap: Mapped[Heap] = mapped_column(Choice(Heap))
    record: Mapped[dict[str, Any]] = mapped_column(Facts)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Facts)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(Facts)
    decisions: Mapped[dict[str, str]] = mapped_column(Facts)
    """Problem place -> the choice taken, for doubtful rows."""
    unit_id: Mapped[int | None] = mapped_column(Key)
    undo: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    """What stood before the row was applied, so that the batch can be undone."""
