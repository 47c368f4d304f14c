"""A ledger taken over once and whole, and taken back: what it writes, what it leaves alone, and what stops it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.access.models import Grant
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.powers import Role
from feeapp.core.refusal import NotFound, Refused
from feeapp.registry import actions, batches, communities, followers, importing, people, queries, undoing
from feeapp.registry.followers import AppliedRow
from feeapp.registry.models import ImportRow, Occupancy, Ownership, Party, SearchKey, Unit
from feeapp.registry.people import PersonFacts
from feeapp.registry.records import YearFigures
from feeapp.registry.rules import BatchState, Heap, PartyKind, UnitUse, UseState
from feeapp.registry.searching import find_households
from feeapp.spreadsheet import table
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

LEDGERS = Path(__file__).parents[1] / "data" / "ledgers"
HEADERS = ["楼栋", "单元", "房号", "用途", "建筑面积", "业主姓名", "证件号码", "联系电话", "居住状态", "备注"]
TWO_ROWS = [
    ["9号楼", "1单元", "101", "住宅", "80.00", "孙志强", "231003196211103916", "13900001111", "自住", ""],
    ["9号楼", "1单元", "102", "住宅", "60.00", "周敏", "", "13900002222", "空置", ""],
]


@dataclass
class Listener:
    """A room above that notes what it is told."""

    applied_rows: list[AppliedRow] = field(default_factory=list)
    undone_batches: list[int] = field(default_factory=list)
    refusal: Refused | None = None

    def applied(self, by: By, batch_id: int, rows: list[AppliedRow]) -> None:
        self.applied_rows += rows

    def blocks_undo(self, community_id: int, batch_id: int) -> Refused | None:
        return self.refusal

    def undone(self, by: By, batch_id: int) -> None:
        self.undone_batches.append(batch_id)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    one = Listener()
    monkeypatch.setattr(followers, "followers", [one])
    return one


@pytest.fixture
def empty(cast: Cast, listener: Listener) -> By:
    """The accountant acting for a community that has no unit yet; nobody above books anything."""
    made = transaction(lambda: communities.create_community(By(0, None, AT), "桃园小区", "TY", "桃园物业"))
    return By(made.id, cast.users["accountant"], AT)


def _stage(by: By, data: bytes, units: int = 2, area: str = "140.00", arrears: str = "0") -> int:
    upload = importing.read_upload("台账.xlsx", data, units, Area.read(area), Money.yuan(arrears))
    return transaction(lambda: importing.stage_import(by, upload))


def _sheet(rows: list[list[str]]) -> bytes:
    return table(HEADERS, rows)


def _ledger(name: str) -> bytes:
    return (LEDGERS / f"{name}.xlsx").read_bytes()


def _confirm(by: By, batch_id: int, leave_out: bool = False, differ: bool = False) -> None:
    transaction(lambda: importing.confirm_import(by, batch_id, leave_out, differ))


def _import(by: By, rows: list[list[str]]) -> int:
    known = sum(Area.read(row[4]).centi for row in rows if row[4])
    batch_id = _stage(by, _sheet(rows), len(rows), str(Area(known)))
    transaction(lambda: importing.accept_proposals(by, batch_id))
    _confirm(by, batch_id)
    return batch_id


def _heaps(by: By, batch_id: int) -> dict[str, int]:
    return {heap.value: n for heap, n in batches.count_heaps(by.community_id, batch_id).items() if n}


def _count(by: By, kind: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind).filter_by(community_id=by.community_id)) or 0


def _unit(by: By, code: str) -> Unit:
    return db.session.scalars(sa.select(Unit).filter_by(community_id=by.community_id, code=code)).one()


def _owners(by: By, code: str) -> list[str]:
    return [held.party.name for held in queries.list_owners(by.community_id, _unit(by, code).id, by.at.date())]


def _refusal(deed: object) -> Refused:
    with pytest.raises(Refused) as refusal:
        transaction(deed)  # type: ignore[arg-type]
    return refusal.value


def test_staging_writes_nothing_but_the_batch(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, _sheet(TWO_ROWS))
    assert _heaps(empty, batch_id) == {"NEW": 2}
    assert [_count(empty, kind) for kind in (Unit, Party, Ownership, SearchKey)] == [0, 0, 0, 0]


def test_units_that_a_ledger_says_are_lived_in_now_are_told(
    app: Flask, empty: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what stood already only: 102 stood empty, 101 was lived in before, 103 is new."""
    told: list[dict[int, date]] = []
    monkeypatch.setattr(followers, "movers_in", [lambda by, units: told.append(units)])
    _import(empty, TWO_ROWS)
    assert told == []
    new = ["9号楼", "1单元", "103", "住宅", "70.00", "吴刚", "", "13900003333", "自住", ""]
    _import(empty, [TWO_ROWS[0], [*TWO_ROWS[1][:8], "出租", ""], new])
    assert told == [{_unit(empty, "9-1-102").id: AT.date()}]


