"""Settings, read once from the environment; in production nothing that matters has a default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

UPLOAD_LIMIT = 10 * 1024 * 1024
"""The largest request the server reads, in bytes."""


class NotConfigured(Exception):
    """The settings are not fit to start with; the text lists every one that is missing."""


def settings(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Flask settings from ``FEEAPP_*`` variables.

    Raises NotConfigured, naming all that is missing, in production (``FEEAPP_ENV=production``).
    """
    production = environ.get("FEEAPP_ENV") == "production"
    data = Path(environ.get("FEEAPP_DATA", "var")).absolute()
    url = environ.get("FEEAPP_DATABASE_URL") or ("" if production else f"sqlite:///{data / 'feeapp.sqlite'}")
    key = environ.get("FEEAPP_SECRET_KEY") or ("" if production else "development only, never for real money")
    missing = []
    if not url:
        missing.append("FEEAPP_DATABASE_URL: sqlite:////path/to/file or postgresql://user:password@host/name")
    if len(key) < 32:
        missing.append("FEEAPP_SECRET_KEY: at least 32 random characters")
    if missing:
        raise NotConfigured("\n".join(missing))
    return {
        "SECRET_KEY": key,
        "SQLALCHEMY_DATABASE_URI": database_url(url),
        "FEEAPP_PRODUCTION": production,
        "FEEAPP_DATA": data,
        "FEEAPP_BASE_URL": environ.get("FEEAPP_BASE_URL", "").rstrip("/"),
        "FEEAPP_PROXIES": int(environ.get("FEEAPP_PROXIES", "0")),
        "MAX_CONTENT_LENGTH": UPLOAD_LIMIT,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_COOKIE_NAME": "feeapp",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": production,
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
    }


def database_url(url: str) -> str:
    """The address SQLAlchemy understands: PostgreSQL always through psycopg 3."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url
