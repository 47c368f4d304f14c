"""What the registry's kinds are called on a page."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext

from feeapp.core.refusal import msg
from feeapp.registry.rules import UnitUse

USE_WORDS: dict[UnitUse, str] = {
    UnitUse.HOME: msg("Homes"),
    UnitUse.SHOP: msg("Shops"),
    UnitUse.PARKING: msg("Parking spaces"),
    UnitUse.STORAGE: msg("Storage rooms"),
}


def use_words(use: UnitUse) -> str:
    """The use in the language of the page."""
    return gettext(USE_WORDS[use])


def init_app(app: Flask) -> None:
    """``{{ unit.use|use_words }}`` in templates."""
    app.jinja_env.filters["use_words"] = use_words
