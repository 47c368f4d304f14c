"""A few fen that are short at the counter and let off (抹零), within the community's limits and with a name.

The limits are for one receipt, and for one cashier's day (settings ``small_waiver_receipt``, ``small_waiver_day``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.billing.models import Reduction
from feeapp.billing.reducing import Less, reduce_charges
from feeapp.billing.rules import ReductionKind
from feeapp.cashier.models import Void
from feeapp.cashier.owing import Owing
from feeapp.cashier.rules import PAYMENT
from feeapp.cashier.settling import Plan
from feeapp.cashier.void_rules import VoidState
from feeapp.clock import OFFICE_ZONE, office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db


def small_rest(owing: Owing, chosen: Collection[int], plan: Plan) -> dict[int, Money]:
    """What a payment leaves open of the chosen charges, by charge.

    Raises Refused where a late charge stays unpaid: letting one off takes a second person.
    """
    settled = {part.item_id: part for part in plan.settled}
    rest: dict[int, Money] = {}
    for charge_id in chosen:
        part = settled.get(charge_id)
        if owing.late(charge_id) > (part.late if part else ZERO):
            raise Refused(
                "small.late",
                msg("A late charge stays unpaid. Ask to waive it instead: a second person decides that."),
                field="waive",
            )
        if left := owing.lines[charge_id].open - (part.amount if part else ZERO):
            rest[charge_id] = left
    return rest


def check_small(by: By, rest: Money) -> None:
    """Raises Refused where more is short than may be let off on one receipt, or by this cashier today."""
    profile = profile_of(by.community_id)
    if rest > profile.small_waiver_receipt:
        raise Refused(
            "small.receipt",
            msg("%(rest)s yuan are short, and at most %(most)s may be let off on one receipt."),
            {"rest": str(rest), "most": str(profile.small_waiver_receipt)},
            field="waive",
        )
    # Two payments of one cashier at one instant wait for each other here, so that together they keep the limit too.
    db.session.execute(sa.select(User.id).where(User.id == by.actor_id).with_for_update())
    today = let_off_today(by)
    if today + rest > profile.small_waiver_day:
        raise Refused(
            "small.day",
            msg("You have let off %(today)s yuan today, and %(most)s is the most for one day."),
            {"today": str(today), "most": str(profile.small_waiver_day)},
            field="waive",
        )


def let_off_today(by: By) -> Money:
    """What this person has let off today, by payments that still stand."""
    begun = datetime.combine(office_day(by.at), time(0), OFFICE_ZONE)
    return total(
        db.session.scalars(
            sa.select(Reduction.amount).where(
                Reduction.community_id == by.community_id,
                Reduction.kind == ReductionKind.SMALL,
                Reduction.by_id == by.actor_id,
                Reduction.at >= begun,
                ~sa.exists().where(
                    Void.community_id == Reduction.community_id,
                    Void.payment_id == Reduction.source_id,
                    Void.state == VoidState.APPROVED,
                ),
            )
        )
    )


def let_off(by: By, owing: Owing, rest: Mapping[int, Money], payment_id: int) -> None:
    """Take what is short off the charges, resting on the payment it was short of."""
    source = Source(PAYMENT, payment_id)
    less = [
        Less(charge_id, owing.lines[charge_id].fund, owing.lines[charge_id].receivable, ReductionKind.SMALL, amount,
             rests_on=source)
        for charge_id, amount in rest.items()
    ]  # fmt: skip
    reduce_charges(by, less, "cashier.small", source)
