"""Back-billing: what a unit should have been charged in months long billed, and never was.

Only whole items are looked for: where an item of a month was charged at all, what is wrong with it is for corrections.
Shares of pools are left out, because the pools were parted among the others. Rules: docs/rules/back-billing.md; BL-15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from feeapp.billing.drafts import Draft, not_billed
from feeapp.billing.metered import hold_readings
from feeapp.billing.models import BillRun, Charge
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.opening import ITEM_CODE
from feeapp.billing.reckoning import reckon
from feeapp.billing.runs import changed, hash_of
from feeapp.billing.supplements import post_supplement
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.models import Unit
from feeapp.registry.queries import get_unit, list_ownerships, profile_of
from feeapp.storage.columns import canonical_json
from feeapp.storage.db import db
from feeapp.tariffs.actions import hold_prices
from feeapp.tariffs.models import ChargeItem


@dataclass(frozen=True, slots=True)
class MissedMonth:
    """What a month asks of a unit and never charged, in the order of a bill."""

    period: Period
    drafts: tuple[Draft, ...]

    @property
    def amount(self) -> Money:
        """What it comes to before anything is taken off."""
        return total(each.amount for each in self.drafts)

    @property
    def relieved(self) -> Money:
        """What reliefs take off at once."""
        return total(each.relieved for each in self.drafts)


@dataclass(frozen=True, slots=True)
class Missed:
    """Everything that is missing of a unit from a month on, up to the last the community was billed for."""

    unit: Unit
    since: Period
    upto: Period
    months: tuple[MissedMonth, ...]
    seen_hash: str

    @property
    def drafts(self) -> list[Draft]:
        """Every charge that is missing, the oldest month first."""
        return [each for month in self.months for each in month.drafts]

    @property
    def amount(self) -> Money:
        """What they come to before anything is taken off."""
        return total(month.amount for month in self.months)

    @property
    def relieved(self) -> Money:
        """What reliefs take off at once."""
        return total(month.relieved for month in self.months)


def list_billed_months(community_id: int) -> list[Period]:
    """The months the community was billed for, in order; what was only billed afterwards for a unit does not count."""
    query = (
        sa.select(BillRun.period)
        .where(BillRun.community_id == community_id, ~BillRun.supplementary)
        .distinct()
        .order_by(BillRun.period)
    )
    return list(db.session.scalars(query))


def begin_of(community_id: int, unit_id: int, on: date, first: Period) -> Period:
    """The month the owner of a day came, or the first owner there ever was; never before ``first``."""
    held = [each for each in list_ownerships(community_id, unit_id) if each.position == 1]
    now = [each.from_on for each in held if each.stands(on)]
    begun = max(now) if now else min((each.from_on for each in held), default=first.first_day)
    return first if begun <= first.first_day else Period.of(begun)


def look(community_id: int, unit_id: int, since: Period) -> Missed | None:
    """What is missing of a unit from a month on; None where the community was never billed. Nothing is written.

    Raises NotFound for a unit of another community, and Refused at ``since`` for a month after the last billed.
    """
    unit = get_unit(community_id, unit_id)
    billed = list_billed_months(community_id)
    if not billed:
        return None
    since = max(since, billed[0])
    if since > billed[-1]:
        raise Refused(
            "missing.since",
            msg("The community is billed up to %(month)s only. Begin with that month or an earlier one."),
            {"month": str(billed[-1])},
            field="since",
        )
    months = tuple(
        MissedMonth(period, drafts)
        for period in billed
        if period >= since and (drafts := _drafts(community_id, unit_id, period))
    )
    return Missed(unit, since, billed[-1], months, _hash(community_id, months))


def back_bill(by: By, unit_id: int, since: Period, due_on: date | None, seen_hash: str) -> Missed:
    """Bill a unit afterwards for everything it misses, a supplementary run a month, as it was previewed.

    All of it falls due on ``due_on``; where that is None each month on its own old day. Prepaid money clears what it
    can. Raises Refused where the day lies behind, where it is not what was seen, and where nothing is missing.
    """
    if due_on is not None and due_on < office_day(by.at):
        raise Refused(
            "missing.due",
            msg("This day lies behind: late charges would run from it. Choose a day to come."),
            field="due_on",
        )
    hold_prices(by.community_id)
    hold_readings(by.community_id)
    missed = look(by.community_id, unit_id, since)
    if missed is None or not missed.months:
        raise Refused(
            "missing.nothing", msg("Nothing is missing: somebody may just have billed it. Look at the bills.")
        )
    if missed.seen_hash != seen_hash:
        raise changed()
    try:
        for month in missed.months:
            drafts = month.drafts if due_on is None else [replace(each, due_on=due_on) for each in month.drafts]
            post_supplement(by, month.period, drafts, None, whole_bill=True)
    except sa.exc.IntegrityError:
        raise changed() from None
    apply_wallets(by, {unit_id}, None)
    log(
        by, "billing.back_bill", "unit", unit_id,
        code=missed.unit.code, months=len(missed.months), since=str(missed.months[0].period), fen=missed.amount.fen,
    )  # fmt: skip
    return missed


def carries_arrears(community_id: int, unit_id: int) -> bool:
    """Whether a household ledger brought arrears along for a unit: they may hold the months that seem to be missing."""
    item = sa.select(ChargeItem.id).where(ChargeItem.community_id == community_id, ChargeItem.code == ITEM_CODE)
    carried = sa.exists().where(
        Charge.community_id == community_id, Charge.item_id.in_(item), Charge.unit_id == unit_id
    )
    return bool(db.session.scalar(sa.select(carried)))


def _drafts(community_id: int, unit_id: int, period: Period) -> tuple[Draft, ...]:
    """What a month asks of a unit, items that were charged in it left out."""
    asked = not_billed(community_id, reckon(community_id, [unit_id], period), period)
    return tuple(sorted(asked, key=lambda each: (each.item.position, each.item.id, each.drafted.line.seq)))


def _hash(community_id: int, months: Sequence[MissedMonth]) -> str:
    to_jiao = profile_of(community_id).bill_to_jiao
    return hashlib.sha256(
        canonical_json([hash_of(month.period, (), month.drafts, to_jiao) for month in months]).encode()
    ).hexdigest()
