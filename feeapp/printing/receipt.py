"""The receipt (收款收据): what stands on it, frozen at issue, and the marks of the copy being printed.

Fields and control: domain rules RC-1 to RC-9. The content goes to and from a JSON snapshot; the copy's marks
(which parts, reprint, void, language) belong to the moment of printing and are never part of the snapshot.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.core.refusal import msg

VERSION = 1
MOST_LINES = 200
MOST_TENDERS = 6

Language = Literal["zh", "en"]


class Part(enum.Enum):
    """The three parts of a receipt, in the order they are printed (RC-2)."""

    STUB = "stub"
    CUSTOMER = "customer"
    BOOK = "book"

    @property
    def label(self) -> str:
        """What the part is called, as an English sentence for the language catalogues."""
        return {
            Part.STUB: msg("Stub"),
            Part.CUSTOMER: msg("Customer's copy"),
            Part.BOOK: msg("Book-keeping copy"),
        }[self]


ALL_PARTS = tuple(Part)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One charge on the receipt. ``period``, ``quantity`` and ``price`` are already written out, units included.

    ``amount`` is what this receipt took for the charge; ``remaining`` what is still owed of it, and makes the
    line a part payment when above zero.
    """

    unit: str
    item: str
    period: str
    quantity: str
    price: str
    amount: Money
    remaining: Money | None = None
    item_en: str | None = None


@dataclass(frozen=True, slots=True)
class Tender:
    """One way the money came in: cash, transfer, a reference number where there is one."""

    label: str
    amount: Money
    reference: str | None = None
    label_en: str | None = None


@dataclass(frozen=True, slots=True)
class Reprint:
    """The mark of a copy printed again: the n-th time, when (in the office's zone) and by whom."""

    n: int
    at: datetime
    by: str


_LONGEST = {
    "title": 12,
    "community": 64,
    "body": 64,
    "number": 32,
    "payer": 64,
    "payer_title": 64,
    "words": 45,
    "cashier": 20,
    "reviewer": 20,
    "remark": 200,
    "check": 120,
}
_LONGEST_IN_LINE = {"unit": 64, "item": 40, "item_en": 80, "period": 30, "quantity": 20, "price": 30}
_LONGEST_IN_TENDER = {"label": 8, "label_en": 20, "reference": 64}
"""The most characters each text may have; a receipt with all of them at once still fits the smallest form."""


