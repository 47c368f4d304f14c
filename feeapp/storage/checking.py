"""What a check of the books is: a sentence that must hold, and the look that finds where it does not.

Every room lists its own in ``checks.py`` as ``CHECKS``; ``flask check`` runs them all. A look only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

SHOWN = 20
"""How many offending rows a finding names; it counts all of them."""

Look = sa.SelectBase | Callable[[sa.Connection], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant. ``look`` gives the rows that break it, none where all is well.

    Either a query, or a function that is handed the connection; a row that belongs to a community says so in
    ``community_id``.
    """

    id: str
    sentence: str
    look: Look


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: how many rows break it, and the first of them written out."""

    check: Check
    count: int
    first: tuple[dict[str, str], ...]


def overlapping(model: Any, *keys: Any) -> sa.Select[Any]:
    """A look for rows of one key whose days, ``from_on`` to ``to_on``, begin before those of the row before end.

    Sorted by their first day, rows that overlap at all have neighbours that do.
    """
    owner = model.community_id
    turn: dict[str, Any] = {"partition_by": (owner, *keys), "order_by": (model.from_on, model.id)}
    in_turn = sa.select(
        owner,
        *keys,
        model.id,
        model.from_on,
        sa.func.lag(model.id).over(**turn).label("before"),
        sa.func.lag(model.to_on).over(**turn).label("before_to_on"),
    ).subquery()
    columns = in_turn.c
    return sa.select(columns.community_id, *(columns[key.name] for key in keys), columns.id, columns.before).where(
        columns.before.is_not(None),
        sa.or_(columns.before_to_on.is_(None), columns.before_to_on > columns.from_on),
    )


def run(connection: sa.Connection, checks: Sequence[Check], community_id: int | None = None) -> list[Finding]:
    """Hold the database against each check, for one community or for all; what belongs to none is always shown."""
    findings = []
    for check in checks:
        rows = _rows(connection, check.look, community_id)
        first = tuple(islice(rows, SHOWN))
        if first:
            findings.append(Finding(check, len(first) + sum(1 for _ in rows), first))
    return findings


def _rows(connection: sa.Connection, look: Look, community_id: int | None) -> Iterator[dict[str, str]]:
    if isinstance(look, sa.SelectBase):
        statement = _written_out(look, connection.dialect.name, community_id)
        found: Iterable[Mapping[Any, Any]] = connection.execute(statement).mappings()
    else:
        found = look(connection)
    for row in found:
        if community_id is None or row.get("community_id") in (None, community_id):
            yield {name: _written(value) for name, value in row.items()}


_DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}


@lru_cache(maxsize=512)
def _written_out(look: sa.SelectBase, dialect: str, community_id: int | None) -> sa.TextualSelect:
    """A check as plain SQL: working its expression out anew takes many times as long as running it."""
    offending = look.subquery()
    wanted = sa.select(offending)
    if community_id is not None:
        wanted = wanted.where(offending.c.community_id == community_id)
    written_for = _DIALECTS[dialect](paramstyle="named")
    sql = wanted.compile(dialect=written_for, compile_kwargs={"literal_binds": True}).string
    columns = [sa.column(column.name, column.type) for column in offending.c]
    return sa.text(sql.replace(":", r"\:")).columns(*columns)


def _written(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
