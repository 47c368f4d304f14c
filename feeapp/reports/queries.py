"""Looks across rooms for the day's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import BillRun, Charge
from feeapp.cashier.models import Receipt
from feeapp.cashier.settling import Method
from feeapp.cashier.standing import TENDERED
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.tariffs.models import TariffVersion


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far a community has come on the way to its first receipt."""

    ledger: bool
    price: bool
    bills: bool
    receipt: bool

    @property
    def done(self) -> bool:
        return self.ledger and self.price and self.bills and self.receipt


@dataclass(frozen=True, slots=True)
class Month:
    """What was billed for a month, and what of all bills is still open."""

    billed: Money
    cleared: Money
    open: Money
    households_owing: int


def get_set_up(community_id: int) -> SetUp:
    """Which of the first steps are done."""

    def any_of(model: type) -> bool:
        return db.session.query(model).filter_by(community_id=community_id).limit(1).count() > 0

    return SetUp(any_of(Unit), any_of(TariffVersion), any_of(Charge), any_of(Receipt))


def get_month(community_id: int, period: Period) -> Month:
    """The month in figures."""
    of_month = db.session.execute(
        sa.select(_sum(Charge.amount), _sum(Charge.settled)).where(
            Charge.community_id == community_id, Charge.period == period
        )
    ).one()
    left = sa.type_coerce(Charge.amount, sa.BigInteger) - sa.type_coerce(Charge.settled, sa.BigInteger)
    left = left - sa.type_coerce(Charge.reduced, sa.BigInteger)
    still = db.session.execute(
        sa.select(sa.func.coalesce(sa.func.sum(left), 0), sa.func.count(sa.distinct(Charge.unit_id))).where(
            Charge.community_id == community_id, left > 0
        )
    ).one()
    return Month(Money(int(of_month[0])), Money(int(of_month[1])), Money(int(still[0])), still[1])


def sum_takings(community_id: int, on: date, cashier_id: int | None = None) -> dict[Method, Money]:
    """What came in on a day by each way of paying, less what was given back for receipts that were taken back.

    For one cashier or for all; prepaid money came in before.
    """
    query = (
        sa.select(TENDERED.c.method, _sum(TENDERED.c.amount))
        .where(TENDERED.c.community_id == community_id, TENDERED.c.day == on, TENDERED.c.method != Method.WALLET)
        .group_by(TENDERED.c.method)
    )
    if cashier_id is not None:
        query = query.where(TENDERED.c.cashier_id == cashier_id)
    return {method: Money(int(amount)) for method, amount in db.session.execute(query)}


def count_units(community_id: int) -> dict[UnitUse, int]:
    """How many units of each use stand on the ledger."""
    query = (
        sa.select(Unit.use, sa.func.count().label("units"))
        .where(Unit.community_id == community_id, Unit.withdrawn_at.is_(None))
        .group_by(Unit.use)
    )
    return {row.use: row.units for row in db.session.execute(query)}


def count_without_area(community_id: int) -> int:
    """Homes and shops that cannot be billed by area because theirs is not known."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Unit)
            .where(
                Unit.community_id == community_id,
                Unit.withdrawn_at.is_(None),
                Unit.area.is_(None),
                Unit.use.in_([UnitUse.HOME, UnitUse.SHOP]),
            )
        )
        or 0
    )


def is_billed(community_id: int, period: Period) -> bool:
    """Whether a bill run of the month was confirmed."""
    ran = sa.exists().where(BillRun.community_id == community_id, BillRun.period == period)
    return bool(db.session.scalar(sa.select(ran)))


def _sum(column: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.type_coerce(column, sa.BigInteger)), 0)
