"""Pages of the cashier room."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("cashier", __name__)
