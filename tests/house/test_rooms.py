"""The import law: rooms on a one-way street, and what each file of a room may reach."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "feeapp"

STOREYS: tuple[tuple[str, ...], ...] = (
    ("core",),
    ("clock", "config"),
    ("storage", "spreadsheet", "printing"),
    ("web",),
    ("jobs",),
    ("logbook",),
    ("access",),
    ("registry",),
    ("tariffs", "ledger", "metering", "reliefs"),
    ("wallets",),
    ("billing",),
    ("prepay",),
    ("cashier",),
    ("corrections", "banking"),
    ("statements",),
    ("transfers",),
    ("portal", "reports"),
    ("tables", "demo"),
    ("commands",),
)
"""From bedrock to roof; rooms on one storey do not see each other."""

PURE = {
    *("rules", "guessable", "words", "charging", "late", "limitation", "settling", "offsetting"),
    *("rooms", "keys", "records", "workbook", "layout", "cells", "units", "owners", "figures", "subtotals"),
    *("formats", "shipped", "lining", "sampling", "suggesting", "swift"),
    *("matching", "deciding", "comparing", "judging", "profile", "presets", "settings", "vote_settings", "seen"),
}
"""Files that decide: the standard library, the bedrock, rows of a spreadsheet and other pure files, nothing else."""

PURE_LIBRARIES = {"pypinyin", "stdnum"}
"""Well-kept libraries of pure functions that a pure file may ask (docs/decisions)."""

STOREY_OF = {room: height for height, rooms in enumerate(STOREYS) for room in rooms}


def _files() -> list[Path]:
    return [path for path in sorted(HOUSE.rglob("*.py")) if path != HOUSE / "__init__.py"]


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_room_sees_only_the_rooms_below_it(path: Path) -> None:
    here = _room(path)
    seen = {(name.split(".")[1], line) for name, line in _imports(path) if name.startswith("feeapp.")}
    wrong = [(room, line) for room, line in seen if room != here and STOREY_OF[room] >= STOREY_OF[here]]
    assert not wrong, f"{here} may not import {wrong}"


@pytest.mark.parametrize(
    "path",
    [path for path in _files() if path.stem in PURE and _room(path) != "web"],
    ids=lambda path: str(path.relative_to(HOUSE)),
)
def test_a_file_that_decides_reaches_neither_web_nor_database(path: Path) -> None:
    for name, line in _imports(path):
        top, *rest = name.split(".")
        if top == "feeapp":
            allowed = rest and (
                rest[0] in ("core", "spreadsheet") or (len(rest) > 1 and rest[1] in PURE) or len(rest) == 1
            )
        else:
            allowed = top in sys.stdlib_module_names or top in PURE_LIBRARIES
        assert allowed, f"{path.relative_to(HOUSE)}:{line} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in _files() if path.stem in {"actions", "queries", "models"}],
    ids=lambda path: str(path.relative_to(HOUSE)),
)
def test_actions_and_queries_know_neither_flask_nor_the_clock_nor_commit(path: Path) -> None:
    names = {name for name, _ in _imports(path)}
    assert not {name for name in names if name == "flask" or name.startswith("flask.")}
    assert "feeapp.clock.now" not in names
    text = path.read_text(encoding="utf-8")
    assert "clock.now(" not in text
    assert ".commit(" not in text


def test_only_one_place_commits() -> None:
    committing = [path for path in _files() if ".commit(" in path.read_text(encoding="utf-8")]
    assert [str(path.relative_to(HOUSE)) for path in committing] == ["storage/transaction.py"]


def test_only_the_clock_reads_the_time() -> None:
    asking = [
        str(path.relative_to(HOUSE))
        for path in _files()
        if any(call in path.read_text(encoding="utf-8") for call in ("datetime.now(", "date.today(", "utcnow("))
    ]
    assert asking == ["clock.py"]


def test_only_the_printing_room_knows_weasyprint() -> None:
    users = {_room(path) for path in _files() for name, _ in _imports(path) if name.split(".")[0] == "weasyprint"}
    assert users == {"printing"}


def test_rooms_are_two_levels_deep_and_files_stay_small() -> None:
    too_deep = [path for path in _files() if len(path.relative_to(HOUSE).parts) > 2]
    too_long = [(path.name, n) for path in _files() if (n := len(path.read_text("utf-8").splitlines())) > 350]
    vague = [path for path in _files() if path.stem in {"utils", "helpers", "common", "manager", "base", "misc"}]
    assert (too_deep, too_long, vague) == ([], [], [])


def test_no_function_outgrows_a_screen() -> None:
    long = [
        f"{path.relative_to(HOUSE)}:{node.name}"
        for path in _files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert long == []


def test_no_float_comes_near() -> None:
    """Money, areas and votes never meet a float: neither the word nor a literal with a point."""
    found = [
        f"{path.relative_to(HOUSE)}:{node.lineno}"
        for path in _files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _room(path)
        in {
            *("core", "ledger", "tariffs", "metering", "reliefs", "wallets", "billing", "prepay", "cashier"),
            *("corrections", "registry", "transfers"),
        }
        and (
            (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
        )
    ]
    assert found == []
