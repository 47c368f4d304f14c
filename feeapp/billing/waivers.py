"""Looks at requests to waive late charges, and at what was waived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.access.models import User
from feeapp.billing.models import Charge, LateWaiver, LateWaiverLine
from feeapp.billing.rules import WaiverState
from feeapp.clock import OFFICE_ZONE
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Unit
from feeapp.storage.columns import Fen
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request in the list: who asked for how much, and who decided."""

    id: int
    asked_at: datetime
    asker: str
    reason: str
    upto_on: date
    state: WaiverState
    decided_at: datetime | None
    decider: str | None
    answer: str
    lines: int
    asked: Money
    waived: Money


@dataclass(frozen=True, slots=True)
class WaivedRow:
    """The late charge of one charge in a request."""

    waiver_id: int
    charge_id: int
    unit_id: int
    unit_code: str
    unit_name: str
    item_name: str
    item_name_en: str
    period: Period
    asked: Money
    waived: Money
    reason: str
    upto_on: date
    asker: str
    decider: str | None
    decided_at: datetime | None


def get_request(community_id: int, waiver_id: int) -> LateWaiver:
    """A request of this community, as it stands now. Raises NotFound."""
    waiver = db.session.get(LateWaiver, (community_id, waiver_id), populate_existing=True)
    if waiver is None:
        raise NotFound
    return waiver


def count_open(community_id: int) -> int:
    """How many requests wait for a decision."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(LateWaiver)
            .filter_by(community_id=community_id, state=WaiverState.ASKED)
        )
        or 0
    )


_ASKER, _DECIDER = aliased(User), aliased(User)
_LINES = (
    sa.select(
        LateWaiverLine.community_id,
        LateWaiverLine.waiver_id,
        sa.func.count().label("lines"),
        sa.func.sum(sa.type_coerce(LateWaiverLine.asked, sa.BigInteger)).label("asked"),
        sa.func.sum(sa.type_coerce(LateWaiverLine.waived, sa.BigInteger)).label("waived"),
    )
    .group_by(LateWaiverLine.community_id, LateWaiverLine.waiver_id)
    .subquery()
)


def _requests(community_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            LateWaiver.id, LateWaiver.asked_at, _ASKER.name, LateWaiver.reason, LateWaiver.upto_on, LateWaiver.state,
            LateWaiver.decided_at, _DECIDER.name, LateWaiver.answer, _LINES.c.lines,
            sa.type_coerce(_LINES.c.asked, Fen()), sa.type_coerce(_LINES.c.waived, Fen()),
        )
        .join(_ASKER, _ASKER.id == LateWaiver.asked_by)
        .outerjoin(_DECIDER, _DECIDER.id == LateWaiver.decided_by)
        .join(_LINES, sa.and_(_LINES.c.community_id == LateWaiver.community_id, _LINES.c.waiver_id == LateWaiver.id))
        .where(LateWaiver.community_id == community_id, _LINES.c.community_id == community_id)
    )  # fmt: skip


def list_requests(community_id: int, page: int) -> Page[RequestRow]:
    """Every request, those that wait first, the newest before the older."""
    count = db.session.scalar(sa.select(sa.func.count()).select_from(LateWaiver).filter_by(community_id=community_id))
    waits = sa.case((LateWaiver.state == WaiverState.ASKED, 0), else_=1)
    query = _requests(community_id).order_by(waits, LateWaiver.asked_at.desc(), LateWaiver.id.desc())
    found = db.session.execute(query.limit(SIZE).offset((page - 1) * SIZE))
    return Page([RequestRow(*row) for row in found], page, count or 0)


def request_row(community_id: int, waiver_id: int) -> RequestRow:
    """One request with its sums. Raises NotFound."""
    found = db.session.execute(_requests(community_id).where(LateWaiver.id == waiver_id)).one_or_none()
    if found is None:
        raise NotFound
    return RequestRow(*found)


def _lines(community_id: int) -> sa.Select[Any]:
    line = LateWaiverLine
    columns: tuple[Any, ...] = (
        line.waiver_id, line.charge_id, Charge.unit_id, Unit.code, Unit.name, ChargeItem.name, ChargeItem.name_en,
        Charge.period, line.asked, line.waived, LateWaiver.reason, LateWaiver.upto_on, _ASKER.name, _DECIDER.name,
        LateWaiver.decided_at,
    )  # fmt: skip
    return (
        sa.select(*columns)
        .join(LateWaiver, sa.and_(LateWaiver.community_id == line.community_id, LateWaiver.id == line.waiver_id))
        .join(Charge, sa.and_(Charge.community_id == line.community_id, Charge.id == line.charge_id))
        .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .join(_ASKER, _ASKER.id == LateWaiver.asked_by)
        .outerjoin(_DECIDER, _DECIDER.id == LateWaiver.decided_by)
        .where(line.community_id == community_id)
    )


def list_lines(community_id: int, waiver_id: int, page: int | None) -> Page[WaivedRow]:
    """What a request asks for, charge by charge in walking order; all of it where ``page`` is None."""
    return _paged(_lines(community_id).where(LateWaiverLine.waiver_id == waiver_id), page, Unit.walk, Unit.code)


@dataclass(frozen=True, slots=True)
class WantedWaived:
    """What the list of waived sums is narrowed to."""

    typed: str = ""
    from_on: date | None = None
    to_on: date | None = None


def list_waived(community_id: int, wanted: WantedWaived, page: int | None) -> Page[WaivedRow]:
    """What was waived, the newest decision first; all of it where ``page`` is None (for the export)."""
    return _paged(_waived(community_id, wanted), page, LateWaiver.decided_at.desc(), Unit.walk, Unit.code)


def sum_waived(community_id: int, wanted: WantedWaived) -> Money:
    """What the sums of such a list come to."""
    listed = _waived(community_id, wanted).subquery()
    fen = sa.func.coalesce(sa.func.sum(sa.type_coerce(listed.c.waived, sa.BigInteger)), 0)
    return Money(int(db.session.scalar(sa.select(fen)) or 0))


def _waived(community_id: int, wanted: WantedWaived) -> sa.Select[Any]:
    query = _lines(community_id).where(LateWaiverLine.waived > sa.literal(0))
    if wanted.typed:
        pattern = "%" + wanted.typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = query.where(sa.or_(Unit.code.like(pattern, escape="\\"), LateWaiver.reason.like(pattern, escape="\\")))
    if wanted.from_on:
        query = query.where(LateWaiver.decided_at >= _start_of(wanted.from_on))
    if wanted.to_on:
        query = query.where(LateWaiver.decided_at < _start_of(wanted.to_on + timedelta(days=1)))
    return query


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), OFFICE_ZONE)


def _paged(query: sa.Select[Any], page: int | None, *order: Any) -> Page[WaivedRow]:
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    query = query.order_by(*order, LateWaiverLine.charge_id)
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([WaivedRow(*row) for row in db.session.execute(query)], page or 1, count)
