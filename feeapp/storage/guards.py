"""Triggers that keep append-only tables append-only, on both databases.

A migration calls ``protect`` for each such table. The application's own code never needs them: they stand against
mistakes, other programs and tired hands. On SQLite the INSERT guard stops ``INSERT OR REPLACE``, which deletes
without firing a DELETE trigger unless the connection asks for it (``recursive_triggers``, as ours do); PostgreSQL
also refuses TRUNCATE. A table filled in sets has no INSERT guard: it would cost more than all its keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

_REFUSAL = "feeapp: this row is kept for ever"


def protect(bind: sa.Connection, name: str, key: Sequence[str], fixed: Sequence[str]) -> None:
    """Install the triggers of one append-only table; ``fixed`` are the columns that are never updated.

    ``key`` is what the INSERT guard of SQLite compares, and empty for a table filled in sets.
    """
    for statement in _STATEMENTS[bind.dialect.name](name, key, fixed):
        bind.exec_driver_sql(statement)


def unprotect(bind: sa.Connection, name: str) -> None:
    """Take down what ``protect`` put up, so that a migration that adds a column can put it up anew."""
    on = {"sqlite": "", "postgresql": f" ON {name}"}[bind.dialect.name]
    for trigger in sorted(triggers(bind)):
        if trigger.startswith(f"{name}_keep_"):
            bind.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")


def triggers(bind: sa.Connection) -> set[str]:
    """The names of all triggers that stand, for the schema check."""
    if bind.dialect.name == "sqlite":
        found = bind.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        found = bind.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
    return {row[0] for row in found}


def statements(table: sa.Table, dialect: str) -> list[str]:
    """What ``protect`` tells a database about a table as the models have it; nothing where it is not append-only."""
    if "may_change" not in table.info:
        return []
    fixed = [column.name for column in table.columns if column.name not in table.info["may_change"]]
    key = [] if table.info["in_sets"] else [column.name for column in table.primary_key.columns]
    return _STATEMENTS[dialect](table.name, key, fixed)


def expected(table: sa.Table, dialect: str) -> set[str]:
    """The trigger names that a table must carry; none where it is not append-only."""
    if "may_change" not in table.info:
        return set()
    last = {"postgresql": ["truncate"], "sqlite": [] if table.info["in_sets"] else ["replace"]}[dialect]
    return {f"{table.name}_keep_{deed}" for deed in ("update", "delete", *last)}


def _for_sqlite(name: str, key: Sequence[str], fixed: Sequence[str]) -> list[str]:
    stop = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    statements = [
        f"CREATE TRIGGER {name}_keep_update BEFORE UPDATE OF {', '.join(fixed)} ON {name} {stop}",
        f"CREATE TRIGGER {name}_keep_delete BEFORE DELETE ON {name} {stop}",
    ]
    if key:
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        twin = f"(SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - table and columns come from our own migration
        statements.append(f"CREATE TRIGGER {name}_keep_replace BEFORE INSERT ON {name} WHEN EXISTS {twin} {stop}")
    return statements


def _for_postgresql(name: str, key: Sequence[str], fixed: Sequence[str]) -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION feeapp_keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {name}_keep_update BEFORE UPDATE OF {', '.join(fixed)} ON {name} "
        "FOR EACH ROW EXECUTE FUNCTION feeapp_keep()",
        f"CREATE TRIGGER {name}_keep_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION feeapp_keep()",
        f"CREATE TRIGGER {name}_keep_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION feeapp_keep()",
    ]


_STATEMENTS = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}
