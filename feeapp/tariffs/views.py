"""Pages of the tariffs room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("tariffs", __name__)
