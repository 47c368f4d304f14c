"""Adjustments: another amount for one charge, or for many at once. Asked for here, booked when they are approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.amending import Lowering, Raising, lower, raise_charges
from feeapp.billing.late import LateFacts
from feeapp.billing.models import Charge
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.queries import ChargeLine
from feeapp.billing.rules import AddedKind, ReductionKind
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.corrections import filing, rules
from feeapp.corrections.history import get_line
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CORRECTION, CorrectionKind, Effect, Ground, Standing
from feeapp.ledger.actions import Source
from feeapp.registry.models import Unit
from feeapp.storage.db import db

DEED = "corrections.approve"
"""What the entries of a correction are called in the book."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of one charge: a new amount or a difference, and on what ground."""

    amount: Money | None
    change: Money | None
    ground: Ground


@dataclass(frozen=True, slots=True)
class Planned:
    """One charge and what changing it does."""

    line: ChargeLine
    ground: Ground
    effect: Effect

    @property
    def seen(self) -> str:
        """What a person has looked at before sending: anything else than this is looked at again."""
        return f"{self.ground.value} {self.effect.was.fen} {self.effect.should.fen} {self.effect.credit.fen}"


def plan(community_id: int, charge_id: int, wanted: Wanted) -> Planned:
    """What an adjustment of one charge would do. Raises NotFound, and Refused at the field for what cannot be."""
    line = get_line(community_id, charge_id)
    standing = standing_of(line)
    should = rules.wanted_amount(standing, wanted.amount, wanted.change, wanted.ground)
    if should > standing.asked and isinstance(line.facts, LateFacts):
        raise Refused(
            "corrections.late_up",
            msg("A late charge is never raised: what has run up more is due when the household pays."),
            field="change" if wanted.amount is None else "amount",
        )
    return Planned(line, wanted.ground, rules.effect(standing, should))


def ask(by: By, charge_id: int, wanted: Wanted, reason: str, proof: str, key: str) -> int:
    """Ask for an adjustment of one charge and return its id. Raises as ``plan`` and ``filing.file``."""
    planned = plan(by.community_id, charge_id, wanted)
    line = planned.line
    asked = filing.Line(
        line.id, line.unit_id, line.item_id, line.period, line.debtor_id, planned.effect.was, planned.effect.should
    )
    goodwill = wanted.ground is Ground.GOODWILL
    return filing.file(by, filing.Filing(CorrectionKind.ADJUSTMENT, [asked], reason, proof, key, goodwill))


def standing_of(line: ChargeLine) -> Standing:
    """A charge as the rules see it."""
    return Standing(line.amount, line.amount - line.reduced - line.open, line.reduced)


def book(by: By, correction: Correction) -> Money:
    """Take off and add what an approved adjustment says, and say how much went back to households as credit.

    What was paid since it was asked for makes no difference. Raises Refused where something else was taken off one of
    the charges meanwhile.
    """
    found = db.session.execute(_standing_lines(correction)).all()
    gone = [row for row in found if row.amount - row.reduced != row.was]
    if gone:
        raise _changed_since(len(gone), gone[0].unit_code, gone[0].period)
    source = Source(CORRECTION, correction.id)
    kind = ReductionKind.WAIVED if correction.goodwill else ReductionKind.CORRECTED
    back = lower(
        by,
        [
            Lowering(row.charge_id, row.was - row.should, kind, correction.reason)
            for row in found
            if row.should < row.was
        ],
        DEED,
        source,
        by.actor_id,
    )
    raised = [_raising(by, row, correction.reason) for row in found if row.should > row.was]
    if raised:
        raise_charges(by, raised, DEED, source)
        apply_wallets(by, {each.unit_id for each in raised}, None)
    return total(back.values())


def _raising(by: By, row: Any, reason: str) -> Raising:
    return Raising(
        AddedKind.ADJUSTED, row.unit_id, row.item_id, row.period, row.debtor_id,
        rules.due_of_addition(row.due_on, office_day(by.at)), row.should - row.was, reason, row.charge_id,
        row.was, row.should,
    )  # fmt: skip


def _changed_since(count: int, unit: str, period: Period) -> Refused:
    return Refused(
        "corrections.changed",
        msg(
            "Something else was taken off %(count)s of these charges since it was asked for, the first of them "
            "%(unit)s %(month)s. Refuse it, and have it asked for anew."
        ),
        {"count": count, "unit": unit, "month": str(period)},
    )


def _standing_lines(correction: Correction) -> sa.Select[Any]:
    """The lines of a correction with their charges, which nobody else changes until this transaction ends."""
    line, charge = CorrectionLine.__table__.c, Charge.__table__.c
    return (
        sa.select(
            line.charge_id, line.unit_id, line.item_id, line.period, line.debtor_id, line.was, line.should,
            charge.amount, charge.settled, charge.reduced, charge.due_on, Unit.code.label("unit_code"),
        )
        .select_from(CorrectionLine)
        .join(Charge, sa.and_(charge.community_id == line.community_id, charge.id == line.charge_id))
        .join(Unit, sa.and_(Unit.community_id == line.community_id, Unit.id == line.unit_id))
        .where(line.community_id == correction.community_id, line.correction_id == correction.id)
        .order_by(line.charge_id)
        .with_for_update(of=Charge)
    )  # fmt: skip
