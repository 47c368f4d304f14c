"""The one interface of the room: a paper is a template and frozen typed values; it becomes a PDF or a browser preview.

``render`` may later be served by a faster press; callers see only ``Paper``, ``render`` and ``preview``.
Bounds: at most ``MOST_SHEETS`` sheets in one document (about 1 MB of memory and 0.1 s each), and one document at a
time in a process. Print a whole district in jobs, in documents of at most that size, and never inside a transaction.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import jinja2
from markupsafe import Markup

from feeapp.core.money import Money
from feeapp.core.refusal import Refused, msg
from feeapp.printing import font, qr

MOST_SHEETS = 500
TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "paper"

_NUMERIC_DATE = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)")

Value = TypeVar("Value")


class Size(enum.Enum):
    """The papers offices print on; the value is the name used in addresses, settings and the stylesheet.

    The two continuous forms are as wide as the paper with its hole strips (12.7 mm each side); nothing is
    printed on the strips. A4 carries the three parts of a receipt, a third each.
    """

    A5 = "a5"
    A5_PORTRAIT = "a5-portrait"
    FORM_140 = "form-140"
    FORM_93 = "form-93"
    A4 = "a4"

    @property
    def tenths_mm(self) -> tuple[int, int]:
        """Width and height in tenths of a millimetre."""
        return _TENTHS_MM[self]

    @property
    def label(self) -> str:
        """What the size is called, as an English sentence for the language catalogues."""
        return _LABELS[self]


_TENTHS_MM = {
    Size.A5: (2100, 1480),
    Size.A5_PORTRAIT: (1480, 2100),
    Size.FORM_140: (2410, 1400),
    Size.FORM_93: (2410, 933),
    Size.A4: (2100, 2970),
}

_LABELS = {
    Size.A5: msg("A5 landscape, 210 × 148 mm"),
    Size.A5_PORTRAIT: msg("A5 portrait, 148 × 210 mm"),
    Size.FORM_140: msg("Continuous form, half page, 241 × 140 mm"),
    Size.FORM_93: msg("Continuous form, third of a page, 241 × 93.3 mm"),
    Size.A4: msg("A4, 210 × 297 mm"),
}


@dataclass(frozen=True, slots=True)
class Paper(Generic[Value]):
    """A kind of paper on one size: its template under ``templates/paper/`` and how a value is cut into sheets."""

    template: str
    size: Size
    cut: Callable[[Value, Size], Sequence[object]]


def render(paper: Paper[Value], values: Value | Sequence[Value]) -> bytes:
    """One PDF of one value, or of many in the order given.

    Raises Refused ``printing.too_many`` above ``MOST_SHEETS`` sheets, TypeError for anything but frozen dataclasses.
    """
    from feeapp.printing import engine

    return engine.press(_document(paper, values, stylesheet=None))


def preview(paper: Paper[Value], values: Value | Sequence[Value], stylesheet: str = "/static/print.css") -> str:
    """The same sheets as a whole HTML page for the browser, to look at or to print from there.

    ``stylesheet`` is the address of ``feeapp/static/print.css``; the page has no inline style and no script.
    """
    return _document(paper, values, stylesheet)


def _document(paper: Paper[Value], values: Value | Sequence[Value], stylesheet: str | None) -> str:
    many = cast("Sequence[Value]", values if isinstance(values, list | tuple) else [values])
    sheets: list[object] = []
    for value in many:
        if not _is_frozen(value):
            raise TypeError(f"papers print frozen dataclasses only, not {type(value).__name__}")
        sheets.extend(paper.cut(value, paper.size))
        if len(sheets) > MOST_SHEETS:
            raise Refused(
                "printing.too_many",
                msg("One print job holds at most %(most)s pages. Print a smaller selection."),
                {"most": MOST_SHEETS},
            )
    if not sheets:
        raise ValueError("there is nothing to print")
    template = _environment().get_template(f"{paper.template}.html")
    return template.render(sheets=sheets, size=paper.size, stylesheet=stylesheet)


def _is_frozen(value: object) -> bool:
    return dataclasses.is_dataclass(value) and bool(getattr(value, "__dataclass_params__").frozen)  # noqa: B009


@functools.cache
def _environment() -> jinja2.Environment:
    """The papers' own Jinja: escapes everything, stops at anything undefined, knows nothing of Flask."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(
        yuan=yuan, day=day, english_day=english_day, moment=moment, unbroken=unbroken, qr=qr.drawing
    )
    return environment


def _finalize(value: Any) -> Any:
    return font.printable(value) if type(value) is str else value


def yuan(amount: Money) -> Markup:
    """``¥1,234.50``: no gap after the sign, two decimals, the minus before it; red where negative (rule RC-6)."""
    if amount.fen < 0:
        return Markup('<span class="minus">-¥{}</span>').format(-amount)
    return Markup("¥{}").format(amount)


def day(of: date) -> str:
    """A date as papers in Chinese write it."""
    return f"{of.year}年{of.month}月{of.day}日"


def english_day(of: date) -> str:
    """A date as papers in English write it, the same in every locale."""
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[of.month - 1]
    return f"{of.day} {month} {of.year}"


def unbroken(text: str) -> Markup:
    """The text with its numeric dates kept whole: browsers would break a line at the hyphen of 2026-01."""
    pieces = _NUMERIC_DATE.split(font.printable(text))
    return Markup("").join(
        Markup('<span class="whole">{}</span>').format(p) if at % 2 else p for at, p in enumerate(pieces)
    )


def moment(at: datetime) -> str:
    """A point in time, in the zone it is given in."""
    return f"{at:%Y-%m-%d %H:%M}"
