"""Looks at charge items and their prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import sqlalchemy as sa

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.naming import BOOKED
from feeapp.tariffs.rules import Basis, Price


def get_item(community_id: int, item_id: int) -> ChargeItem:
    """An item of this community. Raises NotFound."""
    item = db.session.get(ChargeItem, (community_id, item_id))
    if item is None:
        raise NotFound
    return item


def get_version(community_id: int, version_id: int) -> TariffVersion:
    """A price of this community. Raises NotFound."""
    version = db.session.get(TariffVersion, (community_id, version_id))
    if version is None:
        raise NotFound
    return version


def list_items(community_id: int) -> list[ChargeItem]:
    """The items in the order they stand on a bill."""
    return list(
        db.session.scalars(
            sa.select(ChargeItem).filter_by(community_id=community_id).order_by(ChargeItem.position, ChargeItem.code)
        )
    )


def list_priced_items(community_id: int) -> list[ChargeItem]:
    """The items that prices are published for; an opening balance is charged, but never at a price."""
    earning = {booked.income for booked in BOOKED.values()}
    return [item for item in list_items(community_id) if item.income in earning]


def get_priced_item(community_id: int, item_id: int) -> ChargeItem:
    """One of these items. Raises NotFound for any other."""
    for item in list_priced_items(community_id):
        if item.id == item_id:
            return item
    raise NotFound


def list_versions(community_id: int, item_id: int, use: UnitUse | None = None) -> list[TariffVersion]:
    """The prices of an item, the newest first; of one use of units where it is named."""
    query = sa.select(TariffVersion).filter_by(community_id=community_id, item_id=item_id)
    if use is not None:
        query = query.filter_by(use=use)
    return list(db.session.scalars(query.order_by(TariffVersion.use, TariffVersion.from_on.desc())))


def price_of(version: TariffVersion) -> Price:
    """The price a version publishes."""
    return Price(version.rate, version.basis, version.proration, version.rounding, version.round_to, version.round_at)


@dataclass(frozen=True, slots=True)
class Example:
    """What a price comes to for one real unit in a full month."""

    unit_name: str
    area: Area | None
    amount: Money


def find_example(community_id: int, use: UnitUse, price: Price) -> Example | None:
    """The most common size of unit of that use, and what it would pay; None while no unit can be billed so."""
    query = (
        sa.select(sa.func.min(Unit.name), Unit.area)
        .where(Unit.community_id == community_id, Unit.use == use, Unit.withdrawn_at.is_(None))
        .group_by(Unit.area)
        .order_by(sa.func.count().desc(), Unit.area)
    )
    if price.basis is Basis.AREA:
        query = query.where(Unit.area.is_not(None))
    found = db.session.execute(query.limit(1)).first()
    if found is None:
        return None
    name, area = found
    quantity = area.centi if area and price.basis is Basis.AREA else 1
    return Example(name, area, price.round(price.exact_fen(quantity, Fraction(1))))


def is_in_force(version: TariffVersion, on: date) -> bool:
    """Whether a price applies on a day."""
    return version.from_on <= on and (version.to_on is None or on < version.to_on)
