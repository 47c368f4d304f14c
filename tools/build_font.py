"""Rebuild the papers' fonts from Debian's fonts-noto-cjk (Noto Sans CJK SC 2.004, OFL-1.1): cut, convert, rename.

    python tools/build_font.py [folder of NotoSansCJK-*.ttc] [folder to write to]

Two files come out. ``FeeSansSC-Regular.ttf`` holds ASCII, Latin, punctuation and signs, full-width forms, the CJK
ideographs of the basic block and Extension A, and every ideograph of Extensions B to G that Noto has: names in China
need them. ``FeeSansSC-Figures.ttf`` is bold and holds only what amounts (in figures and in words) and receipt numbers
are made of, since the press cannot embolden by itself. No layout features; outlines become TrueType, which halves the
time a page takes and keeps a receipt near 30 KB. Takes half a minute. Licence: feeapp/assets/fonts/OFL.txt.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

SOURCE = Path("/usr/share/fonts/opentype/noto")
TARGET = Path(__file__).resolve().parents[1] / "feeapp" / "assets" / "fonts"
FAMILY = "FeeSans SC"

RANGES = (
    (0x0020, 0x017F),  # ASCII and Latin
    (0x2000, 0x206F),  # punctuation
    (0x20A0, 0x20CF),  # currency signs
    (0x2100, 0x218F),  # letter-like signs, Roman numerals
    (0x2190, 0x21FF),  # arrows
    (0x2460, 0x25FF),  # circled numbers, boxes, shapes
    (0x3000, 0x303F),  # CJK punctuation
    (0x3400, 0x4DBF),  # CJK Extension A
    (0x4E00, 0x9FFF),  # CJK, the basic block
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x3FFFF),  # CJK Extensions B to G
)

FIGURES = "¥（）人民币零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正负" + "".join(map(chr, range(0x20, 0x7F)))

MOST_ERROR = 1.5
"""How far, in font units of a thousandth of an em, a TrueType curve may lie from the original."""


def build(source: Path, target: Path) -> None:
    """Write both fonts. Raises FileNotFoundError where fonts-noto-cjk is not installed."""
    regular = _simplified_chinese(source / "NotoSansCJK-Regular.ttc")
    wanted = [point for point in regular.getBestCmap() if any(low <= point <= high for low, high in RANGES)]
    _write(regular, wanted, "Regular", FAMILY, target)
    bold = _simplified_chinese(source / "NotoSansCJK-Bold.ttc")
    _write(bold, (ord(char) for char in FIGURES), "Figures", f"{FAMILY} Figures", target)


def _simplified_chinese(collection: Path) -> TTFont:
    for font in TTCollection(collection).fonts:
        if font["name"].getDebugName(1) == "Noto Sans CJK SC":
            return font
    raise ValueError(f"{collection} holds no Noto Sans CJK SC")


def _write(font: TTFont, points: Iterable[int], style: str, family: str, target: Path) -> None:
    options = subset.Options(layout_features=[], name_IDs=[0, 5, 13, 14], notdef_outline=True, hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    _to_truetype(font)
    _rename(font, family, style)
    path = target / f"FeeSansSC-{style}.ttf"
    font.save(path)
    print(f"{path}: {len(font.getBestCmap())} characters, {path.stat().st_size:,} bytes")


def _to_truetype(font: TTFont) -> None:
    """Replace the cubic outlines by quadratic ones that lie at most MOST_ERROR away."""
    outlines, order = font.getGlyphSet(), font.getGlyphOrder()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, MOST_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    for name in order:
        table[name].recalcBounds(table)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(table[name], "xMin", 0))
    largest = font["maxp"]
    largest.tableVersion = 0x00010000
    for field in (
        "maxZones",
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
        "maxComponentElements",
    ):
        setattr(largest, field, 1 if field == "maxZones" else 0)
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\000\001\000\000"


def _rename(font: TTFont, family: str, style: str) -> None:
    """A new family name: a changed font must not go by the name of the original."""
    version = font["name"].getDebugName(5)
    postscript = f"FeeSansSC-{style}"
    for number, text in {
        1: family,
        2: "Regular",
        3: f"2.004;{postscript}",
        4: f"{family} Regular",
        5: version,
        6: postscript,
        10: "Cut and converted to TrueType from Noto Sans CJK SC 2.004",
    }.items():
        font["name"].setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[1:3]]
    build(*(folders + [SOURCE, TARGET][len(folders) :]))
