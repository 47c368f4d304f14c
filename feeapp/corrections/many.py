"""Many charges changed at once: chosen from a list, looked at one by one, and asked for as one correction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import Charge
from feeapp.billing.rules import LATE_CODE
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.corrections import filing, rules
from feeapp.corrections.models import CorrectionDraft, CorrectionLine
from feeapp.corrections.queries import get_correction
from feeapp.corrections.rules import Cannot, Change, CorrectionKind, Effect, Ground, Standing
from feeapp.registry.models import Building, Unit
from feeapp.storage.columns import new_id
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem


@dataclass(frozen=True, slots=True)
class ManyRow:
    """One of many charges: where it stands, what it would be, or why it cannot be changed."""

    charge_id: int
    unit_id: int
    unit_code: str
    item_id: int
    item_name: str
    item_name_en: str
    period: Period
    debtor_id: int
    standing: Standing
    effect: Effect | None
    cannot: Cannot | None


@dataclass(frozen=True, slots=True)
class Many:
    """Many charges before they are changed: what changes by how much, and how many cannot."""

    rows: list[ManyRow]

    @property
    def effects(self) -> list[Effect]:
        return [row.effect for row in self.rows if row.effect is not None]

    @property
    def lowered(self) -> Money:
        return total(-each.change for each in self.effects if each.change < ZERO)

    @property
    def raised(self) -> Money:
        return total(each.change for each in self.effects if each.change > ZERO)

    @property
    def credit(self) -> Money:
        return total(each.credit for each in self.effects)

    @property
    def cannot(self) -> dict[Cannot, int]:
        """How many cannot be changed, by the reason."""
        counts = {reason: sum(1 for row in self.rows if row.cannot is reason) for reason in Cannot}
        return {reason: count for reason, count in counts.items() if count}

    @property
    def seen(self) -> str:
        """A hash of what each charge was and would be: what was looked at, and nothing else, is asked for."""
        told = "\n".join(
            f"{row.charge_id} {row.effect.was.fen} {row.effect.should.fen} {row.effect.credit.fen}"
            for row in self.rows
            if row.effect is not None
        )
        return hashlib.sha256(told.encode()).hexdigest()


def choose(by: By, charge_ids: Collection[int]) -> int:
    """Keep what somebody chose from a list, and return the id under which it is looked at.

    Earlier choices of the same person that were never sent are forgotten. Raises Refused for too many.
    """
    if by.actor_id is None:
        raise TypeError("a person chooses")
    if len(charge_ids) > rules.MOST_LINES:
        raise filing.too_many(len(charge_ids))
    db.session.execute(
        sa.delete(CorrectionDraft).where(
            CorrectionDraft.community_id == by.community_id,
            CorrectionDraft.made_by == by.actor_id,
            CorrectionDraft.made_at < by.at - rules.DRAFTS_KEPT,
        )
    )
    draft_id = new_id()
    db.session.execute(
        sa.insert(CorrectionDraft.__table__).values(
            community_id=by.community_id, id=draft_id, charge_ids=list(charge_ids), made_at=by.at, made_by=by.actor_id
        )
    )
    return draft_id


def choose_again(by: By, correction_id: int) -> int:
    """Choose the charges of a correction that came to nothing once more, and return the id of the choice.

    Raises NotFound, and Refused for one that waits or was approved.
    """
    before = get_correction(by.community_id, correction_id)
    if before.kind is not CorrectionKind.ADJUSTMENT or before.state not in rules.CAME_TO_NOTHING:
        raise Refused(
            "corrections.again", msg("Only an adjustment that was refused or withdrawn is asked for anew from here.")
        )
    found = db.session.scalars(
        sa.select(CorrectionLine.charge_id)
        .where(
            CorrectionLine.community_id == by.community_id,
            CorrectionLine.correction_id == correction_id,
            CorrectionLine.charge_id.is_not(None),
        )
        .order_by(CorrectionLine.seq)
    )
    return choose(by, [charge_id for charge_id in found if charge_id is not None])


def get_choice(community_id: int, draft_id: int, made_by: int | None) -> CorrectionDraft:
    """What this person chose. Raises NotFound, also for somebody else's choice."""
    draft = db.session.get(CorrectionDraft, (community_id, draft_id))
    if draft is None or draft.made_by != made_by:
        raise NotFound
    return draft


def plan_many(community_id: int, charge_ids: Collection[int], change: Change) -> Many:
    """What a change of many charges would do, in walking order. Raises Refused for a change that lacks its figure."""
    rules.check_change(change)
    waiting = filing.waiting_among(community_id, list(charge_ids))
    rows = []
    for row in db.session.execute(_many(community_id, charge_ids)):
        standing = Standing(row.amount, row.settled, row.reduced)
        cannot = rules.why_not(standing, change, row.id in waiting, row.item_code == LATE_CODE)
        effect = None if cannot else rules.effect(standing, rules.changed(standing, change))
        rows.append(
            ManyRow(
                row.id, row.unit_id, row.unit_code, row.item_id, row.item_name, row.item_name_en, row.period,
                row.debtor_id, standing, effect, cannot,
            )
        )  # fmt: skip
    return Many(rows)


def ask_many(by: By, draft_id: int, change: Change, seen: str, reason: str, proof: str) -> int:
    """Ask for one correction of all the chosen charges that can be changed, and return its id.

    Raises Refused where the charges are no longer what was looked at; the rest as ``plan_many`` and ``filing.file``.
    """
    draft = get_choice(by.community_id, draft_id, by.actor_id)
    many = plan_many(by.community_id, draft.charge_ids, change)
    if many.seen != seen:
        raise Refused(
            "corrections.seen",
            msg("The charges have changed since you looked at them. Look at the list again, then send it."),
        )
    lines = [
        filing.Line(
            row.charge_id, row.unit_id, row.item_id, row.period, row.debtor_id, row.effect.was, row.effect.should
        )
        for row in many.rows
        if row.effect is not None
    ]
    facts = {
        "way": change.way.value,
        "direction": change.direction.value,
        "percent": str(change.percent) if change.percent is not None else None,
        "fen": change.amount.fen if change.amount is not None else None,
    }
    goodwill = change.ground is Ground.GOODWILL
    return filing.file(
        by, filing.Filing(CorrectionKind.ADJUSTMENT, lines, reason, proof, rules.choice_key(draft_id), goodwill, facts)
    )


def _many(community_id: int, charge_ids: Collection[int]) -> sa.Select[Any]:
    charge = Charge.__table__.c
    return (
        sa.select(
            charge.id, charge.unit_id, charge.item_id, charge.period, charge.debtor_id, charge.amount, charge.settled,
            charge.reduced, Unit.code.label("unit_code"), ChargeItem.code.label("item_code"),
            ChargeItem.name.label("item_name"), ChargeItem.name_en.label("item_name_en"),
        )
        .select_from(Charge)
        .join(Unit, sa.and_(Unit.community_id == charge.community_id, Unit.id == charge.unit_id))
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .join(ChargeItem, sa.and_(ChargeItem.community_id == charge.community_id, ChargeItem.id == charge.item_id))
        .where(charge.community_id == community_id, charge.id.in_(among(charge_ids)))
        .order_by(Building.position, Building.id, Unit.walk, Unit.code, charge.period, ChargeItem.position, charge.seq)
    )  # fmt: skip
