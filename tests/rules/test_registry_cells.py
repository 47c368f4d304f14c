"""How single cells of a ledger are understood, as docs/rules/import.md says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.registry.deciding import settle
from feeapp.registry.records import UnitRecord
from feeapp.registry.rules import UnitUse
from feeapp.spreadsheet import Cell
from tests.rules.doctables import listed, table
from tests.rules.ledger_rows import CARD, OTHER_CARD, codes, one_home, read_rows, the_doubt

TEXTS = {
    "户主": "张三", "备注": "租", "房号": "1-1-101", "承租人": "李四", "电话": "13812345678", "证件号码": CARD,
}  # fmt: skip
FIGURES = ["面积", "2023年应收", "用途", "入住日期", "单价", "楼层"]


def _typed(cell: str) -> Cell:
    """A cell of the tables: figures are figures, ``blank`` is nothing, ␣ a blank."""
    if cell == "blank":
        return None
    try:
        return Decimal(cell)
    except ArithmeticError:
        return cell.replace("␣", " ")


@pytest.mark.parametrize(("cell", "area", "said"), table("import.md", "area cell", "read", "said"))
def test_area_cells(cell: str, area: str, said: str) -> None:
    reading = one_home("建筑面积", _typed(cell), 业主="张三")
    assert codes(reading) == ({said} - {"nothing"})
    assert [str(one.area.in_m2) for one in reading.records if one.area] == listed(area)


@pytest.mark.parametrize(("cell", "received", "said"), table("import.md", "received cell", "received", "said"))
def test_received_cells(cell: str, received: str, said: str) -> None:
    reading = one_home("2023年已收", _typed(cell), **{"2023年应收": Decimal("444.18"), "业主": "张三"})
    assert codes(reading) == ({said} - {"nothing"})
    assert [str(one.arrears[0].received) for one in reading.records] == listed(received)


@pytest.mark.parametrize(("cell", "owners", "said"), table("import.md", "name cell", "owner", "said"))
def test_name_cells(cell: str, owners: str, said: str) -> None:
    reading = one_home("户主", _typed(cell), 面积=Decimal(60))
    assert codes(reading) == ({said} - {"nothing"})
    assert [owner.name for one in reading.records for owner in one.owners] == listed(owners)


@pytest.mark.parametrize(
    "name",
    ["=cmd|' /C calc'!A0", "＝1+1", "+1", "-2+3", "@SUM(1+1)", "{{7*7}}", "<b>张三</b>", "张三&#60;", "javascript:x"],
)
def test_no_formula_and_no_markup_is_a_name(name: str) -> None:
    reading = one_home("户主", name)
    assert reading.records == ()
    assert codes(reading) <= {"name.formula", "name.markup"}


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u200b", "\u200d", "\ufeff", "\x00", "\x1b", "\u2066", "\u00ad", "\U000e0041", "\u3164"]
)
@pytest.mark.parametrize("header", TEXTS)
def test_signs_that_cannot_be_seen_are_refused_in_every_text(sign: str, header: str) -> None:
    text = TEXTS[header]
    columns = {"房号": "1-1-101", "户主": "张三"} | {header: text[:2] + sign + text[2:]}
    reading = read_rows([*columns], [*columns.values()])
    assert (reading.records, codes(reading)) == ((), {"text.invisible"})
    assert all(sign not in str(problem.to_facts()) for problem in reading.problems)
    assert all(sign not in cell for row in reading.refused for cell in row.shown)


@given(st.text(max_size=80), st.sampled_from([*TEXTS, *FIGURES]))
def test_whatever_a_cell_holds_the_row_is_read_or_refused(text: str, header: str) -> None:
    columns = {"房号": "1-1-101", "户主": "张三"} | {header: text or None}
    reading = read_rows([*columns], [*columns.values()], ["1-1-102" if name == "房号" else None for name in columns])
    for record in reading.records:
        assert UnitRecord.from_facts(record.to_facts()) == record
        assert len(record.remark) <= 300
        assert all(1 <= len(owner.name) <= 60 for owner in record.owners)
    assert len(reading.records) + len(reading.refused) >= 1


@pytest.mark.parametrize(
    ("cell", "phones", "remark"),
    [
        ("158-9798-5479 / 18762890221", ("15897985479", "18762890221"), ""),
        ("１３８１２３４５６７８", ("13812345678",), ""),
        (Decimal(13812345678), ("13812345678",), ""),
        ("+86 138 1234 5678", ("13812345678",), ""),
        ("0453-6221234；6221234", ("0453-6221234", "6221234"), ""),
        ("无", (), ""),
        ("找邻居", (), "找邻居"),
    ],
)
def test_phones(cell: Cell, phones: tuple[str, ...], remark: str) -> None:
    (record,) = one_home("电话", cell, 户主="张三").records
    assert (record.owners[0].phones, record.remark) == (phones, remark)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (CARD, set()),
        ("110105491231002", set()),
        ("110108200010032031", {"id.check"}),
        (Decimal("110108200010032000"), {"id.rounded"}),
        (f"{CARD}、{OTHER_CARD}", {"id.count"}),
        ("不详！", {"id.form"}),
    ],
)
def test_identity_numbers_of_one_owner(cell: Cell, said: set[str]) -> None:
    assert codes(one_home("证件号码", cell, 户主="张三")) == said


def test_a_number_in_doubt_is_dropped_when_somebody_says_so() -> None:
    reading = one_home("证件号码", "110108200010032031", 户主="张三")
    doubt = the_doubt(reading)
    kept, dropped = (settle(reading.records[0], [doubt], {doubt.place: choice}) for choice in ("keep", "without"))
    assert [one.owners[0].id_number for one in (kept, dropped) if one] == ["110108200010032031", None]


def test_fewer_numbers_than_owners_is_a_doubt() -> None:
    reading = one_home("证件号码", CARD, 户主="张三、李四")
    doubt = the_doubt(reading)
    numbers = {
        choice: [owner.id_number for owner in settle(reading.records[0], [doubt], {doubt.place: choice}).owners]
        for choice in ("in_order", "without")
    }
    assert numbers == {"in_order": [CARD, None], "without": [None, None]}


@pytest.mark.parametrize(
    ("cell", "use"),
    [
        ("住宅", UnitUse.HOME),
        ("门市", UnitUse.SHOP),
        ("停车位", UnitUse.PARKING),
        ("仓房", UnitUse.STORAGE),
        (None, UnitUse.HOME),
    ],
)
def test_uses(cell: Cell, use: UnitUse) -> None:
    assert one_home("用途", cell, 户主="张三").records[0].use is use


@pytest.mark.parametrize(
    ("room", "use"),
    [("S01", UnitUse.SHOP), ("G07", UnitUse.PARKING), ("车库 G07", UnitUse.PARKING), ("B3", UnitUse.STORAGE)],
)
def test_a_letter_says_the_use_where_no_column_does(room: str, use: UnitUse) -> None:
    assert read_rows(["房号", "户主"], [room, "张三"]).records[0].use is use


def test_an_unknown_use_is_asked() -> None:
    reading = one_home("用途", "教堂", 户主="张三")
    doubt = the_doubt(reading)
    settled = settle(reading.records[0], [doubt], {doubt.place: "SHOP"})
    assert (doubt.proposal, settled and settled.use) == (None, UnitUse.SHOP)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2014, 11, 1), date(2014, 11, 1)),
        ("2014.11.1", date(2014, 11, 1)),
        ("2014年11月1日", date(2014, 11, 1)),
        ("20141101", date(2014, 11, 1)),
        ("2014-02-30", None),
        ("去年", None),
    ],
)
def test_days(cell: Cell, day: date | None) -> None:
    reading = one_home("入住日期", cell, 户主="张三")
    assert reading.records[0].from_on == day
    assert codes(reading) == (set() if day else {"day.odd"})


@pytest.mark.parametrize(
    ("cell", "floor"), [(Decimal(7), 7), ("5层", 5), ("B1", -1), ("-2", -2), ("顶楼", 1), (None, 1)]
)
def test_floors(cell: Cell, floor: int) -> None:
    assert one_home("楼层", cell, 户主="张三").records[0].floor == floor


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("32501", "room.building"),
        ("<b>", "room.building"),
        ("3号楼2单元<b>", "room.building"),
        (None, "room.missing"),
    ],
)
def test_a_row_must_say_which_unit_it_is_about(room: Cell, code: str) -> None:
    reading = one_home("房号", room, 户主="张三")
    assert (reading.records, codes(reading)) == ((), {code})


@pytest.mark.parametrize(
    ("building", "room"),
    [("3号楼", "a b<c>"), ("'; DROP TABLE units", "101"), ("东" * 17, "101"), ("东" * 16, "西" * 16)],
)
def test_a_room_has_a_name_that_fits(building: str, room: str) -> None:
    reading = read_rows(["楼栋", "房号", "户主"], [building, room, "张三"])
    assert (reading.records, codes(reading)) == ((), {"room.odd"})
