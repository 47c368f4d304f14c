"""The three ledgers: a tidy one, a real office's mess, and ten faults."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from feeapp.core.area import Area
from feeapp.core.money import Money, total
from feeapp.core.refusal import Refused
from feeapp.registry.comparing import StandingUnit, check_confirm, compare, phones_after, tie_out
from feeapp.registry.deciding import proposals, settle, undecided
from feeapp.registry.matching import StandingParty, match_parties
from feeapp.registry.records import LEAVE_OUT, LedgerReading, Problem, Severity, UnitRecord, totals
from feeapp.registry.rules import Heap, PartyKind, UnitUse, UseState
from feeapp.registry.workbook import read_ledger
from feeapp.spreadsheet import read

LEDGERS = Path(__file__).parents[1] / "data" / "ledgers"
MESSY = LEDGERS / "ziyali-messy.xlsx"


@pytest.fixture(scope="module")
def tidy() -> LedgerReading:
    return match_parties(read_ledger(read(LEDGERS / "xihuayuan.xlsx")))


@pytest.fixture(scope="module")
def messy() -> LedgerReading:
    return match_parties(read_ledger(read(MESSY)))


@pytest.fixture(scope="module")
def faulty() -> LedgerReading:
    return match_parties(read_ledger(read(LEDGERS / "ten-faults.xlsx")))


def _unit(reading: LedgerReading, code: str) -> UnitRecord:
    return next(record for record in reading.records if record.code == code)


def _said(reading: LedgerReading, severity: Severity) -> list[tuple[str, str]]:
    return [(f"{one.sheet}!{one.cell}", one.code) for one in reading.problems if one.severity is severity]


def _as_proposed(reading: LedgerReading) -> list[UnitRecord]:
    found = reading.problems_by_row()
    settled = (settle(one, found.get((one.sheet, one.row), ()), proposals(reading.problems)) for one in reading.records)
    return [one for one in settled if one]


# --- the tidy ledger -------------------------------------------------------------------------------------------------


def test_the_tidy_ledger_has_the_units_and_areas_counted_by_hand(tidy: LedgerReading) -> None:
    sums = totals(tidy.records)
    assert (sums.units, sums.area, sums.without_area, sums.arrears) == (244, Area.read("17,144.68"), 0, Money(0))
    areas = {use: sum(one.area.centi for one in tidy.records if one.use is use and one.area) for use in UnitUse}
    assert areas == {UnitUse.HOME: 1_625_508, UnitUse.SHOP: 62_460, UnitUse.PARKING: 26_500, UnitUse.STORAGE: 0}
    assert Counter(one.use for one in tidy.records) == {UnitUse.HOME: 216, UnitUse.SHOP: 8, UnitUse.PARKING: 20}
    assert Counter(one.use_state for one in tidy.records) == {
        UseState.SELF: 189, UseState.LET: 21, UseState.VACANT: 14, UseState.UNKNOWN: 20,
    }  # fmt: skip
    assert (tidy.refused, tidy.ignored, tidy.subtotals) == ((), (), ())


def test_a_home_of_two_owners_is_read_whole(tidy: LedgerReading) -> None:
    unit = _unit(tidy, "1-2-101")
    assert (unit.name, unit.floor, unit.area, unit.inner_area) == ("1号楼2单元101", 1, Area(8521), Area(6987))
    assert [(owner.name, owner.id_number, owner.phones) for owner in unit.owners] == [
        ("夏英春", "120106195804057285", ("13626972547",)),
        ("崔志强", "320602197502177837", ("13831976821",)),
    ]
    assert unit.occupant is not None
    assert (unit.occupant.name, unit.occupant.phones, unit.use_state) == ("顾洋梅", ("13943564498",), UseState.LET)
    assert (str(unit.from_on), unit.cells["owner"], unit.cells["area"]) == ("2014-11-01", "H14", "F14")


def test_a_shop_belongs_to_a_company(tidy: LedgerReading) -> None:
    shop = _unit(tidy, "S01")
    assert (shop.name, shop.building, shop.owners[0].kind) == ("商铺S01", "商铺", PartyKind.COMPANY)


def test_the_same_number_is_the_same_person_and_another_number_is_another(tidy: LedgerReading) -> None:
    whose = {record.code: record.owners[0].who for record in tidy.records}
    assert whose["1-1-402"] == whose["1-2-202"] == whose["2-1-202"]  # 谭梓轩, three homes
    assert whose["1-2-402"] == whose["1-3-102"] == whose["3-1-102"]  # 吴鑫勇, the third with a co-owner
    assert whose["1-2-201"] != whose["6-3-501"]  # two people called 谢堃
    assert len({owner.who for record in tidy.records[:224] for owner in record.owners}) == 235


def test_each_parking_space_asks_whether_its_owner_is_the_one_of_that_name(tidy: LedgerReading) -> None:
    asked = [one for one in tidy.problems if one.severity is Severity.DOUBTFUL]
    assert [(one.code, one.proposal) for one in asked] == [("owner.same_name", "same")] * 20
    first = asked[0]
    assert (first.place, first.facts["name"]) == ("住户台账!H226:owner.same_name", "徐燕")
    assert first.choices[0].facts["units"] == "4-1-202"
    whose = {record.code: record.owners[0].who for record in _as_proposed(tidy)}
    assert whose["G01"] == whose["4-1-202"]
    assert whose["G03"] == whose["G17"] == whose["1-1-502"] == whose["1-3-602"]  # 郑兰
    assert len(set(whose.values())) == len({one.owners[0].who for one in tidy.records[:224]})


def test_nothing_else_is_said_of_the_tidy_ledger_but_eight_invented_credit_codes(tidy: LedgerReading) -> None:
    notes = _said(tidy, Severity.NOTE)
    assert notes == [(f"住户台账!I{row}", "id.credit_code") for row in range(218, 226)]
    assert Counter(one.heap for one in compare(tidy, {}).rows) == {Heap.NEW: 224, Heap.DOUBTFUL: 20}


# --- the messy ledger ------------------------------------------------------------------------------------------------


def _sheet_sums() -> dict[int, tuple[Decimal, Decimal]]:
    """Billed and received by year as the sheet's own eight subtotals have them, read without any code of ours."""
    sums = {year: (Decimal(0), Decimal(0)) for year in (2023, 2024, 2025)}
    book = openpyxl.load_workbook(MESSY)
    for name in ("1号楼", "2号楼"):
        for row in book[name].iter_rows(values_only=True):
            if "小计" in str(row[1]):
                for at, year in enumerate(sums):
                    billed, received = (Decimal(str(row[6 + 2 * at + part])) for part in (0, 1))
                    sums[year] = (sums[year][0] + billed, sums[year][1] + received)
    return sums