def test_a_confirmed_row_is_a_unit_with_owner_place_and_keys(app: Flask, empty: By) -> None:
    _import(empty, TWO_ROWS)
    unit = _unit(empty, "9-1-101")
    assert (unit.name, unit.area, unit.floor, unit.use) == ("9号楼1单元101", Area(8000), 1, UnitUse.HOME)
    assert (unit.building.name, _unit(empty, "9-1-102").use_state) == ("9号楼", UseState.VACANT)
    held = queries.list_owners(empty.community_id, unit.id, AT.date())
    assert [(each.party.name, each.party.id_number, each.party.phones) for each in held] == [
        ("孙志强", "231003196211103916", ["13900001111"])
    ]
    assert [hit.code for hit in find_households(empty.community_id, "szq")] == ["9-1-101"]


def test_the_same_ledger_again_changes_nothing(app: Flask, empty: By) -> None:
    _import(empty, TWO_ROWS)
    again = _stage(empty, _sheet(TWO_ROWS))
    assert _heaps(empty, again) == {"SAME": 2}
    before = [_count(empty, kind) for kind in (Unit, Party, Ownership, SearchKey)]
    _confirm(empty, again)
    assert [_count(empty, kind) for kind in (Unit, Party, Ownership, SearchKey)] == before


def test_a_changed_row_names_its_fields_and_writes_only_those(app: Flask, empty: By) -> None:
    _import(empty, TWO_ROWS)
    changed = [[*TWO_ROWS[0][:4], "81.50", "孙志强", "231003196211103916", "13900003333", "出租", ""], TWO_ROWS[1]]
    batch_id = _stage(empty, _sheet(changed), 2, "141.50")
    assert _heaps(empty, batch_id) == {"CHANGED": 1, "SAME": 1}
    row = batches.list_rows(empty.community_id, batch_id, Heap.CHANGED, 1).items[0]
    assert row.changes == [
        {"field": "area", "old": "80.00", "new": "81.50"},
        {"field": "owner_phone", "old": "13900001111", "new": "13900001111、13900003333"},
        {"field": "use_state", "old": "SELF", "new": "LET"},
    ]
    _confirm(empty, batch_id)
    unit = _unit(empty, "9-1-101")
    assert (unit.area, unit.use_state, unit.floor) == (Area(8150), UseState.LET, 1)
    assert [hit.code for hit in find_households(empty.community_id, "13900003333")] == ["9-1-101"]


def test_a_new_owner_owns_from_today_and_the_old_one_until_then(app: Flask, empty: By) -> None:
    _import(empty, TWO_ROWS)
    sold = [TWO_ROWS[0], [*TWO_ROWS[1][:5], "吴芳", "", "13900004444", "空置", ""]]
    later = By(empty.community_id, empty.actor_id, AT + timedelta(days=9))
    _import(later, sold)
    unit_id = _unit(empty, "9-1-102").id
    on = later.at.date()
    names = [
        [held.party.name for held in queries.list_owners(empty.community_id, unit_id, day)]
        for day in (on - timedelta(days=1), on)
    ]
    assert names == [["周敏"], ["吴芳"]]


def test_a_blank_cell_erases_nothing(app: Flask, empty: By) -> None:
    _import(empty, TWO_ROWS)
    bare = [["9号楼", "1单元", "101", "住宅", "80.00", "", "", "", "", ""]]
    batch_id = _stage(empty, _sheet(bare), 1, "80.00")
    assert _heaps(empty, batch_id) == {"SAME": 1}
    assert [*batches.get_batch(empty.community_id, batch_id).reading["absent"]] == ["9-1-102"]


def test_one_person_in_many_rows_is_one_party(app: Flask, empty: By) -> None:
    rows = [*TWO_ROWS, ["车库", "", "G01", "车位", "12.00", "孙志强", "231003196211103916", "", "", ""]]
    _import(empty, rows)
    assert _count(empty, Party) == 2
    assert {hit.code for hit in find_households(empty.community_id, "孙志强")} == {"9-1-101", "G01"}


