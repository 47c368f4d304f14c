"""``flask check``: the books held against every invariant.

It is silent and ends with 0 when all hold, with 1 and the offending rows when one does not, and with 2 when it could
not look. It reads one snapshot and writes nothing, so it may run at any time, beside the counter.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import with_appcontext

import feeapp
from feeapp.core.period import Period
from feeapp.ledger.closing import Problem
from feeapp.registry.queries import find_community
from feeapp.storage.checking import Check, Finding, run
from feeapp.storage.db import db, sqlite_version, wal_is_safe
from feeapp.storage.schema import Schema, schema_of

FAULTS, NOT_RUN = 1, 2
"""Exit codes."""


class CouldNotRun(Exception):
    """There is nothing that could be checked; the text says why."""


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """The checks of every room that has a ``checks.py``, room by room."""
    found: list[Check] = []
    for room in sorted(module.name for module in pkgutil.iter_modules(feeapp.__path__) if module.ispkg):
        if importlib.util.find_spec(f"feeapp.{room}.checks"):
            found += importlib.import_module(f"feeapp.{room}.checks").CHECKS
    return tuple(found)


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """A connection that can only read and sees one moment of the database, however long it looks."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("PRAGMA query_only = OFF")


def run_checks(community_id: int | None = None) -> list[Finding]:
    """Hold the database against every check, in one snapshot. Raises CouldNotRun where its schema is another one."""
    with snapshot() as connection:
        schema = schema_of(connection)
        if schema is not Schema.CURRENT:
            raise CouldNotRun(f"The database's schema is {schema.value}, not the one of this version of feeapp.")
        return run(connection, all_checks(), community_id)


def problems_of_the_book(community_id: int, period: Period) -> list[Problem]:
    """Every check that does not hold for a community, whatever the month; asked before one is closed."""
    return [Problem(each.check.id, each.check.sentence, each.count) for each in run_checks(community_id)]


@click.command("check")
@click.option("--community", "code", help="The code of one community; else all of them.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON, also when all is well.")
@with_appcontext
def check(code: str | None, as_json: bool) -> None:
    """Hold the books against every invariant: silent when all is well."""
    started = time.monotonic()
    try:
        _database_stands()
        findings = run_checks(_community_id(code))
    except Exception as error:
        click.echo(f"The check could not run: {error}", err=True)
        sys.exit(NOT_RUN)
    if db.engine.dialect.name == "sqlite" and not wal_is_safe(sqlite_version()):
        version = ".".join(str(part) for part in sqlite_version())
        click.echo(f"SQLite {version} has the WAL-reset bug; it is run in a slower mode that is free of it.", err=True)
    click.echo(_as_json(findings, time.monotonic() - started) if as_json else _as_text(findings), nl=as_json)
    sys.exit(FAULTS if findings else 0)


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(check)


def _database_stands() -> None:
    """Raises CouldNotRun where there is no SQLite file: to look for one would make an empty one."""
    address = db.engine.url
    if address.get_backend_name() == "sqlite" and not os.path.exists(address.database or ""):
        raise CouldNotRun(f"There is no database at {address.database}.")


def _community_id(code: str | None) -> int | None:
    if code is None:
        return None
    community = find_community(code)
    db.session.remove()
    if community is None:
        raise CouldNotRun(f"There is no community {code}.")
    return community.id


def _as_text(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"{finding.check.id}  {finding.check.sentence}  Broken {finding.count} times:")
        lines += ["      " + "  ".join(f"{name}={value}" for name, value in row.items()) for row in finding.first]
        if finding.count > len(finding.first):
            lines.append(f"      … and {finding.count - len(finding.first)} more")
    return "".join(f"{line}\n" for line in lines)


def _as_json(findings: list[Finding], seconds: float) -> str:
    told = {
        "checks": len(all_checks()),
        "seconds": round(seconds, 3),
        "findings": [
            {"check": each.check.id, "sentence": each.check.sentence, "count": each.count, "first": list(each.first)}
            for each in findings
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
