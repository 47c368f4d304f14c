"""Triggers that let only sound entries into the book, on both databases.

An entry is written after its lines (ledger/models.py). The first trigger refuses it unless it has two lines or more
and both sides come to its total; the second refuses a line for an entry that already stands. A program that writes
past ``ledger.actions`` is stopped by them as well.
"""

from __future__ import annotations

import sqlalchemy as sa

_UNBALANCED = "feeapp: the lines of an entry come to its total on both sides"
_SEALED = "feeapp: an entry takes no more lines"

_LINES = "entry_lines WHERE community_id = NEW.community_id AND entry_id = NEW.id"
_STANDS = "EXISTS (SELECT 1 FROM entries WHERE community_id = NEW.community_id AND id = NEW.entry_id)"
_UNSOUND = f"(SELECT COUNT(*) < 2 OR SUM(debit) <> NEW.total OR SUM(credit) <> NEW.total FROM {_LINES})"  # noqa: S608

STATEMENTS = {
    "sqlite": (
        f"CREATE TRIGGER entries_balance BEFORE INSERT ON entries WHEN {_UNSOUND} "
        f"BEGIN SELECT RAISE(ABORT, '{_UNBALANCED}'); END",
        f"CREATE TRIGGER entry_lines_sealed BEFORE INSERT ON entry_lines WHEN {_STANDS} "
        f"BEGIN SELECT RAISE(ABORT, '{_SEALED}'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION feeapp_balance() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_UNSOUND} THEN RAISE EXCEPTION '{_UNBALANCED}' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER entries_balance BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION feeapp_balance()",
        "CREATE OR REPLACE FUNCTION feeapp_sealed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_STANDS} THEN RAISE EXCEPTION '{_SEALED}' USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER entry_lines_sealed BEFORE INSERT ON entry_lines FOR EACH ROW EXECUTE FUNCTION feeapp_sealed()",
    ),
}
"""What each database is told, statement by statement."""

_CLOSED = "feeapp: the book is closed on this day"
_IN_CLOSED = (
    "EXISTS (SELECT 1 FROM closings WHERE closings.community_id = NEW.community_id AND closings.closed_upto >= "
    "NEW.happened_on AND closings.seq = (SELECT MAX(seq) FROM closings WHERE community_id = NEW.community_id))"
)

CLOSED_STATEMENTS = {
    "sqlite": (
        f"CREATE TRIGGER entries_open BEFORE INSERT ON entries WHEN {_IN_CLOSED} "
        f"BEGIN SELECT RAISE(ABORT, '{_CLOSED}'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION feeapp_open() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_IN_CLOSED} THEN RAISE EXCEPTION '{_CLOSED}' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER entries_open BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION feeapp_open()",
    ),
}
"""The same for what keeps entries out of closed months."""


def protect_closed(bind: sa.Connection) -> None:
    """Install the trigger on a database that has the table of closings; a migration calls it once."""
    for statement in CLOSED_STATEMENTS[bind.dialect.name]:
        bind.exec_driver_sql(statement)


def protect_balance(bind: sa.Connection) -> None:
    """Install the triggers on a database that has the tables; a migration calls it once."""
    for statement in STATEMENTS[bind.dialect.name]:
        bind.exec_driver_sql(statement)
