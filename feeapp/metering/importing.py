"""A file of readings on its way in: read and judged, asked about, then entered once or put away.

Staging enters nothing. Confirming moves the batch by a guarded UPDATE that must hit exactly one row, so a second press
changes nothing, and enters every row or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp import spreadsheet
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.logbook.actions import log
from feeapp.metering.judging import Entry
from feeapp.metering.models import Meter, ReadingBatch, ReadingRow
from feeapp.metering.queries import latest_readings
from feeapp.metering.readings import enter_all, is_same, judge_all
from feeapp.metering.rules import Question, ReadingSource
from feeapp.metering.workbook import FileReading, FileRow, read_readings
from feeapp.registry.models import Unit
from feeapp.registry.rules import BATCH_MOVES, BatchState, Heap
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db, hits
from feeapp.web.paging import SIZE, Page

_LONGEST_FILE_NAME = 200
_QUESTIONS = {f"meter.{question.value.lower()}" for question in Question}
_NEEDS_NO_REASON = "meter.rolled"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows lie on each heap, and how many doubtful ones wait for an answer."""

    heaps: Mapping[Heap, int]
    open: int

    @property
    def ready(self) -> int:
        """How many would be entered."""
        return self.heaps[Heap.NEW] + self.heaps[Heap.DOUBTFUL] - self.open

    @property
    def left_out(self) -> int:
        """How many would be left out, for a person to know."""
        return self.heaps[Heap.REFUSED] + self.open


def read_file(data: bytes, on: date | None) -> FileReading:
    """Read a file; nothing is written. Raises Refused where it holds no readings or is not safe to open."""
    return read_readings(spreadsheet.read(data), on)


def stage(by: By, file_name: str, reading: FileReading) -> int:
    """Keep a file with every row on its heap, and return the batch's id."""
    plain = "".join(sign for sign in file_name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    batch = ReadingBatch(
        community_id=by.community_id,
        id=new_id(),
        file_name=plain[:_LONGEST_FILE_NAME],
        state=BatchState.STAGED,
        blank=reading.blank,
        ignored=list(reading.ignored),
        staged_at=by.at,
        staged_by=by.actor_id,
    )
    db.session.add(batch)
    db.session.flush()
    lines = _judged(by, _matched(by.community_id, reading.rows))
    rows = [
        {"community_id": by.community_id, "id": key, "batch_id": batch.id, "position": at, **line}
        for at, (key, line) in enumerate(zip(new_ids(len(lines)), lines, strict=True))
    ]
    if rows:
        db.session.execute(sa.insert(ReadingRow.__table__), rows)
    log(by, "metering.stage_import", "reading_batch", batch.id, rows=len(rows))
    return batch.id


def decide(by: By, batch_id: int, answers: Mapping[int, tuple[bool, str]]) -> None:
    """Take down what was answered about doubtful rows, ``{row id: (the figure is right, why)}``.

    Raises NotFound for a row that is not among them.
    """
    _staged(by, batch_id, "confirm")
    for row_id, (confirmed, reason) in answers.items():
        hit = hits(
            sa.update(ReadingRow)
            .where(
                ReadingRow.community_id == by.community_id,
                ReadingRow.id == row_id,
                ReadingRow.batch_id == batch_id,
                ReadingRow.heap == Heap.DOUBTFUL,
            )
            .values(confirmed=confirmed, reason=reason)
        )
        if hit != 1:
            raise NotFound


def confirm(by: By, batch_id: int, leave_out: bool) -> int:
    """Enter every row that can be, once and whole; returns how many.

    Raises Refused where nothing can be entered, where rows are not knowingly left out, or where a figure was entered
    since that one of them does not go with.
    """
    batch = _staged(by, batch_id, "confirm")
    counted = count_rows(by.community_id, batch_id)
    if not counted.ready:
        raise Refused("meter.file_nothing", msg("No row of this file can be entered as it is."))
    if counted.left_out and not leave_out:
        raise Refused(
            "meter.file_left_out",
            msg("%(n)s rows are refused or not answered. Tick that the others are entered without them."),
            {"n": counted.left_out},
            field="leave_out",
        )
    _move(by, batch, "confirm")
    rows = {row.meter_id: row for row in _ready(batch) if row.meter_id is not None}
    entries = {
        meter_id: Entry(row.figure or 0, row.read_on, row.confirmed, row.reason)
        for meter_id, row in rows.items()
        if row.read_on is not None
    }
    for meter_id, outcome in enter_all(by, entries, ReadingSource.FILE).items():
        if outcome.refusal is not None:
            raise Refused(
                "meter.file_stale",
                msg("%(sheet)s row %(row)s no longer fits: its meter was read since. Discard the file and upload it."),
                {"sheet": rows[meter_id].sheet, "row": rows[meter_id].row},
            )
    log(by, "metering.confirm_import", "reading_batch", batch.id, readings=len(entries))
    return len(entries)


def discard(by: By, batch_id: int) -> None:
    """Put a file away; nothing of it was ever entered."""
    batch = _staged(by, batch_id, "discard")
    _move(by, batch, "discard")
    log(by, "metering.discard_import", "reading_batch", batch.id)


def get_batch(community_id: int, batch_id: int) -> ReadingBatch:
    """A file of this community. Raises NotFound."""
    batch = db.session.get(ReadingBatch, (community_id, batch_id), populate_existing=True)
    if batch is None:
        raise NotFound
    return batch


def list_batches(community_id: int, page: int) -> Page[ReadingBatch]:
    """Every file of readings, the latest first."""
    here = sa.select(ReadingBatch).where(ReadingBatch.community_id == community_id)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(here.subquery())) or 0
    found = db.session.scalars(
        here.order_by(ReadingBatch.staged_at.desc(), ReadingBatch.id.desc()).limit(SIZE).offset((page - 1) * SIZE)
    )
    return Page(list(found), page, total)


