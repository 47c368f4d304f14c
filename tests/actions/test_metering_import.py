"""A file of readings on its way in: matched, judged, asked about, and entered once and whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from flask import Flask

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.metering import importing
from feeapp.metering.judging import Entry
from feeapp.metering.models import MeterReading, ReadingRow
from feeapp.metering.readings import enter
from feeapp.metering.rules import MeterKind
from feeapp.registry import importing as ledgers
from feeapp.registry.batches import get_batch
from feeapp.registry.models import Unit
from feeapp.registry.rules import BatchState, Heap
from feeapp.registry.undoing import undo_import, why_not
from feeapp.spreadsheet import table
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.metering import JAN_AND_FEB, SPRING, hang, read
from tests.people import Cast

FEB = JAN_AND_FEB[1]
HEADERS = ["房号", "表类", "表号", "抄表日期", "本次读数"]


@pytest.fixture
def meters(app: Flask, cast: Cast) -> dict[str, int]:
    """Water at three homes, read in January at 110 after 10 in the month; power at one."""
    made = {code: hang(cast, code, f"00{number}") for number, code in enumerate(("3-2-501", "3-2-502", "1-1-101"), 1)}
    for meter_id in made.values():
        read(cast, meter_id, "2026-01-01 100", "2026-01-31 110")
    made["power"] = hang(cast, "3-2-501", "P1", MeterKind.POWER)
    return made


def _stage(cast: Cast, rows: Sequence[Sequence[object]]) -> int:
    reading = importing.read_file(table(HEADERS, rows), FEB)
    by = cast.by("cashier", SPRING)
    return transaction(lambda: importing.stage(by, "抄表.xlsx", reading))


def _rows(batch_id: int) -> list[ReadingRow]:
    return db.session.query(ReadingRow).filter_by(batch_id=batch_id).order_by(ReadingRow.position).all()


def _refused(deed: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal:
        transaction(deed)
    return refusal.value.code


def test_every_row_falls_on_its_heap_and_nothing_is_entered_yet(cast: Cast, meters: dict[str, int]) -> None:
    hang(cast, "S01", "T1")
    batch = _stage(
        cast,
        [
            ["3-2-501", "水", "001", FEB, 120],
            ["3-2-502", "", "", FEB, 900],
            ["1-1-101", "", "3", JAN_AND_FEB[0], 110],
            ["3-2-501", "", "", FEB, 5],
            ["3-2-501", "", "003", FEB, 5],
            ["9-9-999", "", "", FEB, 5],
            ["", "", "P1", "昨天", 5],
            ["3-2-501", "水", "", FEB, 121],
            ["S01", "", "T1", "2026-05-01", 5],
        ],
    )
    told = [(row.heap, (row.problem or {}).get("code", "")) for row in _rows(batch)]
    assert told == [
        (Heap.NEW, ""),
        (Heap.DOUBTFUL, "meter.jump"),
        (Heap.SAME, ""),
        (Heap.REFUSED, "meter.file_many"),
        (Heap.REFUSED, "meter.file_elsewhere"),
        (Heap.REFUSED, "meter.file_unknown"),
        (Heap.REFUSED, "meter.file_day"),
        (Heap.REFUSED, "meter.file_twice"),
        (Heap.REFUSED, "meter.future"),
    ]
    counted = importing.count_rows(cast.community, batch)
    assert (counted.ready, counted.open, counted.left_out) == (1, 1, 7)
    assert db.session.query(MeterReading).count() == 6


def test_what_is_answered_and_new_is_entered_once(cast: Cast, meters: dict[str, int]) -> None:
    batch = _stage(cast, [["3-2-501", "水", "", FEB, 120], ["3-2-502", "", "", FEB, 900], ["x", "", "", FEB, 1]])
    by = cast.by("cashier", SPRING)
    doubtful = _rows(batch)[1].id
    assert _refused(lambda: importing.confirm(by, batch, False)) == "meter.file_left_out"
    transaction(lambda: importing.decide(by, batch, {doubtful: (True, "")}))
    assert importing.count_rows(cast.community, batch).open == 1
    transaction(lambda: importing.decide(by, batch, {doubtful: (True, "水管爆裂")}))
    assert transaction(lambda: importing.confirm(by, batch, True)) == 2
    assert _refused(lambda: importing.confirm(by, batch, True)) == "state.move"
    assert _refused(lambda: importing.discard(by, batch)) == "state.move"
    entered = db.session.query(MeterReading).filter_by(read_on=FEB).all()
    assert {(row.meter_id, row.figure, row.reason, row.source.value) for row in entered} == {
        (meters["3-2-501"], 12000, "", "FILE"), (meters["3-2-502"], 90000, "水管爆裂", "FILE"),
    }  # fmt: skip


def test_a_file_is_entered_whole_or_not_at_all(cast: Cast, meters: dict[str, int]) -> None:
    batch = _stage(cast, [["3-2-501", "水", "", FEB, 120], ["3-2-502", "", "", FEB, 121]])
    by = cast.by("cashier", SPRING)
    transaction(lambda: enter(by, meters["3-2-502"], Entry(12500, FEB)))
    assert _refused(lambda: importing.confirm(by, batch, False)) == "meter.file_stale"
    assert importing.get_batch(cast.community, batch).state is BatchState.STAGED
    assert db.session.query(MeterReading).filter_by(read_on=FEB).count() == 1


def test_a_figure_entered_meanwhile_by_hand_is_the_same(cast: Cast, meters: dict[str, int]) -> None:
    batch = _stage(cast, [["3-2-501", "水", "", FEB, 120]])
    by = cast.by("cashier", SPRING)
    transaction(lambda: enter(by, meters["3-2-501"], Entry(12000, FEB)))
    transaction(lambda: importing.confirm(by, batch, False))
    assert db.session.query(MeterReading).filter_by(read_on=FEB).count() == 1


def test_a_file_put_away_enters_nothing(cast: Cast, meters: dict[str, int]) -> None:
    batch = _stage(cast, [["3-2-501", "水", "", FEB, 120]])
    by = cast.by("cashier", SPRING)
    transaction(lambda: importing.discard(by, batch))
    assert _refused(lambda: importing.confirm(by, batch, False)) == "state.move"
    empty = _stage(cast, [["x", "", "", FEB, 1]])
    assert _refused(lambda: importing.confirm(by, empty, True)) == "meter.file_nothing"


def test_the_neighbours_files_and_other_rows_are_not_found(cast: Cast, meters: dict[str, int]) -> None:
    batch = _stage(cast, [["3-2-501", "水", "", FEB, 120]])
    by = cast.by("cashier", SPRING)
    foreign = type(by)(cast.neighbour, by.actor_id, SPRING)
    sound = _rows(batch)[0].id
    for deed in (
        lambda: importing.confirm(foreign, batch, False),
        lambda: importing.decide(by, batch, {sound: (True, "x")}),
        lambda: importing.decide(by, batch, {7: (True, "x")}),
    ):
        with pytest.raises(NotFound):
            transaction(deed)


def test_a_ledger_whose_new_units_carry_meters_stays(app: Flask, cast: Cast) -> None:
    by = cast.by("accountant", SPRING)
    data = table(["房号", "建筑面积", "业主姓名"], [["7-1-101", "80.00", "孙志强"]])
    upload = ledgers.read_upload("台账.xlsx", data, 1, Area(8000), Money(0))
    batch = transaction(lambda: ledgers.stage_import(by, upload))
    transaction(lambda: ledgers.confirm_import(by, batch, False, False))
    stands = get_batch(cast.community, batch)
    assert why_not(stands) is None
    cast.units["7-1-101"] = db.session.query(Unit).filter_by(code="7-1-101").one().id
    hang(cast, "7-1-101", "W9")
    assert _refused(lambda: undo_import(by, batch)) == "meter.hangs"
