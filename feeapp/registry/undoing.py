"""An applied ledger taken back, while nothing depends on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.access.models import Grant
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.logbook.models import LogEntry
from feeapp.registry import followers
from feeapp.registry.applying import update_units
from feeapp.registry.areas import Areas, take_back_area_changes
from feeapp.registry.batches import get_batch, hold_registry
from feeapp.registry.gathering import Known, write_known
from feeapp.registry.indexing import reindex, units_of_parties
from feeapp.registry.models import ImportBatch, ImportRow, Occupancy, Ownership, Party
from feeapp.registry.owning import take_back
from feeapp.registry.queries import portions
from feeapp.registry.rules import BATCH_MOVES, BatchState, UnitUse, UseState
from feeapp.storage.db import db, hits

_BY_HAND = {
    "unit": (
        "registry.edit_unit",
        "registry.change_area",
        "registry.create_unit",
        "registry.set_owners",
        "registry.set_occupant",
        "registry.add_vehicle",
        "registry.remove_vehicle",
    ),
    "party": ("registry.edit_party",),
}
"""Deeds whose work an undo would lose."""


def undo_import(by: By, batch_id: int) -> None:
    """Put the registry back to where it was before this ledger.

    New units are withdrawn (their room may be imported again), changed ones get their old values back, people nobody
    refers to any more go. Raises Refused where bills, a later ledger or work by hand rest on it.
    """
    hold_registry(by.community_id)
    batch = get_batch(by.community_id, batch_id)
    after = BATCH_MOVES.after(batch.state, "undo")
    rows = _rows(batch)
    _check_free(batch, rows)
    hit = hits(
        sa.update(ImportBatch)
        .where(
            ImportBatch.community_id == by.community_id, ImportBatch.id == batch.id, ImportBatch.state == batch.state
        )
        .values(state=after, undone_at=by.at, undone_by=by.actor_id)
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise Refused("state.move", msg("This is not possible any more: the state has changed. Reload the page."))
    db.session.expire(batch)
    for follower in followers.followers:
        follower.undone(by, batch_id)
    take_back(Ownership, by.community_id, {unit_id: undo["owners"] for unit_id, undo in rows.items() if undo["owners"]})
    take_back(
        Occupancy, by.community_id, {unit_id: undo["occupants"] for unit_id, undo in rows.items() if undo["occupants"]}
    )
    _restore_units(by, batch_id, rows)
    _restore_parties(by.community_id, rows)
    completed = {each["id"] for undo in rows.values() for each in undo["completed"]}
    reindex(by.community_id, rows.keys() | units_of_parties(by.community_id, completed))
    log(by, "registry.undo_import", "import", batch_id, rows=len(rows))


def why_not(batch: ImportBatch) -> Refused | None:
    """Why an applied ledger cannot be undone any more, or None: asked by the page before it offers the button."""
    try:
        _check_free(batch, _rows(batch))
    except Refused as refusal:
        return refusal
    return None


def _rows(batch: ImportBatch) -> dict[int, dict[str, Any]]:
    """What each written unit needs to be taken back."""
    found = db.session.execute(
        sa.select(ImportRow.unit_id, ImportRow.undo).where(
            ImportRow.community_id == batch.community_id,
            ImportRow.batch_id == batch.id,
            ImportRow.undo.is_not(None),
        )
    )
    return dict(found.all())


def _check_free(batch: ImportBatch, rows: Mapping[int, Mapping[str, Any]]) -> None:
    for follower in followers.followers:
        refusal = follower.blocks_undo(batch.community_id, batch.id)
        if refusal:
            raise refusal
    parties = _parties(rows)
    for unit_id, undo in _later_rows(batch):
        if unit_id in rows or parties & _parties({unit_id: undo}):
            raise Refused("import.later", msg("A later ledger changed the same households. Undo that import first."))
    for kind, ids in (("unit", rows.keys()), ("party", parties)):
        if _worked_on(batch, kind, ids):
            raise Refused(
                "import.by_hand",
                msg("Some of these households have been edited since the import. Undoing it would lose those edits."),
            )


def _later_rows(batch: ImportBatch) -> list[tuple[int, dict[str, Any]]]:
    """What was written by every ledger that came after this one and stands."""
    here = ImportBatch.community_id == batch.community_id
    applied = db.session.scalars(sa.select(ImportBatch).where(here, ImportBatch.state == BatchState.APPLIED))
    after = [each.id for each in applied if each.reading["imports_before"] > batch.reading["imports_before"]]
    found = db.session.execute(
        sa.select(ImportRow.unit_id, ImportRow.undo).where(
            ImportRow.community_id == batch.community_id, ImportRow.batch_id.in_(after), ImportRow.undo.is_not(None)
        )
    )
    return [(unit_id, undo) for unit_id, undo in found]


def _parties(rows: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """The parties these rows made or completed."""
    made = {key for undo in rows.values() for key in undo["parties"]}
    return made | {each["id"] for undo in rows.values() for each in undo["completed"]}


def _worked_on(batch: ImportBatch, kind: str, ids: Collection[int]) -> bool:
    edited = db.session.scalars(
        sa.select(LogEntry.subject_id).where(
            LogEntry.community_id == batch.community_id,
            LogEntry.subject_kind == kind,
            LogEntry.kind.in_(_BY_HAND[kind]),
            LogEntry.at >= batch.ended_at,
        )
    )
    return not set(ids).isdisjoint(edited)


def _restore_units(by: By, batch_id: int, rows: Mapping[int, Mapping[str, Any]]) -> None:
    update_units(
        by.community_id,
        [{"the_id": unit_id, "withdrawn_at": by.at} for unit_id, undo in rows.items() if undo["unit"] is None],
    )
    update_units(
        by.community_id,
        [{"the_id": unit_id, **_values(undo["unit"])} for unit_id, undo in rows.items() if undo["unit"] is not None],
    )
    standing = {undo["area_change"]: _values(undo["unit"]) for undo in rows.values() if undo.get("area_change")}
    take_back_area_changes(
        by, batch_id, {key: Areas(values["area"], values["inner_area"]) for key, values in standing.items()}
    )


def _values(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A unit's values out of plain JSON."""
    return {
        "floor": facts["floor"],
        "use": UnitUse(facts["use"]),
        "area": Area(facts["area"]) if facts["area"] else None,
        "inner_area": Area(facts["inner_area"]) if facts["inner_area"] else None,
        "use_state": UseState(facts["use_state"]),
        "moved_in_on": date.fromisoformat(facts["moved_in_on"]) if facts["moved_in_on"] else None,
        "remark": facts["remark"],
    }


def _restore_parties(community_id: int, rows: Mapping[int, Mapping[str, Any]]) -> None:
    completed = [each for undo in rows.values() for each in undo["completed"]]
    write_known(community_id, [Known(each["id"], tuple(each["phones"]), each["id_number"]) for each in completed])
    made = {key for undo in rows.values() for key in undo["parties"]}
    table = Party.__table__
    for some in portions(made - _referred(community_id, made)):
        db.session.execute(sa.delete(table).where(table.c.community_id == community_id, table.c.id.in_(some)))


def _referred(community_id: int, party_ids: Collection[int]) -> set[int]:
    """Those of these parties that anything in the house still refers to, in whatever room."""
    columns = [Grant.__table__.c.party_id]
    for table in db.metadata.sorted_tables:
        for reference in table.foreign_key_constraints:
            if reference.referred_table is Party.__table__:
                columns += [each.parent for each in reference.elements if each.column.name == "id"]
    found: set[int] = set()
    for column in columns:
        for some in portions(party_ids):
            found.update(
                db.session.scalars(
                    sa.select(column).where(column.table.c.community_id == community_id, column.in_(some)).distinct()
                )
            )
    return found
