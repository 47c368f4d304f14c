"""Papers that are asked for: bills in bulk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.jobs import actions as jobs
from feeapp.logbook.actions import log
from feeapp.statements.press import KIND


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills: of these buildings and stairs (all where none), or of these units; of whom, and how made out."""

    month: Period
    portal: str
    file: str
    buildings: Collection[int] = ()
    stairs: Collection[int] = ()
    units: Collection[int] | None = None
    owing: bool = True
    least: Money | None = None
    english: bool = False


def print_bills(by: By, wanted: Wanted) -> int:
    """Start printing; returns the job's id."""
    facts = {
        "month": str(wanted.month),
        "portal": wanted.portal,
        "file": wanted.file,
        "buildings": sorted(wanted.buildings),
        "stairs": sorted(wanted.stairs),
        "units": None if wanted.units is None else sorted(wanted.units),
        "owing": wanted.owing,
        "least": wanted.least.fen if wanted.least else None,
        "english": wanted.english,
    }
    job_id = jobs.start(by, KIND, facts)
    log(by, "statements.bills", "job", job_id, period=str(wanted.month))
    return job_id
