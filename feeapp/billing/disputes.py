"""Looks at charges that households dispute, and at what the office answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.access.models import User
from feeapp.billing.late import in_dispute
from feeapp.billing.models import Charge, Dispute
from feeapp.billing.rules import DisputeState
from feeapp.clock import office_day
from feeapp.core.money import Money
from feeapp.core.period import Period, Span
from feeapp.core.refusal import NotFound
from feeapp.registry.models import SearchKey, Unit
from feeapp.registry.searching import key_range
from feeapp.storage.columns import Fen
from feeapp.storage.db import among, db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """One dispute in the list: over what, why, and what was answered."""

    id: int
    charge_id: int
    unit_id: int
    unit_code: str
    unit_name: str
    item_name: str
    item_name_en: str
    period: Period
    amount: Money
    open: Money
    reason: str
    opened_at: datetime
    opener_id: int
    opener: str
    closed_at: datetime | None
    closer: str | None
    answer: str
    upheld: bool | None

    @property
    def state(self) -> DisputeState:
        """Where it stands, by what is noted of its answer."""
        if self.upheld is None:
            return DisputeState.OPEN
        return DisputeState.UPHELD if self.upheld else DisputeState.REJECTED


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to: the beginning of a room, name or phone, and a state."""

    typed: str = ""
    state: DisputeState | None = None


def disputed_ids(community_id: int, charge_ids: Collection[int] | None = None) -> set[int]:
    """Those of these charges (of all, where None) that are in dispute now."""
    query = sa.select(Dispute.charge_id).where(Dispute.community_id == community_id, Dispute.closed_at.is_(None))
    if charge_ids is not None:
        query = query.where(Dispute.charge_id.in_(among(charge_ids)))
    return set(db.session.scalars(query))


def list_disputes(community_id: int, charge_ids: Collection[int]) -> dict[int, list[Dispute]]:
    """Every dispute of these charges by charge, the oldest first."""
    query = (
        sa.select(Dispute)
        .where(Dispute.community_id == community_id, Dispute.charge_id.in_(among(charge_ids)))
        .order_by(Dispute.opened_at, Dispute.id)
    )
    found: dict[int, list[Dispute]] = defaultdict(list)
    for dispute in db.session.scalars(query):
        found[dispute.charge_id].append(dispute)
    return found


def list_spans(community_id: int, charge_ids: Collection[int]) -> dict[int, list[Span]]:
    """The days on which each of these charges was in dispute, those that run on included."""
    query = sa.select(Dispute.charge_id, Dispute.opened_at, Dispute.closed_at).where(
        Dispute.community_id == community_id, Dispute.charge_id.in_(among(charge_ids))
    )
    spans: dict[int, list[Span]] = defaultdict(list)
    for charge_id, opened_at, closed_at in db.session.execute(query):
        spans[charge_id].append(in_dispute(office_day(opened_at), office_day(closed_at) if closed_at else None))
    return spans


def get_dispute(community_id: int, dispute_id: int) -> Dispute:
    """A dispute of this community, as it stands now. Raises NotFound."""
    dispute = db.session.get(Dispute, (community_id, dispute_id), populate_existing=True)
    if dispute is None:
        raise NotFound
    return dispute


def count_unanswered(community_id: int, by_id: int) -> int:
    """How many disputes this person may answer: those still open that somebody else noted."""
    query = sa.select(sa.func.count()).select_from(Dispute)
    query = query.where(Dispute.community_id == community_id, Dispute.closed_at.is_(None), Dispute.opened_by != by_id)
    return db.session.scalar(query) or 0


def list_of_charge(community_id: int, charge_id: int) -> list[DisputeRow]:
    """The disputes of one charge with who raised and answered them, the newest first."""
    query = _rows(community_id).where(Dispute.charge_id == charge_id)
    return [DisputeRow(*row) for row in db.session.execute(query.order_by(Dispute.opened_at.desc(), Dispute.id.desc()))]


def list_rows(community_id: int, wanted: Wanted, page: int | None) -> Page[DisputeRow]:
    """Every dispute, those still open first, the newest before the older; all where ``page`` is None."""
    query = _rows(community_id)
    if wanted.state is not None:
        query = query.where(_IN_STATE[wanted.state])
    found = key_range(community_id, wanted.typed)
    if found is not None:
        query = query.where(Charge.unit_id.in_(sa.select(SearchKey.unit_id).where(found)))
    elif wanted.typed:
        query = query.where(sa.false())
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    waits = sa.case((Dispute.closed_at.is_(None), 0), else_=1)
    query = query.order_by(waits, Dispute.opened_at.desc(), Dispute.id.desc())
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([DisputeRow(*row) for row in db.session.execute(query)], page or 1, count)


_OPENER, _CLOSER = aliased(User), aliased(User)
_IN_STATE = {
    DisputeState.OPEN: Dispute.closed_at.is_(None),
    DisputeState.UPHELD: Dispute.upheld == sa.true(),
    DisputeState.REJECTED: Dispute.upheld == sa.false(),
}


def _rows(community_id: int) -> sa.Select[Any]:
    left = sa.type_coerce(Charge.amount, sa.BigInteger) - sa.type_coerce(Charge.settled, sa.BigInteger)
    columns: tuple[Any, ...] = (
        Dispute.id, Dispute.charge_id, Charge.unit_id, Unit.code, Unit.name.label("unit_name"), ChargeItem.name,
        ChargeItem.name_en, Charge.period, Charge.amount,
        sa.type_coerce(left - sa.type_coerce(Charge.reduced, sa.BigInteger), Fen()).label("left"),
        Dispute.reason, Dispute.opened_at, Dispute.opened_by, _OPENER.name.label("opener"), Dispute.closed_at,
        _CLOSER.name.label("closer"), Dispute.answer, Dispute.upheld,
    )  # fmt: skip
    return (
        sa.select(*columns)
        .join(Charge, sa.and_(Charge.community_id == Dispute.community_id, Charge.id == Dispute.charge_id))
        .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .join(_OPENER, _OPENER.id == Dispute.opened_by)
        .outerjoin(_CLOSER, _CLOSER.id == Dispute.closed_by)
        .where(Dispute.community_id == community_id)
    )
