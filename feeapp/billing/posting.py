"""Writing charges that were drafted one by one, with all that explains them for ever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from feeapp.billing.charging import PlanLine
from feeapp.billing.drafts import Draft
from feeapp.billing.models import BillPart, Charge
from feeapp.billing.reducing import Less
from feeapp.billing.rules import ReductionKind
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.ledger.actions import Source
from feeapp.registry.rules import UnitUse
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db, insert_together
from feeapp.tariffs.models import ChargeItem


@dataclass(frozen=True, slots=True)
class Part:
    """What one or many charges of a run have in common: the price, its days and its weight."""

    item_id: int
    use: UnitUse
    line: PlanLine
    coefficient: Decimal | None


def post_part(community_id: int, run_id: int, part: Part) -> int:
    """Write what charges have in common, and return its id."""
    part_id = new_id()
    db.session.connection().execute(_INSERT_PARTS, [_part_row(community_id, run_id, part_id, part)])
    return part_id


_OF_LINE = (
    "version_id", "seq", "from_on", "to_on", "days", "month_days", "weight_before", "weight_upto", "denominator",
)  # fmt: skip


def _part_row(community_id: int, run_id: int, part_id: int, part: Part) -> dict[str, Any]:
    return {
        "community_id": community_id,
        "id": part_id,
        "run_id": run_id,
        "item_id": part.item_id,
        "use": part.use,
        "coefficient": part.coefficient,
    } | {name: getattr(part.line, name) for name in _OF_LINE}


def post_drafts(by: By, drafts: Sequence[Draft], period: Period, run_id: int) -> list[Less]:
    """Write drafted charges, those of one price and weight under one part; what reliefs take off them is the answer."""
    if not drafts:
        return []
    part_of = [_part_of(each) for each in drafts]
    parts = dict.fromkeys(part_of, 0)
    for part, key in zip(parts, new_ids(len(parts)), strict=True):
        parts[part] = key
    db.session.connection().execute(
        _INSERT_PARTS,
        [_part_row(by.community_id, run_id, key, part) for part, key in parts.items()],
    )
    keys = new_ids(len(drafts))
    insert_together(
        Charge.__table__,
        [
            {
                "community_id": by.community_id,
                "id": key,
                "unit_id": each.unit.id,
                "period": period,
                "item_id": each.item.id,
                "seq": each.drafted.line.seq,
                "part_id": parts[part],
                "debtor_id": each.drafted.debtor_id,
                "due_on": each.due_on,
                "quantity": each.drafted.quantity,
                "amount": each.amount,
                "settled": ZERO,
                "reduced": ZERO,
                "note": _note(each),
                "booked_on": office_day(by.at),
            }
            for key, each, part in zip(keys, drafts, part_of, strict=True)
        ],
    )
    return [
        Less(
            key, each.item.fund, each.item.receivable, ReductionKind(one.kind), one.amount,
            rests_on=Source("relief", one.source_id),
        )
        for key, each in zip(keys, drafts, strict=True)
        for one in each.drafted.relieved
    ]  # fmt: skip


_INSERT_PARTS = sa.insert(BillPart.__table__)


def _part_of(draft: Draft) -> Part:
    return Part(draft.item.id, draft.unit.use, draft.drafted.line, draft.drafted.coefficient)


def _note(draft: Draft) -> dict[str, Any] | None:
    """What explains a charge beside its part and quantity."""
    if draft.drafted.carried is not None:
        return {"kind": "carried", "fen": str(draft.drafted.carried)}
    if draft.usage is not None:
        segments = [
            [one.serial, one.from_figure, one.to_figure, one.from_on.isoformat(), one.to_on.isoformat(), one.quantity]
            for one in draft.usage.segments
        ]
        return {"kind": "metered", "segments": segments}
    if draft.share is not None:
        part = draft.share
        return {
            "kind": "pooled", "pool": part.pool_id, "way": part.way.value, "whole": part.whole.fen,
            "weight": part.weight, "weights": part.weights, "part": part.amount.fen,
        }  # fmt: skip
    return None


def odd_fen(community_id: int, period: Period, run_id: int, reduced: Sequence[Less]) -> list[Less]:
    """The fen above the last whole jiao of what each unit is billed by a run in each fund, off its largest charge.

    The household is asked for whole jiao, and what was struck off stands as a line of its own (peers' task 11; BL-2
    forbids rounding up).
    """
    less: dict[int, Money] = defaultdict(lambda: ZERO)
    for each in reduced:
        less[each.charge_id] += each.amount
    of_run = sa.select(BillPart.id).where(BillPart.community_id == community_id, BillPart.run_id == run_id)
    found = db.session.execute(
        sa.select(Charge.unit_id, ChargeItem.fund, ChargeItem.receivable, Charge.id, Charge.amount)
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .where(Charge.community_id == community_id, Charge.period == period, Charge.part_id.in_(of_run))
    )
    bills: dict[tuple[int, str], list[tuple[Money, int, str]]] = defaultdict(list)
    for unit_id, fund, receivable, charge_id, amount in found:
        bills[unit_id, fund].append((amount - less[charge_id], charge_id, receivable))
    struck = []
    for (_, fund), lines in bills.items():
        odd = Money(total(asked for asked, _, _ in lines).fen % 10)
        asked, charge_id, receivable = max(lines)
        if odd and odd <= asked:
            struck.append(Less(charge_id, fund, receivable, ReductionKind.ROUNDING, odd))
    return struck
