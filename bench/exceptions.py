"""A month of 50,000 units, 5 % of them exceptions, against the same month of the same units without any.

The exceptions are 500 each of: empty homes that pay 60 %, homes that change hands, homes whose building gets a new
price inside the month, homes with a water meter, homes that share a sum.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from bench.district import price_homes, publish_for, settle_units
from bench.lines import Line
from feeapp import create_app
from feeapp.billing.pools import Wanted, enter_pool
from feeapp.billing.previewing import preview
from feeapp.billing.rules import Way
from feeapp.billing.runs import confirm
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.metering.actions import NewMeter, add_meter
from feeapp.metering.judging import Entry
from feeapp.metering.models import Meter
from feeapp.metering.readings import enter_all
from feeapp.metering.rules import MeterKind, ReadingSource, Register
from feeapp.registry.actions import set_profile
from feeapp.registry.models import Ownership, Unit
from feeapp.registry.queries import profile_of
from feeapp.registry.rules import UseState
from feeapp.reliefs.actions import apply_for, approve, inspect
from feeapp.reliefs.rules import Application, ReliefKind
from feeapp.storage.columns import new_ids
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.places import Where
from feeapp.tariffs.rules import Basis, Place, Price
from tests.databases import environment
from tests.people import AT, settle_in

UNITS = 47_500
EACH = 500
PLAIN = [Period(2026, month) for month in (2, 3, 4)]
EXCEPTIONAL = [Period(2026, month) for month in (5, 6, 7)]
LIMIT = 2
RATES = ("0.70", "0.75", "0.80")


def run(url: str) -> Iterator[Line]:
    """One line: months with exceptions over months without; each is billed for the first time."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(environment(url, Path(folder)))
        with app.app_context():
            cast = settle_in(app)
            by = By(cast.neighbour, cast.users["outsider"], AT)
            estate = transaction(lambda: Estate.settle(by))
            if db.engine.dialect.name == "postgresql":
                db.session.execute(sa.text("ANALYZE"))
            plain = statistics.median(_bill(by, month) for month in PLAIN)
            transaction(lambda: estate.hang_meters(by))
            transaction(lambda: estate.leave_homes_empty(by))
            taken = []
            for month, rate in zip(EXCEPTIONAL, RATES, strict=True):
                transaction(lambda month=month, rate=rate: estate.make_exceptions(by, month, rate))
                taken.append(_bill(by, month))
            unlike = statistics.median(taken)
            yield Line(
                "50,000 units, 5 % exceptions / without any", unlike / plain, LIMIT, "at most",
                f"{unlike * 1000:.0f} ms / {plain * 1000:.0f} ms",
            )  # fmt: skip
            db.session.remove()
            db.engine.dispose()


def _bill(by: By, month: Period) -> float:
    seen = preview(by.community_id, month).seen_hash
    begun = time.perf_counter()
    transaction(lambda: confirm(by, month, seen))
    return time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Estate:
    """The homes that are like all others, and five buildings of 500, one for each kind of exception."""

    fee: int
    water: int
    shared: int
    empty: Sequence[int]
    sold: Sequence[int]
    buyers: Sequence[int]
    repriced: int
    metered: Sequence[int]
    sharing: int

    @classmethod
    def settle(cls, by: By) -> Estate:
        settle_units(by, "2", UNITS)
        (_, empty, _), (_, sold, buyers), (repriced, _, _), (_, metered, _), (sharing, _, _) = (
            settle_units(by, str(building), EACH) for building in range(3, 8)
        )
        fee = price_homes(by, ItemKind.PROPERTY_FEE, "FEE", Price(Decimal("0.65")))
        price_homes(by, ItemKind.SHARED, "LIGHT", Price(Decimal("3.20"), Basis.UNIT))
        water = price_homes(by, ItemKind.WATER, "WATER", Price(Decimal("3.50"), Basis.METER))
        shared = price_homes(by, ItemKind.SHARED, "POWER", Price(Decimal(0), Basis.POOL))
        return cls(fee, water, shared, empty, sold, buyers, repriced, metered, sharing)

    def hang_meters(self, by: By) -> None:
        for number, unit_id in enumerate(self.metered):
            register = Register(5, 0, Decimal(1))
            add_meter(by, unit_id, MeterKind.WATER, NewMeter(f"W{number}", register, date(2026, 1, 10), 0))

    def leave_homes_empty(self, by: By) -> None:
        home = sa.and_(Unit.community_id == by.community_id, Unit.id.in_(self.empty))
        db.session.execute(sa.update(Unit).where(home).values(use_state=UseState.VACANT))
        set_profile(by, replace(profile_of(by.community_id), vacancy_percent=Decimal(60)), "合同")
        other = By(by.community_id, None, by.at)
        for unit_id in self.empty:
            asked = Application(
                unit_id, ReliefKind.VACANCY, None, Decimal(60), date(2026, 1, 20), date(2026, 5, 1), date(2026, 12, 31),
                "水表未动", since_on=date(2025, 1, 1),
            )  # fmt: skip
            relief_id = apply_for(other, asked)
            inspect(other, relief_id, date(2026, 1, 20), "王桂芳", "")
            approve(by, relief_id, date(2026, 5, 1), "")

    def make_exceptions(self, by: By, month: Period, rate: str) -> None:
        """Sell 500 homes, raise the price of a building, read 500 meters, and enter a sum to share."""
        inside = month.first_day.replace(day=16)
        ownership = Ownership.__table__
        stands = sa.and_(
            ownership.c.community_id == by.community_id, ownership.c.unit_id.in_(self.sold), ownership.c.to_on.is_(None)
        )
        db.session.execute(sa.update(ownership).where(stands).values(to_on=inside))
        buyers = [*self.buyers[month.month :], *self.buyers[: month.month]]
        db.session.execute(
            sa.insert(ownership),
            [
                {
                    "community_id": by.community_id, "id": key, "unit_id": unit_id, "party_id": party_id, "position": 1,
                    "from_on": inside, "to_on": None, "share": "",
                }
                for key, unit_id, party_id in zip(new_ids(EACH), self.sold, buyers, strict=True)
            ],
        )  # fmt: skip
        where = Where(Place.BUILDING, self.repriced)
        publish_for(by, self.fee, Price(Decimal(rate)), inside, where)
        later = replace(by, at=datetime(month.year, month.month, 28, 2, tzinfo=UTC))
        meters = db.session.scalars(sa.select(Meter.id).filter_by(community_id=by.community_id)).all()
        read = Entry(1000 * (month.month - 4), month.first_day.replace(day=27))
        enter_all(later, dict.fromkeys(meters, read), ReadingSource.ROUND)
        place = Where(Place.BUILDING, self.sharing)
        enter_pool(by, Wanted(self.shared, month, Money.yuan(1234), Way.AREA, place, "2,373 度", "电费单", {}))
