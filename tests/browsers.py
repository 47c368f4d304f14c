"""A test client that serves each request in a context of its own, as a server does.

Tests run inside an application context. Flask would lend it to every request, and with it ``g``: who is logged in and
which community is looked at would be remembered from one request to the next, and from one browser to another.
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feeapp.storage.db import db


class Browser(FlaskClient):
    """One person's browser."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; what the test's own session has read before is forgotten afterwards."""
        answer = Context().run(super().open, *args, **kwargs)
        if has_app_context():  # a redirect is followed inside the first request's context, where there is none
            db.session.rollback()
        return answer
