"""A charge's own arithmetic in the language of the page."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext

from feeapp.billing.charging import explain
from feeapp.billing.queries import ChargeLine


def explained(charge: ChargeLine) -> str:
    """One sentence: area times price times days, rounded; or where an opening balance came from."""
    return explain(charge.facts, gettext)


def init_app(app: Flask) -> None:
    """``{{ charge|explained }}`` in templates."""
    app.jinja_env.filters["explained"] = explained
