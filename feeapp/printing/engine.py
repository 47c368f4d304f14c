"""The press: HTML and one stylesheet in, PDF out. Nothing else in the house touches WeasyPrint.

It is loaded on first use (the import alone costs up to seconds), sees the shipped font only, and fetches nothing.
One document is set at a time in a process: Pango's font map is shared and not safe between threads.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feeapp.printing import font

STYLESHEET = Path(__file__).resolve().parents[1] / "static" / "print.css"

_one_at_a_time = threading.Lock()


class FetchRefused(RuntimeError):
    """A paper referred to a file or an address. Papers carry everything themselves; nothing was printed."""


@contextlib.contextmanager
def _shipped_font_only() -> Iterator[None]:
    """Point fontconfig at the shipped folder while the press is set up, and leave the environment as it was."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(font.FONTS_CONF)
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


@functools.cache
def _press() -> tuple[Any, Any, Any, Any]:
    """WeasyPrint, the fetcher, the font configuration and the parsed stylesheet, made once for the process."""
    with _shipped_font_only():
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher

        fonts = FontConfiguration()

    class NoFetching(URLFetcher):
        """Refuses every scheme alike, stops the document, and remembers: inside drawings even that is swallowed."""

        def __init__(self) -> None:
            super().__init__()
            self.refused: list[str] = []

        def fetch(self, url: str, headers: object = None) -> None:
            self.refused.append(url)
            raise FatalURLFetchingError(url)

    fetcher = NoFetching()
    css = weasyprint.CSS(
        string=STYLESHEET.read_text(encoding="utf-8"), base_url=None, url_fetcher=fetcher, font_config=fonts
    )
    return weasyprint, fetcher, fonts, css


def press(html: str, *, compressed: bool = True) -> bytes:
    """The PDF of an HTML document under the papers' stylesheet.

    Raises FetchRefused where the document refers to anything outside itself, whatever the scheme.
    """
    with _one_at_a_time:
        weasyprint, fetcher, fonts, css = _press()
        from weasyprint.urls import FatalURLFetchingError

        fetcher.refused.clear()
        pdf = b""
        with contextlib.suppress(FatalURLFetchingError):
            document = weasyprint.HTML(string=html, url_fetcher=fetcher)
            pdf = document.write_pdf(stylesheets=[css], font_config=fonts, uncompressed_pdf=not compressed)
        if fetcher.refused:
            raise FetchRefused(f"a paper refers to {fetcher.refused[0][:100]}")
        return pdf