def test_the_tidy_ledger_ties_out_and_its_parking_spaces_wait_for_a_choice(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, _ledger("xihuayuan"), 244, "17144.68")
    assert _heaps(empty, batch_id) == {"NEW": 224, "DOUBTFUL": 20}
    assert _refusal(lambda: importing.confirm_import(empty, batch_id, False, False)).code == "import.undecided_rows"
    transaction(lambda: importing.accept_proposals(empty, batch_id))
    _confirm(empty, batch_id)
    assert _count(empty, Unit) == 244
    spaces = find_households(empty.community_id, "缪怡欣", limit=50)
    assert {hit.code for hit in spaces} >= {"G07", "G19"}
    assert {hit.use for hit in spaces} == {UnitUse.PARKING, UnitUse.HOME}


def test_the_messy_ledger_ties_out_with_its_arrears(app: Flask, empty: By, listener: Listener) -> None:
    """216 units; 12,435.75 m² as read and 55.17 derived for 1-4-102; 151 rows of years owe 73,429.14 in all.

    Billed less received by the sheets' own subtotals: 103,792.32 - 70,769.79 and 121,044.24 - 80,637.63.
    """
    batch_id = _stage(empty, _ledger("ziyali-messy"), 216, "12490.92", "73429.14")
    assert _heaps(empty, batch_id) == {"NEW": 212, "DOUBTFUL": 4, "REFUSED": 1}
    transaction(lambda: importing.accept_proposals(empty, batch_id))
    assert _refusal(lambda: importing.confirm_import(empty, batch_id, False, False)).code == "import.refused_rows"
    _confirm(empty, batch_id, leave_out=True)
    assert (_count(empty, Unit), _unit(empty, "1-4-102").area) == (216, Area(5517))
    assert sum(figures.owed.fen for row in listener.applied_rows for figures in row.arrears) == 7_342_914
    first = next(row for row in listener.applied_rows if row.unit_id == _unit(empty, "1-1-101").id)
    assert first.arrears[0] == YearFigures(2023, Money(29334), Money(14667))
    assert queries.get_party(empty.community_id, first.party_id).name == "邓辉燕"


def test_arrears_are_told_once_however_often_the_ledger_comes(app: Flask, empty: By, listener: Listener) -> None:
    headers = ["楼栋", "单元", "房号", "建筑面积", "业主姓名", "2023年应收", "2023年已收"]
    row = ["9号楼", "1单元", "101", "80.00", "孙志强", "480.00", "100.00"]
    for rest in ([], [["9号楼", "1单元", "102", "60.00", "周敏", "360.00", "0"]]):
        rows = [row, *rest]
        owed = "380.00" if not rest else "740.00"
        area = "80.00" if not rest else "140.00"
        _confirm(empty, _stage(empty, table(headers, rows), len(rows), area, owed))
    assert [figures.owed.fen for told in listener.applied_rows for figures in told.arrears] == [38_000, 36_000]


def test_ten_faults_are_refused_one_by_one_and_nothing_is_saved(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, _ledger("ten-faults"), 10, "600.00")
    rows = batches.list_rows(empty.community_id, batch_id, Heap.REFUSED, 1).items
    assert len(rows) == 10
    assert all(row.remarks for row in rows)
    assert _refusal(lambda: importing.confirm_import(empty, batch_id, True, True)).code == "import.nothing"
    assert _count(empty, Unit) == 0


def test_sums_that_differ_need_a_knowing_tick(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, _sheet(TWO_ROWS), 3, "140.00")
    assert _refusal(lambda: importing.confirm_import(empty, batch_id, False, False)).code == "import.tie_out"
    _confirm(empty, batch_id, differ=True)
    assert _count(empty, Unit) == 2


def test_a_ledger_is_confirmed_once(app: Flask, empty: By) -> None:
    batch_id = _import(empty, TWO_ROWS)
    assert _refusal(lambda: importing.confirm_import(empty, batch_id, False, False)).code == "state.move"
    assert _refusal(lambda: importing.discard_import(empty, batch_id)).code == "state.move"
    assert _count(empty, Unit) == 2


def test_a_discarded_ledger_stays_out(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, _sheet(TWO_ROWS))
    transaction(lambda: importing.discard_import(empty, batch_id))
    assert _refusal(lambda: importing.confirm_import(empty, batch_id, False, False)).code == "state.move"


def test_a_ledger_read_before_another_was_imported_must_be_read_again(app: Flask, empty: By) -> None:
    first, second = _stage(empty, _sheet(TWO_ROWS)), _stage(empty, _sheet(TWO_ROWS))
    _confirm(empty, first)
    assert _refusal(lambda: importing.confirm_import(empty, second, False, False)).code == "import.stale"


