"""What a whole copy of a database can do, whichever database it is, and the seal on its file."""

from __future__ import annotations

import hashlib
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class CopyFailed(Exception):
    """A copy could not be made or put back; the text says why and what to do. Nothing was changed."""


@dataclass(frozen=True)
class Scratch:
    """A database unpacked from a copy, perhaps to be kept. ``name`` is a file's path, or a database's name."""

    name: str
    url: str


class Copies(Protocol):
    """Copies of the one database that the settings name."""

    suffix: str

    def dump(self, file: Path) -> None:
        """Write one consistent copy into ``file``, also while others write."""

    def unpacked(self, file: Path) -> AbstractContextManager[Scratch]:
        """A scratch database beside the real one, made from a copy; raises CopyFailed for a damaged file."""

    def holds_rows(self) -> bool:
        """Whether the real database exists and has anything in it."""

    def put_in_place(self, scratch: Scratch, stamp: str) -> str | None:
        """Make the scratch database the real one; where the old one, if it held rows, was set aside."""


def seal(file: Path) -> None:
    """Write the SHA-256 of a file beside it, as ``sha256sum -c`` reads it: it shows a single changed bit."""
    _seal_of(file).write_text(f"{_sha256(file)}  {file.name}\n", encoding="utf-8")


def broken_seal(file: Path) -> bool | None:
    """Whether a file differs from its seal; None where it has none."""
    try:
        words = _seal_of(file).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return None
    return not words or words[0] != _sha256(file)


def to_disk(path: Path) -> None:
    """Have the system write a file, or a folder's list of names, down before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
