"""Record numbers in addresses and forms: what the database could not even be asked for is not found."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1
"""The largest number that the database can hold."""


class KeyConverter(IntegerConverter):
    """``<int:unit_id>`` in an address: a larger number leads nowhere (404)."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


def as_key(typed: str) -> int:
    """A record number in a query or a form: ``request.form.get("unit", type=as_key)``. Raises ValueError."""
    if not (typed.isascii() and typed.isdigit() and int(typed) <= LARGEST):
        raise ValueError(typed)
    return int(typed)
