"""Pages of the registry room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("registry", __name__)
