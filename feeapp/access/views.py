"""Pages of the access room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("access", __name__)
