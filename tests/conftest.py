"""Fixtures: an app on a fresh database, and the standing cast.

``app`` runs a test on SQLite and again on PostgreSQL; ``site`` is the same on SQLite alone, for what only shows
pages. ``cast`` puts the people of ``tests/people.py`` into either. After a test that touched money every check of
``flask check`` must hold, unless the test is marked ``broken_book``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
Templates = Callable[[str], SqliteTemplates | PostgresTemplates]


@pytest.fixture(scope="session")
def templates() -> Iterator[Templates]:
    """The maker of migrated databases of a kind, ``"sqlite"`` or ``"postgresql"``."""
    makers: dict[str, SqliteTemplates | PostgresTemplates] = {}
    kinds = {"sqlite": SqliteTemplates, "postgresql": PostgresTemplates}

    def of(kind: str) -> SqliteTemplates | PostgresTemplates:
        if kind not in makers:
            makers[kind] = kinds[kind]()
        return makers[kind]

    yield of
    for maker in makers.values():
        maker.stop()


@pytest.fixture(scope="session")
def fresh_database(templates: Templates) -> Fresh:
    """``fresh_database("sqlite")`` or ``("postgresql")``: the address of a new, migrated database."""
    return lambda kind: templates(kind).fresh()


class Stage:
    """One app for each kind of database, on which every test plays with a database of its own.

    The database is always new and always at the same address: so the app, and the statements its engine has worked out,
    serve all tests. Its settings and its folder are put back after each.
    """

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._apps: dict[str, tuple[Flask, Path]] = {}

    @contextmanager
    def play(self, kind: str) -> Iterator[Flask]:
        """The app on a new database, inside an application context."""
        with self._templates(kind).fresh("stage") as url:
            app, folder = self._apps.get(kind) or self._build(kind, url)
            settings = dict(app.config)
            try:
                with app.app_context():
                    yield app
            finally:
                app.config.clear()
                app.config.update(settings)
                with app.app_context():
                    db.engine.dispose()
                for left in folder.iterdir():
                    shutil.rmtree(left) if left.is_dir() else left.unlink()

    def _build(self, kind: str, url: str) -> tuple[Flask, Path]:
        folder = Path(tempfile.mkdtemp(prefix="feeapp-data-"))
        app = create_app(environment(url, folder))
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        app.test_client_class = Browser
        self._apps[kind] = app, folder
        return app, folder

    def strike(self) -> None:
        """Remove the folders."""
        for _, folder in self._apps.values():
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def stage(templates: Templates) -> Iterator[Stage]:
    built = Stage(templates)
    yield built
    built.strike()


def _running(kind: str, stage: Stage, request: pytest.FixtureRequest) -> Iterator[Flask]:
    with stage.play(kind) as app:
        yield app
        db.session.remove()
        faults = [] if request.node.get_closest_marker("broken_book") else _faults()
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
def app(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Flask]:
    """The app on a fresh database, once on each kind, inside an application context."""
    yield from _running(request.param, stage, request)


@pytest.fixture
def site(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Flask]:
    """The app on a fresh SQLite file, inside an application context."""
    yield from _running("sqlite", stage, request)


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """The standing cast, in whichever app the test asked for (``site`` unless it asked for ``app``)."""
    return settle_in(request.getfixturevalue("app" if "app" in request.fixturenames else "site"))
