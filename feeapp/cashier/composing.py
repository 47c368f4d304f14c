"""What stands on a receipt: put together once, at issue, and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from feeapp.billing.late import Terms
from feeapp.billing.late_charges import Made
from feeapp.billing.queries import ChargeLine
from feeapp.cashier.rules import METHOD_ON_PAPER
from feeapp.cashier.settling import Settled, Takings
from feeapp.core.area import Area
from feeapp.core.money import Money, total
from feeapp.core.words import in_words
from feeapp.printing.receipt import MOST_LINES, ReceiptLine, ReceiptPaper, Tender
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
    lines: Sequence[ReceiptLine],
) -> ReceiptPaper:
    """The receipt of one payment.

    Records are kept in Chinese; English stands beside it where a copy asks for it.
    """
    return ReceiptPaper(
        title="收款收据",
        community=body.name,
        body=body.operator,
        number=label,
        issued_on=issued_on,
        payer=payer,
        lines=tuple(lines),
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


def charge_lines(
    settled: Sequence[Settled], charges: Mapping[int, ChargeLine], made: Sequence[Made]
) -> list[ReceiptLine]:
    """The lines of what was cleared, each late charge after the charge that was late.

    Where they would not fit on a receipt, the late charges of a unit are one line together.
    """
    late = {one.memo.line.id: one for one in made}
    apart = len(settled) + len(made) < MOST_LINES
    lines = []
    for part in settled:
        if part.amount:
            lines.append(_line(part, charges[part.item_id]))
        if part.late and apart:
            lines.append(_late_line(late[part.item_id]))
    return lines if apart else lines + _late_together(made)


def _late_line(one: Made) -> ReceiptLine:
    line, late = one.memo.line, one.memo.late
    days = f"{late.days} 天" if late.days else ""
    return ReceiptLine(
        unit=line.unit_name,
        item=f"{line.item_name}违约金",
        period=str(line.period),
        quantity=days,
        price=_late_rate(late.terms) if days else "",
        amount=one.paid,
        remaining=late.amount - one.paid or None,
        item_en=f"Late charge: {line.item_name_en}",
    )


def _late_rate(terms: Terms) -> str:
    percent = terms.year_cap if terms.yearly and terms.year_cap is not None else terms.rate
    return f"{percent.scaleb(2).normalize():f}%/{'年' if terms.yearly else '天'}"


def _late_together(made: Sequence[Made]) -> list[ReceiptLine]:
    by_unit: dict[str, list[Made]] = {}
    for one in made:
        by_unit.setdefault(one.memo.line.unit_name, []).append(one)
    return [
        ReceiptLine(
            unit=unit,
            item="违约金",
            period="",
            quantity=f"{len(ones)} 笔",
            price="",
            amount=total(one.paid for one in ones),
            item_en="Late charges",
        )
        for unit, ones in by_unit.items()
    ]


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
