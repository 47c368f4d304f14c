"""What the shipped font can draw, how wide it comes out, and that it is complete and free to ship."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from feeapp.core.money import Money
from feeapp.core.words import in_words
from feeapp.printing import font
from feeapp.printing.paper import day, english_day, unbroken, yuan
from tools import build_font


def test_missing_characters_are_named_once_and_in_order() -> None:
    assert font.missing_glyphs("张小明 3号楼 86.53 m² ¥1,234.50 𬭩㛃䶮喆犇堃") == []
    assert font.missing_glyphs("龘𪚥李𪚥😀") == ["𪚥", "😀"]


def test_characters_of_the_same_meaning_are_not_missing() -> None:
    assert font.missing_glyphs("86.53㎡\n\t−5") == []
    assert font.printable("86.53㎡ −5") == "86.53m² -5"


def test_widths_are_those_of_the_font() -> None:
    assert font.width("中文") == 2000
    assert font.width("0123456789") == 10 * font.width("0"), "figures stand in columns"
    assert font.width("𪚥") == 1000


@pytest.mark.parametrize(
    ("text", "ems", "lines"),
    [
        ("", 5, 1),
        ("物业服务费", 6, 1),
        ("物业服务费物业服务费", 6, 2),
        ("物业服务费用，物业", 6, 2),
        ("Property service fee", 6, 2),
        ("2026-01 至 2026-03", 6, 2),
        ("4200002345202601311234567890", 6, 3),
    ],
)
def test_lines_are_counted_as_they_break(text: str, ems: int, lines: int) -> None:
    assert font.lines(text, ems * font.EM) == lines


def test_the_bold_figures_hold_every_amount_in_words_and_every_number() -> None:
    drawn = TTFont(font.FOLDER / "FeeSansSC-Figures.ttf").getBestCmap()
    amounts = (0, 5, 10, 32, 100505, 123456789012, -8640, 10**15 - 1)
    needed = "".join(in_words(Money(fen)) for fen in amounts) + "¥-1,234,567.89 No. XHYS2026-000123 K7MQ-4XWP-2R"
    assert [char for char in needed if ord(char) not in drawn] == []


def test_the_font_is_renamed_cut_as_the_script_says_and_carries_its_licence() -> None:
    shipped = TTFont(font.FONT_FILE, lazy=True)
    assert shipped["name"].getDebugName(1) == font.FAMILY
    assert all(any(low <= point <= high for low, high in build_font.RANGES) for point in shipped.getBestCmap())
    licence = (font.FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert licence.startswith("Copyright 2014-2021 Adobe")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "FONT SOFTWARE OR FROM\nOTHER DEALINGS IN THE FONT SOFTWARE." in licence


def test_fontconfig_sees_the_folder_it_lies_in_and_nothing_else() -> None:
    conf = Path(font.FONTS_CONF).read_text(encoding="utf-8")
    assert conf.count("<dir") == 1
    assert '<dir prefix="relative">.</dir>' in conf


def test_amounts_and_dates_are_written_as_the_rules_say() -> None:
    assert str(yuan(Money(123450))) == "¥1,234.50"
    assert str(yuan(Money(-8640))) == '<span class="minus">-¥86.40</span>'
    on = date(2026, 1, 5)
    assert (day(on), english_day(on)) == ("2026年1月5日", "5 Jan 2026")
    assert str(unbroken("2026-01 至 <b>")) == '<span class="whole">2026-01</span> 至 &lt;b&gt;'
