"""What can be done with many charges at once: a list of deeds, filled where the app is wired together.

A deed is told which charges were chosen and answers with the page that follows: a job, a file, or a page of its own
that asks for what else it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from feeapp.core.powers import Power
from feeapp.reports.charge_list import Totals, Wanted, list_wanted_ids, list_wanted_units, sum_up


@dataclass(frozen=True, slots=True)
class Chosen:
    """The charges somebody ticked, or all that match what the list was narrowed to."""

    community_id: int
    wanted: Wanted

    def ids(self) -> list[int]:
        """The charges, the oldest month first."""
        return list_wanted_ids(self.community_id, self.wanted)

    def unit_ids(self) -> list[int]:
        """The units they stand on."""
        return list_wanted_units(self.community_id, self.wanted)

    def totals(self) -> Totals:
        """What they come to."""
        return sum_up(self.community_id, self.wanted)


@dataclass(frozen=True, slots=True)
class BulkDeed:
    """One deed of the list: its name in the form, the words on its button, and who may do it."""

    name: str
    words: str
    icon: str
    power: Power
    do: Callable[[Chosen], ResponseReturnValue]


deeds: list[BulkDeed] = []
"""In the order of their buttons; ``create_app`` fills it."""


def find_deed(name: str) -> BulkDeed | None:
    """The deed with a name."""
    return next((deed for deed in deeds if deed.name == name), None)
