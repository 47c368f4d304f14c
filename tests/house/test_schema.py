"""The tables: community first, append-only where it must be, and equal to the migrations on both databases."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from feeapp.storage import guards
from feeapp.storage.db import Owned, db

INSTALLATION_WIDE = {"users", "sessions", "attempts", "communities"}
"""Tables of the installation, owned by no community."""

PARTITIONED_KEY_EXCEPT = {"grants"}


def _tables() -> list[sa.Table]:
    return [table for table in db.metadata.sorted_tables if table.name not in INSTALLATION_WIDE]


def test_every_key_of_an_owned_table_starts_with_its_community(site: Flask) -> None:
    for table in _tables():
        assert next(iter(table.primary_key.columns)).name == "community_id", table.name
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint):
                assert next(iter(constraint.columns)).name == "community_id", (table.name, constraint.name)
        for index in table.indexes:
            if table.name not in PARTITIONED_KEY_EXCEPT:
                assert next(iter(index.columns)).name == "community_id", index.name


def test_a_reference_between_owned_tables_never_leaves_the_community(site: Flask) -> None:
    for table in _tables():
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table.name not in INSTALLATION_WIDE:
                first = constraint.elements[0]
                assert (first.parent.name, first.column.name) == ("community_id", "community_id"), constraint.name


def test_every_owned_model_says_so(site: Flask) -> None:
    with_id = [mapper for mapper in db.Model.registry.mappers if {"community_id", "id"} <= set(mapper.columns.keys())]
    assert all(issubclass(mapper.class_, Owned) for mapper in with_id)


def test_append_only_tables_carry_their_triggers(app: Flask) -> None:
    kept = [table for table in db.metadata.sorted_tables if "may_change" in table.info]
    names = {table.name for table in kept}
    assert {"entries", "entry_lines", "payments", "tenders", "settlements", "receipts", "log_entries"} <= names
    stand = guards.triggers(db.session.connection())
    for table in kept:
        assert guards.expected(table, db.engine.dialect.name) <= stand, table.name


def test_the_migrated_schema_is_what_the_models_say(app: Flask, tmp_path: object) -> None:
    """Compared by reflection: a table made from the models beside the one the migrations made."""
    migrated = _shape(db.engine)
    if db.engine.dialect.name == "sqlite":
        beside = sa.create_engine(f"sqlite:///{tmp_path}/models.sqlite", module=db.engine.dialect.dbapi)
        db.metadata.create_all(beside)
        modelled = _shape(beside)
        beside.dispose()
    else:
        with db.engine.connect() as connection:
            connection.execute(sa.text("CREATE SCHEMA modelled"))
            connection.execute(sa.text("SET search_path TO modelled"))
            db.metadata.create_all(connection)
            modelled = _shape(connection, "modelled")
            connection.rollback()
    assert migrated == modelled


def _shape(bind: sa.Engine | sa.Connection, schema: str | None = None) -> dict[str, object]:
    look = sa.inspect(bind)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"])
                for column in look.get_columns(name, schema=schema)
            },
            "key": look.get_pk_constraint(name, schema=schema)["constrained_columns"],
            "unique": sorted(tuple(each["column_names"]) for each in look.get_unique_constraints(name, schema=schema)),
            "indexes": sorted(
                (tuple(each["column_names"]), bool(each["unique"])) for each in look.get_indexes(name, schema=schema)
            ),
            "references": sorted(
                (tuple(each["constrained_columns"]), each["referred_table"], tuple(each["referred_columns"]))
                for each in look.get_foreign_keys(name, schema=schema)
            ),
            "checks": sorted(each["name"] or "" for each in look.get_check_constraints(name, schema=schema)),
        }
        for name in look.get_table_names(schema=schema)
        if name != "alembic_version"
    }
