"""Looks at charges: what a unit was billed, what of it is open, and how each amount was reckoned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from feeapp.billing.charging import PlanLine
from feeapp.billing.late import LateFacts
from feeapp.billing.models import BilledMonth, BillPart, BillRun, Charge, Reduction
from feeapp.billing.rules import AddedKind, ReductionKind, Way
from feeapp.billing.saying import Added, CarriedOver, ChargeFacts, Facts, Metered, Shared
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Unit
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.queries import PRICE_COLUMNS, price_from
from feeapp.tariffs.rules import Basis

_OF_CHARGE = (
    "id", "unit_id", "item_id", "period", "due_on", "debtor_id", "amount", "settled", "reduced", "quantity", "note",
)  # fmt: skip
_OF_ITEM = ("name", "name_en", "fund", "receivable", "position")
_OF_PART = (
    "version_id", "seq", "from_on", "to_on", "days", "month_days", "weight_before", "weight_upto", "denominator",
    "coefficient",
)  # fmt: skip


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
    facts: Facts
    reduced: Money = ZERO
    supplementary: bool = False
    """Whether it was billed afterwards, by itself."""
    voided: bool = False
    replaces: bool = False
    """Whether it stands in place of others that were voided; both as ``marked`` tells."""

    @property
    def settled(self) -> Money:
        """What payments and prepaid money cleared of it."""
        return self.amount - self.reduced - self.open

    @property
    def basis(self) -> Basis | None:
        return self.facts.price.basis if isinstance(self.facts, ChargeFacts) else None

    @property
    def rate(self) -> Decimal | None:
        return self.facts.price.rate if isinstance(self.facts, ChargeFacts) else None


def list_open_charges(community_id: int, unit_ids: Sequence[int]) -> list[ChargeLine]:
    """What is still open on these units, oldest due first."""
    return as_lines(_OPEN_OF_UNITS, {"community": community_id, "units": list(unit_ids)})


def list_charges(community_id: int, unit_ids: Sequence[int]) -> list[ChargeLine]:
    """Everything that was ever billed on these units, oldest due first."""
    return as_lines(_ALL_OF_UNITS, {"community": community_id, "units": list(unit_ids)})


def get_charge(community_id: int, charge_id: int) -> ChargeLine:
    """One charge of this community. Raises NotFound."""
    for line in as_lines(_BY_ID, {"community": community_id, "charge": charge_id}):
        return line
    raise NotFound


def marked(community_id: int, lines: Sequence[ChargeLine]) -> list[ChargeLine]:
    """The lines, told which were voided and which were billed in place of those: same unit, month and item."""
    off = [line.id for line in lines if line.reduced == line.amount]
    if not off:
        return list(lines)
    voided = set(
        db.session.scalars(
            sa.select(Reduction.charge_id).where(
                Reduction.community_id == community_id,
                Reduction.charge_id.in_(among(off)),
                Reduction.kind == ReductionKind.VOIDED,
            )
        )
    )
    places = {(line.unit_id, line.period, line.item_id) for line in lines if line.id in voided}
    return [
        replace(
            line,
            voided=line.id in voided,
            replaces=line.supplementary and (line.unit_id, line.period, line.item_id) in places,
        )
        for line in lines
    ]


def find_billed_upto(community_id: int, unit_id: int) -> Period | None:
    """The last month this unit is billed for, arrears taken over from a ledger aside."""
    charged = sa.exists().where(
        Charge.community_id == BilledMonth.community_id,
        Charge.period == BilledMonth.period,
        Charge.item_id == BilledMonth.item_id,
        Charge.unit_id == unit_id,
        Charge.part_id.is_not(None),
    )
    return db.session.scalar(
        sa.select(BilledMonth.period)
        .where(BilledMonth.community_id == community_id, charged)
        .order_by(BilledMonth.period.desc())
        .limit(1)
    )


def as_lines(query: sa.Select[Any], asked: Mapping[str, Any]) -> list[ChargeLine]:
    """The charges of a query made from ``CHARGE_LINES``."""
    return [_line(row) for row in db.session.connection().execute(query, asked)]


CHARGE_LINES = (
    sa.select(
        *(Charge.__table__.c[name] for name in _OF_CHARGE),
        Unit.code.label("unit_code"),
        Unit.name.label("unit_name"),
        *(ChargeItem.__table__.c[name].label(f"item_{name}") for name in _OF_ITEM),
        *(BillPart.__table__.c[name].label(f"part_{name}") for name in _OF_PART),
        *(TariffVersion.__table__.c[name].label(f"price_{name}") for name in PRICE_COLUMNS),
        BillRun.supplementary,
    )
    .select_from(Charge)
    .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
    .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .outerjoin(BillPart, sa.and_(BillPart.community_id == Charge.community_id, BillPart.id == Charge.part_id))
    .outerjoin(
        TariffVersion,
        sa.and_(TariffVersion.community_id == BillPart.community_id, TariffVersion.id == BillPart.version_id),
    )
    .outerjoin(BillRun, sa.and_(BillRun.community_id == BillPart.community_id, BillRun.id == BillPart.run_id))
    .where(Charge.community_id == sa.bindparam("community"))
)
"""Charges of one community with all that is said about them; narrow it, order it, and hand it to ``as_lines``."""

_ALL_OF_UNITS = (
    CHARGE_LINES.join(
        BilledMonth,
        sa.and_(
            BilledMonth.community_id == Charge.community_id,
            BilledMonth.period == Charge.period,
            BilledMonth.item_id == Charge.item_id,
        ),
    )
    .where(Charge.unit_id.in_(sa.bindparam("units", expanding=True)))
    .order_by(Charge.due_on, ChargeItem.position, Unit.code, Charge.seq)
)
_BY_ID = CHARGE_LINES.where(Charge.id == sa.bindparam("charge"))
_OPEN_OF_UNITS = _ALL_OF_UNITS.where(Charge.settled + Charge.reduced < Charge.amount)


def _line(row: Any) -> ChargeLine:
    return ChargeLine(
        id=row.id,
        unit_id=row.unit_id,
        unit_code=row.unit_code,
        unit_name=row.unit_name,
        item_id=row.item_id,
        item_name=row.item_name,
        item_name_en=row.item_name_en,
        fund=row.item_fund,
        receivable=row.item_receivable,
        rank=row.item_position,
        period=row.period,
        due_on=row.due_on,
        debtor_id=row.debtor_id,
        amount=row.amount,
        open=row.amount - row.settled - row.reduced,
        quantity=row.quantity,
        facts=_facts(row),
        reduced=row.reduced,
        supplementary=bool(row.supplementary),
    )


def _facts(row: Any) -> Facts:
    if row.part_version_id is None:
        if row.note.get("kind") in _ADDED:
            return added_of(row.note)
        if "late" in row.note:
            return LateFacts.of_note(row.note["late"])
        return CarriedOver(Money(row.note["billed"]), Money(row.note["received"]))
    line = PlanLine(
        row.part_version_id,
        row.part_seq,
        row.part_from_on,
        row.part_to_on,
        row.part_days,
        row.part_month_days,
        row.part_weight_before,
        row.part_weight_upto,
        row.part_denominator,
        row.price_rounding,
        row.price_round_to,
    )
    price = price_from({name: getattr(row, f"price_{name}") for name in PRICE_COLUMNS})
    return ChargeFacts(line, price, row.quantity, row.amount, row.part_coefficient, **_noted(row.note or {}))


_ADDED = {kind.value for kind in AddedKind}


def added_of(note: Mapping[str, Any]) -> Added:
    """What explains a charge that was made by itself (billing/amending.py writes it)."""
    was, should = (None if note[name] is None else Money(note[name]) for name in ("was", "should"))
    return Added(AddedKind(note["kind"]), note["reason"], was, should)


def _noted(note: Mapping[str, Any]) -> dict[str, Any]:
    """What explains a charge beside its part and quantity (billing/posting.py writes it)."""
    if note.get("kind") == "carried":
        return {"carried": Fraction(note["fen"])}
    if note.get("kind") == "metered":
        return {"meters": tuple(Metered(serial, before, after) for serial, before, after, *_ in note["segments"])}
    if note.get("kind") == "pooled":
        whole, part = Money(note["whole"]), Money(note["part"])
        return {"share": Shared(Way(note["way"]), whole, note["weight"], note["weights"], part)}
    return {}
