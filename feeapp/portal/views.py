"""Pages of the portal room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("portal", __name__)
