"""What things of the rooms above are called, told to the rooms below, which may not look up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from flask import Flask, current_app

Namer = Callable[[Collection[int]], Mapping[int, str]]
"""``ids -> {id: name}``; what is not found is left out."""


def init_app(app: Flask, **namers: Namer) -> None:
    """Say who names each kind of thing: ``names.init_app(app, user=access.queries.names_of)``."""
    app.extensions["feeapp_names"] = namers


def names_of(kind: str, ids: Collection[int]) -> Mapping[int, str]:
    """The names of these things of one kind."""
    namer: Namer = current_app.extensions["feeapp_names"][kind]
    return namer(ids) if ids else {}
