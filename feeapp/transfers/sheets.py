"""The clearance sheet of a change of owner, from what is on record: the same however often it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from feeapp.metering.naming import KIND_WORDS
from feeapp.metering.rules import written
from feeapp.printing.clearance import CLEARANCE, ClearancePaper, PlainRow, SplitRow
from feeapp.printing.paper import render
from feeapp.printing.receipt import Language
from feeapp.registry.models import Party
from feeapp.registry.profile import OwnerChange
from feeapp.statements.wording import in_chinese, month
from feeapp.transfers.models import Transfer
from feeapp.transfers.queries import list_debts, list_sides, list_units, list_wallet_lines
from feeapp.transfers.rules import Side, WalletWay
from feeapp.transfers.seen import Seen, seen_from

_RULES = {
    OwnerChange.BY_DAYS: "过户当月按天分摊，前一日及以前归原业主",
    OwnerChange.WHOLE_MONTH: "过户当月整月归月初业主",
}
_WAYS = {
    WalletWay.REFUND_CASH: "应退（现金）",
    WalletWay.REFUND_TRANSFER: "应退（转账）",
    WalletWay.HAND_ON: "转给新业主",
}


class House(Protocol):
    """The community whose sheet it is."""

    @property
    def name(self) -> str: ...

    @property
    def operator(self) -> str: ...


def sheet_of(house: House, transfer: Transfer, today: date, language: Language) -> bytes:
    """The sheet as PDF."""
    return render(CLEARANCE, compose(house, transfer, today, language))


def compose(house: House, transfer: Transfer, today: date, language: Language) -> ClearancePaper:
    """The sheet as it is printed on a day."""
    seen = seen_from(transfer.snapshot["seen"])
    sides = list_sides(transfer.community_id, [transfer.id])[transfer.id]
    units = list_units(transfer.community_id, transfer.id)
    read = {row["meter_id"]: row["figure"] for row in transfer.snapshot["readings"]}
    return ClearancePaper(
        community=house.name,
        body=house.operator,
        number=transfer.label,
        sellers=_people(sides[Side.SELLER]) or "（无人退出）",
        buyers=_people(sides[Side.BUYER]),
        units="、".join(dict.fromkeys(f"{unit.name}（{unit.code}）" for unit in units))[:200],
        on=transfer.on,
        rule=_RULES[seen.owner_change],
        issued_on=today,
        split=tuple(
            SplitRow(
                f"{part.unit} {part.item}", month(part.period, "zh"), part.seller_days, part.seller, part.buyer_days,
                part.buyer, part.billed,
            )
            for part in seen.parts
        ),
        debts=_debts(transfer),
        held=_held(transfer),
        readings=_readings(seen, read, transfer.on),
        paper=transfer.paper,
        agreement=f"{transfer.agreement}（签字：{transfer.signed_by}）" if transfer.agreement else "",
        language=language,
    )  # fmt: skip


def _people(side: Sequence[tuple[Party, str]]) -> str:
    return "、".join(party.name + (f"（{share}）" if share else "") for party, share in side)[:200]


def _debts(transfer: Transfer) -> tuple[PlainRow, ...]:
    return tuple(
        PlainRow(
            f"{line.unit} {line.item} {month(line.period, 'zh')}",
            line.debtor.name,
            "新业主承担" if line.new_charge_id else "原业主承担",
            line.amount,
        )
        for line in list_debts(transfer.community_id, transfer.id)
    )


def _held(transfer: Transfer) -> tuple[PlainRow, ...]:
    rows = []
    for line in list_wallet_lines(transfer.community_id, transfer.id):
        what = f"{line.unit} {line.item or '预存款（不限项目）'}"
        if line.gift:
            rows.append(PlainRow(what, line.holder.name, "赠送部分收回", line.gift))
        if line.rest:
            account = f"：{transfer.refund_to}" if line.way is WalletWay.REFUND_TRANSFER else ""
            rows.append(PlainRow(what, line.holder.name, f"{_WAYS[line.way]}{account}", line.rest))
    return tuple(rows)


def _readings(seen: Seen, read: dict[int, int], on: date) -> tuple[PlainRow, ...]:
    kinds = {kind.value: words for kind, words in KIND_WORDS.items()}
    rows = []
    for meter in seen.meters:
        what = f"{meter.unit} {in_chinese(kinds[meter.kind])} {meter.serial}"
        figure, day = (read[meter.meter_id], on) if meter.meter_id in read else (meter.last, meter.last_on)
        note = "未抄表" if figure is None or day is None else f"{written(figure)}（{day.isoformat()}）"
        rows.append(PlainRow(what, "", note))
    return tuple(rows)
