"""How much room a receipt takes on a form: widths and heights reckoned before anything is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feeapp.printing import font
from feeapp.printing.paper import day, english_day
from feeapp.printing.receipt import ReceiptLine, ReceiptPaper, Tender
from feeapp.printing.receipt_form import CELL_PADDING, COLUMNS, SLACK, Form


def part_paid(line: ReceiptLine) -> bool:
    """Whether something of the charge is still owed after this receipt."""
    return line.remaining is not None and line.remaining.fen > 0


@dataclass(frozen=True, slots=True)
class Setting:
    """A receipt on a form. Widths are in thousandths of the type size, heights in tenths of a millimetre."""

    receipt: ReceiptPaper
    form: Form

    @classmethod
    def fitting(cls, receipt: ReceiptPaper, form: Form) -> Setting:
        """The receipt on the form, with smaller type below the sum where a page of its own could not hold that."""
        setting = cls(receipt, form)
        for density, (more, more_text) in zip(("cramped", "crammed"), form.cramped, strict=True):
            if setting.close <= setting.room(page=1):
                break
            tighter = replace(form, density=f"{form.density} {density}", more=more, more_text=more_text)
            setting = cls(receipt, tighter)
        return setting

    def room(self, page: int) -> int:
        """The height for rows and closing bands on a page, the first being 0; later ones bring a total forward."""
        return self.form.height - SLACK - self._top(page) - (self.form.row if page else 0)

    def height(self, line: ReceiptLine) -> int:
        """The height of a row: its tallest cell; below the item stand its English name and the part payment."""
        form, english = self.form, self.receipt.language == "en"
        notes = [line.item_en] if english and line.item_en else []
        if part_paid(line):
            notes.append(f"本次 {line.amount}，尚欠 {line.remaining}")
            if english:
                notes.append(f"part payment, remaining {line.remaining}")
        small = self._measure("item") * form.text // form.small
        tallest = form.lead * max(font.lines(getattr(line, name), self._measure(name)) for name in COLUMNS)
        in_item = form.lead * font.lines(line.item, self._measure("item"))
        in_item += form.small_lead * sum(font.lines(note, small) for note in notes)
        return form.row - form.lead + max(tallest, in_item)

    @property
    def close(self) -> int:
        """The height below the rows: the sum in words, how it was paid, the remark, the hands it went through."""
        receipt, form = self.receipt, self.form
        measure = form.width * font.EM // form.more_text * 97 // 100
        pieces = [self._said("收款方式", "Paid by"), *(self._tender(tender) for tender in receipt.tenders)]
        if receipt.change:
            pieces.append(self._said("找零", "Change", f"¥{receipt.change}") + font.EM)
        count = _packed(pieces, measure)
        if receipt.remark:
            count += _packed([self._said("备注", "Remark", receipt.remark)], measure)
        if self.body_apart:
            count += _packed([self._body], measure)
        return form.words + form.more * count + form.close

    @property
    def long_house(self) -> bool:
        """Whether the community's name needs smaller type to stay clear of the title."""
        room = self.form.house + (0 if self.receipt.check else self.form.beside)
        return font.lines(self.receipt.community, room * font.EM // self.form.text) > 2

    @property
    def long_words(self) -> bool:
        """Whether the sum, in words and in figures, needs smaller type to stand on one line."""
        wide = font.width(f"{self.receipt.words}-¥{self.receipt.total}") * 107 // 100
        return (self._said("合计（大写）", "Total") + wide) * self.form.sum_text > self.form.width * font.EM

    @property
    def fine_amounts(self) -> bool:
        """Whether the amounts need smaller type to keep to their column."""
        return font.width(f"-¥{self.receipt.total}") * self.form.text > (self.form.amount - CELL_PADDING) * font.EM

    @property
    def made_out_apart(self) -> bool:
        """Whether the name the receipt is made out to starts a line of its own, below the payer's."""
        return bool(self.receipt.payer_title) and self._payer + self._made_out > self._beside_date

    @property
    def body_apart(self) -> bool:
        """Whether the collecting body's name is too long to share a line with the people who signed."""
        return self._body + self._hands > self.form.width * font.EM // self.form.hands_text

    @property
    def long_hands(self) -> bool:
        """Whether the people who signed need smaller type to stand on one line."""
        return self._hands > self.form.width * font.EM // self.form.hands_text

    def _top(self, page: int) -> int:
        """The height above the rows: title, date and (on the first page) payer, head of the table."""
        form = self.form
        head = form.head_en if self.receipt.language == "en" else form.head
        return form.title + form.meta * (1 if page else self._meta_lines) + head

    @property
    def _meta_lines(self) -> int:
        together = [self._payer + self._made_out]
        apart = [self._payer, self._made_out]
        return sum(_packed([name], self._beside_date) for name in (apart if self.made_out_apart else together))

    @property
    def _beside_date(self) -> int:
        """The room for names beside the date, and beside a QR code where there is one."""
        receipt, form = self.receipt, self.form
        dated = self._said("日期", "Date", day(receipt.issued_on), english_day(receipt.issued_on))
        whole = (form.width - (form.beside if receipt.check else 0)) * font.EM // form.text
        return (whole - dated - font.EM) * 97 // 100

    @property
    def _payer(self) -> int:
        return self._said("交款人", "Received from", self.receipt.payer)

    @property
    def _made_out(self) -> int:
        title = self.receipt.payer_title
        return self._said("抬头", "Made out to", title) + 2 * font.EM if title else 0

    @property
    def _body(self) -> int:
        return self._said("收款单位（章）", "Received for (seal)", self.receipt.body)

    @property
    def _hands(self) -> int:
        names = self.receipt.cashier + (self.receipt.reviewer or "")
        people = self._said("收款人复核交款人签字", "Cashier Checked Payer", names) + 5 * font.EM
        return people + self.form.rules * font.EM // self.form.hands_text

    def _tender(self, tender: Tender) -> int:
        reference = f"（{tender.reference}）" if tender.reference else ""
        return self._said(tender.label, tender.label_en or "", f"¥{tender.amount}{reference}") + font.EM

    def _measure(self, column: str) -> int:
        return (self.form.width * COLUMNS[column] // 1000 - CELL_PADDING) * font.EM // self.form.text

    def _said(self, zh: str, en: str, text: str = "", text_en: str = "") -> int:
        """The width of a label and what follows it, the gaps included; English stands in the small type."""
        said = font.width(f"{zh} {text} ")
        if self.receipt.language == "en":
            said += font.width(f"{en} {text_en} ") * self.form.small // self.form.text + font.EM // 4
        return said


def _packed(pieces: Sequence[int], measure: int) -> int:
    """How many lines pieces take that are broken only where one is longer than a line."""
    count, filled = 1, 0
    for piece in pieces:
        if filled and filled + piece > measure:
            count, filled = count + 1, 0
        filled += piece
        if filled > measure:
            count, filled = count + (filled - 1) // measure, measure
    return count
