"""A month's bill run over a district's units and two items, against a bare INSERT … SELECT of the same rows.

Eight months are billed one after the other, so that the run appends to a table that fills up, as it does in an office.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from bench.district import price_homes, settle_units
from bench.lines import Line
from feeapp import create_app
from feeapp.billing.models import Charge
from feeapp.billing.planning import owed
from feeapp.billing.previewing import preview
from feeapp.billing.reckoning import plan_period
from feeapp.billing.runs import COLUMNS, confirm, rows
from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.storage.columns import new_id
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Basis, Price
from tests.databases import environment
from tests.people import AT, settle_in

UNITS = 23_553
MONTHS = [Period(2026, 1).plus(number) for number in range(9)]
LIMIT = {"sqlite": 2.5, "postgresql": 4.5}


def run(url: str) -> Iterator[Line]:
    """Two lines: a run over the bare statement, and a rerun over a run."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(environment(url, Path(folder)))
        with app.app_context():
            cast = settle_in(app)
            by = By(cast.neighbour, cast.users["outsider"], AT)
            transaction(lambda: _settle(by))
            if db.engine.dialect.name == "postgresql":
                db.session.execute(sa.text("ANALYZE"))
            bare = _bare(by.community_id)
            taken = [(_bill(by, month), bare(month), _bill_again(by, month)) for month in MONTHS][1:]
            billing, limit, again = (statistics.median(each) for each in zip(*taken, strict=True))
            yield Line(
                f"bill run of {UNITS * 2:,} charges / bare INSERT … SELECT", billing / limit,
                LIMIT[db.engine.dialect.name], "at most", f"{billing * 1000:.0f} ms / {limit * 1000:.0f} ms",
            )  # fmt: skip
            yield Line(
                "rerun that adds nothing / bill run", again / billing, 1, "at most",
                f"{again * 1000:.0f} ms / {billing * 1000:.0f} ms",
            )  # fmt: skip
            db.session.remove()
            db.engine.dispose()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _bill(by: By, month: Period) -> float:
    seen = preview(by.community_id, month).seen_hash
    return _timed(lambda: transaction(lambda: confirm(by, month, seen)))


def _bill_again(by: By, month: Period) -> float:
    def again() -> None:
        try:
            transaction(lambda: confirm(by, month, "seen"))
        except Refused as refusal:
            if refusal.code != "billing.nothing":
                raise

    return _timed(again)


def _bare(community_id: int) -> Callable[[Period], float]:
    """The rows of a month into a table without keys, checks or triggers, by the run's own SELECT, and committed."""
    columns = [sa.Column(column.name, column.type) for column in Charge.__table__.c]
    table = sa.Table("bare_charges", sa.MetaData(), *columns, sqlite_strict=True)
    transaction(lambda: table.create(db.session.connection()))

    def write(month: Period) -> float:
        transaction(lambda: db.session.execute(sa.delete(table)))
        if db.engine.dialect.name == "postgresql":
            transaction(lambda: db.session.execute(sa.text("TRUNCATE bare_charges")))
        on = month.first_day
        inserts = [
            sa.insert(table).from_select(COLUMNS, rows(owed(planned, None), planned, month, 1, new_id(), on))
            for planned in plan_period(community_id, month).alike
        ]
        return _timed(lambda: transaction(lambda: [db.session.execute(insert) for insert in inserts]))

    return write


def _settle(by: By) -> None:
    settle_units(by, "2", UNITS)
    for kind, code, price in (
        (ItemKind.PROPERTY_FEE, "FEE", Price(Decimal("0.65"))),
        (ItemKind.SHARED, "LIGHT", Price(Decimal("3.20"), Basis.UNIT)),
    ):
        price_homes(by, kind, code, price)
