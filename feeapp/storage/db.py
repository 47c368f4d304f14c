"""The one database object, set up alike for SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, cast

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from feeapp.storage.columns import Key, new_id

try:
    from pysqlite3 import dbapi2 as sqlite_driver
except ImportError:  # no wheel for this platform: the standard library's copy, in the journal mode that is safe for it
    import sqlite3 as sqlite_driver

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"

INSTALLATION = 0
"""The ``community_id`` of what belongs to the installation as a whole."""

WAL_PAGES = 8192
"""How far SQLite's log grows (32 MB) before it is merged into the file: a month's bill run then commits without
merging, and a page that several commits touch is merged once."""

writing: ContextVar[bool] = ContextVar("writing", default=False)
"""True while a transaction that will write is being opened; SQLite then takes its lock at once."""


class Model(DeclarativeBase):
    """The declarative root: constraint names follow one convention on both databases."""

    metadata = sa.MetaData(naming_convention=CONVENTION)
    if TYPE_CHECKING:
        __table__: ClassVar[sa.Table]


db = SQLAlchemy(model_class=Model)
migrate = Migrate()


class Owned:
    """A row that belongs to one community; the community comes first in its key, so tables can be partitioned."""

    community_id: Mapped[int] = mapped_column(Key, primary_key=True, sort_order=-2)
    id: Mapped[int] = mapped_column(Key, primary_key=True, default=new_id, sort_order=-1)


def table(
    *constraints: Any, append_only: bool = False, may_change: tuple[str, ...] = (), in_sets: bool = False
) -> tuple[Any, ...]:
    """Table arguments: SQLite tables are STRICT and clustered by their key.

    ``append_only`` rows are never deleted, and only their ``may_change`` columns are ever updated: the migration
    installs triggers for it (storage/guards.py) and the schema test looks for them. ``in_sets`` is for a table that
    takes tens of thousands of rows in one statement, which no trigger may look at one by one.
    """
    info: dict[str, Any] = {"may_change": may_change, "in_sets": in_sets} if append_only else {}
    return (*constraints, {"sqlite_strict": True, "sqlite_with_rowid": False, "info": info})


def own(columns: list[str], target: str, **options: Any) -> sa.ForeignKeyConstraint:
    """A foreign key inside one community: ``own(["unit_id"], "units")``."""
    return sa.ForeignKeyConstraint(["community_id", *columns], [f"{target}.community_id", f"{target}.id"], **options)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, which can lose a committed transaction.

    Fixed in 3.51.3, and in the back-ports 3.50.7 and 3.44.6 (sqlite.org, changes of 2026-03-13).
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def sqlite_version() -> tuple[int, ...]:
    """The version of the SQLite library in use."""
    return tuple(sqlite_driver.sqlite_version_info)


def engine_options(url: str) -> dict[str, Any]:
    """Options for create_engine: the driver with a sound SQLite, and a lock wait long enough for a busy counter."""
    if url.startswith("sqlite"):
        return {"module": sqlite_driver, "connect_args": {"timeout": 20, "check_same_thread": False}}
    return {"pool_pre_ping": True}


def dialect_insert(target: Any) -> Any:
    """INSERT in the words of the database in use, for ON CONFLICT, which SQLAlchemy has for each apart."""
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.engine.dialect.name](target)


def among(keys: Collection[int]) -> sa.Select[tuple[int]]:
    """These keys as rows, for ``IN``: one bound value however many they are, hashed once by either database."""
    if db.engine.dialect.name == "sqlite":
        listed = sa.func.json_each(json.dumps(sorted(keys))).table_valued("value")
        return sa.select(sa.type_coerce(listed.c.value, sa.BigInteger))
    unnested = sa.func.unnest(sa.cast(sorted(keys), postgresql.ARRAY(sa.BigInteger))).column_valued("keys")
    return sa.select(unnested)


def insert_together(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; on PostgreSQL in one statement, so that its triggers run once."""
    if db.engine.dialect.name == "sqlite":
        db.session.connection().execute(sa.insert(table), rows)
        return
    names = list(rows[0])
    lists = [sa.cast([row[name] for row in rows], postgresql.ARRAY(table.c[name].type)) for name in names]
    unnested = sa.func.unnest(*lists).table_valued(*names).render_derived()
    columns = [unnested.c[name] for name in names]
    db.session.connection().execute(sa.insert(table).from_select(names, sa.select(*columns), include_defaults=False))


def hits(change: sa.Update | sa.Delete | sa.Insert) -> int:
    """Run a change and say how many rows it hit; a guarded move must hit exactly one."""
    return cast("sa.CursorResult[Any]", db.session.execute(change)).rowcount


def init_app(app: Flask, rooms: Sequence[ModuleType]) -> None:
    """Bind the database and its migrations to the app; ``rooms`` are the modules whose import makes the tables."""
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    app.extensions["feeapp_tables"] = rooms


@event.listens_for(Engine, "connect")
def _set_up_connection(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite_driver.Connection):
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "recursive_triggers=ON", "trusted_schema=OFF", f"wal_autocheckpoint={WAL_PAGES}"):
        cursor.execute(f"PRAGMA {pragma}")
    safe = wal_is_safe(sqlite_version())
    # FULL keeps an acknowledged payment through a power cut; the rollback journal needs EXTRA for the same promise.
    cursor.execute(f"PRAGMA synchronous={'FULL' if safe else 'EXTRA'}")
    wanted = "wal" if safe else "delete"
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in (wanted, "memory"):
        cursor.execute(f"PRAGMA journal_mode={wanted}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")