def test_a_row_is_compared_anew_when_it_is_written(app: Flask, empty: By) -> None:
    """What somebody typed by hand between reading and confirming is seen, not written over twice."""
    batch_id = _stage(empty, _sheet(TWO_ROWS))
    facts = actions.UnitFacts(UnitUse.HOME, Area(8000), None, 1, UseState.SELF, None, "")
    transaction(lambda: actions.create_unit(empty, "9", "1", "101", facts))
    _confirm(empty, batch_id)
    assert (_count(empty, Unit), _owners(empty, "9-1-101")) == (2, ["孙志强"])


def test_choices_of_other_rows_or_other_answers_are_not_found(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, _ledger("ziyali-messy"), 216, "12490.92", "73429.14")
    row = batches.list_rows(empty.community_id, batch_id, Heap.DOUBTFUL, 1).items[0]
    place = row.doubts[0].place
    for answers in ({row.id: {place: "nonsense"}}, {row.id: {"elsewhere": "keep"}}, {row.id + 1: {place: "derived"}}):
        with pytest.raises(NotFound):
            transaction(lambda a=answers: importing.decide_rows(empty, batch_id, a))
    transaction(lambda: importing.decide_rows(empty, batch_id, {row.id: {place: "leave_out"}}))
    batch = batches.get_batch(empty.community_id, batch_id)
    assert (batches.Counted.of(batch).units, batches.Counted.of(batch).left_out) == (215, 1)


def test_undoing_leaves_the_registry_as_it_was(app: Flask, empty: By, listener: Listener) -> None:
    _import(empty, [TWO_ROWS[0]])
    before = _everything(empty)
    changed = [
        ["9号楼", "1单元", "101", "商业", "99.00", "吴芳", "", "13900004444", "出租", "改作门市"],
        *TWO_ROWS[1:],
        ["9号楼", "2单元", "201", "住宅", "70.00", "孙志强", "231003196211103916", "13900005555", "", ""],
    ]
    batch_id = _import(empty, changed)
    assert _everything(empty) != before
    transaction(lambda: undoing.undo_import(empty, batch_id))
    assert _everything(empty) == before
    assert batches.get_batch(empty.community_id, batch_id).state is BatchState.UNDONE
    assert listener.undone_batches == [batch_id]


def _everything(by: By) -> list[object]:
    """Units, stakes, people and keys of a community, as plain rows."""
    units = db.session.execute(
        sa.select(Unit.__table__).where(Unit.community_id == by.community_id, Unit.withdrawn_at.is_(None))
    )
    stakes = [
        db.session.execute(sa.select(kind.__table__).where(kind.community_id == by.community_id))
        for kind in (Ownership, Occupancy)
    ]
    people_ = db.session.execute(sa.select(Party.__table__).where(Party.community_id == by.community_id))
    keys = db.session.execute(sa.select(SearchKey.__table__).where(SearchKey.community_id == by.community_id))
    return [sorted(map(repr, rows)) for rows in (units, *stakes, people_, keys)]


def test_an_undone_ledger_can_be_imported_again_under_the_same_rooms(app: Flask, empty: By) -> None:
    batch_id = _import(empty, TWO_ROWS)
    old = _unit(empty, "9-1-101").id
    transaction(lambda: undoing.undo_import(empty, batch_id))
    assert find_households(empty.community_id, "9-1-101") == []
    _import(empty, TWO_ROWS)
    assert (_unit(empty, "9-1-101").id, _owners(empty, "9-1-101")) == (old, ["孙志强"])
    assert [hit.code for hit in find_households(empty.community_id, "9-1-101")] == ["9-1-101"]


def test_an_import_that_was_undone_is_undone_once(app: Flask, empty: By) -> None:
    batch_id = _import(empty, TWO_ROWS)
    transaction(lambda: undoing.undo_import(empty, batch_id))
    assert _refusal(lambda: undoing.undo_import(empty, batch_id)).code == "state.move"


def test_a_person_whom_a_log_in_speaks_for_stays_when_the_import_is_undone(app: Flask, cast: Cast, empty: By) -> None:
    batch_id = _import(empty, TWO_ROWS)
    party_id = db.session.scalars(sa.select(Party.id).filter_by(community_id=empty.community_id, name="周敏")).one()
    grant = Grant(
        community_id=empty.community_id, user_id=cast.users["resident"], role=Role.RESIDENT, party_id=party_id
    )
    transaction(lambda: db.session.add(grant))
    transaction(lambda: undoing.undo_import(empty, batch_id))
    assert list(db.session.scalars(sa.select(Party.name).filter_by(community_id=empty.community_id))) == ["周敏"]


