"""Checks of the database itself: the engine finds it sound, and every guard that the schema promises stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import sqlalchemy as sa

from feeapp.storage import guards
from feeapp.storage.checking import Check
from feeapp.storage.db import db

Rows = Iterator[Mapping[str, object]]

_NAME = re.compile(r"CREATE (?:OR REPLACE )?(TRIGGER|FUNCTION) (\w+)")


def _engine(connection: sa.Connection) -> Rows:
    if connection.dialect.name == "sqlite":
        for (said,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if said != "ok":
                yield {"engine": said}
        return
    broken = connection.exec_driver_sql(
        "SELECT checksum_failures || ' pages differ from their checksums' FROM pg_stat_database "
        "WHERE datname = current_database() AND checksum_failures > 0 "
        "UNION ALL SELECT 'index ' || indexrelid::regclass || ' is not valid' FROM pg_index WHERE NOT indisvalid"
    )
    for (said,) in broken:
        yield {"engine": said}


def _append_only(connection: sa.Connection) -> Rows:
    dialect = connection.dialect.name
    wanted = [text for table in db.metadata.sorted_tables for text in guards.statements(table, dialect)]
    return missing_guards(connection, wanted)


def missing_guards(connection: sa.Connection, statements: Iterable[str]) -> Rows:
    """The triggers and functions among these CREATE statements that do not stand, are switched off, or read otherwise.

    ``statements`` are those the migration ran, word by word.
    """
    stand = _standing(connection)
    for statement in dict.fromkeys(statements):
        found = _NAME.match(statement)
        if found is None:
            raise ValueError(f"not a trigger or a function: {statement}")
        kind, name = found.groups()
        definition = statement.split("$$")[1] if kind == "FUNCTION" else statement
        if stand.get(name) is None:
            yield {kind.lower(): name, "fault": "does not stand"}
        elif _plain(stand[name]) != _plain(definition):
            yield {kind.lower(): name, "fault": "reads otherwise"}


def _standing(connection: sa.Connection) -> dict[str, str]:
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    else:
        found = connection.exec_driver_sql(
            "SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true) FROM pg_trigger "
            "JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace "
            "UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        )
    return {row[0]: row[1] for row in found}


def _plain(definition: str) -> str:
    """A definition without what PostgreSQL adds or leaves out when it says it again."""
    return " ".join(definition.replace('"', "").replace(" FOR EACH STATEMENT", "").split())


def _promises(connection: sa.Connection) -> Rows:
    stand = _declared(connection)
    for kind, name in _promised(connection.dialect):
        if (kind, name) not in stand:
            yield {kind: name, "fault": "does not stand"}


def _promised(dialect: sa.Dialect) -> Iterator[tuple[str, str]]:
    """Every table, constraint and index of the models, and on SQLite that the table is STRICT."""
    for table in db.metadata.sorted_tables:
        yield "table", table.name
        if dialect.name == "sqlite" and table.dialect_options["sqlite"].get("strict"):
            yield "strict table", table.name
        for index in table.indexes:
            yield "index", str(index.name)
        for constraint in table.constraints:
            if constraint.info.get("only", dialect.name) == dialect.name:
                yield "constraint", str(dialect.identifier_preparer.format_constraint(constraint)).strip('"')


def _declared(connection: sa.Connection) -> set[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
        declared = {(kind, name) for kind, name, _ in rows}
        for kind, _, text in rows:
            if kind == "table":
                declared |= {("constraint", name) for name in re.findall(r'CONSTRAINT "?(\w+)', text)}
        listed = connection.exec_driver_sql("PRAGMA table_list").mappings()
        return declared | {("strict table", row["name"]) for row in listed if row["strict"]}
    return {
        (kind, name)
        for kind, name in connection.exec_driver_sql(
            "SELECT CASE relkind WHEN 'i' THEN 'index' ELSE 'table' END, relname FROM pg_class "
            "WHERE relkind IN ('r', 'p', 'i') AND relnamespace = current_schema()::regnamespace "
            "UNION ALL SELECT 'constraint', conname FROM pg_constraint "
            "WHERE convalidated AND connamespace = current_schema()::regnamespace"
        )
    }


def _references(connection: sa.Connection) -> Rows:
    for child, parent, community_id, key in connection.exec_driver_sql(_dangling()):
        yield {"community_id": community_id, "row of": child, "key": key, "refers to no": parent}


@lru_cache(maxsize=1)
def _dangling() -> str:
    """One statement over every reference of the models: the rows that lead nowhere."""
    return " UNION ALL ".join(
        _leads_nowhere(table, key) for table in db.metadata.sorted_tables for key in table.foreign_key_constraints
    )


def _leads_nowhere(table: sa.Table, key: sa.ForeignKeyConstraint) -> str:
    owner = "child.community_id" if "community_id" in table.columns else "CAST(NULL AS BIGINT)"
    row = " || '/' || ".join(f"child.{column.name}" for column in table.primary_key)
    told = " AND ".join(f"child.{column.name} IS NOT NULL" for column in key.columns)
    same = " AND ".join(f"parent.{to.column.name} = child.{to.parent.name}" for to in key.elements)
    parent = key.referred_table.name
    return (
        f"SELECT '{table.name}', '{parent}', {owner}, '' || {row} FROM {table.name} AS child "  # noqa: S608
        f"WHERE {told} AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE {same})"
    )


CHECKS: tuple[Check, ...] = (
    Check("I1", "The database engine finds its own pages and indexes sound.", _engine),
    Check("I2", "Every trigger that keeps append-only rows stands as it was written.", _append_only),
    Check("I3", "Every table, constraint and index of the schema stands and is in force.", _promises),
    Check("I4", "No row refers to one that does not exist.", _references),
)
