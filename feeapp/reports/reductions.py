"""Looks at what was taken off charges without money: line by line, and what each kind of it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.access.models import User
from feeapp.billing.models import Charge, Reduction
from feeapp.billing.rules import ReductionKind
from feeapp.clock import OFFICE_ZONE
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.models import SearchKey, Unit
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class WantedReductions:
    """What the list is narrowed to; the days are office days, both inclusive."""

    typed: str = ""
    kind: ReductionKind | None = None
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReductionRow:
    """One reduction in the list. ``approver`` is the second person, where it took one."""

    at: datetime
    charge_id: int
    unit_code: str
    unit_name: str
    item_name: str
    item_name_en: str
    period: Period
    kind: ReductionKind
    amount: Money
    reason: str
    by: str
    approver: str | None


@dataclass(frozen=True, slots=True)
class KindSum:
    """How many reductions of a kind there are, and what they come to."""

    kind: ReductionKind
    count: int
    total: Money


_BY, _APPROVER = aliased(User), aliased(User)


def list_reductions(community_id: int, wanted: WantedReductions, page: int | None) -> Page[ReductionRow]:
    """What was taken off, the newest first; all of it where ``page`` is None (for the export)."""
    narrowed = _narrowed(community_id, wanted)
    count = db.session.scalar(narrowed.with_only_columns(sa.func.count())) or 0
    query = (
        narrowed.with_only_columns(
            Reduction.at, Reduction.charge_id, Unit.code, Unit.name, ChargeItem.name, ChargeItem.name_en, Charge.period,
            Reduction.kind, Reduction.amount, Reduction.reason, _BY.name, _APPROVER.name,
        )
        .join(_BY, _BY.id == Reduction.by_id)
        .outerjoin(_APPROVER, _APPROVER.id == Reduction.approved_by)
        .order_by(Reduction.at.desc(), Unit.code, Reduction.id)
    )  # fmt: skip
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    rows: Sequence[Any] = db.session.execute(query).all()
    return Page([ReductionRow(*row) for row in rows], page or 1, count)


def sum_by_kind(community_id: int, wanted: WantedReductions) -> list[KindSum]:
    """What each kind comes to in the same list, in the order in which kinds are declared."""
    fen = sa.func.sum(sa.type_coerce(Reduction.amount, sa.BigInteger))
    found = db.session.execute(
        _narrowed(community_id, wanted).with_only_columns(Reduction.kind, sa.func.count(), fen).group_by(Reduction.kind)
    )
    sums = {kind: KindSum(kind, count, Money(int(total))) for kind, count, total in found}
    return [sums[kind] for kind in ReductionKind if kind in sums]


def _narrowed(community_id: int, wanted: WantedReductions) -> sa.Select[Any]:
    query = (
        sa.select(Reduction.id)
        .join(Charge, sa.and_(Charge.community_id == Reduction.community_id, Charge.id == Reduction.charge_id))
        .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .where(Reduction.community_id == community_id)
    )
    if wanted.kind is not None:
        query = query.where(Reduction.kind == wanted.kind)
    if wanted.from_on:
        query = query.where(Reduction.at >= _start_of(wanted.from_on))
    if wanted.to_on:
        query = query.where(Reduction.at < _start_of(wanted.to_on + timedelta(days=1)))
    found = key_range(community_id, wanted.typed)
    if found is not None:
        return query.where(Charge.unit_id.in_(sa.select(SearchKey.unit_id).where(found)))
    return query.where(sa.false()) if wanted.typed else query


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), OFFICE_ZONE)
