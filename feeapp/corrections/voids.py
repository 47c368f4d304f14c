"""A bill that is voided: what a unit was charged for a month is taken off, and issued anew by the rules as they stand.

Asked for here, booked when it is approved. Rules: docs/rules/corrected-bills.md; BL-10, BL-15.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from feeapp.billing.amending import Lowering, lower
from feeapp.billing.differing import list_asked
from feeapp.billing.late import LateFacts
from feeapp.billing.metered import hold_readings
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.queries import ChargeLine, list_charges
from feeapp.billing.reckoning import Draft
from feeapp.billing.rules import AddedKind, ReductionKind
from feeapp.billing.saying import Added, CarriedOver
from feeapp.billing.supplements import post_supplement
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.corrections import filing, rules
from feeapp.corrections.adjusting import DEED
from feeapp.corrections.areas import changed_since, hold_charges
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import CORRECTION, CorrectionKind
from feeapp.ledger.actions import Source
from feeapp.registry.actions import hold_community
from feeapp.registry.models import Unit
from feeapp.registry.queries import get_unit
from feeapp.storage.columns import canonical_json
from feeapp.tariffs.actions import hold_prices


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bill: a month's, of one debtor or of all; ``not_due`` where nothing is owed and none is issued anew."""

    period: Period
    debtor_id: int | None = None
    not_due: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """The bill as it was issued and as it would be issued anew."""

    unit: Unit
    wanted: Wanted
    charges: tuple[ChargeLine, ...]
    """What is taken off: each charge with all that is left of it."""
    kept: tuple[ChargeLine, ...]
    """What cannot be voided: opening balances, late charges, debts that were taken over."""
    drafts: tuple[Draft, ...]

    @property
    def less(self) -> Money:
        """What is taken off in all."""
        return total(left(line) for line in self.charges)

    @property
    def paid(self) -> Money:
        """What of it was paid and becomes credit."""
        return total(left(line) - line.open for line in self.charges)

    @property
    def more(self) -> Money:
        """What is asked for anew, less what reliefs take off."""
        return total(each.amount - each.relieved for each in self.drafts)

    @property
    def seen(self) -> str:
        """What a person has looked at: anything else than this is looked at again. What was paid does not matter."""
        facts = [
            [self.unit.id, self.wanted.period.key, self.wanted.debtor_id or 0, self.wanted.not_due],
            sorted([line.id, left(line).fen] for line in self.charges),
            sorted(
                [
                    *(each.item.id, each.drafted.debtor_id, each.drafted.line.from_on.isoformat()),
                    *(each.amount.fen, each.relieved.fen),
                ]
                for each in self.drafts
            ),
        ]
        return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def left(line: ChargeLine) -> Money:
    """What is still asked for a charge, paid or not."""
    return line.amount - line.reduced


def list_month(community_id: int, unit_id: int, period: Period) -> list[ChargeLine]:
    """Everything a unit was charged for a month. Raises NotFound where that is nothing, and for a foreign unit."""
    unit = get_unit(community_id, unit_id)
    lines = [line for line in list_charges(community_id, [unit.id]) if line.period == period]
    if not lines:
        raise NotFound
    return lines


def plan(community_id: int, unit_id: int, wanted: Wanted) -> Planned:
    """What voiding it would do. Raises NotFound, and Refused where nothing is left to void."""
    lines = list_month(community_id, unit_id, wanted.period)
    mine = [line for line in lines if wanted.debtor_id in (None, line.debtor_id)]
    if not mine:
        raise NotFound
    kept = tuple(line for line in mine if _stays(line) and left(line))
    charges = tuple(line for line in mine if not _stays(line) and left(line))
    if not charges:
        raise Refused(
            "voids.nothing",
            msg("Nothing of this bill can be voided: it is voided already, taken off, or made of other things."),
        )
    gone = {line.id for line in charges}
    standing = {(line.item_id, line.debtor_id) for line in lines if left(line) and line.id not in gone}
    # The debt of an item that was taken over is no longer parted by the days of its owners.
    items = {line.item_id for line in charges} - {line.item_id for line in lines if _taken_over(line) and left(line)}
    drafts = () if wanted.not_due else _drafts(community_id, unit_id, wanted.period)
    return Planned(
        get_unit(community_id, unit_id),
        wanted,
        charges,
        kept,
        tuple(
            each for each in drafts if each.item.id in items and (each.item.id, each.drafted.debtor_id) not in standing
        ),
    )


