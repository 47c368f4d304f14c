"""Two people at one instant over one disputed charge. The race is first shown to happen with the guard off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from feeapp.billing import disputes, disputing
from feeapp.billing.models import Dispute
from feeapp.core.deed import By
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import at_once, meet


def _dispute(cast: Cast, charge: int, who: str) -> Callable[[], object]:
    by = cast.by(who)
    return lambda: disputing.open_dispute(by, charge, "电梯停运")


def _look_then_write(by: By, dispute_id: int, charge_id: int, reason: str) -> bool:
    """Entering a dispute as one would write it without thinking of the other person."""
    if disputes.disputed_ids(by.community_id, [charge_id]):
        return False
    row = Dispute(
        community_id=by.community_id, id=dispute_id, charge_id=charge_id, reason=reason, opened_at=by.at,
        opened_by=by.actor_id, answer="",
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return True


def test_without_the_guard_only_the_index_stops_the_second(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL; on SQLite the write lock, taken before the first look, keeps the second out."""
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    meet(monkeypatch, (disputes, "disputed_ids"))
    monkeypatch.setattr(disputing, "_enter", _look_then_write)
    outcomes = at_once(app, [_dispute(cast, charge, who) for who in ("cashier", "accountant")])
    assert outcomes == {"postgresql": ["broken", "done"], "sqlite": ["dispute.twice", "done"]}[db.engine.dialect.name]


def test_of_two_who_dispute_the_same_charge_at_once_one_is_told(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    outcomes = at_once(app, [_dispute(cast, charge, who) for who in ("cashier", "accountant")])
    assert outcomes == ["dispute.twice", "done"]
    assert db.session.query(Dispute).count() == 1


def test_of_two_answers_at_once_one_stands(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both saw it open: the update names the old state, so it hits once."""
    dispute = transaction(_dispute(cast, owe(cast, "3-2-501", "2025-12", "56.24"), "cashier"))
    meet(monkeypatch, (disputing, "get_dispute"))
    deeds = [
        lambda who=who: disputing.close_dispute(cast.by(who), dispute, "已核实", who == "manager")  # type: ignore[misc]
        for who in ("accountant", "manager")
    ]
    assert at_once(app, deeds) == ["dispute.closed", "done"]
