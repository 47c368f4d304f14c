"""What SQLite is told about our tables, so that it plans every query for a large community.

Every key begins with the community. Without statistics SQLite takes one column of any key for rare, reads a whole
community by its primary key, and leaves the longer index unused: a look-up that should touch one row touches all of
them. Gathered statistics would depend on when they were gathered; these are written once, by the migration that makes
the tables, and are the same everywhere. PostgreSQL keeps its own up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

MANY = (1_000_000, 100_000, 30, 6, 2)
FEW = (1_000, 100, 10, 4, 2)
"""How many rows a table has, how many share the first column of a key (the community), the first two, and so on."""


def teach_planner(bind: sa.Connection, small: Collection[str]) -> None:
    """Write the statistics of every table that stands; connections opened later plan by them.

    ``small`` names the tables that hold few rows of a community, however large it is.
    """
    if bind.dialect.name != "sqlite":
        return
    bind.exec_driver_sql("ANALYZE")
    bind.exec_driver_sql("DELETE FROM sqlite_stat1")
    tables = bind.exec_driver_sql("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND wr")
    for (table,) in tables.all():
        _teach(bind, table, FEW if table in small else MANY)


def teach_tables(bind: sa.Connection, many: Collection[str] = (), few: Collection[str] = ()) -> None:
    """The same for tables that a later migration adds; those of ``few`` hold few rows of a community."""
    if bind.dialect.name != "sqlite":
        return
    for tables, size in ((many, MANY), (few, FEW)):
        for table in tables:
            bind.exec_driver_sql("DELETE FROM sqlite_stat1 WHERE tbl = ?", (table,))
            _teach(bind, table, size)


def _teach(bind: sa.Connection, table: str, size: Sequence[int]) -> None:
    for _, index, unique, origin, partial in bind.exec_driver_sql(f"PRAGMA index_list({table})").all():
        columns = bind.exec_driver_sql(f"PRAGMA index_info({index})").all()
        if columns[0][2] == "community_id" and not partial:
            # The primary key of a table clustered by it goes by the table's own name.
            name = table if origin == "pk" else index
            bind.exec_driver_sql(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)",
                (table, name, _shares(size, len(columns), bool(unique))),
            )


def _shares(size: Sequence[int], columns: int, unique: bool) -> str:
    shares = [size[min(place, len(size) - 1)] for place in range(columns + 1)]
    if unique:
        shares[-1] = 1
    return " ".join(str(number) for number in shares)
