"""Reads the tables of docs/rules, so that what is promised there is what is tested."""

from __future__ import annotations

from pathlib import Path

RULES = Path(__file__).parents[2] / "docs" / "rules"


def table(page: str, *columns: str) -> list[tuple[str, ...]]:
    """The rows of all tables on a page that have exactly these columns.

    Raises LookupError where there is none: a table renamed in the document is a table no longer tested.
    """
    rows: list[tuple[str, ...]] = []
    inside = False
    for line in (RULES / page).read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        if cells == columns:
            inside = True
        elif inside and set("".join(cells)) - set("-"):
            rows.append(cells)
    if not rows:
        raise LookupError(f"{page} has no table with the columns {columns}")
    return rows


def listed(cell: str) -> list[str]:
    """The members of a cell that holds several, parted by commas; none for ``none`` or an empty cell."""
    return [] if cell in ("", "none") else [part.strip() for part in cell.split(",")]