def test_work_by_hand_is_not_lost_to_an_undo(app: Flask, empty: By) -> None:
    batch_id = _import(empty, TWO_ROWS)
    unit_id = _unit(empty, "9-1-102").id
    later = By(empty.community_id, empty.actor_id, AT + timedelta(hours=1))
    transaction(
        lambda: people.set_owners(later, unit_id, AT.date(), [], [PersonFacts("吴芳", PartyKind.PERSON, "", ())])
    )
    assert _refusal(lambda: undoing.undo_import(later, batch_id)).code == "import.by_hand"
    assert _owners(empty, "9-1-102") == ["吴芳"]


def test_a_later_ledger_on_the_same_households_must_be_undone_first(app: Flask, empty: By) -> None:
    first = _import(empty, TWO_ROWS)
    later = By(empty.community_id, empty.actor_id, AT + timedelta(hours=1))
    second = _import(later, [[*TWO_ROWS[0][:4], "82.00", *TWO_ROWS[0][5:]], TWO_ROWS[1]])
    assert _refusal(lambda: undoing.undo_import(later, first)).code == "import.later"
    transaction(lambda: undoing.undo_import(later, second))
    transaction(lambda: undoing.undo_import(later, first))
    assert find_households(empty.community_id, "9") == []


def test_a_room_above_can_stop_an_undo(app: Flask, empty: By, listener: Listener) -> None:
    batch_id = _import(empty, TWO_ROWS)
    listener.refusal = Refused("billing.paid", "Paid already.")
    assert _refusal(lambda: undoing.undo_import(empty, batch_id)).code == "billing.paid"
    assert batches.get_batch(empty.community_id, batch_id).state is BatchState.APPLIED


def test_when_a_room_above_fails_nothing_is_imported(app: Flask, empty: By, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Listener):
        def applied(self, by: By, batch_id: int, rows: list[AppliedRow]) -> None:
            raise RuntimeError("the book is closed")

    monkeypatch.setattr(followers, "followers", [Broken()])
    batch_id = _stage(empty, _sheet(TWO_ROWS))
    with pytest.raises(RuntimeError):
        _confirm(empty, batch_id)
    assert _count(empty, Unit) == 0
    assert batches.get_batch(empty.community_id, batch_id).state is BatchState.STAGED


def test_a_batch_of_another_community_is_not_found(app: Flask, cast: Cast, empty: By) -> None:
    batch_id = _stage(empty, _sheet(TWO_ROWS))
    stranger = By(cast.neighbour, cast.users["outsider"], AT)
    for deed in (importing.discard_import, importing.accept_proposals, undoing.undo_import):
        with pytest.raises(NotFound):
            transaction(lambda d=deed: d(stranger, batch_id))
    with pytest.raises(NotFound):
        transaction(lambda: importing.confirm_import(stranger, batch_id, True, True))


def test_a_large_ledger_is_a_few_statements_not_one_a_row(site: Flask, cast: Cast, listener: Listener) -> None:
    made = transaction(lambda: communities.create_community(By(0, None, AT), "大小区", "DA", "物业"))
    by = By(made.id, cast.users["accountant"], AT)
    rows = [
        [f"{n // 120 + 1}号楼", f"{n // 40 % 3 + 1}单元", f"{n // 4 % 10 + 1}0{n % 4 + 1}", "住宅", "80.00", f"业主{n}",
         "", f"139{n:08d}", "", ""]
        for n in range(1200)
    ]  # fmt: skip
    batch_id = _stage(by, _sheet(rows), 1200, "96000.00")
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    sa.event.listen(db.engine, "before_cursor_execute", count)
    _confirm(by, batch_id)
    sa.event.remove(db.engine, "before_cursor_execute", count)
    assert _count(by, Unit) == 1200
    assert statements < 120


def test_the_rows_of_a_batch_keep_what_was_read(app: Flask, empty: By) -> None:
    batch_id = _import(empty, TWO_ROWS)
    kept = db.session.scalars(sa.select(ImportRow).filter_by(batch_id=batch_id).order_by(ImportRow.position)).all()
    assert [(row.record["sheet"], row.record["row"], row.record["code"]) for row in kept] == [
        ("Sheet1", 2, "9-1-101"),
        ("Sheet1", 3, "9-1-102"),
    ]
