"""Spreadsheets in and out: what is let in, what is turned away at the door, and what leaves the house."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import Refused
from feeapp.spreadsheet import Limits, Sheet, cell_name, read, safe_cell, table

LEDGERS = Path(__file__).parents[1] / "data" / "ledgers"
TIDY = (LEDGERS / "xihuayuan.xlsx").read_bytes()


def _book(write, **options) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, options) as book:
        write(book, book.add_worksheet("账"))
    return stream.getvalue()


def _with(data: bytes, **parts: bytes) -> bytes:
    """The package with some parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in parts:
                new.writestr(info.filename, old.read(info))
        for name, part in parts.items():
            new.writestr(name, part)
    return stream.getvalue()


def _refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as refused:
        read(data, limits or Limits())
    assert str(refused.value)
    return refused.value.code


def test_numbers_are_exact_and_days_are_days() -> None:
    def write(book, sheet) -> None:
        sheet.write_row(0, 0, [48.89, 0.1 + 0.2, 98.375, 13812345678, 1e308, "１２", "  "])
        sheet.write_datetime(1, 0, date(2014, 11, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(1, 1, True)

    (sheet,) = read(_book(write))
    assert sheet.rows[0] == [
        Decimal("48.89"), Decimal("0.3"), Decimal("98.375"), Decimal(13812345678), Decimal("1e308"), "１２", None,
    ]  # fmt: skip
    assert sheet.rows[1][:3] == [date(2014, 11, 1), True, None]


def test_days_counted_from_1904_are_the_same_days() -> None:
    def write(book, sheet) -> None:
        sheet.write_datetime(0, 0, date(2014, 11, 1), book.add_format({"num_format": "yyyy-mm-dd"}))

    (sheet,) = read(_book(write, date_1904=True))
    assert sheet.rows == [[date(2014, 11, 1)]]


def test_formulas_are_told_beside_their_stored_results() -> None:
    def write(book, sheet) -> None:
        sheet.write_formula("B2", "=48.89*0.5*12", None, 293.34)
        sheet.write_formula("C2", '=A1&"<x>"', None, "")
        sheet.write_formula("D2", "=1/0", None, "#DIV/0!")
        sheet.write_string("E2", "=1+1")

    (sheet,) = read(_book(write))
    assert sheet.rows[1] == [None, Decimal("293.34"), None, None, "=1+1"]
    assert sheet.formulas == {(1, 1): "=48.89*0.5*12", (1, 2): '=A1&"<x>"', (1, 3): "=1/0"}


def test_formulas_are_found_where_cells_do_not_name_themselves() -> None:
    xml = (
        b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<x:sheetData><x:row><x:c t='str'><x:v>a</x:v></x:c></x:row>"
        b"<x:row><x:c/><x:c><x:f>1+1</x:f></x:c></x:row></x:sheetData></x:worksheet>"
    )
    (sheet,) = read(_with(TIDY, **{"xl/worksheets/sheet1.xml": xml}))
    assert sheet.formulas == {(1, 1): "=1+1"}


def test_hidden_sheets_are_marked() -> None:
    sheets = read(LEDGERS / "ziyali-messy.xlsx")
    assert [(sheet.name, sheet.hidden, len(sheet.rows)) for sheet in sheets] == [
        ("1号楼", False, 110),
        ("2号楼", False, 133),
        ("Sheet3", True, 1),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_that_offices_write(encoding: str, delimiter: str) -> None:
    lines = [["房号", "业主", "面积"], ["3-2-501", "仇𬭩", "48.89㎡"], ["3-2-502", "", ""]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    (sheet,) = read(text.encode(encoding))
    assert sheet.rows == [["房号", "业主", "面积"], ["3-2-501", "仇𬭩", "48.89㎡"], ["3-2-502", None, None]]


def _macro_book() -> bytes:
    return _with(TIDY, **{"xl/vbaProject.bin": b"macro"})


def _ole(marker: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + marker.encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sheet.empty"),
        (b"\x00" * 100, "sheet.empty"),
        (_macro_book(), "sheet.macros"),
        (_ole("EncryptedPackage"), "sheet.locked"),
        (_ole("Workbook"), "sheet.old"),
        (_with(TIDY, **{"xl/workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]>"}), "sheet.entities"),
        (_with(TIDY, **{"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>"}), "sheet.broken"),
        (_with(TIDY, **{"xl/workbook.xml": b"<workbook/>"}), None),
        (TIDY[:5000], "sheet.broken"),
        (b"PK\x03\x04 and then something else", "sheet.broken"),
        (b"%PDF-1.7 \x00\x01\x02 \xff\xff", "sheet.kind"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "sheet.kind"),
        (b'a,b\n"never closed', "sheet.csv"),
        (b'a,"b"c\n', "sheet.csv"),
    ],
)
def test_what_is_no_ledger_is_turned_away_with_a_sentence(data: bytes, code: str | None) -> None:
    if code is None:
        assert read(data) == []
    else:
        assert _refused(data) == code


def test_an_ods_file_is_turned_away() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<x/>")
    assert _refused(stream.getvalue()) == "sheet.kind"


def test_a_file_that_is_too_large_is_turned_away_unread() -> None:
    assert _refused(TIDY, Limits(size=1000)) == "sheet.size"


def test_a_bomb_is_not_unpacked() -> None:
    assert _refused(_with(TIDY, **{"xl/media/big.bin": b"\x00" * 60_000_000})) == "sheet.bomb"


def test_a_package_of_very_many_parts_is_not_unpacked() -> None:
    assert _refused(_with(TIDY, **{f"xl/media/{n}": b"" for n in range(2_001)})) == "sheet.bomb"


def test_a_part_that_lies_about_its_size_has_no_second_reading() -> None:
    """The directory says five bytes with their checksum, the stream holds a million: only the five are ever read."""
    whole = b"<sst>" + b" " * 1_000_000 + b"</sst>"
    lie = _with(TIDY, **{"xl/sharedStrings.xml": whole})
    for true, false in ((len(whole), 5), (zlib.crc32(whole), zlib.crc32(b"<sst>"))):
        assert lie.count(true.to_bytes(4, "little")) == 2
        lie = lie.replace(true.to_bytes(4, "little"), false.to_bytes(4, "little"))
    assert _refused(lie) == "sheet.broken"


@pytest.mark.parametrize("far", ["A20001", "A1048576", "GS1", "XFD1", "XFD1048576"])
def test_a_cell_far_out_does_not_make_room_for_all_before_it(far: str) -> None:
    assert _refused(_book(lambda book, sheet: sheet.write_string(far, "x"))) == "sheet.extent"


@pytest.mark.parametrize("near", ["A20000", "GR1"])
def test_a_cell_at_the_limit_is_read(near: str) -> None:
    (sheet,) = read(_book(lambda book, sheet: sheet.write_string(near, "x")))
    assert sheet.rows[-1][-1] == "x"


def test_blank_cells_far_out_are_no_reason_to_refuse() -> None:
    def write(book, sheet) -> None:
        sheet.write_string("A1", "x")
        sheet.write_blank("XFD1048576", None, book.add_format({"bold": True}))

    (sheet,) = read(_book(write))
    assert sheet.rows == [["x"]]


def test_a_csv_that_is_too_long_is_turned_away() -> None:
    assert _refused(b"a,b\n" * 20_001) == "sheet.extent"


def test_damaged_files_are_refused_and_never_break_the_reader() -> None:
    """Two hundred workbooks with a few bytes changed: each is read or refused."""
    dice = random.Random(20260121)
    for data in (TIDY, (LEDGERS / "ziyali-messy.xlsx").read_bytes()):
        for _ in range(100):
            broken = bytearray(data)
            for _ in range(dice.randint(1, 20)):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            try:
                sheets = read(bytes(broken))
            except Refused:
                continue
            assert all(len({len(row) for row in sheet.rows}) <= 1 for sheet in sheets)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):
        assert all(isinstance(sheet, Sheet) for sheet in read(data))


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [(0, 0, "A1"), (16, 1, "B17"), (0, 25, "Z1"), (0, 26, "AA1"), (9, 701, "ZZ10"), (0, 702, "AAA1")],
)
def test_cells_are_named_as_the_spreadsheet_names_them(row: int, column: int, name: str) -> None:
    assert cell_name(row, column) == name


@pytest.mark.parametrize("first", list("=+-@\t\r＝＋－＠"))
def test_text_that_begins_like_a_formula_is_escaped(first: str) -> None:
    assert safe_cell(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000", "\n"])
def test_blanks_in_front_do_not_hide_a_formula(blank: str) -> None:
    assert safe_cell(f"{blank}=1+1").startswith("'")


@pytest.mark.parametrize("plain", ["张三", "3-2-501", "13812345678", "a=b", ""])
def test_plain_text_is_not_touched(plain: str) -> None:
    assert safe_cell(plain) == plain


@given(st.text(max_size=50))
def test_any_text_can_be_exported_and_opened_again(text: str) -> None:
    data = table(["列"], [[text]])
    cell = openpyxl.load_workbook(io.BytesIO(data)).active["A2"]
    assert cell.data_type != "f"
    assert str(cell.value or "")[:1] not in tuple("=+-@＝＋－＠")


def test_a_table_has_numbers_as_numbers_and_numbers_of_things_as_text() -> None:
    data = table(
        ["房号", "电话", "面积", "金额", "件数", "日期", "备注"],
        [
            ["3-2-501", "013812345678", Area(8653), Money(-5624), 3, date(2026, 1, 31), "=1+1"],
            ["", None, Area(0), Money(0), 0, None, "x"],
        ],
    )
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [cell.value for cell in sheet[2]][:5] == ["3-2-501", "013812345678", 86.53, -56.24, 3]
    assert [sheet[place].number_format for place in ("A2", "C2", "D2", "E2")] == ["@", "#,##0.00", "#,##0.00", "0"]
    assert sheet["F2"].value.date() == date(2026, 1, 31)
    assert (sheet["G2"].value, sheet["G2"].data_type) == ("'=1+1", "s")
    assert sheet.freeze_panes == "A2"
    (back,) = read(data)
    assert back.rows[1][2:4] == [Decimal("86.53"), Decimal("-56.24")]


def test_a_float_is_never_exported() -> None:
    with pytest.raises(TypeError):
        table(["a"], [[1.5]])