def hold_to(limits: Mapping[str, int], thing: object) -> None:
    """Raise ValueError where a text field of a thing is longer than its limit, in characters."""
    for name, most in limits.items():
        if len(getattr(thing, name) or "") > most:
            raise ValueError(f"{name} has more than {most} characters")


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A receipt ready to print. Raises ValueError where lines and total differ, or a text is too long to fit.

    ``body`` is the collecting body (收款单位), ``payer_title`` the name it should be made out to (抬头),
    ``words`` the total in words by ``feeapp.core.words``, ``check`` an address printed as a QR code.
    """

    title: str
    community: str
    body: str
    number: str
    issued_on: date
    payer: str
    lines: tuple[ReceiptLine, ...]
    total: Money
    words: str
    tenders: tuple[Tender, ...]
    cashier: str
    payer_title: str | None = None
    change: Money | None = None
    reviewer: str | None = None
    remark: str | None = None
    check: str | None = None
    parts: tuple[Part, ...] = ALL_PARTS
    reprint: Reprint | None = None
    void: bool = False
    language: Language = "zh"

    def __post_init__(self) -> None:
        if not self.parts or not 0 < len(self.lines) <= MOST_LINES:
            raise ValueError(f"a receipt has at least one part, and from 1 to {MOST_LINES} lines")
        if total_of(line.amount for line in self.lines) != self.total:
            raise ValueError("the lines of a receipt add up to its total")
        if len(self.tenders) > MOST_TENDERS:
            raise ValueError(f"a receipt has at most {MOST_TENDERS} tenders")
        hold_to(_LONGEST, self)
        for line in self.lines:
            hold_to(_LONGEST_IN_LINE, line)
        for tender in self.tenders:
            hold_to(_LONGEST_IN_TENDER, tender)

    def to_json(self) -> str:
        """The content as a snapshot, the same text for the same content: sorted keys, money in fen, version 1."""
        content = {name: _plain(getattr(self, name)) for name in _CONTENT}
        return json.dumps({"v": VERSION, **content}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_COPY = ("parts", "reprint", "void", "language")
_CONTENT = tuple(field.name for field in fields(ReceiptPaper) if field.name not in _COPY)


def from_json(
    snapshot: str,
    *,
    parts: tuple[Part, ...] = ALL_PARTS,
    reprint: Reprint | None = None,
    void: bool = False,
    language: Language = "zh",
) -> ReceiptPaper:
    """The receipt of a snapshot, with the marks of the copy to print now.

    Raises ValueError where the snapshot is not exactly of a known version: a key too many or too few, a wrong type.
    """
    content = json.loads(snapshot)
    if not isinstance(content, dict) or content.pop("v", None) != VERSION:
        raise ValueError(f"the snapshot is not a receipt of version {VERSION}")
    _same_names(content, _CONTENT)
    return ReceiptPaper(
        title=_text(content, "title"),
        community=_text(content, "community"),
        body=_text(content, "body"),
        number=_text(content, "number"),
        issued_on=date.fromisoformat(_text(content, "issued_on")),
        payer=_text(content, "payer"),
        payer_title=_text_or_none(content, "payer_title"),
        lines=tuple(_line(line) for line in _rows(content, "lines")),
        total=_money(content, "total"),
        words=_text(content, "words"),
        tenders=tuple(_tender(tender) for tender in _rows(content, "tenders")),
        change=_money_or_none(content, "change"),
        cashier=_text(content, "cashier"),
        reviewer=_text_or_none(content, "reviewer"),
        remark=_text_or_none(content, "remark"),
        check=_text_or_none(content, "check"),
        parts=parts,
        reprint=reprint,
        void=void,
        language=language,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return value.fen
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, ReceiptLine | Tender):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _line(row: Mapping[str, Any]) -> ReceiptLine:
    _same_names(row, tuple(field.name for field in fields(ReceiptLine)))
    return ReceiptLine(
        unit=_text(row, "unit"),
        item=_text(row, "item"),
        period=_text(row, "period"),
        quantity=_text(row, "quantity"),
        price=_text(row, "price"),
        amount=_money(row, "amount"),
        remaining=_money_or_none(row, "remaining"),
        item_en=_text_or_none(row, "item_en"),
    )


def _tender(row: Mapping[str, Any]) -> Tender:
    _same_names(row, tuple(field.name for field in fields(Tender)))
    return Tender(
        _text(row, "label"), _money(row, "amount"), _text_or_none(row, "reference"), _text_or_none(row, "label_en")
    )


def _same_names(row: Mapping[str, Any], names: tuple[str, ...]) -> None:
    if not isinstance(row, dict) or set(row) != set(names):
        raise ValueError("the snapshot does not have exactly the fields of a receipt")


def _rows(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    if not isinstance(row[name], list):
        raise ValueError(f"{name} is not a list")
    return row[name]


def _text(row: Mapping[str, Any], name: str) -> str:
    if not isinstance(row[name], str):
        raise ValueError(f"{name} is not a text")
    return row[name]


def _text_or_none(row: Mapping[str, Any], name: str) -> str | None:
    return None if row[name] is None else _text(row, name)


def _money(row: Mapping[str, Any], name: str) -> Money:
    if type(row[name]) is not int:
        raise ValueError(f"{name} is not a whole number of fen")
    return Money(row[name])


def _money_or_none(row: Mapping[str, Any], name: str) -> Money | None:
    return None if row[name] is None else _money(row, name)
