"""A home whose area is wrong on record, for the tests of putting it right."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa

from feeapp.billing.previewing import preview
from feeapp.billing.runs import confirm
from feeapp.core.area import Area
from feeapp.core.period import Period
from feeapp.corrections import areas
from feeapp.corrections.areas import Planned, Wanted
from feeapp.registry.areas import Areas
from feeapp.registry.models import Ownership, Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Authority, Price
from tests.people import Cast

AT = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
CODE = "3-2-501"


def price(cast: Cast, rate: str = "1.20", code: str = "FEE", terms: Price | None = None) -> int:
    """An item that homes are charged for by area, from 2023 on; returns its id."""
    by = cast.by("manager", AT)
    item = transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, code, code, code, 31))
    wanted = Published(
        UnitUse.HOME, terms or Price(Decimal(rate)), date(2023, 1, 1), Authority.CONTRACT, "合同第 8 条", True
    )
    transaction(lambda: publish(by, item, wanted))
    return item


def bill(cast: Cast, *months: str) -> None:
    """Bill months for everybody."""
    for month in months:
        period = Period.read(month)
        seen = preview(cast.community, period).seen_hash
        by = cast.by("accountant", AT)
        transaction(lambda by=by, period=period, seen=seen: confirm(by, period, seen))


def on_record(cast: Cast, centi: int) -> None:
    """Let the home have had this area all the time."""
    db.session.get_one(Unit, (cast.community, cast.units[CODE])).area = Area(centi)
    db.session.commit()


def wanted(right: int, since: str) -> Wanted:
    return Wanted(Areas(Area(right), None), date.fromisoformat(since))


def look(cast: Cast, right: int, since: str) -> Planned:
    return areas.plan(cast.community, cast.units[CODE], wanted(right, since), AT.date())


def ask(cast: Cast, right: int, since: str, key: str = "form area") -> int:
    by = cast.by("accountant", AT)
    return transaction(
        lambda: areas.ask(by, cast.units[CODE], wanted(right, since), "测绘录入错误", "黑(2014)第 1 号", key)
    )


def sell(cast: Cast, on: date) -> None:
    """Let the home belong to somebody else from a day on, as the registry comes to know."""

    def deed() -> None:
        here = {"community_id": cast.community, "unit_id": cast.units[CODE]}
        db.session.execute(sa.update(Ownership).filter_by(**here).values(to_on=on))
        db.session.add(Ownership(**here, party_id=cast.parties["ouyang"], position=1, from_on=on, share=""))

    transaction(deed)
