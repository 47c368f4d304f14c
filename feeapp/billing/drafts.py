"""A charge that a month would make for one unit, before it is written; and which of many may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from feeapp.billing.drafting import Drafted, UnitFacts
from feeapp.billing.models import Charge
from feeapp.billing.saying import ChargeFacts, Metered, Shared
from feeapp.billing.sharing import Share
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.metering.rules import Usage
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.rules import Price


@dataclass(frozen=True, slots=True)
class Draft:
    """A charge that a month would make for one unit, with the price it comes from."""

    unit: UnitFacts
    item: ChargeItem
    price: Price
    drafted: Drafted
    due_on: date
    usage: Usage | None = None
    share: Share | None = None

    @property
    def amount(self) -> Money:
        """What it comes to before anything is taken off."""
        return self.drafted.amount

    @property
    def relieved(self) -> Money:
        """What is taken off at once."""
        return total(each.amount for each in self.drafted.relieved)

    @property
    def facts(self) -> ChargeFacts:
        """All that it is made of, as it will be kept with it."""
        drafted, share = self.drafted, self.share
        segments = self.usage.segments if self.usage else ()
        return ChargeFacts(
            drafted.line,
            self.price,
            drafted.quantity,
            drafted.amount,
            drafted.coefficient,
            drafted.carried,
            Shared(share.way, share.whole, share.weight, share.weights, share.amount) if share else None,
            tuple(Metered(one.serial, one.from_figure, one.to_figure) for one in segments),
        )


def not_billed(community_id: int, drafts: Sequence[Draft], period: Period) -> list[Draft]:
    """Without the units that have any charge of the item for this month: those are for corrections alone."""
    billed = {
        item_id: set(
            db.session.scalars(
                sa.select(Charge.unit_id).where(
                    Charge.community_id == community_id,
                    Charge.period == period,
                    Charge.item_id == item_id,
                    Charge.unit_id.in_(among({each.unit.id for each in drafts if each.item.id == item_id})),
                )
            )
        )
        for item_id in {each.item.id for each in drafts}
    }
    return [each for each in drafts if each.unit.id not in billed[each.item.id]]


def numbered(community_id: int, drafts: Sequence[Draft], period: Period) -> list[Draft]:
    """The drafts with the next free numbers of their item and unit in the month, where some stand already."""
    if not drafts:
        return []
    found = db.session.execute(
        sa.select(Charge.item_id, Charge.unit_id, sa.func.max(Charge.seq))
        .where(
            Charge.community_id == community_id,
            Charge.period == period,
            Charge.item_id.in_({each.item.id for each in drafts}),
        )
        .group_by(Charge.item_id, Charge.unit_id)
    )
    taken = defaultdict[tuple[int, int], int](int, {(item_id, unit_id): seq for item_id, unit_id, seq in found})
    placed = []
    for each in drafts:
        place = each.item.id, each.unit.id
        taken[place] += 1
        line = replace(each.drafted.line, seq=taken[place])
        placed.append(replace(each, drafted=replace(each.drafted, line=line)))
    return placed
