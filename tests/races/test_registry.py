"""Two people importing at one instant. The race is first shown to happen with the guard off."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.registry import communities, importing
from feeapp.registry.models import Party, Unit
from feeapp.spreadsheet import table
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast
from tests.races.meeting import at_once, meet

HEADERS = ["房号", "建筑面积", "业主姓名", "证件号码"]


@pytest.fixture
def empty(cast: Cast) -> By:
    """The accountant acting for a community that has no unit yet."""
    made = transaction(lambda: communities.create_community(By(0, None, AT), "桃园小区", "TY", "桃园物业"))
    return By(made.id, cast.users["accountant"], AT)


def _stage(by: By, room: str) -> int:
    data = table(HEADERS, [[room, "80.00", "孙志强", "231003196211103916"]])
    upload = importing.read_upload("台账.xlsx", data, 1, Area(8000), Money(0))
    return transaction(lambda: importing.stage_import(by, upload))


def _confirm_at_once(app: Flask, by: By, batch_ids: Sequence[int]) -> list[str]:
    deeds = [lambda key=key: importing.confirm_import(by, key, False, False) for key in batch_ids]
    return at_once(app, deeds)


def _count(by: By, kind: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind).filter_by(community_id=by.community_id)) or 0


def test_without_holding_the_registry_two_ledgers_break_on_the_person_they_share(
    app: Flask, empty: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_ids = [_stage(empty, "9-1-101"), _stage(empty, "9-1-102")]
    monkeypatch.setattr(importing, "hold_registry", lambda community_id: None)
    meet(monkeypatch, (importing, "count_imports"))
    happens = "import.stale" if db.engine.dialect.name == "sqlite" else "broken"
    assert _confirm_at_once(app, empty, batch_ids) == sorted(["done", happens])


def test_of_two_ledgers_confirmed_at_once_the_second_is_asked_to_read_again(app: Flask, empty: By) -> None:
    batch_ids = [_stage(empty, "9-1-101"), _stage(empty, "9-1-102")]
    assert _confirm_at_once(app, empty, batch_ids) == ["done", "import.stale"]
    assert (_count(empty, Unit), _count(empty, Party)) == (1, 1)


def test_one_ledger_confirmed_twice_at_once_is_imported_once(app: Flask, empty: By) -> None:
    batch_id = _stage(empty, "9-1-101")
    assert _confirm_at_once(app, empty, [batch_id, batch_id]) == ["done", "state.move"]
    assert (_count(empty, Unit), _count(empty, Party)) == (1, 1)


def test_even_without_holding_the_registry_one_ledger_is_imported_once(
    app: Flask, empty: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The move names the old state: of two that both saw it staged, one hits the row."""
    batch_id = _stage(empty, "9-1-101")
    monkeypatch.setattr(importing, "hold_registry", lambda community_id: None)
    meet(monkeypatch, (importing, "count_imports"))
    assert _confirm_at_once(app, empty, [batch_id, batch_id]) == ["done", "state.move"]
    assert _count(empty, Unit) == 1
