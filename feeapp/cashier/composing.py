"""What stands on a receipt: put together once, at issue, and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from feeapp.billing.queries import ChargeLine
from feeapp.cashier.rules import METHOD_ON_PAPER
from feeapp.cashier.settling import Settled, Takings
from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.words import in_words
from feeapp.printing.receipt import ReceiptLine, ReceiptPaper, Tender
from feeapp.tariffs.rules import Basis


class Body(Protocol):
    """Who gives the receipt: the community, the body that collects there, and the cashier."""

    @property
    def name(self) -> str: ...

    @property
    def operator(self) -> str: ...

    @property
    def cashier(self) -> str: ...


def compose(
    body: Body,
    label: str,
    issued_on: date,
    payer: str,
    remark: str,
    takings: Takings,
    settled: Sequence[Settled],
    charges: Mapping[int, ChargeLine],
    held: Sequence[ReceiptLine] = (),
) -> ReceiptPaper:
    """The receipt of one payment; ``held`` are the lines of what is prepaid.

    Records are kept in Chinese; English stands beside it where a copy asks for it.
    """
    return ReceiptPaper(
        title="收款收据",
        community=body.name,
        body=body.operator,
        number=label,
        issued_on=issued_on,
        payer=payer,
        lines=(*(_line(part, charges[part.item_id]) for part in settled), *held),
        total=takings.settle,
        words=in_words(takings.settle),
        tenders=tuple(
            Tender(
                METHOD_ON_PAPER[kept.method][0], kept.amount, kept.reference or None, METHOD_ON_PAPER[kept.method][1]
            )
            for kept in takings.kept
        ),
        change=takings.change or None,
        cashier=body.cashier[:20],
        remark=remark or None,
    )


def prepaid_line(unit: str, amount: Money) -> ReceiptLine:
    """The line of money that is held for a unit, for whatever is billed next."""
    return ReceiptLine(
        unit=unit, item="预收款", period="", quantity="", price="", amount=amount, item_en="Prepayment"
    )  # fmt: skip


def _line(part: Settled, charge: ChargeLine) -> ReceiptLine:
    quantity, price = "", ""
    if charge.rate is not None:
        by_area = charge.basis is Basis.AREA
        quantity = f"{Area(charge.quantity)} m²" if by_area else str(charge.quantity)
        price = f"{charge.rate.normalize():f} 元/{'m²·' if by_area else ''}月"
    return ReceiptLine(
        unit=charge.unit_name,
        item=charge.item_name,
        period=str(charge.period),
        quantity=quantity,
        price=price,
        amount=part.amount,
        remaining=part.left or None,
        item_en=charge.item_name_en,
    )
