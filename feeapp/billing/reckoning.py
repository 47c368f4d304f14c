"""What a month asks of units one by one: of those a run must look at singly, and of any in months yet to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import sqlalchemy as sa

from feeapp.billing.charging import VersionFacts
from feeapp.billing.drafting import Dated, Drafted, UnitFacts, Unlike, draft, draft_sum, relieve
from feeapp.billing.drafts import Draft, not_billed, numbered
from feeapp.billing.exceptions import changing_units, facts_of, unlike_units
from feeapp.billing.models import Pool
from feeapp.billing.planning import (
    APART,
    Planned,
    Scope,
    Scoped,
    bill_months,
    due_day,
    list_scoped,
    plan_alike,
    units_apart,
)
from feeapp.billing.sharing import Share, share
from feeapp.core.period import Period
from feeapp.ledger.rules import INCOME_FEE
from feeapp.metering.queries import usage_of
from feeapp.metering.rules import Usage
from feeapp.registry.models import Unit
from feeapp.registry.profile import FirstMonth, OwnerChange
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.rules import Basis, Price, RoundAt, tiered_fen

Assume = Callable[[UnitFacts], UnitFacts]
"""What the facts of a unit would be."""


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """What a month still asks: prices that work on all units alike, charges drafted one by one, pools to be shared."""

    alike: tuple[Planned, ...]
    drafts: tuple[Draft, ...]
    pools: tuple[Pool, ...]
    unshared: tuple[Pool, ...]
    """Sums of which nobody would have a part: they wait."""


def plan_period(community_id: int, period: Period) -> MonthPlan:
    """Everything the published prices ask for in a month; what was drafted and billed before is left out."""
    month = _Month.of(community_id, period)
    apart = frozenset(
        changing_units(community_id, period) | units_apart(month.scoped, community_id, period) | month.reliefs.keys()
    )
    pools = [(pool, month.sharers(pool)) for pool in _list_pools(community_id, period)]
    usages = month.usages()
    units = month.facts(apart.union(*usages.values(), *(sharers for _, sharers in pools)))
    drafts = month.by_days([unit for unit in units.values() if unit.id in apart])
    metered = month.metered(units, usages)
    shared = month.shared(units, pools)
    parted = {each.share.pool_id for each in shared if each.share}
    return MonthPlan(
        tuple(planned for one in month.scoped for planned in plan_alike(one, period, apart)),
        (*not_billed(community_id, [*drafts, *metered], period), *shared),
        tuple(pool for pool, _ in pools if pool.id in parted),
        tuple(pool for pool, _ in pools if pool.id not in parted),
    )


def reckon(community_id: int, unit_ids: Collection[int], period: Period, assume: Assume | None = None) -> list[Draft]:
    """Every charge a month would make for these units by the full rules, billed already or not; pools aside.

    Also for months to come, at the prices published so far. ``assume`` says what the facts of a unit would be: had it
    another area, or from a day another owner.
    """
    month = _Month.of(community_id, period, assume)
    units = month.facts(unit_ids)
    return [*month.by_days(list(units.values())), *month.metered(units, month.usages())]


def part_anew(
    community_id: int,
    shares: Iterable[tuple[int, ChargeItem, VersionFacts, Share]],
    period: Period,
    assume: Assume | None = None,
) -> list[Draft]:
    """Shares of pools, each of a unit, parted anew among its owners; the shares themselves stand."""
    shares = list(shares)
    month = _Month.of(community_id, period, assume)
    facts = month.facts({unit_id for unit_id, *_ in shares})
    return [
        draft
        for unit_id, item, version, part in shares
        if unit_id in facts
        for draft in month.share_of(facts[unit_id], item, version, part)
    ]


@dataclass(frozen=True, slots=True)
class _Month:
    community_id: int
    period: Period
    scoped: Sequence[Scoped]
    reliefs: Mapping[int, Sequence[tuple[frozenset[int] | None, Unlike]]]
    whole_month: bool
    handed_over_free: bool
    """Whether the month in which a unit gets its first owner is not theirs to pay (FEE-9)."""
    assume: Assume | None
    due_on: Mapping[int, date]
    """When each item falls due."""

    @classmethod
    def of(cls, community_id: int, period: Period, assume: Assume | None = None) -> _Month:
        profile = profile_of(community_id)
        scoped = list_scoped(community_id, period)
        return cls(
            community_id,
            period,
            scoped,
            unlike_units(community_id, period),
            profile.owner_change is OwnerChange.WHOLE_MONTH,
            profile.first_month_rule is FirstMonth.NEXT_MONTH,
            assume,
            {one.item.id: due_day(one.item, period) for one in scoped},
        )

    def facts(self, unit_ids: Collection[int]) -> dict[int, UnitFacts]:
        """What is known of these units in the month, or is assumed of them."""
        facts = facts_of(self.community_id, unit_ids, self.period) if unit_ids else {}
        return facts if self.assume is None else {unit_id: self.assume(unit) for unit_id, unit in facts.items()}

    def by_days(self, units: Sequence[UnitFacts]) -> list[Draft]:
        """What prices of time ask: by area, by unit, fixed sums."""
        drafts: list[Draft] = []
        of_use = {
            use: [(one, one.item.id) for one in self.scoped if one.use is use]
            for use in {one.use for one in self.scoped}
        }
        carried = self._carried(units)
        for unit in units:
            for one, item_id in of_use.get(unit.use, ()):
                prices = self._prices(one, unit)
                if not prices:
                    continue
                held = {version.id: version.price for _, version in prices}
                before = carried.get((unit.id, item_id), Fraction(0))
                for each in draft(unit, prices, self.period, self.whole_month, before):
                    drafts.append(self._draft(unit, one.item, held[each.line.version_id], each))
        return drafts

    @property
    def rounded_per_bill(self) -> frozenset[int]:
        """The prices that are rounded once over a bill."""
        return frozenset(
            version.id
            for one in self.scoped
            for _, versions in one.scopes
            for version in versions
            if version.price.round_at is RoundAt.PER_BILL
        )

    def _prices(self, one: Scoped, unit: UnitFacts) -> list[Dated[VersionFacts]]:
        if self.handed_over_free and unit.owners and unit.owners[0][0].start > self.period.first_day:
            return []
        return [dated for dated in one.governing(unit, self.period) if dated[1].price.basis not in APART]

    def _carried(self, units: Sequence[UnitFacts]) -> Mapping[tuple[int, int], Fraction]:
        """What the earlier months of a bill came to, exactly, by unit and item, where the bill is rounded as one."""
        carried: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
        together = [one for one in self.scoped if len(bill_months(one.item, self.period)) > 1 and self.rounded_per_bill]
        for before in sorted({month for one in together for month in bill_months(one.item, self.period)[:-1]}):
            month = _Month.of(self.community_id, before, self.assume)
            facts = month.facts([unit.id for unit in units])
            items = {one.item.id for one in together if before in bill_months(one.item, self.period)}
            whole = month.rounded_per_bill
            for one in month.scoped:
                for unit in facts.values():
                    if one.item.id in items and unit.use is one.use:
                        drafted = draft(unit, month._prices(one, unit), before, self.whole_month)
                        exact = sum((each.own for each in drafted if each.line.version_id in whole), Fraction(0))
                        carried[unit.id, one.item.id] += exact
        return carried

    def usages(self) -> dict[int, dict[int, Usage]]:
        """What was used of every item that meters measure, by item and unit."""
        return {
            one.item.id: usage_of(self.community_id, one.item.meter_kind, self.period)
            for one in self.scoped
            if one.item.meter_kind is not None
        }

    def metered(self, units: Mapping[int, UnitFacts], usages: Mapping[int, Mapping[int, Usage]]) -> list[Draft]:
        """What meters say was used, at the price in force on the month's last day; the units in walking order."""
        drafts: list[Draft] = []
        for one in self.scoped:
            used = usages.get(one.item.id, {})
            for unit in (units[unit_id] for unit_id in units if unit_id in used):
                version = self._last(one, unit, Basis.METER)
                if version is None:
                    continue
                usage = used[unit.id]
                exact = tiered_fen(version.price, usage.quantity)
                for each in draft_sum(unit, version, usage.quantity, exact, self.period, self.whole_month):
                    drafts.append(self._draft(unit, one.item, version.price, each, usage=usage))
        return drafts

    def sharers(self, pool: Pool) -> set[int]:
        """The units in the place of a pool, of the uses that have a price for sharing."""
        scopes = [Scope(one.use, pool.place, pool.place_id) for one in self.scoped if one.item.id == pool.item_id]
        inside = [sa.and_(Unit.use == scope.use, scope.here) for scope in scopes]
        here = sa.select(Unit.id).where(Unit.community_id == self.community_id, sa.or_(sa.false(), *inside))
        return set(db.session.scalars(here)) if inside else set()

    def shared(self, units: Mapping[int, UnitFacts], pools: Iterable[tuple[Pool, Collection[int]]]) -> list[Draft]:
        """The parts of pools, of every unit in their place that a price for sharing governs."""
        drafts: list[Draft] = []
        for pool, sharers in pools:
            governed = {one.use: one for one in self.scoped if one.item.id == pool.item_id}
            versions = {
                unit.id: (unit, version)
                for unit in (units[unit_id] for unit_id in units if unit_id in sharers)
                if (version := self._last(governed[unit.use], unit, Basis.POOL)) is not None
            }
            key = {int(unit_id): weight for unit_id, weight in (pool.key or {}).items()}
            parts = share(pool.id, pool.amount, pool.way, [unit for unit, _ in versions.values()], key)
            for unit_id, part in parts.items():
                unit, version = versions[unit_id]
                drafts += self.share_of(unit, governed[unit.use].item, version, part)
        return numbered(self.community_id, drafts, self.period)

    def share_of(self, unit: UnitFacts, item: ChargeItem, version: VersionFacts, part: Share) -> list[Draft]:
        """A unit's share of a pool, parted among its owners."""
        exact = Fraction(part.amount.fen)
        return [
            self._draft(unit, item, version.price, each, share=part)
            for each in draft_sum(unit, version, 1, exact, self.period, self.whole_month)
        ]

    def _last(self, one: Scoped, unit: UnitFacts, basis: Basis) -> VersionFacts | None:
        """The price that governs a unit on the month's last priced day, where it is of this basis and use."""
        prices = one.governing(unit, self.period) if unit.use is one.use else []
        return prices[-1][1] if prices and prices[-1][1].price.basis is basis else None

    def _draft(
        self,
        unit: UnitFacts,
        item: ChargeItem,
        price: Price,
        drafted: Drafted,
        usage: Usage | None = None,
        share: Share | None = None,
    ) -> Draft:
        reliefs = [
            each
            for items, each in self.reliefs.get(unit.id, ())
            if (item.id in items if items is not None else item.income == INCOME_FEE)
        ]
        relieved = relieve(drafted, price, reliefs) if reliefs else drafted
        # A share that was billed long ago may be of an item that has no price any more.
        due_on = self.due_on.get(item.id) or due_day(item, self.period)
        return Draft(unit, item, price, relieved, due_on, usage, share)


def _list_pools(community_id: int, period: Period) -> list[Pool]:
    """The sums that wait to be shared in this month."""
    return list(
        db.session.scalars(
            sa.select(Pool)
            .where(
                Pool.community_id == community_id,
                Pool.period == period,
                Pool.run_id.is_(None),
                Pool.withdrawn_at.is_(None),
            )
            .order_by(Pool.entered_at, Pool.id)
        )
    )
