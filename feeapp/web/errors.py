"""Every page that is not the page asked for: what happened, in words, and what to do next."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.storage.db import db
from feeapp.web.forms import tell

_log = logging.getLogger(__name__)
_BEATEN = msg("Somebody else has just entered the same. Go back and look before you enter it again.")
_PLAIN = (
    "<!doctype html><meta charset=utf-8><title>feeapp</title>"
    "<h1>系统暂时无法使用</h1><p>请稍后再试；若仍不行，请把错误编号 {number} 告诉管理员。</p>"
    "<h1>Out of service for a moment</h1><p>Try again soon; if it stays so, tell the administrator error {number}.</p>"
)
_PAGES = {400, 403, 404, 405, 413, 429}


def init_app(app: Flask) -> None:
    """Register the handlers; the last one shows a number, never the exception."""

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> tuple[str, int]:
        return render_template("errors/404.html"), 404

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[str, int]:
        return render_template("errors/409.html", sentence=tell(error)), 409

    @app.errorhandler(IntegrityError)
    def beaten(error: IntegrityError) -> tuple[str, int]:
        """Two people did the same at one instant, and the database kept the first: the second is asked to look."""
        _log.warning("the database refused a twin: %s", error.orig)
        db.session.rollback()
        return render_template("errors/409.html", sentence=gettext(_BEATEN)), 409

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> tuple[str, int]:
        return render_template("errors/400.html", stale=True), 400

    @app.errorhandler(HTTPException)
    def plain(error: HTTPException) -> ResponseReturnValue:
        if error.code in _PAGES:
            return render_template(f"errors/{error.code}.html"), error.code
        return error.get_response()

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        number = secrets.token_hex(4)
        _log.exception("error %s", number)
        try:
            db.session.rollback()
            return render_template("errors/500.html", number=number), 500
        except Exception:
            # The page itself asks the database who is looking; when that is away, plain words have to do.
            _log.exception("error %s, and its page", number)
            return _PLAIN.format(number=number), 500
