"""Faults of the database, of houses and people, of prices and of powers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from feeapp.core.money import Rounding, RoundTo
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, publish
from feeapp.tariffs.models import TariffVersion
from feeapp.tariffs.rules import Authority, Basis, Price, Proration, RoundAt
from tests.breaking import past_the_guards, run_schema, run_sql
from tests.people import AT
from tests.plants.planting import plant
from tests.scene import Scene


@plant("A3", "a cashier who was made manager as well")
def _(scene: Scene) -> None:
    run_sql(
        "UPDATE grants SET user_id = :cashier WHERE role = 'MANAGER' AND community_id = :community",
        cashier=scene.cast.users["cashier"], community=scene.cast.community,
    )  # fmt: skip


@plant("T1", "two prices for the same days")
def _(scene: Scene) -> None:
    price = {
        "community_id": scene.cast.community, "item_id": scene.item("FEE"), "use": UnitUse.HOME, "basis": Basis.AREA,
        "rate": Decimal("0.65"), "proration": Proration.ACTUAL_DAYS, "rounding": Rounding.HALF_UP,
        "round_to": RoundTo.FEN, "round_at": RoundAt.PER_MONTH, "authority": Authority.CONTRACT,
        "authority_text": "合同", "published_at": AT, "published_by": scene.cast.users["manager"],
    }  # fmt: skip
    rows = [{**price, "id": month, "from_on": date(2026, month, 1)} for month in (1, 2)]
    transaction(lambda: db.session.execute(sa.insert(TariffVersion.__table__), rows))


@plant("T2", "a price for a building that is not there")
def _(scene: Scene) -> None:
    price = Published(UnitUse.HOME, Price(Decimal("0.65")), date(2026, 1, 1), Authority.CONTRACT, "合同", False)
    by, item = scene.cast.by("manager"), scene.item("FEE")
    transaction(lambda: publish(by, item, price))
    run_sql("UPDATE tariff_versions SET place = 'BUILDING', place_id = 7")


@plant("H1", "an owner who is listed twice")
def _(scene: Scene) -> None:
    run_sql(
        "INSERT INTO ownerships (community_id, id, unit_id, party_id, position, share, from_on) "
        "SELECT community_id, 7, unit_id, party_id, position, share, '2020-01-01' FROM ownerships WHERE unit_id = :id",
        id=scene.cast.units["S01"],
    )


def _changed_area(scene: Scene, key: int, from_on: str, before: int, after: int) -> None:
    run_sql(
        "INSERT INTO unit_areas (community_id, id, unit_id, from_on, area, before_area, reason, at) "
        "VALUES (:community, :id, :unit, :from_on, :after, :before, '换证', '2026-01-20T01:30:00.000000Z')",
        community=scene.cast.community, id=key, unit=scene.cast.units["3-2-501"], from_on=from_on, before=before,
        after=after,
    )  # fmt: skip


@plant("H2", "a change of area that never reached the unit")
def _(scene: Scene) -> None:
    _changed_area(scene, 7, "2026-01-05", 8653, 9000)


@plant("H3", "two changes of area that do not follow each other")
def _(scene: Scene) -> None:
    _changed_area(scene, 7, "2026-01-05", 8000, 8500)
    _changed_area(scene, 8, "2026-01-08", 8600, 8653)


@plant("I1", "a row against a CHECK on SQLite, an index that PostgreSQL calls invalid")
def _(scene: Scene) -> None:
    if db.engine.dialect.name == "sqlite":
        with past_the_guards("ck_counters_value") as connection:
            connection.exec_driver_sql("INSERT INTO counters (community_id, name, value) VALUES (1, 'x', -1)")
    else:
        run_schema("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_payments_day'::regclass")


@plant("I2", "a trigger that was dropped")
def _(scene: Scene) -> None:
    on = {"sqlite": "", "postgresql": " ON payments"}[db.engine.dialect.name]
    run_schema(f"DROP TRIGGER payments_keep_delete{on}")


@plant("I2", "a trigger that keeps one column less")
def _(scene: Scene) -> None:
    if db.engine.dialect.name == "postgresql":
        run_schema("DROP TRIGGER tenders_keep_update ON tenders")
        stop = "FOR EACH ROW EXECUTE FUNCTION feeapp_keep()"
    else:
        run_schema("DROP TRIGGER tenders_keep_update")
        stop = "BEGIN SELECT RAISE(ABORT, 'feeapp: this row is kept for ever'); END"
    columns = "community_id, payment_id, line, method, reference"
    run_schema(f"CREATE TRIGGER tenders_keep_update BEFORE UPDATE OF {columns} ON tenders {stop}")


@plant("I3", "an index that was dropped")
def _(scene: Scene) -> None:
    run_schema("DROP INDEX ix_payments_day")


@plant("I4", "a plate of a unit that does not exist")
def _(scene: Scene) -> None:
    run_sql(
        "INSERT INTO vehicles (community_id, id, unit_id, plate) VALUES (:community, 7, 7, '黑C12345')",
        community=scene.cast.community,
    )
