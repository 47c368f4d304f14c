"""Charging more or less than was billed, by lines of its own: the charges of a bill run stay what they were.

Rules: docs/rules/corrections.md; BL-9, BL-10, BL-15.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import note_months
from feeapp.billing.booking import book
from feeapp.billing.differing import Difference
from feeapp.billing.models import Charge
from feeapp.billing.offsets import apply_wallets, release_all
from feeapp.billing.reducing import Less, reduce_charges
from feeapp.billing.rules import AddedKind, ReductionKind
from feeapp.billing.supplements import post_supplement
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.ledger.actions import Source
from feeapp.storage.columns import new_ids
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem


@dataclass(frozen=True, slots=True)
class Lowering:
    """So much off one charge, and why."""

    charge_id: int
    amount: Money
    kind: ReductionKind
    reason: str


@dataclass(frozen=True, slots=True)
class Raising:
    """A charge made by itself. ``of_charge_id`` is the charge it belongs to, where there is one.

    ``was`` and ``should`` are what was charged and what is right, where that was reckoned.
    """

    kind: AddedKind
    unit_id: int
    item_id: int
    period: Period
    debtor_id: int
    due_on: date
    amount: Money
    reason: str
    of_charge_id: int | None = None
    was: Money | None = None
    should: Money | None = None


def lower(
    by: By, lowerings: Sequence[Lowering], deed: str, source: Source, approved_by: int | None = None
) -> dict[int, Money]:
    """Take sums off charges, all of it or nothing; the answer is what of each charge went into a wallet.

    A charge never goes below zero, nor is more paid of it than is left: what was paid too much becomes prepaid money
    of the debtor (BL-10). Raises NotFound for a charge of another community, and Refused where more would go than is
    left of a charge.
    """
    wanted = [each for each in lowerings if each.amount]
    off: dict[int, Money] = defaultdict(lambda: ZERO)
    for each in wanted:
        off[each.charge_id] += each.amount
    stand = _held(by.community_id, off.keys())
    paid_too_much: dict[int, Money] = {}
    for charge_id, amount in off.items():
        charge = stand[charge_id]
        if amount > charge.amount - charge.reduced:
            raise Refused(
                "amend.too_much",
                msg("More would be taken off than is left of the charge, %(left)s yuan. Look at it again."),
                {"left": str(charge.amount - charge.reduced)},
            )
        if (over := amount - (charge.amount - charge.reduced - charge.settled)) > ZERO:
            paid_too_much[charge_id] = over
    release_all(by, paid_too_much, source)
    less = [
        Less(
            each.charge_id, stand[each.charge_id].fund, stand[each.charge_id].receivable, each.kind, each.amount,
            each.reason, source, None if each.kind is ReductionKind.WAIVED else stand[each.charge_id].income,
        )
        for each in wanted
    ]  # fmt: skip
    reduce_charges(by, less, deed, source, approved_by)
    return paid_too_much


def raise_charges(by: By, raisings: Sequence[Raising], deed: str, source: Source) -> list[int]:
    """Make charges by themselves, each with the next number of its month, and return their ids in order."""
    if not raisings:
        return []
    ids = new_ids(len(raisings))
    taken = _numbers(by.community_id, raisings)
    rows = []
    for key, each in zip(ids, raisings, strict=True):
        place = (each.period, each.item_id, each.unit_id)
        taken[place] += 1
        rows.append(_row(by, key, each, taken[place], source))
    db.session.execute(sa.insert(Charge.__table__), rows)
    note_months(by.community_id, {(each.period, each.item_id) for each in raisings})
    items = _items(by.community_id, (each.item_id for each in raisings))
    book(by, [(items[each.item_id], each.amount) for each in raisings], deed, source)
    return ids


def post_differences(
    by: By,
    differences: Sequence[Difference],
    kind: ReductionKind,
    due_on: date,
    reason: str,
    deed: str,
    source: Source,
    approved_by: int | None = None,
) -> dict[int, Money]:
    """Bring what was charged to what the rules ask, and say what of each charge went into a wallet.

    Where a debtor was charged nothing yet of an item's month, the charge itself is made with all that explains it,
    in a supplementary bill run; otherwise what is missing is a charge by itself, and what is too much is taken off.
    """
    less = [one for each in differences for one in lowerings_of(each, kind, reason)]
    paid_too_much = lower(by, less, deed, source, approved_by)
    more = [each for each in differences if each.change > ZERO and each.charges]
    anew = [each for each in differences if each.change > ZERO and not each.charges]
    raise_charges(by, [_raising(each, due_on, reason) for each in more], deed, source)
    by_month: dict[Period, list[Difference]] = defaultdict(list)
    for each in anew:
        by_month[each.period].append(each)
    for period, of_month in sorted(by_month.items()):
        drafts = [replace(draft, due_on=due_on) for each in of_month for draft in each.drafts]
        post_supplement(by, period, drafts, source, whole_bill=False)
    apply_wallets(by, {each.unit.id for each in differences}, None)
    return paid_too_much


def _held(community_id: int, charge_ids: Iterable[int]) -> dict[int, sa.Row[Any]]:
    """The charges as they stand, kept from everybody else until this transaction ends."""
    wanted = set(charge_ids)
    found = db.session.execute(
        sa.select(
            *(Charge.__table__.c[name] for name in ("id", "amount", "settled", "reduced")),
            *(ChargeItem.__table__.c[name] for name in ("fund", "receivable", "income")),
        )
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .where(Charge.community_id == community_id, Charge.id.in_(among(wanted)))
        .order_by(Charge.id)
        .with_for_update(of=Charge)
    )
    stand = {row.id: row for row in found}
    if stand.keys() != wanted:
        raise NotFound
    return stand


def _numbers(community_id: int, raisings: Sequence[Raising]) -> dict[tuple[Period, int, int], int]:
    """The highest number of each month, item and unit so far."""
    taken: dict[tuple[Period, int, int], int] = defaultdict(int)
    found = db.session.execute(
        sa.select(Charge.period, Charge.item_id, Charge.unit_id, sa.func.max(Charge.seq))
        .where(
            Charge.community_id == community_id,
            Charge.period.in_({each.period for each in raisings}),
            Charge.item_id.in_({each.item_id for each in raisings}),
            Charge.unit_id.in_(among({each.unit_id for each in raisings})),
        )
        .group_by(Charge.period, Charge.item_id, Charge.unit_id)
    )
    taken.update({(period, item_id, unit_id): seq for period, item_id, unit_id, seq in found})
    return taken


def _row(by: By, key: int, each: Raising, seq: int, source: Source) -> dict[str, Any]:
    return {
        "community_id": by.community_id,
        "id": key,
        "unit_id": each.unit_id,
        "period": each.period,
        "item_id": each.item_id,
        "seq": seq,
        "part_id": None,
        "debtor_id": each.debtor_id,
        "due_on": each.due_on,
        "quantity": 1,
        "amount": each.amount,
        "settled": ZERO,
        "reduced": ZERO,
        "booked_on": office_day(by.at),
        "note": {
            "kind": each.kind.value,
            "reason": each.reason,
            "of": each.of_charge_id,
            "was": None if each.was is None else each.was.fen,
            "should": None if each.should is None else each.should.fen,
            "source": [source.kind, source.id],
        },
    }


def _items(community_id: int, ids: Iterable[int]) -> dict[int, ChargeItem]:
    found = db.session.scalars(
        sa.select(ChargeItem).where(ChargeItem.community_id == community_id, ChargeItem.id.in_(set(ids)))
    )
    return {item.id: item for item in found}


def lowerings_of(difference: Difference, kind: ReductionKind, reason: str) -> Iterator[Lowering]:
    """What a difference takes off each of its charges, from the latest back."""
    off = -difference.change
    for charge_id, left in reversed(difference.charges):
        part = min(off, left)
        if part > ZERO:
            yield Lowering(charge_id, part, kind, reason)
            off -= part


def _raising(difference: Difference, due_on: date, reason: str) -> Raising:
    return Raising(
        AddedKind.RECKONED,
        difference.unit.id,
        difference.item.id,
        difference.period,
        difference.debtor_id,
        due_on,
        difference.change,
        reason,
        difference.charges[-1][0],
        difference.was,
        difference.should,
    )
