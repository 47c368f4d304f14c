"""One receipt as PDF in a warm process, against bare WeasyPrint with the same HTML and font."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bench.lines import Line, in_turn
from feeapp.core.money import Money
from feeapp.core.words import in_words
from feeapp.printing import engine, paper
from feeapp.printing.paper import Size
from feeapp.printing.receipt import Part, ReceiptLine, ReceiptPaper, Tender
from feeapp.printing.receipt_sheets import receipt_on

ROUNDS = 15


def run(url: str) -> Iterator[Line]:
    """One line, on SQLite's turn alone: no database is asked."""
    if not url.startswith("sqlite"):
        return
    total = Money.yuan("246.78")
    value = ReceiptPaper(
        title="收款收据", community="西花园小区", body="西花园物业服务中心", number="XHYOP2026-000001",
        issued_on=date(2026, 1, 20), payer="张小明、李娜",
        lines=(
            ReceiptLine("3号楼2单元501", "物业费", "2026-01", "86.53 m²", "0.65 元/m²·月", Money.yuan("56.24")),
            ReceiptLine("3号楼2单元502", "物业费", "2026-01", "62.37 m²", "0.65 元/m²·月", Money.yuan("40.54")),
            ReceiptLine("G07", "停车费", "2026-01", "1", "150 元/月", Money.yuan("150.00")),
        ),
        total=total, words=in_words(total), tenders=(Tender("现金", total),), cashier="王芳", parts=(Part.CUSTOMER,),
    )  # fmt: skip
    ours, bare = in_turn(ROUNDS, lambda: lambda: paper.render(receipt_on(Size.FORM_140), value), lambda: _bare(value))
    yield Line(
        "one receipt PDF / bare WeasyPrint", ours / bare, 1.2, "at most", f"{ours * 1000:.0f} ms / {bare * 1000:.0f} ms"
    )


def _bare(value: ReceiptPaper):
    """WeasyPrint as its manual shows it: the same HTML and stylesheet, our font found by fontconfig."""
    from weasyprint import CSS, HTML

    html = paper._document(receipt_on(Size.FORM_140), value, stylesheet=None)
    sheet = engine.STYLESHEET.read_text("utf-8")
    return lambda: HTML(string=html).write_pdf(stylesheets=[CSS(string=sheet)])
