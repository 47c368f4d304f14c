"""Set up and run feeapp with nothing but the standard library; ``make help`` lists what it does.

This file must load on any Python from 3.6, so that an old one gets a sentence instead of a syntax error: all else is in
tools/tasks.py and its neighbours.
"""

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST = (3, 11)


def newer_python(which: "Callable[[str], str | None]" = shutil.which) -> "str | None":
    """The path of a Python on PATH that is new enough, or None."""
    for minor in range(19, OLDEST[1] - 1, -1):
        found = which(f"python3.{minor}")
        if found:
            return found
    return None


def refusal(version: "tuple[int, ...]") -> str:
    """What to tell a person whose Python is too old."""
    wanted, here = (".".join(str(part) for part in numbers) for numbers in (OLDEST, version))
    return (
        f"feeapp needs Python {wanted} or newer; this is Python {here} ({sys.executable}).\n"
        "Install a newer one (Debian 12, Ubuntu 24.04: apt-get install python3 python3-venv), or name one:\n"
        "  make PYTHON=/path/to/python3.11 run"
    )


def enter() -> int:
    """Hand over to the tasks, in a newer Python where this one is too old."""
    if sys.version_info[:2] < OLDEST:
        newer = newer_python()
        if newer is None:
            sys.exit(refusal(sys.version_info[:2]))
        os.execv(newer, [newer, *sys.argv])  # noqa: S606
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from tools import tasks

    return tasks.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(enter())
