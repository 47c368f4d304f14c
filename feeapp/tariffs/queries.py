"""Looks at charge items and their prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.naming import BOOKED
from feeapp.tariffs.places import EVERYWHERE, Where
from feeapp.tariffs.rules import BY_HUNDREDTHS, Basis, Coefficients, Place, Price, Tier


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
    """The prices of an item, use by use, the widest place first, in each place the newest first.

    Only of one use of units where it is named.
    """
    query = sa.select(TariffVersion).filter_by(community_id=community_id, item_id=item_id)
    if use is not None:
        query = query.filter_by(use=use)
    found = list(db.session.scalars(query.order_by(TariffVersion.from_on.desc(), TariffVersion.id)))
    uses, places = list(UnitUse), list(Place)
    return sorted(found, key=lambda each: (uses.index(each.use), places.index(each.place), each.place_id or 0))


def where_of(version: TariffVersion) -> Where:
    """Where a price holds."""
    return Where(version.place, version.place_id)


def price_of(version: TariffVersion) -> Price:
    """The price a version publishes."""
    return price_from({name: getattr(version, name) for name in PRICE_COLUMNS})


PRICE_COLUMNS = ("rate", "basis", "proration", "rounding", "round_to", "round_at", "tiers", "coefficients")
"""The columns of a version that make its price."""


def price_from(kept: Mapping[str, Any]) -> Price:
    """The price that these columns of a version make."""
    tiers = tuple(Tier(upto, Decimal(rate)) for upto, rate in kept["tiers"] or ())
    return Price(**{**kept, "tiers": tiers, "coefficients": _coefficients(kept["coefficients"])})


def _coefficients(kept: dict[str, Any] | None) -> Coefficients | None:
    if kept is None:
        return None
    return Coefficients(kept["name"], tuple((floor, Decimal(part)) for floor, part in kept["by_floor"]))


@dataclass(frozen=True, slots=True)
class Example:
    """What a price comes to for one real unit in a full month.

    ``quantity`` is what it was reckoned on: 0.01 m² or 0.01 of a meter's unit, otherwise one. ``coefficient`` is that
    of the unit's floor.
    """

    unit_name: str
    quantity: int
    coefficient: Fraction
    amount: Money

    @property
    def area(self) -> Area:
        """The quantity as an area, where the price goes by one."""
        return Area(self.quantity)


METERED_EXAMPLE = 1000
"""What the example of a metered price has used: 10 of the meter's unit."""


def find_example(community_id: int, use: UnitUse, price: Price, where: Where = EVERYWHERE) -> Example | None:
    """The most common size of unit of that use in that place, and what it would pay; None where none can be billed so.

    Of a metered price the example uses 10 units of the meter, of floors it takes one that pays; a shared sum has none.
    """
    if price.basis is Basis.POOL:
        return None
    size: Any = Unit.inner_area if price.basis is Basis.INNER_AREA else Unit.area
    alike = [size] if price.coefficients is None else [size, Unit.floor]
    name = sa.func.min(Unit.name)
    query = (
        sa.select(name, *alike)
        .where(Unit.community_id == community_id, Unit.use == use, Unit.withdrawn_at.is_(None), _lies_in(where))
        .group_by(*alike)
        .order_by(sa.func.count().desc(), size, name)
    )
    if price.basis in (Basis.AREA, Basis.INNER_AREA):
        query = query.where(size.is_not(None))
    groups: Any = db.session.execute(query.limit(100))
    paying = [(price.of_floor(floor[0]) if floor else Fraction(1), unit, area) for unit, area, *floor in groups]
    if not paying:
        return None
    coefficient, unit_name, area = next((one for one in paying if one[0]), paying[0])
    quantity = 1
    if price.basis in BY_HUNDREDTHS:
        quantity = METERED_EXAMPLE if price.basis is Basis.METER else area.centi
    amount = price.round(price.exact_fen(quantity, Fraction(1)) * coefficient)
    return Example(unit_name, quantity, coefficient, amount)


def _lies_in(where: Where) -> sa.ColumnElement[bool]:
    """Whether a unit lies in a place, as SQL over it."""
    column = {Place.BUILDING: Unit.building_id, Place.STAIR: Unit.stair_id, Place.UNIT: Unit.id}.get(where.place)
    return sa.true() if column is None else column == where.id


def is_in_force(version: TariffVersion, on: date) -> bool:
    """Whether a price applies on a day."""
    return version.from_on <= on and (version.to_on is None or on < version.to_on)
