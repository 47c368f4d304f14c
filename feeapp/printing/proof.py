"""Proof that a printed page carries the shipped font: a page is set, read back, and its fonts and letters checked.

Without it a machine with a missing library or font prints boxes for every Chinese character, without any error.
``python -m feeapp.printing.proof`` says the outcome in one line and ends with 0 or 1.
"""

from __future__ import annotations

import re
import sys

from feeapp.printing import font

SAMPLE = "中文 ABC 123 𬭩㛃䶮喆犇堃"
"""Everyday characters, and names outside the old character sets."""

_FONT_NAME = re.compile(rb"/FontName\s*/(?:[A-Z]+[+-])?([^\s/<>\[\]()]+)")
_CODE_TO_TEXT = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


class FontNotProvenError(RuntimeError):
    """The page that was set does not carry the shipped font, or not every letter of the sample."""


def embedded_fonts(pdf: bytes) -> set[str]:
    """The names of the fonts inside an uncompressed PDF, without the tag that marks a cut font."""
    return {name.decode("ascii", "replace") for name in _FONT_NAME.findall(pdf)}


def prove_font() -> str:
    """Set the sample, read it back, and return a sentence that says it worked.

    Raises FontNotProvenError where the font is another one or a letter is missing, OSError where a system library
    (Pango, HarfBuzz) cannot be loaded.
    """
    from feeapp.printing import engine

    lacking = font.missing_glyphs(SAMPLE)
    if lacking:
        raise FontNotProvenError(f"the font file lacks {''.join(lacking)}")
    pdf = engine.press(f"<!DOCTYPE html><body class=paper><p>{SAMPLE}</p></body>", compressed=False)
    names = embedded_fonts(pdf)
    if names != {font.NAME_IN_PDF}:
        raise FontNotProvenError(f"the page carries {', '.join(sorted(names)) or 'no font'}, not {font.NAME_IN_PDF}")
    drawn = {bytes.fromhex(text.decode()).decode("utf-16-be") for _, text in _CODE_TO_TEXT.findall(pdf)}
    absent = [char for char in SAMPLE.replace(" ", "") if char not in drawn]
    if absent:
        raise FontNotProvenError(f"the page does not carry {''.join(absent)}")
    return f"PDF pages carry the font {font.FAMILY}, rare characters included."


def main() -> int:
    """Say the outcome in one line. Returns the exit code."""
    try:
        print(prove_font())  # noqa: T201 - the command's answer
    except (FontNotProvenError, OSError) as reason:
        print(f"PDF pages do not carry the shipped font: {reason}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
