"""Pages of the logbook room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("logbook", __name__)
