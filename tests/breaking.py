"""Ways past what guards the database, for tests that plant a fault; the guards stand again afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from feeapp.storage.db import db


@contextmanager
def past_the_guards(*checks: str) -> Iterator[sa.Connection]:
    """A connection on which no trigger, no foreign key and none of these CHECK constraints acts.

    SQLite ignores every CHECK meanwhile; PostgreSQL takes the named ones back afterwards without looking at the rows.
    """
    db.session.remove()
    around = _on_sqlite if db.engine.dialect.name == "sqlite" else _on_postgresql
    with db.engine.connect() as connection, around(connection, checks):
        yield connection
    db.engine.dispose()


@contextmanager
def _on_sqlite(connection: sa.Connection, checks: tuple[str, ...]) -> Iterator[None]:
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.execute(f"PRAGMA ignore_check_constraints = {'ON' if checks else 'OFF'}")
    driver.execute("PRAGMA legacy_alter_table = ON")
    triggers = driver.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        driver.execute(f"DROP TRIGGER {name}")
    yield
    connection.commit()
    for _, text in triggers:
        driver.execute(text)


@contextmanager
def _on_postgresql(connection: sa.Connection, checks: tuple[str, ...]) -> Iterator[None]:
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    dropped = [
        connection.exec_driver_sql(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            f"WHERE conname = '{name}'"
        ).one()
        for name in checks
    ]
    for table, name, _ in dropped:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in dropped:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")
    connection.commit()


def run_sql(statement: str, **values: Any) -> None:
    """Run one statement past the guards."""
    with past_the_guards() as connection:
        connection.execute(sa.text(statement), values)


def drop_unique(connection: sa.Connection, table: str, name: str) -> None:
    """Take a UNIQUE constraint off a table; SQLite, which cannot, gets the table made anew without it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        return
    made = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{table}'").scalar_one()
    indexes = connection.exec_driver_sql(
        f"SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' AND sql IS NOT NULL"
    ).scalars()
    without, dropped = re.subn(rf",\s*CONSTRAINT {name} UNIQUE \([^)]*\)", "", made)
    assert dropped == 1
    again = list(indexes)
    connection.exec_driver_sql(without.replace(table, "made_anew", 1))
    connection.exec_driver_sql(f"INSERT INTO made_anew SELECT * FROM {table}")
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE made_anew RENAME TO {table}")
    for text in again:
        connection.exec_driver_sql(text)


def run_schema(statement: str) -> None:
    """Change the schema itself."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql(statement)
        connection.commit()