def test_the_figures_are_those_of_the_subtotals(messy: LedgerReading) -> None:
    stated = _sheet_sums()
    assert stated == {
        2023: (Decimal("74945.52"), Decimal("55958.25")),
        2024: (Decimal("74945.52"), Decimal("49801.56")),
        2025: (Decimal("74945.52"), Decimal("45647.61")),
    }
    read_by_year = {
        year: (
            total(one.billed for record in _as_proposed(messy) for one in record.arrears if one.year == year).in_yuan,
            total(one.received for record in _as_proposed(messy) for one in record.arrears if one.year == year).in_yuan,
        )
        for year in stated
    }
    assert read_by_year == stated


def test_all_eight_subtotals_agree_in_every_column(messy: LedgerReading) -> None:
    assert [(check.sheet, check.row, check.label) for check in messy.subtotals] == [
        ("1号楼", 29, "1单元小计"), ("1号楼", 55, "2单元小计"), ("1号楼", 81, "3单元小计"), ("1号楼", 107, "4单元小计"),
        ("2号楼", 35, "1单元小计"), ("2号楼", 67, "2单元小计"), ("2号楼", 99, "3单元小计"), ("2号楼", 131, "4单元小计"),
    ]  # fmt: skip
    assert all(check.agrees and len(check.figures) == 6 for check in messy.subtotals)
    assert (messy.subtotals[3].figures[1].cell, messy.subtotals[3].figures[1].stated) == ("H107", "5,968.77")


def test_units_area_and_arrears_tie_out_as_proposed(messy: LedgerReading) -> None:
    taken = _as_proposed(messy)
    # 12,435.75 m² of 215 units with an area, and 55.17 m² for the one whose bills say so;
    # 18,987.27 + 25,143.96 + 29,297.91 yuan owed for 2023, 2024 and 2025
    assert tie_out(taken, 216, Area.read("12490.92"), Money.read("73429.14")).agrees
    as_read = totals(messy.records)
    assert (as_read.units, as_read.area, as_read.without_area) == (216, Area.read("12435.75"), 1)
    assert as_read.arrears == Money.read("73429.14") + Money.read("444.18")


def test_what_is_doubtful_in_the_messy_ledger(messy: LedgerReading) -> None:
    doubts = [one for one in messy.problems if one.severity is Severity.DOUBTFUL]
    assert [(one.place, one.proposal) for one in doubts] == [
        ("1号楼!E84:area.missing", "derived"),
        ("1号楼!H106:received.word", "paid"),
        ("2号楼!C60:name.deceased", "keep"),
        ("2号楼!C81:owner.same_name", "other"),  # 毛鹏 of 2-3-303 has another phone than 毛鹏 of 1-1-204
    ]
    assert all(one.choices[-1].key == LEAVE_OUT for one in doubts)


