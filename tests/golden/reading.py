"""Reading a PDF back: its text as printed, page sizes in millimetres, fonts, and where each word stands."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader


def pages(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(pdf)).pages)


def size_mm(page: PageObject) -> tuple[float, float]:
    return float(page.mediabox.width) / 72 * 25.4, float(page.mediabox.height) / 72 * 25.4


def text(pdf: bytes) -> str:
    """All pages, each below a line that says which one it is and how large."""
    printed = []
    for at, page in enumerate(pages(pdf), start=1):
        width, height = size_mm(page)
        printed.append(f"=== page {at}: {width:.1f} x {height:.1f} mm ===")
        printed.append("\n".join(line.rstrip() for line in page.extract_text().splitlines() if line.strip()))
    return "\n".join(printed) + "\n"


def fonts(pdf: bytes) -> set[str]:
    """The names of the fonts used, each of which is embedded and cut."""
    return set(_fonts(pdf))


def _fonts(pdf: bytes) -> Iterator[str]:
    for page in pages(pdf):
        for font in page["/Resources"]["/Font"].values():
            (descendant,) = font.get_object()["/DescendantFonts"]
            descriptor = descendant.get_object()["/FontDescriptor"].get_object()
            assert "/FontFile2" in descriptor, "the font is not embedded"
            tag, name = descriptor["/FontName"].lstrip("/").split("+")
            assert len(tag) == 6, "the font is not cut"
            yield name


def words_mm(page: PageObject) -> list[tuple[str, float, float]]:
    """Every piece of text with the place its baseline starts, in millimetres from the left and the bottom edge."""
    found: list[tuple[str, float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if text.strip():
            found.append((text.strip(), x / 72 * 25.4, y / 72 * 25.4))

    page.extract_text(visitor_text=visit)
    return found
