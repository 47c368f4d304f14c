"""Pages of no room: the language switch and the sign of life."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Blueprint, redirect, request, session
from werkzeug.wrappers import Response

from feeapp.storage.db import db
from feeapp.web import guard
from feeapp.web.language import LANGUAGES

pages = Blueprint("web", __name__)


@pages.post("/language")
@guard.public
def language() -> Response:
    """Remember the language the person chose, and go back to the page it was chosen on."""
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        session["language"] = chosen
    return redirect(safe_path(request.form.get("next")))


@pages.get("/alive")
@guard.public
def alive() -> tuple[str, int, dict[str, str]]:
    """For the process supervisor: the app answers and reaches its database."""
    db.session.execute(sa.text("SELECT 1"))
    return "alive\n", 200, {"Content-Type": "text/plain"}


def safe_path(target: str | None) -> str:
    """A path on this site, or its front door: never another site's address."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(sign) < 32 or sign == "\\" for sign in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme else "/"