def test_a_missing_area_is_derived_from_the_bills_only_when_somebody_says_so(messy: LedgerReading) -> None:
    unit = _unit(messy, "1-4-102")
    (doubt,) = _problems(messy, unit)
    assert unit.area is None
    assert doubt.sentence % doubt.facts == "There is no area, but the bills say one: 331.02 ÷ 0.5 ÷ 12 = 55.17 m²."
    settled = {choice: settle(unit, [doubt], {doubt.place: choice}) for choice in ("derived", "without", LEAVE_OUT)}
    assert [one and one.area for one in settled.values()] == [Area(5517), None, None]
    assert settled[LEAVE_OUT] is None


def test_paid_in_words_is_asked_with_the_subtotal_as_witness(messy: LedgerReading) -> None:
    unit = _unit(messy, "1-4-604")
    (doubt,) = _problems(messy, unit)
    assert "The sum in H107 is right only if that was paid in full." in doubt.sentence % doubt.facts
    owed = {choice: settle(unit, [doubt], {doubt.place: choice}).owed for choice in ("paid", "unpaid")}
    assert owed == {"paid": Money.read("444.18"), "unpaid": Money.read("888.36")}  # 2025 is owed either way


def test_the_row_marked_as_a_repeat_is_refused_and_names_the_other(messy: LedgerReading) -> None:
    (refused,) = messy.refused
    assert (refused.sheet, refused.row, refused.code) == ("1号楼", 109, "1-2-301")
    (problem,) = messy.problems_by_row()["1号楼", 109]
    assert (problem.cell, problem.code, problem.facts["where"]) == ("B109", "room.marked", "1号楼 B39")
    assert _unit(messy, "1-2-301").owners[0].name == "毛敏"


def test_how_odd_cells_of_the_messy_ledger_were_understood(messy: LedgerReading) -> None:
    assert messy.ignored == (("Sheet3", "The sheet is hidden, so it was not read."),)
    assert _unit(messy, "1-2-401").area == Area(4862)  # ４８．６２
    assert _unit(messy, "1-3-201").area == Area(4889)  # 48.89㎡
    assert _unit(messy, "2-4-105").area == Area(3980)  # ３９．８０
    assert _unit(messy, "1-2-403").owners[0].phones == ("15897985479", "18762890221")  # 158-9798-5479 / 18762890221
    assert (_unit(messy, "1-1-501").owners[0].name, _unit(messy, "1-1-501").remark) == ("石静鹏", "租户代缴")
    assert _unit(messy, "1-2-402").remark == "低保户，减半"
    assert (_unit(messy, "2-2-504").owners[0].name, _unit(messy, "2-2-504").remark) == ("钟淑淑", "房产证未过户；已故")
    assert (_unit(messy, "1-1-501").floor, _unit(messy, "2-3-601").floor) == (5, 6)
    notes = Counter(code for _, code in _said(messy, Severity.NOTE))
    assert notes == {"received.blank": 6, "name.blanks": 6, "number.understood": 7}
    blanks = {one.place: one.facts["count"] for one in messy.problems if one.code == "received.blank"}
    assert blanks == {
        "1号楼!H:received.blank": 10, "1号楼!J:received.blank": 3, "1号楼!L:received.blank": 6,
        "2号楼!H:received.blank": 10, "2号楼!J:received.blank": 8, "2号楼!L:received.blank": 5,
    }  # fmt: skip


def test_a_doubt_without_a_decision_stops_the_batch(messy: LedgerReading) -> None:
    found = messy.problems_by_row()
    unit = _unit(messy, "1-4-102")
    assert undecided(messy.problems, proposals(messy.problems)) == ()
    assert len(undecided(messy.problems, {})) == 4
    assert len(undecided(messy.problems, dict.fromkeys(proposals(messy.problems), "nonsense"))) == 4
    with pytest.raises(Refused, match="1-4-102 is in doubt"):
        settle(unit, found[unit.sheet, unit.row], {})


# --- ten faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "cell", "code"),
    [
        (2, "D2", "area.negative"),
        (3, "C3", "room.conflict"),
        (4, "C4", "room.conflict"),
        (5, "C5", "room.missing"),
        (6, "D6", "area.words"),
        (7, "D7", "area.fine"),
        (7, "E7", "name.markup"),
        (8, "E8", "cell.formula"),
        (9, "D9", "area.huge"),
        (10, "E10", "name.long"),
        (11, "E11", "text.invisible"),
    ],
)
def test_every_fault_is_refused_with_its_cell_and_its_reason(
    faulty: LedgerReading, row: int, cell: str, code: str
) -> None:
    found = {(one.cell, one.code): one for one in faulty.problems_by_row()["Sheet", row]}
    assert found[cell, code].severity is Severity.REFUSED


