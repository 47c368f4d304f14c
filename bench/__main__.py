"""``python -m bench [name …]``: every workload, or those named, on both databases."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys

from bench import __path__ as here
from bench.lines import Line
from tests.databases import PostgresTemplates, SqliteTemplates


def main(wanted: list[str]) -> int:
    """Print the ratios; 1 where one of them is past its limit."""
    modules = [found.name for found in pkgutil.iter_modules(here)]
    works = [module for name in modules if hasattr(module := importlib.import_module(f"bench.{name}"), "run")]
    gc.freeze()  # as app.py does for the process that serves
    gc.set_threshold(50_000, 20, 100)
    past = 0
    databases = (SqliteTemplates(in_memory=False), PostgresTemplates(in_memory=False))
    for work in works:
        if wanted and work.__name__.removeprefix("bench.") not in wanted:
            continue
        for database in databases:
            with database.fresh() as url:
                for line in work.run(url):
                    past += not line.holds
                    print(_row(url.split(":")[0], line), flush=True)
    for database in databases:
        database.stop()
    return 1 if past else 0


def _row(database: str, line: Line) -> str:
    verdict = "" if line.holds else "   PAST ITS LIMIT"
    return f"{database:11} {line.name:44} {line.ratio:8.2f} ×  ({line.bound} {line.limit:g})  {line.figures}{verdict}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
