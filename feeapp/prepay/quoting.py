"""What paying ahead comes to: month by month at the prices published today, less what an offer gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.billing.reckoning import reckon
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.prepay.models import Offer
from feeapp.prepay.queries import last_billed, list_offers_on, prepaid_through, terms_of
from feeapp.prepay.rules import FIELD_OF, Wish, check_cap, gift_of, months_wanted
from feeapp.registry.models import Ownership, Unit
from feeapp.registry.queries import profile_of
from feeapp.registry.standing import standing
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.queries import list_priced_items

Pick = tuple[int, int]
"""A unit and an item."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """Months of an item paid ahead for a unit: what each comes to, and what an offer gives on the whole."""

    unit: Unit
    item: ChargeItem
    party_id: int
    months: Mapping[Period, Money]
    offer: Offer | None
    gift: Money

    @property
    def from_period(self) -> Period:
        return min(self.months)

    @property
    def through_period(self) -> Period:
        return max(self.months)

    @property
    def listed(self) -> Money:
        """What the months come to by the published prices."""
        return total(self.months.values())

    @property
    def paid(self) -> Money:
        """What is asked for them."""
        return self.listed - self.gift


def estimate(
    community_id: int, unit_ids: Collection[int], item_id: int, months: Collection[Period]
) -> dict[int, dict[Period, Money]]:
    """What an item will come to for these units in months to come, at the prices published today."""
    sums: dict[int, dict[Period, Money]] = {unit_id: {} for unit_id in unit_ids}
    for period in sorted(months):
        for draft in reckon(community_id, unit_ids, period):
            if draft.item.id == item_id:
                of_unit = sums[draft.unit.id]
                of_unit[period] = of_unit.get(period, ZERO) + draft.amount - draft.relieved
    return sums


def list_picks(community_id: int, unit_ids: Collection[int], this_month: Period) -> list[Pick]:
    """What can be paid ahead for these units: the items that have a price for them next month."""
    following = this_month.plus(1)
    return [
        (unit_id, item.id)
        for item in list_priced_items(community_id)
        for unit_id, months in estimate(community_id, unit_ids, item.id, [following]).items()
        if months.get(following)
    ]


def first_months(community_id: int, picks: Collection[Pick], this_month: Period) -> dict[Pick, Period]:
    """The month from which each can be paid ahead: the first that is neither billed nor paid, from this one on."""
    units = {unit_id for unit_id, _ in picks}
    billed, paid = last_billed(community_id, units), prepaid_through(community_id, units)
    taken = {pick: [each[pick] for each in (billed, paid) if pick in each] for pick in picks}
    return {pick: max([this_month, *(period.plus(1) for period in taken[pick])]) for pick in picks}


def quote(community_id: int, picks: Sequence[Pick], wish: Wish, on: date) -> list[Quoted]:
    """What a wish comes to for each unit and item. Nothing is written.

    Raises NotFound for what is not this community's, and Refused where nothing is chosen, more is wanted than may be
    paid ahead, or a month has no price that is known today.
    """
    if not picks:
        raise Refused("prepay.none", msg("Tick what is paid ahead."), field="picks")
    this_month, field = Period.of(on), FIELD_OF[wish.term]
    units = _units(community_id, {unit_id for unit_id, _ in picks})
    items = {item.id: item for item in list_priced_items(community_id)}
    owners = _owners(community_id, units.keys(), on)
    starts = first_months(community_id, picks, this_month)
    profile, offers = profile_of(community_id), list_offers_on(community_id, on)
    wanted: dict[int, dict[int, list[Period]]] = defaultdict(dict)
    for unit_id, item_id in picks:
        if item_id not in items:
            raise NotFound
        months = months_wanted(wish, starts[unit_id, item_id])
        ahead = _ahead(community_id, (unit_id, item_id), this_month)
        check_cap(months, ahead, profile.prepay_months_max, profile.contract_ends_on, field)
        wanted[item_id][unit_id] = months
    quoted = []
    for item_id, of_units in wanted.items():
        sums = estimate(community_id, of_units.keys(), item_id, {one for each in of_units.values() for one in each})
        for unit_id, months in of_units.items():
            amounts = {period: sums[unit_id].get(period, ZERO) for period in months}
            _check_priced(units[unit_id], items[item_id], amounts)
            offer, gift = _best([each for each in offers if each.item_id == item_id], list(amounts.values()))
            quoted.append(Quoted(units[unit_id], items[item_id], owners[unit_id], amounts, offer, gift))
    return quoted


def _ahead(community_id: int, pick: Pick, this_month: Period) -> int:
    """How many months after this one are paid ahead already."""
    through = prepaid_through(community_id, [pick[0]]).get(pick)
    billed = last_billed(community_id, [pick[0]]).get(pick)
    if through is None:
        return 0
    since = max([this_month.plus(-1), *([billed] if billed else [])])
    return max(0, (through.year - since.year) * 12 + through.month - since.month)


def _units(community_id: int, unit_ids: Collection[int]) -> dict[int, Unit]:
    found = db.session.scalars(
        sa.select(Unit).where(
            Unit.community_id == community_id, Unit.id.in_(list(unit_ids)), Unit.withdrawn_at.is_(None)
        )
    )
    units = {unit.id: unit for unit in found}
    if units.keys() != set(unit_ids):
        raise NotFound
    return units


def _owners(community_id: int, unit_ids: Collection[int], on: date) -> dict[int, int]:
    """Who is billed for each unit: the owner named first."""
    found = db.session.execute(
        sa.select(Ownership.unit_id, Ownership.party_id).where(
            Ownership.community_id == community_id,
            Ownership.unit_id.in_(list(unit_ids)),
            Ownership.position == 1,
            standing(on),
        )
    )
    owners = {row.unit_id: row.party_id for row in found}
    if owners.keys() != set(unit_ids):
        raise Refused("prepay.no_owner", msg("This unit has no owner on the ledger. Add one before taking money."))
    return owners


def _check_priced(unit: Unit, item: ChargeItem, amounts: Mapping[Period, Money]) -> None:
    for period, amount in amounts.items():
        if not amount:
            raise Refused(
                "prepay.no_price",
                msg("There is no price for %(item)s of %(unit)s in %(month)s yet. Choose fewer months."),
                {"item": item.name, "unit": unit.code, "month": str(period)},
                field="picks",
            )


def _best(offers: Sequence[Offer], listed: Sequence[Money]) -> tuple[Offer | None, Money]:
    """The offer that gives most on these months; the older of two alike."""
    best: tuple[Offer | None, Money] = (None, ZERO)
    for offer in offers:
        gift = gift_of(terms_of(offer), listed)
        if gift > best[1]:
            best = (offer, gift)
    return best
