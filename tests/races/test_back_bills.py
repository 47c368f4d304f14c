"""Two accountants bill the same unit afterwards at one instant."""

from __future__ import annotations

import threading
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import missing
from feeapp.billing.models import BillRun, Charge
from feeapp.core.refusal import Refused
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.missing import CODE, MONTHS, by, missed_home
from tests.people import Cast
from tests.races.test_payments import PATIENCE


def _bill_twice(app: Flask, cast: Cast, seen: str) -> list[str]:
    unit, actor = cast.units[CODE], by(cast)
    db.session.rollback()
    outcomes: list[str] = []

    def bill() -> None:
        with app.app_context():
            try:
                transaction(lambda: missing.back_bill(actor, unit, MONTHS[0], date(2025, 7, 10), seen))
                outcomes.append("billed")
            except Refused as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=bill) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def _seen(cast: Cast) -> str:
    found = missing.look(cast.community, cast.units[CODE], MONTHS[0])
    assert found is not None
    return found.seen_hash


def _counts(cast: Cast) -> tuple[int | None, int | None]:
    db.session.rollback()
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(BillRun).where(BillRun.supplementary)),
        db.session.scalar(sa.select(sa.func.count()).select_from(Charge).where(Charge.unit_id == cast.units[CODE])),
    )


def test_without_the_lock_both_write_and_only_the_key_stops_the_second(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    missed_home(cast)
    seen = _seen(cast)
    if db.engine.dialect.name == "postgresql":
        barrier = threading.Barrier(2)
        look = missing.look
        monkeypatch.setattr(missing, "hold_prices", lambda community_id: None)
        met: set[int] = set()

        def look_and_wait(*args: object) -> object:
            found = look(*args)  # type: ignore[arg-type]
            if threading.get_ident() not in met:
                met.add(threading.get_ident())
                barrier.wait(PATIENCE)
            return found

        monkeypatch.setattr(missing, "look", look_and_wait)
    outcomes = _bill_twice(app, cast, seen)
    outcomes.remove("billed")
    assert outcomes == [{"postgresql": "billing.changed", "sqlite": "missing.nothing"}[db.engine.dialect.name]]
    assert _counts(cast) == (3, 3)


def test_a_unit_billed_afterwards_twice_at_once_is_billed_once(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    assert _bill_twice(app, cast, _seen(cast)) == ["billed", "missing.nothing"]
    assert _counts(cast) == (3, 3)
