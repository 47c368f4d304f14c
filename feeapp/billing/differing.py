"""What was charged for months already billed, beside what the rules ask now.

A bill is never changed: where an area was wrong or an owner changed earlier than was known, the difference is charged
or taken off by lines of its own (BL-8, BL-9, BL-15). Opening balances and late charges are left as they are, and so is
what a person granted or adjusted beside the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from feeapp.billing.charging import VersionFacts
from feeapp.billing.drafting import UnitFacts
from feeapp.billing.drafts import Draft
from feeapp.billing.exceptions import facts_of
from feeapp.billing.models import BillPart, Charge, Reduction
from feeapp.billing.opening import ITEM_CODE
from feeapp.billing.reckoning import Assume, part_anew, reckon
from feeapp.billing.rules import BY_RULE, LATE_CODE, AddedKind, Way
from feeapp.billing.sharing import Share
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.queries import price_of

Place = tuple[int, int, int]
"""Unit, item and debtor."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a debtor was charged for an item and month of a unit, and what the rules ask.

    Both are less what reliefs take off. ``charges`` are those that stand for it, the oldest first, each with what can
    still be taken off it.
    """

    unit: UnitFacts
    item: ChargeItem
    period: Period
    debtor_id: int
    was: Money
    should: Money
    charges: tuple[tuple[int, Money], ...]
    drafts: tuple[Draft, ...]

    @property
    def charge_ids(self) -> tuple[int, ...]:
        """The charges that stand for it."""
        return tuple(charge_id for charge_id, _ in self.charges)

    @property
    def left(self) -> Money:
        """The most that can still be taken off them."""
        return total(left for _, left in self.charges)

    @property
    def change(self) -> Money:
        """What is to be charged in addition, or below zero what is to be taken off; never more than is left."""
        return max(self.should - self.was, -self.left)


@dataclass(slots=True)
class _Stands:
    """The charges that stand for one debtor, item, unit and month."""

    charges: list[tuple[int, Money]] = field(default_factory=list)
    was: Money = ZERO


@dataclass(frozen=True, slots=True)
class _Billed:
    """A month of some units as it was billed."""

    stands: Mapping[Place, _Stands]
    shares: Sequence[Any]
    """One charge for each share of a pool."""
    items: Mapping[int, ChargeItem]

    @property
    def places(self) -> set[tuple[int, int]]:
        """The units and items that were charged; those whose bill was voided and never issued again are not."""
        was: dict[tuple[int, int], Money] = defaultdict(lambda: ZERO)
        voided = {place[:2] for place, one in self.stands.items() if not any(left for _, left in one.charges)}
        for (unit_id, item_id, _), one in self.stands.items():
            was[unit_id, item_id] += one.was
        return {place for place, amount in was.items() if amount or place not in voided}


def list_differences(
    community_id: int, unit_ids: Collection[int], periods: Iterable[Period], assume: Assume | None = None
) -> list[Difference]:
    """Where what was charged is not what the rules ask, month by month, in walking order and the order of a bill.

    Only items that a unit was charged in a month are compared: what was never billed is for a bill run.
    """
    return [
        difference
        for period in sorted(set(periods))
        for difference in _of_month(community_id, unit_ids, period, assume)
        if difference.change
    ]


def _of_month(community_id: int, unit_ids: Collection[int], period: Period, assume: Assume | None) -> list[Difference]:
    billed = _billed(community_id, unit_ids, period)
    places = billed.places
    if not places:
        return []
    units = facts_of(community_id, {unit_id for unit_id, _ in places}, period)
    if assume is not None:
        units = {unit_id: assume(unit) for unit_id, unit in units.items()}
    drafts: dict[Place, list[Draft]] = defaultdict(list)
    for each in _asked(community_id, billed, units.keys(), period, assume):
        drafts[each.unit.id, each.item.id, each.drafted.debtor_id].append(each)
    rank = {unit_id: place for place, unit_id in enumerate(units)}
    every = {place for place in (*drafts, *billed.stands) if place[:2] in places and place[0] in rank}
    return [
        Difference(
            units[unit_id],
            billed.items[item_id],
            period,
            debtor_id,
            (one := billed.stands.get((unit_id, item_id, debtor_id), _Stands())).was,
            total(each.amount - each.relieved for each in drafts[unit_id, item_id, debtor_id]),
            tuple(one.charges),
            tuple(drafts[unit_id, item_id, debtor_id]),
        )
        for unit_id, item_id, debtor_id in sorted(
            every,
            key=lambda place: (rank[place[0]], billed.items[place[1]].position, place not in billed.stands, place),
        )
    ]


def list_asked(community_id: int, unit_id: int, period: Period) -> list[Draft]:
    """What the rules ask now of a unit for the items it was charged in a month, shares of pools parted anew."""
    return _asked(community_id, _billed(community_id, {unit_id}, period), {unit_id}, period, None)


def _asked(
    community_id: int, billed: _Billed, unit_ids: Collection[int], period: Period, assume: Assume | None
) -> list[Draft]:
    asked = reckon(community_id, unit_ids, period, assume)
    asked += part_anew(community_id, _shares(community_id, billed, period), period, assume)
    places = billed.places
    return [each for each in asked if (each.unit.id, each.item.id) in places]


def _billed(community_id: int, unit_ids: Collection[int], period: Period) -> _Billed:
    items = {
        item.id: item
        for item in db.session.scalars(
            sa.select(ChargeItem).where(
                ChargeItem.community_id == community_id, ChargeItem.code.not_in((LATE_CODE, ITEM_CODE))
            )
        )
    }
    charges = db.session.execute(
        sa.select(*(Charge.__table__.c[name] for name in _OF_CHARGE), BillPart.version_id)
        .outerjoin(BillPart, sa.and_(BillPart.community_id == Charge.community_id, BillPart.id == Charge.part_id))
        .where(
            Charge.community_id == community_id,
            Charge.period == period,
            Charge.item_id.in_(items),
            Charge.unit_id.in_(among(unit_ids)),
        )
        .order_by(Charge.item_id, Charge.unit_id, Charge.seq)
    ).all()
    taken = _taken(community_id, [row.id for row in charges])
    owed_by = {row.id: row.debtor_id for row in charges}
    stands: dict[Place, _Stands] = defaultdict(_Stands)
    shares: dict[tuple[int, int], Any] = {}
    for row in charges:
        note = row.note or {}
        if note.get("kind") == AddedKind.ADJUSTED.value:
            continue
        # A debt that was taken over still counts as what its month asked of the one who handed it over.
        debtor_id = owed_by[note["of"]] if note.get("kind") == AddedKind.TAKEN_OVER.value else row.debtor_id
        one = stands[row.unit_id, row.item_id, debtor_id]
        one.charges.append((row.id, row.amount - row.reduced))
        one.was += row.amount - taken[row.id]
        if note.get("kind") == "pooled":
            shares[row.unit_id, note["pool"]] = row
    return _Billed(stands, list(shares.values()), items)


_OF_CHARGE = ("id", "unit_id", "item_id", "debtor_id", "amount", "reduced", "note")


def _taken(community_id: int, charge_ids: Sequence[int]) -> dict[int, Money]:
    """What the rules took off each charge."""
    found: dict[int, Money] = defaultdict(lambda: ZERO)
    for charge_id, amount in db.session.execute(
        sa.select(Reduction.charge_id, Reduction.amount).where(
            Reduction.community_id == community_id,
            Reduction.charge_id.in_(among(charge_ids)),
            Reduction.kind.in_(BY_RULE),
        )
    ):
        found[charge_id] += amount
    return found


def _shares(
    community_id: int, billed: _Billed, period: Period
) -> Iterator[tuple[int, ChargeItem, VersionFacts, Share]]:
    """The shares of pools as they were billed."""
    for row in billed.shares:
        note = row.note
        kept = db.session.get_one(TariffVersion, (community_id, row.version_id))
        version = VersionFacts(kept.id, price_of(kept), period.first_day)
        part = Money(note["part"])
        share = Share(note["pool"], Way(note["way"]), Money(note["whole"]), note["weight"], note["weights"], part)
        yield row.unit_id, billed.items[row.item_id], version, share
