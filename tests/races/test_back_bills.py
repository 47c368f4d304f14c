"""Two accountants bill the same unit afterwards at one instant."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import missing
from feeapp.billing.models import BillRun, Charge
from feeapp.storage.db import db
from tests.missing import CODE, MONTHS, by, missed_home
from tests.people import Cast
from tests.races.meeting import at_once, meet


def _bill_twice(app: Flask, cast: Cast, seen: str) -> list[str]:
    unit, actor = cast.units[CODE], by(cast)
    db.session.rollback()
    return at_once(app, [lambda: missing.back_bill(actor, unit, MONTHS[0], date(2025, 7, 10), seen)] * 2)


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
    monkeypatch.setattr(missing, "hold_prices", lambda community_id: None)
    meet(monkeypatch, (missing, "look"))
    outcomes = _bill_twice(app, cast, seen)
    second = {"postgresql": "billing.changed", "sqlite": "missing.nothing"}[db.engine.dialect.name]
    assert outcomes == sorted(["done", second])
    assert _counts(cast) == (3, 3)


def test_a_unit_billed_afterwards_twice_at_once_is_billed_once(app: Flask, cast: Cast) -> None:
    missed_home(cast)
    assert _bill_twice(app, cast, _seen(cast)) == ["done", "missing.nothing"]
    assert _counts(cast) == (3, 3)
