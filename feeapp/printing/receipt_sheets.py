"""How a receipt is cut into sheets: what fits is reckoned, what does not goes to the next page with a carried total."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.printing.paper import Paper, Size
from feeapp.printing.receipt import ALL_PARTS, Part, ReceiptLine, ReceiptPaper
from feeapp.printing.receipt_form import FORMS
from feeapp.printing.receipt_setting import Setting, part_paid

RECEIPT_SIZES = tuple(FORMS)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is drawn: the charge, and whether something of it is still owed."""

    line: ReceiptLine
    part_paid: bool


@dataclass(frozen=True, slots=True)
class Slip:
    """One page of one part. ``brought`` and ``carried`` are the running totals; the last page carries nothing on."""

    setting: Setting
    part: Part
    ordinal: str
    page: int
    pages: int
    rows: tuple[Row, ...]
    blanks: int
    brought: Money | None
    carried: Money | None

    @property
    def last(self) -> bool:
        """Whether this page closes the receipt."""
        return self.page == self.pages


@dataclass(frozen=True, slots=True)
class Sheet:
    """One piece of paper: one slip, or up to three on A4."""

    slips: tuple[Slip, ...]


def receipt_on(size: Size) -> Paper[ReceiptPaper]:
    """The receipt on one of ``RECEIPT_SIZES``. Raises ValueError for another size."""
    if size not in RECEIPT_SIZES:
        raise ValueError(f"a receipt is not printed on {size.value}")
    return Paper("receipt", size, cut)


def cut(receipt: ReceiptPaper, size: Size) -> Sequence[Sheet]:
    """The sheets of a receipt: part by part; on A4 the parts of a page side by side, or one part's pages together."""
    setting = Setting.fitting(receipt, FORMS[size])
    leaves = list(_leaves(setting))
    by_part = [_slips(setting, part, leaves) for part in receipt.parts]
    if size is not Size.A4:
        return [Sheet((slip,)) for slips in by_part for slip in slips]
    if len(by_part) > 1:
        return [Sheet(page) for page in zip(*by_part, strict=True)]
    return [Sheet(tuple(by_part[0][at : at + 3])) for at in range(0, len(leaves), 3)]


def _slips(setting: Setting, part: Part, leaves: list[tuple[tuple[ReceiptLine, ...], int]]) -> list[Slip]:
    slips: list[Slip] = []
    running = Money(0)
    for at, (lines, blanks) in enumerate(leaves):
        brought = running if at else None
        running += total_of(line.amount for line in lines)
        slips.append(
            Slip(
                setting=setting,
                part=part,
                ordinal="一二三"[ALL_PARTS.index(part)],
                page=at + 1,
                pages=len(leaves),
                rows=tuple(Row(line, part_paid(line)) for line in lines),
                blanks=blanks,
                brought=brought,
                carried=running if at + 1 < len(leaves) else None,
            )
        )
    return slips


def _leaves(setting: Setting) -> Iterator[tuple[tuple[ReceiptLine, ...], int]]:
    """The lines of each page, with the number of ruled blank rows that fill it.

    A page that is not the last ends with the carried total; the last one must hold the closing bands too, and takes
    a line with them wherever there is one to take.
    """
    row = setting.form.row
    waiting = list(setting.receipt.lines)
    for page in itertools.count():
        left = setting.room(page) - setting.close - sum(setting.height(line) for line in waiting)
        if left >= 0 or not waiting:
            yield tuple(waiting), max(left, 0) // row
            return
        taken: list[ReceiptLine] = []
        left = setting.room(page) - row
        while waiting and (setting.height(waiting[0]) <= left or (page and not taken)):
            left -= setting.height(waiting[0])
            taken.append(waiting.pop(0))
        if not waiting and len(taken) > 1:
            waiting.append(taken.pop())
            left += setting.height(waiting[0])
        yield tuple(taken), max(left, 0) // row
