"""State machines: one table of moves each, asked by the page for its buttons and by the action before it moves."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

from feeapp.core.refusal import Refused, msg

State = TypeVar("State", bound=enum.Enum)


class Moves(Generic[State]):
    """The moves a thing may make, ``{state: {deed: next state}}``."""

    def __init__(self, table: Mapping[State, Mapping[str, State]]):
        self._table = {state: dict(deeds) for state, deeds in table.items()}

    def deeds(self, state: State) -> tuple[str, ...]:
        """What may be done now, in the order of the table."""
        return tuple(self._table.get(state, {}))

    def after(self, state: State, deed: str) -> State:
        """The state a deed leads to. Raises Refused where the deed is not allowed in this state."""
        try:
            return self._table[state][deed]
        except KeyError:
            raise Refused(
                "state.move", msg("This is not possible any more: the state has changed. Reload the page.")
            ) from None
