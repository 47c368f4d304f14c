"""Pages of the ledger room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("ledger", __name__)