def count_rows(community_id: int, batch_id: int) -> Counted:
    """How the rows of a file lie."""
    here = (ReadingRow.community_id == community_id, ReadingRow.batch_id == batch_id)
    found = db.session.execute(sa.select(ReadingRow.heap, sa.func.count()).where(*here).group_by(ReadingRow.heap))
    doubtful = db.session.scalars(sa.select(ReadingRow).where(*here, ReadingRow.heap == Heap.DOUBTFUL))
    return Counted(dict.fromkeys(Heap, 0) | dict(found.all()), sum(not is_answered(row) for row in doubtful))


def list_rows(community_id: int, batch_id: int, heap: Heap, page: int) -> Page[ReadingRow]:
    """One page of one heap, in the order of the file."""
    here = (ReadingRow.community_id == community_id, ReadingRow.batch_id == batch_id, ReadingRow.heap == heap)
    total = db.session.scalar(sa.select(sa.func.count()).where(*here)) or 0
    rows = db.session.scalars(
        sa.select(ReadingRow).where(*here).order_by(ReadingRow.position).limit(SIZE).offset((page - 1) * SIZE)
    )
    return Page(list(rows), page, total)


def is_answered(row: ReadingRow) -> bool:
    """Whether a doubtful row was confirmed, with a reason where it needs one."""
    return row.confirmed and bool(row.reason or (row.problem or {}).get("code") == _NEEDS_NO_REASON)


def _ready(batch: ReadingBatch) -> list[ReadingRow]:
    rows = db.session.scalars(
        sa.select(ReadingRow)
        .where(
            ReadingRow.community_id == batch.community_id,
            ReadingRow.batch_id == batch.id,
            ReadingRow.heap.in_([Heap.NEW, Heap.DOUBTFUL]),
        )
        .order_by(ReadingRow.position)
    )
    return [row for row in rows if row.heap is Heap.NEW or is_answered(row)]


def _staged(by: By, batch_id: int, deed: str) -> ReadingBatch:
    batch = get_batch(by.community_id, batch_id)
    BATCH_MOVES.after(batch.state, deed)
    return batch


