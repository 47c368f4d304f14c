"""The press: only the shipped font, nothing fetched, only plain values, never more than it can hold."""

from __future__ import annotations

import html
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from feeapp.core.refusal import Refused
from feeapp.printing import engine, font, paper, proof
from feeapp.printing.paper import Paper, Size, preview, render
from feeapp.printing.receipt import ReceiptPaper
from feeapp.printing.receipt_sheets import receipt_on
from tests.golden import reading
from tests.golden.papers import ENGLISH, PLAIN, RARE


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.txt"
    path.write_text("canary-7731", encoding="utf-8")
    return path


REFERENCES = (
    '<img src="{url}">',
    '<link rel="stylesheet" href="{url}">',
    '<link rel="attachment" href="{url}">',
    '<a rel="attachment" href="{url}">x</a>',
    '<object data="{url}"></object>',
    '<p style="background: url({url})">x</p>',
    "<style>@import url({url});</style>",
    "<style>@font-face {{ font-family: x; src: url({url}) }}</style>",
    '<svg><image href="{url}" width="9" height="9"/></svg>',
)


@pytest.mark.parametrize("reference", REFERENCES)
def test_nothing_is_fetched_whatever_the_address(reference: str, canary: Path) -> None:
    """A server of our own counts the calls; a file of our own must not turn up in a page."""
    called: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = (
        canary.as_uri(),
        f"http://127.0.0.1:{server.server_port}/canary",
        "data:text/plain;base64,Y2FuYXJ5LTc3MzE=",
        "ftp://127.0.0.1/canary",
    )
    for url in addresses:
        with pytest.raises(engine.FetchRefused):
            engine.press(f"<body>{reference.format(url=url)}</body>")
    server.shutdown()
    server.server_close()
    assert called == []


def test_a_name_that_is_markup_is_printed_as_it_was_typed(canary: Path) -> None:
    trick = f'<img src="{canary.as_uri()}">'[:64]
    pdf = render(receipt_on(Size.A5), replace(PLAIN, payer=trick))
    printed = reading.text(pdf)
    assert "<img src=" in printed
    assert "canary-7731" not in printed
    assert html.escape(trick) in preview(receipt_on(Size.A5), replace(PLAIN, payer=trick)).replace("&#34;", "&quot;")


def test_a_page_carries_the_shipped_font_and_no_other() -> None:
    assert proof.prove_font() == "PDF pages carry the font FeeSans SC, rare characters included."
    pdf = engine.press("<body class=paper><p>中文 𪚥 😀</p></body>", compressed=False)
    assert proof.embedded_fonts(pdf) == {font.NAME_IN_PDF}, "a character the font lacks brings in no other font"
    assert "姚𬭩、㛃䶮、喆犇堃" in reading.text(render(receipt_on(Size.FORM_93), RARE))


def test_the_proof_fails_where_the_font_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "SAMPLE", "中文 𪚥")
    with pytest.raises(proof.FontNotProvenError, match="𪚥"):
        proof.prove_font()
    monkeypatch.setattr(proof, "SAMPLE", "中文")
    monkeypatch.setattr(font, "NAME_IN_PDF", "Another")
    with pytest.raises(proof.FontNotProvenError, match="FeeSans-SC, not Another"):
        proof.prove_font()
    monkeypatch.setattr(proof, "prove_font", lambda: (_ for _ in ()).throw(OSError("cannot load library pango")))
    assert proof.main() == 1


def test_the_environment_is_left_as_it_was() -> None:
    """Programs started later, a browser for one, see the machine's own fonts."""
    asking = (
        "import os; from feeapp.printing.proof import prove_font; prove_font();print(os.environ.get('FONTCONFIG_FILE'))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asking], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert answer.stdout == "None\n"


def test_the_press_is_not_loaded_before_something_is_printed() -> None:
    asking = (
        "import sys; import feeapp.printing.receipt_sheets, feeapp.printing.notice_sheets, feeapp.printing.proof;"
        "print('weasyprint' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asking], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert answer.stdout == "False\n"


@dataclass
class Changeable:
    """What papers never print: a thing that may change while it is printed."""

    name: str


def test_only_frozen_values_are_printed() -> None:
    for value in ({"payer": "张"}, Changeable("张"), "张", Changeable):
        with pytest.raises(TypeError, match="frozen"):
            render(Paper("receipt", Size.A5, lambda _value, _size: []), [value])
    with pytest.raises(ValueError, match="nothing"):
        render(receipt_on(Size.A5), [])


def test_a_document_that_is_too_long_is_refused_before_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "MOST_SHEETS", 5)
    with pytest.raises(Refused) as refused:
        render(receipt_on(Size.A5), [PLAIN, PLAIN])
    assert (refused.value.code, refused.value.facts) == ("printing.too_many", {"most": 5})
    assert render(receipt_on(Size.A4), [PLAIN] * 5).startswith(b"%PDF")


def test_the_preview_is_the_same_page_under_a_strict_policy() -> None:
    """No inline style, no script: the browser gets the one stylesheet by its address."""
    shown = preview(receipt_on(Size.A5), ENGLISH, stylesheet="/static/print.css?v=9")
    assert '<link rel="stylesheet" href="/static/print.css?v=9">' in shown
    assert not [word for word in ("<style", "<script", "style=", "javascript:") if word in shown]
    pressed = paper._document(receipt_on(Size.A5), ENGLISH, stylesheet=None)
    assert shown[shown.index("<body") :] == pressed[pressed.index("<body") :]


def test_two_threads_may_print_at_once() -> None:
    printed: list[bytes] = []

    def print_one(receipt: ReceiptPaper) -> None:
        printed.append(render(receipt_on(Size.FORM_93), receipt))

    threads = [threading.Thread(target=print_one, args=(receipt,)) for receipt in (PLAIN, RARE, ENGLISH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(reading.pages(pdf)) for pdf in printed) == [1, 1, 3]
