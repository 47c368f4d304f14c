"""SQLite plans for large communities from the first day: no look-up of one thing reads all of them."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from feeapp.billing.queries import list_open_charges
from feeapp.storage.db import db
from tests.people import Cast


def test_every_key_that_begins_with_the_community_has_its_statistics(site: Flask) -> None:
    taught = dict(db.session.execute(sa.text("SELECT tbl || ' ' || idx, stat FROM sqlite_stat1")).all())
    assert taught["charges charges"] == "1000000 100000 1"
    assert taught["tariff_versions tariff_versions"] == "1000 100 1"
    for table in db.metadata.sorted_tables:
        names = [str(index.name) for index in table.indexes if next(iter(index.columns)).name == "community_id"]
        if next(iter(table.primary_key.columns)).name == "community_id":
            names.append(table.name)
        for name in names:
            partial = any(
                index.name == name and index.dialect_options["sqlite"]["where"] is not None for index in table.indexes
            )
            assert partial or f"{table.name} {name}" in taught, name


def test_the_open_charges_of_a_unit_are_found_by_the_whole_key(site: Flask, cast: Cast) -> None:
    """Not by reading every charge of the community, which is what SQLite would do knowing nothing."""
    asked: list[tuple[str, object]] = []
    engine = db.engine

    def note(connection: object, cursor: object, statement: str, values: object, *rest: object) -> None:
        asked.append((statement, values))

    sa.event.listen(engine, "before_cursor_execute", note)
    list_open_charges(cast.community, [cast.units["3-2-501"], cast.units["G07"]])
    sa.event.remove(engine, "before_cursor_execute", note)
    statement, values = asked[-1]
    plan = [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    [step] = [step for step in plan if step.startswith("SEARCH charges")]
    assert "period=? AND item_id=? AND unit_id=?" in step
