"""A counted copy of a receipt on the office's paper."""

from __future__ import annotations

from flask import url_for

from feeapp.cashier.queries import get_print, get_receipt
from feeapp.cashier.void_queries import is_taken_back
from feeapp.clock import OFFICE_ZONE
from feeapp.core.refusal import NotFound
from feeapp.printing.paper import Size, preview, render
from feeapp.printing.receipt import ALL_PARTS, Language, Part, ReceiptPaper, Reprint, from_json
from feeapp.printing.receipt_sheets import RECEIPT_SIZES, receipt_on

SIZES: dict[str, Size] = {size.value: size for size in RECEIPT_SIZES}
"""What may stand in an address, and the paper it means."""


def get_counted_paper(
    community_id: int, receipt_id: int, copy: int, language: Language, parts: tuple[Part, ...] = ALL_PARTS
) -> ReceiptPaper:
    """The frozen receipt with the marks of one counted copy. Raises NotFound where that copy was never counted.

    Copy 1 is the original; copy n is marked as reprint n - 1, with its time and who printed it (receipt rule 4). A
    receipt that was taken back is marked as void on every copy printed since.
    """
    printed, by = get_print(community_id, receipt_id, copy)
    again = Reprint(copy - 1, printed.printed_at.astimezone(OFFICE_ZONE), by) if copy > 1 else None
    snapshot = get_receipt(community_id, receipt_id).snapshot
    void = is_taken_back(community_id, receipt_id)
    return from_json(snapshot, parts=parts, reprint=again, void=void, language=language)


def pdf(paper: ReceiptPaper, size: str) -> bytes:
    """The copy as PDF. Raises NotFound for a size the office does not print on."""
    return render(receipt_on(_size(size)), paper)


def browser_page(paper: ReceiptPaper, size: str) -> str:
    """The copy as a whole page that the browser prints; it looks the same as the PDF."""
    return preview(receipt_on(_size(size)), paper, stylesheet=url_for("static", filename="print.css"))


def _size(name: str) -> Size:
    if name not in SIZES:
        raise NotFound
    return SIZES[name]