def test_nothing_of_the_ten_faults_can_be_saved(faulty: LedgerReading) -> None:
    assert [row.row for row in faulty.refused] == list(range(2, 12))
    assert faulty.records == ()
    tie = tie_out(faulty.records, 0, Area(0), Money(0))
    with pytest.raises(Refused, match="No row of this file can be imported"):
        check_confirm(taken=0, undecided=0, refused=10, leave_refused_out=True, tie=tie)


def test_contradicting_rows_name_each_other(faulty: LedgerReading) -> None:
    conflicts = {one.cell: one.facts["where"] for one in faulty.problems if one.code == "room.conflict"}
    assert conflicts == {"C2": "Sheet C3、Sheet C4", "C3": "Sheet C2、Sheet C4", "C4": "Sheet C2、Sheet C3"}


# --- all of them -----------------------------------------------------------------------------------------------------


def test_records_and_problems_are_kept_as_json_and_come_back_the_same(
    tidy: LedgerReading, messy: LedgerReading, faulty: LedgerReading
) -> None:
    for reading in (tidy, messy, faulty):
        for record in (*reading.records, *_as_proposed(reading)):
            assert UnitRecord.from_facts(json.loads(json.dumps(record.to_facts()))) == record
        for problem in reading.problems:
            assert Problem.from_facts(json.loads(json.dumps(problem.to_facts()))) == problem
        places = [problem.place for problem in reading.problems]
        assert len(set(places)) == len(places)


def test_no_sentence_shows_a_whole_identity_number(tidy: LedgerReading, messy: LedgerReading) -> None:
    numbers = {owner.id_number for record in tidy.records for owner in record.owners if owner.kind is PartyKind.PERSON}
    said = " ".join(problem.sentence % problem.facts for problem in (*tidy.problems, *messy.problems))
    assert not [number for number in numbers - {None} if str(number) in said]


def test_three_pairs_must_agree_before_a_batch_is_confirmed(messy: LedgerReading) -> None:
    taken = _as_proposed(messy)
    good = tie_out(taken, 216, Area.read("12490.92"), Money.read("73429.14"))
    check_confirm(taken=216, undecided=0, refused=1, leave_refused_out=True, tie=good)
    for bad in (
        {"tie": tie_out(taken, 217, Area.read("12490.92"), Money.read("73429.14"))},
        {"tie": tie_out(taken, 216, Area.read("12490.93"), Money.read("73429.14"))},
        {"tie": tie_out(taken, 216, Area.read("12490.92"), Money.read("73429.13"))},
        {"undecided": 1},
        {"leave_refused_out": False},
    ):
        with pytest.raises(Refused):
            check_confirm(**{"taken": 216, "undecided": 0, "refused": 1, "leave_refused_out": True, "tie": good} | bad)


@pytest.mark.parametrize(
    ("ledger", "asked"),
    [("xihuayuan.xlsx", []), ("ziyali-messy.xlsx", ["received.word", "name.deceased"])],
)
def test_a_ledger_that_has_been_taken_over_changes_nothing_when_read_again(ledger: str, asked: list[str]) -> None:
    sheets = read(LEDGERS / ledger)
    parties, units = _taken_over(_as_proposed(match_parties(read_ledger(sheets))))
    again = match_parties(read_ledger(sheets), parties)
    comparison = compare(again, units)
    assert [change for row in comparison.rows for change in row.changes] == []
    doubts = [one for row in comparison.rows for one in row.problems if one.severity is Severity.DOUBTFUL]
    assert [one.code for one in doubts] == asked
    assert Counter(row.heap for row in comparison.rows)[Heap.SAME] == len(units) - len(asked)
    assert comparison.absent == ()


def _taken_over(records: list[UnitRecord]) -> tuple[list[StandingParty], dict[str, StandingUnit]]:
    """The registry as it stands once these records are in it."""
    parties: dict[str, StandingParty] = {}
    for record in records:
        for one in (*record.owners, *([record.occupant] if record.occupant else [])):
            old = parties.get(one.who) or StandingParty(len(parties) + 1, one.name, one.kind, one.id_number, ())
            phones, codes = phones_after(old.phones, one.phones), tuple({*old.units, record.code})
            parties[one.who] = replace(old, id_number=old.id_number or one.id_number, phones=phones, units=codes)
    units = {
        one.code: StandingUnit(
            at, one.code, one.floor, one.use, one.area, one.inner_area,
            tuple(parties[owner.who] for owner in one.owners),
            parties[one.occupant.who] if one.occupant else None, one.use_state, one.from_on, one.remark, one.arrears,
        )
        for at, one in enumerate(records, 1)
    }  # fmt: skip
    return list(parties.values()), units


def _problems(reading: LedgerReading, unit: UnitRecord) -> tuple[Problem, ...]:
    return reading.problems_by_row()[unit.sheet, unit.row]
