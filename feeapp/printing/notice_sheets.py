"""How a bill notice is cut into pages: lines as many as fit, the total, the ways to pay and the slip on the last one.

All lengths are whole tenths of a millimetre and mirror ``feeapp/static/print.css``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.printing import font
from feeapp.printing.notice import NoticeLine, NoticePaper
from feeapp.printing.paper import Paper, Size

NOTICE_SIZES = (Size.A4, Size.A5_PORTRAIT)


@dataclass(frozen=True, slots=True)
class _Form:
    """The measures of a page: text width and height, and as (type size, height of a line) those of its texts."""

    width: int
    height: int
    text: tuple[int, int]
    small: tuple[int, int]
    house: tuple[int, int]
    house_width: int
    addressee: tuple[int, int]
    address: tuple[int, int]
    address_width: int
    padding: int
    masthead: int
    opening: int
    head: int
    carry: int
    total: int
    heading: int
    box: int
    box_beside: bool
    slip: int


_FORMS = {
    Size.A4: _Form(
        width=1740,
        height=2850,
        text=(36, 50),
        small=(31, 43),
        house=(33, 50),
        house_width=450,
        addressee=(50, 80),
        address=(40, 60),
        address_width=820,
        padding=24,
        masthead=310,
        opening=560,
        head=72,
        carry=74,
        total=120,
        heading=70,
        box=460,
        box_beside=True,
        slip=640,
    ),
    Size.A5_PORTRAIT: _Form(
        width=1260,
        height=2020,
        text=(31, 42),
        small=(27, 36),
        house=(27, 40),
        house_width=320,
        addressee=(40, 64),
        address=(31, 48),
        address_width=600,
        padding=17,
        masthead=210,
        opening=330,
        head=56,
        carry=59,
        total=90,
        heading=56,
        box=310,
        box_beside=False,
        slip=440,
    ),
}

_UNIT, _ITEM = 25, 57
_CELL_PADDING = 22
_SLACK = 20
_LARGE_FEN = 100_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """The head of a block of lines on a monthly bill, with what the block comes to."""

    title: str
    title_en: str
    sum: Money
    beside: bool = False
    """Whether the sum is no part of the total."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A line whose sum is no part of the total."""

    line: NoticeLine


Row = NoticeLine | Block | Beside


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a notice. ``brought`` and ``carried`` are the running totals where it has several pages."""

    notice: NoticePaper
    page: int
    pages: int
    lines: tuple[Row, ...]
    brought: Money | None
    carried: Money | None
    long_address: bool
    long_house: bool
    large: bool

    @property
    def last(self) -> bool:
        """Whether this page closes the notice."""
        return self.page == self.pages


def notice_on(size: Size) -> Paper[NoticePaper]:
    """The bill notice on one of ``NOTICE_SIZES``. Raises ValueError for another size."""
    if size not in NOTICE_SIZES:
        raise ValueError(f"a notice is not printed on {size.value}")
    return Paper("notice", size, cut)


def cut(notice: NoticePaper, size: Size) -> Sequence[Leaf]:
    """The pages of a notice, in order."""
    form = _FORMS[size]
    pages = _pages(notice, form)
    kept = _long_address(notice, form), _long_house(notice, form), notice.total.fen >= _LARGE_FEN
    leaves: list[Leaf] = []
    running = Money(0)
    for at, lines in enumerate(pages):
        brought = running if at else None
        running += total_of(line.amount for line in lines if isinstance(line, NoticeLine))
        carried = running if at + 1 < len(pages) else None
        leaves.append(Leaf(notice, at + 1, len(pages), lines, brought, carried, *kept))
    return leaves


def _long_address(notice: NoticePaper, form: _Form) -> bool:
    """Whether the address needs smaller type to keep to the window of the envelope."""
    height = _set(form.addressee, form.address_width, notice.addressee)
    height += _set(form.address, form.address_width, *notice.address)
    return height > form.opening - 60


def _long_house(notice: NoticePaper, form: _Form) -> bool:
    """Whether the names in the masthead need smaller type to stay above the address."""
    return _set(form.house, form.house_width, notice.community, notice.body) > form.masthead


def _set(type_and_lead: tuple[int, int], width: int, *texts: str) -> int:
    """The height of texts, each starting a line of its own."""
    size, lead = type_and_lead
    return lead * sum(font.lines(text, width * font.EM // size) for text in texts)


def _rows(notice: NoticePaper) -> list[Row]:
    """The lines, in blocks where the notice is the bill of a month; then what is told beside the total."""
    return [*_asked(notice), *_beside(notice)]


def _beside(notice: NoticePaper) -> Iterator[Row]:
    for aside in notice.asides:
        yield Block(aside.title, aside.title_en, total_of(line.amount for line in aside.lines), beside=True)
        yield from (Beside(line) for line in aside.lines)


def _asked(notice: NoticePaper) -> list[Row]:
    if notice.month is None:
        return list(notice.lines)
    rows: list[Row] = []
    for title, title_en, lines in (
        (f"{notice.month}费用", "This month", notice.lines),
        ("以前月份欠费", "Open from earlier months", notice.arrears),
    ):
        if lines:
            rows += [Block(title, title_en, total_of(line.amount for line in lines)), *lines]
    return rows


def _pages(notice: NoticePaper, form: _Form) -> list[tuple[Row, ...]]:
    """The lines of each page; the last one must hold the closing bands, and takes a line with them where it can."""
    pages: list[tuple[Row, ...]] = []
    waiting = _rows(notice)
    close = form.total + _box(notice, form) + form.slip
    while True:
        room = form.height - _SLACK - form.masthead - form.head - (form.carry if pages else form.opening)
        if not waiting or sum(_height(row, notice, form) for row in waiting) <= room - close:
            return [*pages, tuple(waiting)]
        taken: list[Row] = []
        left = room - form.carry
        while waiting and (_height(waiting[0], notice, form) <= left or not taken):
            left -= _height(waiting[0], notice, form)
            taken.append(waiting.pop(0))
        while len(taken) > 1 and (not waiting or isinstance(taken[-1], Block)):
            waiting.insert(0, taken.pop())
        pages.append(tuple(taken))


def _height(row: Row, notice: NoticePaper, form: _Form) -> int:
    """The height of a row: unit beside item and period, the explanation below these in the small type."""
    if isinstance(row, Block):
        head = f"{row.title} {row.title_en}" if notice.language == "en" else row.title
        return form.padding + _set(form.text, form.width * (_UNIT + _ITEM) // 100 - _CELL_PADDING, head)
    line = row.line if isinstance(row, Beside) else row
    unit = form.width * _UNIT // 100 - _CELL_PADDING
    item = form.width * _ITEM // 100 - _CELL_PADDING
    right = _set(form.text, item, f"{line.item}　{line.period}") + _set(form.small, item, line.explanation)
    return form.padding + max(_set(form.text, unit, line.unit), right)


def _box(notice: NoticePaper, form: _Form) -> int:
    """The height of the band with the ways to pay and the activation box, side by side where the page is wide."""
    beside = notice.activation is not None and form.box_beside
    said = (*notice.ways_to_pay, f"咨询 Questions {notice.contact}") if notice.contact else notice.ways_to_pay
    ways = form.heading + _set(form.small, form.width * (41 if beside else 100) // 100, *said)
    if notice.activation is None:
        return ways
    return max(ways, form.box) if beside else ways + form.box