def ask(by: By, unit_id: int, wanted: Wanted, reason: str, proof: str, key: str) -> int:
    """Ask for it and return the id of the request. Raises as ``plan`` and ``filing.file``."""
    planned = plan(by.community_id, unit_id, wanted)
    facts = {
        "seen": planned.seen,
        "period": wanted.period.key,
        "debtor": wanted.debtor_id,
        "not_due": wanted.not_due,
    }
    return filing.file(by, filing.Filing(CorrectionKind.VOID, list(_lines(planned)), reason, proof, key, facts=facts))


def book(by: By, correction: Correction) -> Money:
    """Take the bill off, issue it anew, and say how much went back to households as credit.

    The credit pays the new bill first. Raises Refused where it would do something else by now than what was looked at
    when it was asked for.
    """
    unit_id = correction.unit_id
    if unit_id is None:
        raise TypeError("a bill is that of one unit")
    hold_community(by.community_id)
    hold_prices(by.community_id)
    hold_readings(by.community_id)
    hold_charges(by.community_id, unit_id)
    wanted = wanted_of(correction)
    planned = plan(by.community_id, unit_id, wanted)
    if planned.seen != (correction.facts or {})["seen"]:
        raise changed_since()
    source = Source(CORRECTION, correction.id)
    off = [Lowering(line.id, left(line), ReductionKind.VOIDED, correction.reason) for line in planned.charges]
    back = lower(by, off, DEED, source, by.actor_id)
    if planned.drafts:
        due = [replace(each, due_on=_due(each.due_on, office_day(by.at))) for each in planned.drafts]
        try:
            post_supplement(by, wanted.period, due, source, whole_bill=wanted.debtor_id is None)
        except sa.exc.IntegrityError:
            raise changed_since() from None
    apply_wallets(by, {unit_id}, wanted.period)
    apply_wallets(by, {unit_id}, None)
    return total(back.values())


def wanted_of(correction: Correction) -> Wanted:
    """What a request asked for."""
    facts = correction.facts or {}
    return Wanted(Period.from_key(facts["period"]), facts["debtor"], facts["not_due"])


def _due(due_on: date, today: date) -> date:
    return rules.due_of_addition(due_on, today)


def _drafts(community_id: int, unit_id: int, period: Period) -> tuple[Draft, ...]:
    asked = list_asked(community_id, unit_id, period)
    return tuple(sorted(asked, key=lambda each: (each.item.position, each.item.id, each.drafted.line.from_on)))


def _stays(line: ChargeLine) -> bool:
    return isinstance(line.facts, CarriedOver | LateFacts) or _taken_over(line)


def _taken_over(line: ChargeLine) -> bool:
    return isinstance(line.facts, Added) and line.facts.kind is AddedKind.TAKEN_OVER


def _lines(planned: Planned) -> Iterator[filing.Line]:
    """What is taken off, charge by charge, and what is asked for anew, item by item and debtor by debtor."""
    unit_id, period = planned.unit.id, planned.wanted.period
    for line in planned.charges:
        yield filing.Line(line.id, unit_id, line.item_id, period, line.debtor_id, left(line), ZERO)
    anew: dict[tuple[int, int], Money] = defaultdict(lambda: ZERO)
    for each in planned.drafts:
        anew[each.item.id, each.drafted.debtor_id] += each.amount - each.relieved
    for (item_id, debtor_id), amount in anew.items():
        if amount:
            yield filing.Line(None, unit_id, item_id, period, debtor_id, ZERO, amount)
