"""A home that bill runs missed, for the tests of billing it afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from feeapp.billing.previewing import preview
from feeapp.billing.runs import confirm
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.registry.actions import set_profile
from feeapp.registry.models import Building, Ownership
from feeapp.registry.profile import FirstMonth
from feeapp.registry.queries import profile_of
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Authority, Price
from tests.people import Cast, _unit

AT = datetime(2025, 6, 10, 2, 0, tzinfo=UTC)
MONTHS = tuple(Period(2025, month) for month in range(1, 6))
HANDED_OVER = date(2025, 3, 11)
CODE = "3-2-601"


def by(cast: Cast, who: str = "accountant") -> By:
    return cast.by(who, AT)


def price_homes(cast: Cast, rate: str = "1.20", code: str = "FEE", price: Price | None = None) -> int:
    """An item all homes are charged for by area, from 2025 on; returns its id. Who moves in pays by days."""
    profile = profile_of(cast.community)
    if profile.first_month_rule is not FirstMonth.ACTUAL_DAYS:
        by_days = profile.but(first_month_rule=FirstMonth.ACTUAL_DAYS)
        transaction(lambda: set_profile(by(cast, "manager"), by_days, "合同第 9 条"))
    item = transaction(lambda: add_item(by(cast, "manager"), ItemKind.PROPERTY_FEE, code, code, code, 31))
    wanted = Published(
        UnitUse.HOME, price or Price(Decimal(rate)), date(2025, 1, 1), Authority.CONTRACT, "合同第 8 条", True
    )
    transaction(lambda: publish(by(cast, "manager"), item, wanted))
    return item


def bill(cast: Cast, period: Period) -> int:
    seen = preview(cast.community, period).seen_hash
    return transaction(lambda: confirm(by(cast), period, seen))


def find_out(cast: Cast, area: int | None = 88_20, owner: str | None = "ouyang", code: str = CODE) -> int:
    """Enter a home that stood there all the time, taken over by its owner in March; returns its id."""

    def enter() -> int:
        three = db.session.query(Building).filter_by(community_id=cast.community, code="3").one().id
        size = None if area is None else Area(area)
        unit = _unit(cast.community, code, three, "2", size, UnitUse.HOME, ())  # type: ignore[arg-type]
        if owner:
            db.session.add(
                Ownership(
                    community_id=cast.community, unit_id=unit, party_id=cast.parties[owner], position=1,
                    from_on=HANDED_OVER, share="",
                )
            )  # fmt: skip
        return unit

    cast.units[code] = transaction(enter)
    return cast.units[code]


def missed_home(cast: Cast, rate: str = "1.20") -> int:
    """The home of docs/rules/back-billing.md: January to May are billed for everybody else. Returns its id."""
    price_homes(cast, rate)
    for month in MONTHS:
        bill(cast, month)
    return find_out(cast)