def _move(by: By, batch: ReadingBatch, deed: str) -> None:
    """The guarded move: of two that press at once, one hits the row and the other is refused."""
    hit = hits(
        sa.update(ReadingBatch)
        .where(
            ReadingBatch.community_id == by.community_id,
            ReadingBatch.id == batch.id,
            ReadingBatch.state == batch.state,
        )
        .values(state=BATCH_MOVES.after(batch.state, deed), ended_at=by.at, ended_by=by.actor_id)
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise Refused("state.move", msg("This is not possible any more: the state has changed. Reload the page."))
    db.session.expire(batch)


Matched = tuple[FileRow, int | None, Refused | None]
"""A row, the meter it is taken for, and why it is taken for none."""


def _matched(community_id: int, rows: Sequence[FileRow]) -> list[Matched]:
    """Find each row's meter by its room, its number and its kind, as far as they are filled in."""
    hanging = db.session.execute(
        sa.select(Meter.id, Meter.kind, Meter.serial, Unit.code)
        .join(Unit, sa.and_(Unit.community_id == Meter.community_id, Unit.id == Meter.unit_id))
        .where(Meter.community_id == community_id, Meter.removed_on.is_(None), Unit.withdrawn_at.is_(None))
    ).all()
    by_unit, by_serial = defaultdict(list), defaultdict(list)
    for meter in hanging:
        by_unit[meter.code].append(meter)
        by_serial[_key(meter.serial)].append(meter)
    found: list[Matched] = []
    taken: dict[int, FileRow] = {}
    for row in rows:
        near = by_serial[_key(row.serial)] if row.serial else by_unit[row.unit]
        fitting = [
            meter
            for meter in near
            if (not row.unit or meter.code == row.unit) and (row.kind is None or meter.kind is row.kind)
        ]
        problem = row.problem or _not_found(row, near, fitting, taken)
        meter_id = None if problem else fitting[0].id
        if meter_id is not None:
            taken[meter_id] = row
        found.append((row, meter_id, problem))
    return found


def _key(serial: str) -> str:
    """A number as it is compared: a spreadsheet loses the noughts it begins with."""
    return serial.lstrip("0") or serial[:1]


def _not_found(
    row: FileRow, near: Sequence[Any], fitting: Sequence[Any], taken: Mapping[int, FileRow]
) -> Refused | None:
    if len(fitting) > 1:
        return Refused("meter.file_many", msg("More than one meter fits. Fill in its number and its kind."))
    if not fitting and row.serial and near:
        return Refused(
            "meter.file_elsewhere",
            msg("Meter %(serial)s hangs at %(there)s."),
            {"serial": row.serial, "there": near[0].code},
        )
    if not fitting:
        return Refused("meter.file_unknown", msg("No such meter hangs there. Put it up at the unit’s page first."))
    before = taken.get(fitting[0].id)
    if before is not None:
        return Refused(
            "meter.file_twice",
            msg("%(sheet)s row %(row)s reads the same meter already. One figure a meter and file."),
            {"sheet": before.sheet, "row": before.row},
        )
    return None


def _judged(by: By, rows: Sequence[Matched]) -> list[dict[str, Any]]:
    """Every row with the heap it falls on."""
    entries = {
        meter_id: Entry(row.figure, row.on)
        for row, meter_id, _ in rows
        if meter_id is not None and row.figure is not None and row.on is not None
    }
    meters = {
        meter.id: meter
        for meter in db.session.scalars(
            sa.select(Meter).where(Meter.community_id == by.community_id, Meter.removed_on.is_(None))
        )
        if meter.id in entries
    }
    judged = judge_all(by, meters, entries)
    last = latest_readings(by.community_id, entries)
    lines = []
    for row, meter_id, problem in rows:
        heap = Heap.REFUSED
        if meter_id is not None:
            found = judged[meter_id]
            if meter_id in last and is_same(last[meter_id][-1], entries[meter_id]):
                heap = Heap.SAME
            elif isinstance(found, Refused):
                problem, heap = found, Heap.DOUBTFUL if found.code in _QUESTIONS else Heap.REFUSED
            else:
                heap = Heap.NEW
        lines.append(_line(row, meter_id, heap, problem))
    return lines


def _line(row: FileRow, meter_id: int | None, heap: Heap, problem: Refused | None) -> dict[str, Any]:
    told = {"code": problem.code, "sentence": str(problem.sentence), "facts": problem.facts} if problem else None
    return {
        "heap": heap,
        "sheet": row.sheet,
        "row": row.row,
        "unit": row.unit,
        "serial": row.serial,
        "meter_id": meter_id,
        "figure": row.figure,
        "read_on": row.on,
        "problem": told,
        "confirmed": False,
        "reason": "",
    }
