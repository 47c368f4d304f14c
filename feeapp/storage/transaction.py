"""The one place that commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from feeapp.storage.db import db, writing

Result = TypeVar("Result")

_ATTEMPTS = 4
_RETRIED = {"40001", "40P01"}  # serialization failure, deadlock: PostgreSQL asks for the whole transaction again


def transaction(deed: Callable[[], Result]) -> Result:
    """Run a deed and commit it whole; nothing of it stays when it raises.

    SQLite takes the write lock before the deed's first look, so what it reads stays true until it has written.
    PostgreSQL may ask for the whole deed again, so a deed must do nothing outside the database.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        db.session.rollback()
        token = writing.set(True)
        try:
            db.session.connection()
            result = deed()
            db.session.commit()
            return result
        except DBAPIError as error:
            db.session.rollback()
            if getattr(error.orig, "sqlstate", None) not in _RETRIED or attempt == _ATTEMPTS:
                raise
        except BaseException:
            db.session.rollback()
            raise
        finally:
            writing.reset(token)
    raise AssertionError("unreachable: the last attempt returns or raises")
