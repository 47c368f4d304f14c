"""Checks of disputes: one at a time for a charge, answered in words by a second person, each in the logbook."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.billing.models import Dispute
from feeapp.logbook.models import LogEntry
from feeapp.storage.checking import Check

_OPEN = Dispute.closed_at.is_(None)

_TWO_OPEN = (
    sa.select(Dispute.community_id, Dispute.charge_id, sa.func.count().label("open"))
    .where(_OPEN)
    .group_by(Dispute.community_id, Dispute.charge_id)
    .having(sa.func.count() > 1)
)

_HALF_ANSWERED = sa.select(Dispute.community_id, Dispute.id, Dispute.charge_id, Dispute.closed_at).where(
    sa.or_(
        sa.and_(_OPEN, sa.or_(Dispute.closed_by.is_not(None), Dispute.upheld.is_not(None), Dispute.answer != "")),
        sa.and_(
            sa.not_(_OPEN),
            sa.or_(
                Dispute.closed_by.is_(None),
                Dispute.closed_by == Dispute.opened_by,
                Dispute.upheld.is_(None),
                Dispute.answer == "",
                Dispute.closed_at < Dispute.opened_at,
            ),
        ),
    )
)

_NOT_NOTED = sa.select(Dispute.community_id, Dispute.id, Dispute.charge_id).where(
    ~sa.exists().where(
        LogEntry.community_id == Dispute.community_id,
        LogEntry.subject_kind == "dispute",
        LogEntry.subject_id == Dispute.id,
        LogEntry.kind == "billing.dispute",
    )
)

CHECKS: tuple[Check, ...] = (
    Check("D2", "A charge is in one dispute at a time.", _TWO_OPEN),
    Check("D3", "An answered dispute says what was answered, by somebody else than noted it.", _HALF_ANSWERED),
    Check("D4", "Every dispute is in the logbook.", _NOT_NOTED),
)
