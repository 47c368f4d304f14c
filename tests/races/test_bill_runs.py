"""Two accountants confirm the same month at one instant."""

from __future__ import annotations

import threading
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import runs
from feeapp.billing.models import BillRun, Charge
from feeapp.core.refusal import Refused
from feeapp.ledger.models import Entry
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.actions.test_bill_runs import JANUARY, _look, _price, fee
from tests.people import Cast
from tests.races.test_payments import PATIENCE

__all__ = ["fee"]


def _confirm_twice(app: Flask, cast: Cast) -> list[str]:
    seen, by = _look(cast).seen_hash, cast.by("accountant")
    db.session.rollback()
    outcomes: list[str] = []

    def confirm() -> None:
        with app.app_context():
            try:
                transaction(lambda: runs.confirm(by, JANUARY, seen))
                outcomes.append("billed")
            except Refused as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=confirm) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def _counts() -> list[int]:
    db.session.rollback()
    return [db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0 for model in (BillRun, Charge, Entry)]


def test_without_the_lock_both_write_and_only_the_key_stops_the_second(
    app: Flask, cast: Cast, fee: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    _price(cast, fee, "0.65", date(2025, 1, 1))
    if db.engine.dialect.name == "postgresql":
        barrier = threading.Barrier(2)
        plan = runs.plan_period
        monkeypatch.setattr(runs, "hold_prices", lambda community_id: None)
        met: set[int] = set()

        def plan_and_wait(*args: object) -> object:
            found = plan(*args)  # type: ignore[arg-type]
            if threading.get_ident() not in met:
                met.add(threading.get_ident())
                barrier.wait(PATIENCE)
            return found

        seen = _look(cast)
        assert seen.charges == 3
        monkeypatch.setattr(runs, "plan_period", plan_and_wait)
    outcomes = _confirm_twice(app, cast)
    outcomes.remove("billed")
    assert outcomes == [{"postgresql": "billing.changed", "sqlite": "billing.nothing"}[db.engine.dialect.name]]


def test_a_month_confirmed_twice_at_once_is_billed_once(app: Flask, cast: Cast, fee: int) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    assert _confirm_twice(app, cast) == ["billed", "billing.nothing"]
    assert _counts() == [1, 3, 1]
