"""A household disputes one charge: the office notes it with the reason, and a second person answers it.

Meanwhile that charge alone is not asked for and bears no late charge; every other charge goes on as it was.
"""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.billing.disputes import get_dispute
from feeapp.billing.models import Dispute
from feeapp.billing.queries import get_charge
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, dialect_insert, hits


def open_dispute(by: By, charge_id: int, reason: str) -> int:
    """Put a charge in dispute; returns the dispute's id.

    Raises NotFound for a charge of somebody else's community, and Refused without a reason, where the charge was taken
    off altogether, and where it is in dispute already: of two at one instant the index lets one in.
    """
    charge = get_charge(by.community_id, charge_id)
    if not reason.strip():
        raise Refused("dispute.reason", msg("Write down what the household objects to."), field="reason")
    if charge.amount == charge.reduced:
        raise Refused("dispute.nothing", msg("This charge was taken off altogether, so there is nothing to dispute."))
    dispute_id = new_id()
    if not _enter(by, dispute_id, charge_id, reason.strip()):
        raise Refused("dispute.twice", msg("This charge is in dispute already. Reload the page."))
    log(by, "billing.dispute", "dispute", dispute_id, code=charge.unit_code, month=str(charge.period))
    return dispute_id


def _enter(by: By, dispute_id: int, charge_id: int, reason: str) -> bool:
    """Write the dispute unless the charge has an open one."""
    row = {
        "community_id": by.community_id,
        "id": dispute_id,
        "charge_id": charge_id,
        "reason": reason,
        "opened_at": by.at,
        "opened_by": by.actor_id,
        "answer": "",
    }
    entering = dialect_insert(Dispute.__table__).values(row).on_conflict_do_nothing().returning(Dispute.id)
    return db.session.scalar(entering) is not None


def close_dispute(by: By, dispute_id: int, answer: str, upheld: bool) -> None:
    """Answer a dispute. Whoever is right, nothing changes of the charge by this alone: a correction lowers it.

    Raises Refused without an answer, for whoever noted the dispute (a second person answers: its days bear no late
    charge), and where it was answered already.
    """
    dispute = get_dispute(by.community_id, dispute_id)
    if not answer.strip():
        raise Refused("dispute.answer", msg("Write down what the household was answered."), field="answer")
    if dispute.opened_by == by.actor_id:
        raise Refused(
            "dispute.same_person",
            msg("You noted this dispute yourself, so somebody else has to answer it (second person)."),
        )
    moved = hits(
        sa.update(Dispute)
        .where(Dispute.community_id == by.community_id, Dispute.id == dispute.id, Dispute.closed_at.is_(None))
        .values(closed_at=by.at, closed_by=by.actor_id, answer=answer.strip(), upheld=upheld)
    )
    if moved != 1:
        raise Refused("dispute.closed", msg("This dispute has been answered already. Reload the page."))
    db.session.expire(dispute)
    charge = get_charge(by.community_id, dispute.charge_id)
    log(
        by,
        "billing.uphold_dispute" if upheld else "billing.reject_dispute",
        "dispute",
        dispute.id,
        code=charge.unit_code,
        month=str(charge.period),
    )
