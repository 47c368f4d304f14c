"""A charge's own arithmetic in the language of the page."""

from __future__ import annotations

from typing import Protocol

from flask import Flask
from flask_babel import gettext

from feeapp.billing.late import LateFacts
from feeapp.billing.lateness import Memo
from feeapp.billing.saying import Facts, explain


class Explainable(Protocol):
    """A charge, billed or about to be."""

    @property
    def facts(self) -> Facts: ...


def explained(charge: Explainable) -> str:
    """One sentence: area times price times days, rounded; or where an opening balance came from."""
    return explain(charge.facts, gettext)


def late_explained(memo: Memo) -> str:
    """How the late charge that has run up on a charge is reckoned."""
    return explain(LateFacts(memo.late, memo.amount), gettext)


def init_app(app: Flask) -> None:
    """``{{ charge|explained }}`` and ``{{ memo|late_explained }}`` in templates."""
    app.jinja_env.filters["explained"] = explained
    app.jinja_env.filters["late_explained"] = late_explained
