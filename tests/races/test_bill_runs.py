"""Two accountants confirm the same month at one instant."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import runs
from feeapp.billing.models import BillRun, Charge
from feeapp.ledger.models import Entry
from feeapp.storage.db import db
from tests.actions.test_bill_runs import JANUARY, _look, _price, fee
from tests.people import Cast
from tests.races.meeting import at_once, meet

__all__ = ["fee"]


def _confirm_twice(app: Flask, cast: Cast) -> list[str]:
    seen, by = _look(cast).seen_hash, cast.by("accountant")
    db.session.rollback()
    return at_once(app, [lambda: runs.confirm(by, JANUARY, seen)] * 2)


def _counts() -> list[int]:
    db.session.rollback()
    return [db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0 for model in (BillRun, Charge, Entry)]


def test_without_the_lock_both_write_and_only_the_key_stops_the_second(
    app: Flask, cast: Cast, fee: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    _price(cast, fee, "0.65", date(2025, 1, 1))
    assert _look(cast).charges == 3
    monkeypatch.setattr(runs, "hold_prices", lambda community_id: None)
    meet(monkeypatch, (runs, "plan_period"))
    outcomes = _confirm_twice(app, cast)
    assert outcomes == [{"postgresql": "billing.changed", "sqlite": "billing.nothing"}[db.engine.dialect.name], "done"]


def test_a_month_confirmed_twice_at_once_is_billed_once(app: Flask, cast: Cast, fee: int) -> None:
    _price(cast, fee, "0.65", date(2025, 1, 1))
    assert _confirm_twice(app, cast) == ["billing.nothing", "done"]
    assert _counts() == [1, 3, 1]
