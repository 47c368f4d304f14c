"""Copies of an SQLite file: the online backup API, never a plain copy of a file in use.

A plain copy taken under load misses what is still in the WAL or tears a page; the backup API reads one snapshot, and
in WAL mode nobody waits for it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from feeapp.storage.copies import CopyFailed, Scratch, to_disk
from feeapp.storage.db import sqlite_driver

WAIT = 20.0
"""Seconds to wait for a lock that another holds."""


class SqliteCopies:
    """Copies of one SQLite file."""

    suffix = ".sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def dump(self, file: Path) -> None:
        """Write one consistent copy into ``file``, a single file without a WAL, also while others write."""
        if not self.path.exists():
            raise CopyFailed(f"There is no database at {self.path}.")
        try:
            with _open(self.path) as source, _open(file, mode="rwc") as target:
                source.backup(target, pages=-1)
                target.execute("PRAGMA journal_mode=DELETE")
        except sqlite_driver.Error as error:
            raise CopyFailed(f"SQLite could not copy {self.path} to {file}: {error}.") from error
        to_disk(file)

    @contextlib.contextmanager
    def unpacked(self, file: Path) -> Iterator[Scratch]:
        """A scratch file beside the real one; raises CopyFailed where SQLite finds the copy damaged."""
        path = self.path.with_name(f"{self.path.name}.unpacked-{os.getpid()}")
        try:
            shutil.copyfile(file, path)
            path.chmod(0o600)
            _refuse_damaged(path, file)
            yield Scratch(str(path), f"sqlite:///{path}")
        except OSError as error:
            raise CopyFailed(f"The copy could not be put at {path}: {error.strerror}.") from error
        finally:
            _remove(path)

    def holds_rows(self) -> bool:
        """Whether the file exists and any table but the migrations' own has a row."""
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        with _open(self.path) as connection:
            found = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            names = [name for (name,) in found if name != "alembic_version"]
            return any(connection.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")').fetchone()[0] for name in names)  # noqa: S608

    def put_in_place(self, scratch: Scratch, stamp: str) -> str | None:
        """Move the scratch file into place; the old file, if it held rows, lies beside it under ``stamp``.

        Raises CopyFailed while anybody has the old file open: their next payment would go into the file set aside.
        """
        kept = self.holds_rows()
        aside = self.path.with_name(f"{self.path.stem}.before-restore-{stamp}{self.path.suffix}")
        with _open(Path(scratch.name)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        to_disk(Path(scratch.name))
        with _alone(self.path) if self.path.exists() else contextlib.nullcontext():
            if kept:
                os.link(self.path, aside)
            Path(scratch.name).replace(self.path)
        to_disk(self.path.parent)
        return str(aside) if kept else None


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a database that nobody else has open, with its WAL written back; raises CopyFailed where somebody has."""
    with _open(path, timeout=0.0) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite_driver.OperationalError as error:
            raise CopyFailed(f"{path} is in use. Stop feeapp first, then restore.") from error
        yield
        connection.execute("ROLLBACK")


def _refuse_damaged(path: Path, named: Path) -> None:
    try:
        with _open(path) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            found += [
                f"a row of {row[0]} points at no {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
            ]
    except sqlite_driver.DatabaseError as error:
        found = [str(error)]
    if found:
        raise CopyFailed(f"{named} is damaged: {'; '.join(found[:5])}.")


@contextlib.contextmanager
def _open(path: Path, mode: str = "rw", timeout: float = WAIT) -> Iterator[Any]:
    address = f"file:{quote(str(path))}?mode={mode}"
    with contextlib.closing(sqlite_driver.connect(address, uri=True, timeout=timeout, isolation_level=None)) as opened:
        yield opened


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
