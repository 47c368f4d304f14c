"""Fixtures: an app on a fresh database, and the standing cast.

``app`` runs a test on SQLite and again on PostgreSQL; ``site`` is the same on SQLite alone, for what only shows
pages. ``cast`` puts the people of ``tests/people.py`` into either. After a test that touched money every check of
``flask check`` must hold, unless the test is marked ``broken_book``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask

from feeapp import create_app
from feeapp.commands.checking import all_checks, snapshot
from feeapp.storage.checking import run
from feeapp.storage.db import db
from tests.browsers import Browser
from tests.databases import PostgresTemplates, SqliteTemplates, environment
from tests.people import Cast, settle_in

Fresh = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def fresh_database() -> Iterator[Fresh]:
    """``fresh_database("sqlite")`` or ``("postgresql")``: the address of a new, migrated database."""
    makers: dict[str, SqliteTemplates | PostgresTemplates] = {}
    kinds = {"sqlite": SqliteTemplates, "postgresql": PostgresTemplates}

    def fresh(kind: str) -> AbstractContextManager[str]:
        if kind not in makers:
            makers[kind] = kinds[kind]()
        return makers[kind].fresh()

    yield fresh
    for maker in makers.values():
        maker.stop()


def _running(url: str, data: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    app = create_app(environment(url, data))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    with app.app_context():
        yield app
        db.session.remove()
        faults = [] if request.node.get_closest_marker("broken_book") else _faults()
        db.engine.dispose()
        assert faults == []


def _faults() -> list[str]:
    """What the checks find after a test that touched money."""
    touched = " OR ".join(
        f"EXISTS (SELECT 1 FROM {name})" for name in ("entries", "charges", "payments", "meter_readings", "reliefs")
    )
    with snapshot() as connection:
        if not connection.exec_driver_sql(f"SELECT {touched}").scalar():
            return []
        return [f"{found.check.id}: {found.check.sentence} {found.first}" for found in run(connection, all_checks())]


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, fresh_database: Fresh, tmp_path: Path) -> Iterator[Flask]:
    """The app on a fresh database, once on each kind, inside an application context."""
    with fresh_database(request.param) as url:
        yield from _running(url, tmp_path, request)


@pytest.fixture
def site(request: pytest.FixtureRequest, fresh_database: Fresh, tmp_path: Path) -> Iterator[Flask]:
    """The app on a fresh SQLite file, inside an application context."""
    with fresh_database("sqlite") as url:
        yield from _running(url, tmp_path, request)


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """The standing cast, in whichever app the test asked for (``site`` unless it asked for ``app``)."""
    return settle_in(request.getfixturevalue("app" if "app" in request.fixturenames else "site"))
