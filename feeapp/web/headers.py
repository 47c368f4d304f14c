"""The headers that tell a browser to trust nothing but us."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.wrappers import Response

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Set the headers on every answer; pages are never kept by caches, versioned static files for a year."""

    @app.after_request
    def guard(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if app.config["FEEAPP_PRODUCTION"]:
            headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        if request.endpoint == "static":
            versioned = "v" in request.args or "/vendor/" in request.path
            headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if versioned else "no-cache"
        else:
            headers["Cache-Control"] = "no-store"
        return response
