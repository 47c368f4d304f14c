"""The shipped font: where it lies, which characters it can draw, and how wide a text comes out."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "fonts"
FONT_FILE = FOLDER / "FeeSansSC-Regular.ttf"
FONTS_CONF = FOLDER / "fonts.conf"
FAMILY = "FeeSans SC"
NAME_IN_PDF = "FeeSans-SC"
"""How the press writes the family inside a PDF."""

EM = 1000
"""Font units in one em; every width here is counted in them."""

_SAME_MEANING = str.maketrans(
    {"㎡": "m²", "㎥": "m³", "−": "-", "‑": "-", "\u2009": " ", "\u202f": " ", "\u200b": None, "\ufeff": None}
)


def printable(text: str) -> str:
    """The text with the few characters the font lacks written in another way of the same meaning (㎡ as m²)."""
    return text.translate(_SAME_MEANING)


@functools.cache
def _widths() -> Mapping[int, int]:
    """Advance width by code point, in font units; read once from the shipped file."""
    from fontTools.ttLib import TTFont

    with TTFont(FONT_FILE, lazy=True) as font:
        advance = font["hmtx"].metrics
        return {point: advance[glyph][0] for point, glyph in font.getBestCmap().items()}


def missing_glyphs(text: str) -> list[str]:
    """The characters of a text that papers could only show as a box, each once, in order of appearance.

    Ask this when a name is typed or imported, so that nobody is surprised at the counter.
    """
    drawn = _widths()
    return [char for char in dict.fromkeys(printable(text)) if char not in "\r\n\t" and ord(char) not in drawn]


def width(text: str) -> int:
    """How wide a text is set on one line, in thousandths of its type size; an unknown character counts as one em."""
    drawn = _widths()
    return sum(drawn.get(ord(char), EM) for char in printable(text))


_OPENING = "（《“‘【〔「『(["
_CLOSING = "，。、；：？！）》”’】〕」』…·,.;:?!)]"
_PIECES = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[⺀-鿿豈-\uffef\U00020000-\U0003ffff]|[^\s⺀-\U0003ffff{re.escape(_OPENING)}]+|.)"
    rf"[{re.escape(_CLOSING)}]*\s*"
)


def lines(text: str, measure: int) -> int:
    """How many lines a text takes in a measure given in thousandths of its type size; at least one.

    Breaks where a press would: between Chinese characters, at spaces, never before closing punctuation; a run of
    letters or digits wider than the measure is cut. A line is reckoned 1 % shorter than it is, to be on the safe side.
    """
    room = measure * 99 // 100
    count, filled = 1, 0
    for piece in _PIECES.findall(text):
        bare, full = width(piece.rstrip()), width(piece)
        if filled and filled + bare > room:
            count, filled = count + 1, 0
        if bare > room:
            count += bare // room
            full = bare % room
        filled += full
    return count
