"""Several people at one instant: each deed in a thread and a transaction of its own, and a place to let them meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.refusal import NotFound, Refused
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction

PATIENCE = 20
"""Seconds after which a meeting that never comes about fails the test instead of hanging it."""

DONE, BROKEN, MISSING = "done", "broken", "not found"
"""What became of a deed: it was done, a key of the database stopped it, or what it is about is not there."""


def at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[str]:
    """Do these at once, each in one transaction; what became of each, sorted: a refusal is told by its code."""
    told = [outcome if isinstance(outcome, str) else DONE for outcome in results_at_once(app, deeds)]
    return sorted(told)


def results_at_once(
    app: Flask, deeds: Sequence[Callable[[], object]], run: Callable[[Callable[[], object]], object] = transaction
) -> list[object]:
    """The same in the order of the deeds, with what each returned; ``run`` is how one is done."""
    outcomes: list[object] = [None] * len(deeds)

    def one(place: int) -> None:
        with app.app_context():
            try:
                outcomes[place] = run(deeds[place])
            except Refused as refusal:
                outcomes[place] = refusal.code
            except NotFound:
                outcomes[place] = MISSING
            except sa.exc.IntegrityError:
                outcomes[place] = BROKEN
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return outcomes


def meet(monkeypatch: pytest.MonkeyPatch, *looks: tuple[Any, str]) -> None:
    """Let two look before either writes: each ``(module, name)`` is a look after which one waits, once, for the other.

    SQLite lets only one writer in at a time, before it looks, so there is nobody to meet: its lock is the guard.
    """
    if db.engine.dialect.name == "sqlite":
        return
    barrier, met = threading.Barrier(2), set[int]()

    def waiting(real: Callable[..., Any]) -> Callable[..., Any]:
        def look_and_wait(*asked: Any, **more: Any) -> Any:
            found = real(*asked, **more)
            if threading.get_ident() not in met:
                met.add(threading.get_ident())
                barrier.wait(PATIENCE)
            return found

        return look_and_wait

    for module, name in looks:
        monkeypatch.setattr(module, name, waiting(getattr(module, name)))
