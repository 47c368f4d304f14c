"""Demands and agreements noted on charges, and until when each can be claimed (docs/rules/limitation.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.billing.limitation import DemandKind, runs_out_on
from feeapp.billing.models import Demand
from feeapp.billing.queries import ChargeLine, get_charge, list_open_charges
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db, dialect_insert


@dataclass(frozen=True, slots=True)
class NotedDemand:
    """One demand of a charge, and who noted it."""

    kind: DemandKind
    on: date
    proof: str
    by: str


@dataclass(frozen=True, slots=True)
class Limitation:
    """Until when a charge can be claimed, and the demands that count, the newest first."""

    runs_out_on: date
    demands: tuple[NotedDemand, ...]

    def passed(self, on: date) -> bool:
        """Whether the time is over on a day."""
        return on > self.runs_out_on


def limitation_of(charge: ChargeLine, community_id: int) -> Limitation:
    """Until when this charge can be claimed."""
    found = db.session.execute(
        sa.select(Demand.kind, Demand.happened_on, Demand.proof, User.name)
        .join(User, User.id == Demand.by_id)
        .where(Demand.community_id == community_id, Demand.charge_id == charge.id)
        .order_by(Demand.happened_on.desc(), Demand.id.desc())
    )
    demands = tuple(NotedDemand(*row) for row in found)
    return Limitation(runs_out_on(charge.due_on, demands[0].on if demands else None), demands)


def list_same_debts(community_id: int, charge: ChargeLine) -> list[ChargeLine]:
    """What the same debtor owes on the same unit, this charge with it where it is open."""
    return [each for each in list_open_charges(community_id, [charge.unit_id]) if each.debtor_id == charge.debtor_id]


def note_demand(by: By, charge_id: int, kind: DemandKind, on: date, proof: str, every: bool) -> int:
    """Note that the time to claim a charge runs anew from a day; ``every`` takes all that the debtor owes on the unit.

    Answers how many charges it was noted on; one that has the same note already keeps it. Raises NotFound, and Refused
    for a day to come, one on or before the due day of the charge, where nothing is open, or without a proof.
    """
    charge = get_charge(by.community_id, charge_id)
    if not proof.strip():
        raise Refused(
            "demand.proof",
            msg("Write down what proves it: a signed receipt, a post number, a file number."),
            field="proof",
        )
    if on > office_day(by.at):
        raise Refused("demand.future", msg("This day has not come yet."), field="on")
    debts = [each for each in list_same_debts(by.community_id, charge) if every or each.id == charge.id]
    due = [each for each in debts if each.due_on < on]
    if not debts:
        raise Refused("demand.nothing", msg("Nothing of this charge is open, so there is nothing to demand."))
    if not due:
        raise Refused("demand.early", msg("On this day the charge was not overdue yet."), field="on")
    noted = _write(by, [each.id for each in due], kind, on, proof.strip())
    log(by, "billing.demand", "charge", charge_id, code=charge.unit_code, charges=noted, day=on.isoformat())
    return noted


def _write(by: By, charge_ids: Sequence[int], kind: DemandKind, on: date, proof: str) -> int:
    rows = [
        {
            "community_id": by.community_id,
            "id": key,
            "charge_id": charge_id,
            "kind": kind,
            "happened_on": on,
            "proof": proof,
            "at": by.at,
            "by_id": by.actor_id,
        }
        for key, charge_id in zip(new_ids(len(charge_ids)), charge_ids, strict=True)
    ]
    noting = dialect_insert(Demand.__table__).values(rows).on_conflict_do_nothing().returning(Demand.id)
    return len(db.session.scalars(noting).all())
