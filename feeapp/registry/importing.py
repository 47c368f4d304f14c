"""An uploaded ledger on its way into the registry: read and staged, decided upon, then confirmed or discarded.

Staging writes nothing but the batch. Confirming moves the batch by a guarded UPDATE that must hit exactly one row, so
a second press changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp import spreadsheet
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.applying import apply
from feeapp.registry.batches import Counted, count_imports, get_batch, hold_registry
from feeapp.registry.comparing import Compared, check_confirm, compare
from feeapp.registry.deciding import proposals, settle, undecided
from feeapp.registry.matching import match_parties
from feeapp.registry.models import ImportBatch, ImportRow
from feeapp.registry.records import LedgerReading, Problem, RefusedRow, UnitRecord, totals
from feeapp.registry.rules import BATCH_MOVES, BatchState, Heap
from feeapp.registry.snapshot import take_snapshot
from feeapp.registry.workbook import read_ledger
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db, hits

_LONGEST_FILE_NAME = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came, with what it says and the three sums a person typed from the paper."""

    file_name: str
    digest: str
    reading: LedgerReading
    units: int
    area: Area
    arrears: Money


def read_upload(file_name: str, data: bytes, units: int, area: Area, arrears: Money) -> Upload:
    """Read a file; nothing is written. Raises Refused where it is no ledger or not safe to open."""
    plain = "".join(sign for sign in file_name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    reading = read_ledger(spreadsheet.read(data))
    return Upload(plain[:_LONGEST_FILE_NAME], hashlib.sha256(data).hexdigest(), reading, units, area, arrears)


def stage_import(by: By, upload: Upload) -> int:
    """Keep a ledger with every row on its heap, compared with what stands; return the batch's id."""
    snapshot = take_snapshot(by.community_id)
    reading = match_parties(upload.reading, snapshot.known)
    comparison = compare(reading, snapshot.units)
    by_row = reading.problems_by_row()
    batch = ImportBatch(
        community_id=by.community_id,
        id=new_id(),
        file_name=upload.file_name,
        digest=upload.digest,
        state=BatchState.STAGED,
        typed_units=upload.units,
        typed_area=upload.area,
        typed_arrears=upload.arrears,
        reading={
            "ignored": [list(one) for one in reading.ignored],
            "subtotals": [check.to_facts() for check in reading.subtotals],
            "problems": [problem.to_facts() for problem in reading.problems if problem.row == 0],
            "absent": list(comparison.absent),
            "imports_before": count_imports(by.community_id),
        },
        staged_at=by.at,
        staged_by=by.actor_id,
    )
    order = {name: at for at, name in enumerate(dict.fromkeys(_sheets(comparison.rows, reading.refused)))}
    lines = [
        *((order[row.record.sheet], row.record.row, _compared_line(row)) for row in comparison.rows),
        *((order[row.sheet], row.row, _refused_line(row, by_row)) for row in reading.refused),
    ]
    lines.sort(key=lambda line: line[:2])
    ids = new_ids(len(lines))
    rows = [
        {"community_id": by.community_id, "id": key, "batch_id": batch.id, "position": at, "decisions": {}, **line}
        for at, (key, (_, _, line)) in enumerate(zip(ids, lines, strict=True))
    ]
    batch.reading = {**batch.reading, "counted": _count(comparison.rows, len(reading.refused)).to_facts()}
    db.session.add(batch)
    db.session.flush()
    db.session.execute(sa.insert(ImportRow.__table__), rows)
    log(by, "registry.stage_import", "import", batch.id, rows=len(rows))
    return batch.id


def decide_rows(by: By, batch_id: int, answers: Mapping[int, Mapping[str, str]]) -> None:
    """Take down choices for doubtful rows, ``{row id: {place of the problem: choice}}``.

    Raises NotFound for a row of another batch, a problem the row does not have, or a choice it does not offer.
    """
    batch = _staged(by, batch_id, "confirm")
    rows = _doubtful(batch)
    for row_id, chosen in answers.items():
        row = rows.get(row_id)
        if row is None:
            raise NotFound
        offered = {problem.place: {choice.key for choice in problem.choices} for problem in _problems(row)}
        if any(choice not in offered.get(place, ()) for place, choice in chosen.items()):
            raise NotFound
        row.decisions = {**row.decisions, **chosen}
    _recount(batch)


def accept_proposals(by: By, batch_id: int) -> None:
    """Take every proposal as it stands; what has been decided stays, what has no proposal stays open."""
    batch = _staged(by, batch_id, "confirm")
    for row in _doubtful(batch).values():
        row.decisions = {**proposals(_problems(row)), **row.decisions}
    _recount(batch)


def confirm_import(by: By, batch_id: int, leave_refused_out: bool, sums_differ: bool) -> None:
    """Take the ledger over, once and whole.

    Raises Refused where nothing is good in it, a doubt is open, refused rows are not knowingly left out, the sums
    differ and that is not knowingly accepted, or the registry has changed since the ledger was read.
    """
    batch = _staged(by, batch_id, "confirm")
    if count_imports(by.community_id) != batch.reading["imports_before"]:
        raise Refused(
            "import.stale",
            msg("Another ledger was imported or undone since this one was read. Discard it and upload the file again."),
        )
    counted = Counted.of(batch)
    tie = counted.against(batch)
    check_confirm(
        counted.units - counted.undecided, counted.undecided, counted.refused, leave_refused_out, tie, sums_differ
    )
    settled = {row.id: settle(record, problems, row.decisions) for row, record, problems in _records(batch)}
    _move(by, batch, "confirm")
    written = apply(by, batch.id, {row_id: record for row_id, record in settled.items() if record})
    log(by, "registry.confirm_import", "import", batch.id, rows=counted.units, written=written)


def discard_import(by: By, batch_id: int) -> None:
    """Put a staged ledger away; nothing of it was ever in the registry."""
    batch = _staged(by, batch_id, "discard")
    _move(by, batch, "discard")
    log(by, "registry.discard_import", "import", batch.id)


def _staged(by: By, batch_id: int, deed: str) -> ImportBatch:
    """The batch, where the deed is still possible; one import of a community is written at a time."""
    hold_registry(by.community_id)
    batch = get_batch(by.community_id, batch_id)
    BATCH_MOVES.after(batch.state, deed)
    return batch


def _move(by: By, batch: ImportBatch, deed: str) -> None:
    """The guarded move: of two that press at once, one hits the row and the other is refused."""
    after = BATCH_MOVES.after(batch.state, deed)
    db.session.flush()
    hit = hits(
        sa.update(ImportBatch)
        .where(
            ImportBatch.community_id == by.community_id, ImportBatch.id == batch.id, ImportBatch.state == batch.state
        )
        .values(state=after, ended_at=by.at, ended_by=by.actor_id)
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise Refused("state.move", msg("This is not possible any more: the state has changed. Reload the page."))
    db.session.expire(batch)


def _doubtful(batch: ImportBatch) -> dict[int, ImportRow]:
    rows = db.session.scalars(
        sa.select(ImportRow).filter_by(community_id=batch.community_id, batch_id=batch.id, heap=Heap.DOUBTFUL)
    )
    return {row.id: row for row in rows}


def _problems(row: ImportRow) -> list[Problem]:
    return [Problem.from_facts(facts) for facts in row.problems]


def _records(batch: ImportBatch) -> list[tuple[ImportRow, UnitRecord, list[Problem]]]:
    """Every row that could be read, in the order of the file."""
    rows = db.session.scalars(
        sa.select(ImportRow)
        .where(
            ImportRow.community_id == batch.community_id,
            ImportRow.batch_id == batch.id,
            ImportRow.heap != Heap.REFUSED,
        )
        .order_by(ImportRow.position)
    )
    return [(row, UnitRecord.from_facts(row.record), _problems(row)) for row in rows]


def _recount(batch: ImportBatch) -> None:
    """Keep the sums with the batch as they are after a decision."""
    taken, open_rows, left_out = [], 0, 0
    for row, record, problems in _records(batch):
        if undecided(problems, row.decisions):
            open_rows += 1
            taken.append(record)
        elif (settled := settle(record, problems, row.decisions)) is None:
            left_out += 1
        else:
            taken.append(settled)
    counted = _sums(taken, open_rows, left_out, Counted.of(batch).refused)
    batch.reading = {**batch.reading, "counted": counted.to_facts()}


def _count(rows: Sequence[Compared], refused: int) -> Counted:
    doubtful = sum(row.heap is Heap.DOUBTFUL for row in rows)
    return _sums([row.record for row in rows], doubtful, 0, refused)


def _sums(taken: list[UnitRecord], open_rows: int, left_out: int, refused: int) -> Counted:
    sums = totals(taken)
    return Counted(sums.units, sums.area, sums.without_area, sums.arrears, open_rows, left_out, refused)


def _sheets(rows: Sequence[Compared], refused: Sequence[RefusedRow]) -> list[str]:
    return [*(row.record.sheet for row in rows), *(row.sheet for row in refused)]


def _compared_line(row: Compared) -> dict[str, Any]:
    return {
        "heap": row.heap,
        "record": row.record.to_facts(),
        "problems": [problem.to_facts() for problem in row.problems],
        "changes": [change.to_facts() for change in row.changes],
        "unit_id": row.unit_id,
        "undo": None,
    }


def _refused_line(row: RefusedRow, by_row: Mapping[tuple[str, int], Sequence[Problem]]) -> dict[str, Any]:
    return {
        "heap": Heap.REFUSED,
        "record": {"sheet": row.sheet, "row": row.row, "code": row.code, "shown": list(row.shown)},
        "problems": [problem.to_facts() for problem in by_row.get((row.sheet, row.row), ())],
        "changes": [],
        "unit_id": None,
        "undo": None,
    }
