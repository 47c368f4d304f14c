"""Looks at charges: what a unit was billed, what of it is open, and how each amount was reckoned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from feeapp.billing.charging import CarriedOver, ChargeFacts, PlanLine
from feeapp.billing.models import BillPart, Charge
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.models import Unit
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.rules import Basis, Price


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge with everything a counter, a bill or a receipt says about it."""

    id: int
    unit_id: int
    unit_code: str
    unit_name: str
    item_id: int
    item_name: str
    item_name_en: str
    fund: str
    receivable: str
    rank: int
    period: Period
    due_on: date
    debtor_id: int
    amount: Money
    open: Money
    quantity: int
    facts: ChargeFacts | CarriedOver

    @property
    def basis(self) -> Basis | None:
        return self.facts.price.basis if isinstance(self.facts, ChargeFacts) else None

    @property
    def rate(self) -> Decimal | None:
        return self.facts.price.rate if isinstance(self.facts, ChargeFacts) else None


def list_open_charges(community_id: int, unit_ids: Sequence[int]) -> list[ChargeLine]:
    """What is still open on these units, oldest due first."""
    return _lines(community_id, unit_ids, Charge.settled + Charge.reduced < Charge.amount)


def list_charges(community_id: int, unit_ids: Sequence[int]) -> list[ChargeLine]:
    """Everything that was ever billed on these units, oldest due first."""
    return _lines(community_id, unit_ids)


def _lines(community_id: int, unit_ids: Sequence[int], *wanted: sa.ColumnElement[bool]) -> list[ChargeLine]:
    found = db.session.execute(
        _SELECT.where(Charge.community_id == community_id, Charge.unit_id.in_(unit_ids), *wanted).order_by(
            Charge.due_on, ChargeItem.position, Unit.code, Charge.seq
        )
    )
    return [_line(*row) for row in found]


_SELECT = (
    sa.select(Charge, Unit.code, Unit.name, ChargeItem, BillPart, TariffVersion)
    .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
    .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .outerjoin(BillPart, sa.and_(BillPart.community_id == Charge.community_id, BillPart.id == Charge.part_id))
    .outerjoin(
        TariffVersion,
        sa.and_(TariffVersion.community_id == BillPart.community_id, TariffVersion.id == BillPart.version_id),
    )
)


def _line(
    charge: Charge, unit_code: str, unit_name: str, item: ChargeItem, part: BillPart | None, version: Any
) -> ChargeLine:
    return ChargeLine(
        id=charge.id,
        unit_id=charge.unit_id,
        unit_code=unit_code,
        unit_name=unit_name,
        item_id=item.id,
        item_name=item.name,
        item_name_en=item.name_en,
        fund=item.fund,
        receivable=item.receivable,
        rank=item.position,
        period=charge.period,
        due_on=charge.due_on,
        debtor_id=charge.debtor_id,
        amount=charge.amount,
        open=charge.amount - charge.settled - charge.reduced,
        quantity=charge.quantity,
        facts=_facts(charge, part, version),
    )


def _facts(charge: Charge, part: BillPart | None, version: TariffVersion | None) -> ChargeFacts | CarriedOver:
    if part is None or version is None:
        note = charge.note or {}
        return CarriedOver(Money(note["billed"]), Money(note["received"]))
    line = PlanLine(
        version.id, part.seq, part.from_on, part.to_on, part.days, part.month_days, part.weight_before,
        part.weight_upto, part.denominator, version.rounding, version.round_to,
    )  # fmt: skip
    price = Price(version.rate, version.basis, version.proration, version.rounding, version.round_to, version.round_at)
    return ChargeFacts(line, price, charge.quantity, charge.amount)
