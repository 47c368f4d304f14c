"""Putting a session into the browser and taking it out, and knowing a browser again."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import after_this_request, current_app, request, session
from flask_login import current_user, login_user, logout_user
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.access.entrance import Device
from feeapp.access.queries import find_session
from feeapp.access.rules import DEVICES_KEPT
from feeapp.access.sessions import Opened, end_session, open_session
from feeapp.storage.transaction import transaction

COOKIE = "feeapp_device"
_KEPT = timedelta(days=180)


def enter(opened: Opened) -> None:
    """Start a clean session in this browser; nothing of what it held before stays but the language."""
    _empty()
    session.permanent = True
    login_user(find_session(opened.key, clock.now()))
    _remember(opened.user_id)


def sign_in(user_id: int) -> None:
    """Log somebody in who has just proven who they are in another way: by a code, or by setting the house up."""
    enter(transaction(lambda: open_session(user_id, clock.now())))


def leave() -> None:
    """Log out: the session ends here and for every copy of its cookie."""
    key = current_user.session_key
    transaction(lambda: end_session(key, clock.now()))
    logout_user()
    _empty()


def this_device() -> Device:
    """The browser of this request and who has logged in from it; a new number for one that is not known."""
    try:
        number, known = _signer().loads(request.cookies.get(COOKIE, ""), max_age=int(_KEPT.total_seconds()))
        return Device(str(number), frozenset(int(user_id) for user_id in known))
    except (BadData, ValueError, TypeError):
        return Device(secrets.token_urlsafe(12), frozenset())


def _empty() -> None:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def _remember(user_id: int) -> None:
    device = this_device()
    known = [user_id, *(device.known - {user_id})][:DEVICES_KEPT]
    value = _signer().dumps([device.number, known])

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            value,
            max_age=_KEPT,
            path="/",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="feeapp device")
