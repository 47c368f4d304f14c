"""Units that have months without any charge though others of their use were billed: the ones a bill run missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import BillPart, BillRun, Charge
from feeapp.billing.opening import ITEM_CODE
from feeapp.billing.rules import LATE_CODE
from feeapp.core.period import Period
from feeapp.registry.models import Building, Ownership, SearchKey, Unit
from feeapp.registry.rules import UnitUse
from feeapp.registry.searching import key_range
from feeapp.storage.columns import Choice, Day, Month
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class MissedUnit:
    """A unit, how many months it has no charge for, and the first and last of them."""

    id: int
    code: str
    name: str
    use: UnitUse
    months: int
    first: Period
    last: Period


def list_missed_units(community_id: int, since: Period, typed: str, page: int | None) -> Page[MissedUnit]:
    """Units without any charge in a month in which others of their use were billed, in walking order.

    Only months from ``since`` on in which somebody owned the unit; all pages where ``page`` is None (for the export).
    """
    months = _months(community_id, since)
    if months is None:
        return Page([], page or 1, 0)
    missed = _missed(community_id, since, months)
    owned = sa.exists().where(
        Ownership.community_id == Unit.community_id,
        Ownership.unit_id == Unit.id,
        Ownership.position == 1,
        Ownership.from_on <= months.c.last_day,
        sa.or_(Ownership.to_on.is_(None), Ownership.to_on > months.c.first_day),
    )
    query = (
        sa.select(
            Unit.id, Unit.code, Unit.name, Unit.use, sa.func.count().label("count"),
            sa.func.min(months.c.period).label("first"), sa.func.max(months.c.period).label("last"),
        )
        .select_from(missed)
        .join(Unit, sa.and_(Unit.community_id == community_id, Unit.id == missed.c.id))
        .join(months, sa.and_(months.c.period == missed.c.period, months.c.use == Unit.use))
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .where(owned)
        .group_by(Unit.id, Unit.code, Unit.name, Unit.use, Unit.walk, Building.position, Building.code)
        .order_by(Building.position, Building.code, Unit.walk, Unit.code)
    )  # fmt: skip
    if (found := key_range(community_id, typed)) is not None:
        query = query.where(Unit.id.in_(sa.select(SearchKey.unit_id).where(found)))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([MissedUnit(*row) for row in db.session.execute(query)], page or 1, count)


def _months(community_id: int, since: Period) -> Any | None:
    """The months and uses that bill runs charged, with the first and the last day of each."""
    found = db.session.execute(
        sa.select(BillRun.period, BillPart.use)
        .join(BillPart, sa.and_(BillPart.community_id == BillRun.community_id, BillPart.run_id == BillRun.id))
        .where(BillRun.community_id == community_id, BillRun.period >= since, ~BillRun.supplementary)
        .distinct()
    ).all()
    if not found:
        return None
    return sa.union_all(
        *(
            sa.select(
                sa.literal(period, Month()).label("period"),
                sa.literal(use, Choice(UnitUse)).label("use"),
                sa.literal(period.first_day, Day()).label("first_day"),
                sa.literal(period.last_day, Day()).label("last_day"),
            )
            for period, use in found
        )
    ).cte("months")


def _missed(community_id: int, since: Period, months: Any) -> Any:
    """The units and months without a charge, whoever owned them; arrears of a ledger and late charges do not count.

    A difference of two sets, so that neither database asks unit by unit.
    """
    beside = sa.select(ChargeItem.id).where(
        ChargeItem.community_id == community_id, ChargeItem.code.in_((ITEM_CODE, LATE_CODE))
    )
    every = (
        sa.select(Unit.id.label("id"), months.c.period.label("period"))
        .join(months, months.c.use == Unit.use)
        .where(Unit.community_id == community_id, Unit.withdrawn_at.is_(None))
    )
    charged = sa.select(Charge.unit_id, Charge.period).where(
        Charge.community_id == community_id, Charge.period >= since, Charge.item_id.not_in(beside)
    )
    return every.except_(charged).cte("missed")
