"""Two people changing an area or the settings at one instant. The race is first shown to happen with the guard off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from feeapp.core.area import Area
from feeapp.registry import actions
from feeapp.registry.checks import CHECKS
from feeapp.registry.profile import Profile
from feeapp.registry.queries import get_unit, list_area_changes, list_profiles
from feeapp.storage import checking
from feeapp.storage.db import db
from tests.people import Cast
from tests.races.meeting import at_once, meet

DAY = date(2025, 3, 11)


def _meet(monkeypatch: pytest.MonkeyPatch, look: str) -> None:
    """With the guard off, let both look before either writes."""
    monkeypatch.setattr(actions, "hold_community", lambda community_id: None)
    meet(monkeypatch, (actions, look))


def _two_areas(cast: Cast) -> list[Callable[[], object]]:
    by, unit_id = cast.by("manager"), cast.units["3-2-501"]
    return [
        lambda size=size: actions.change_area(by, unit_id, DAY, Area(size), None, "换发产权证")  # type: ignore[misc]
        for size in (9000, 9100)
    ]


def _two_profiles(cast: Cast) -> list[Callable[[], object]]:
    by = cast.by("manager")
    return [
        lambda days=days: actions.set_profile(by, Profile(notice_days=days), "试", 0)  # type: ignore[misc]
        for days in (20, 25)
    ]


def _faults() -> list[str]:
    return [finding.check.id for finding in checking.run(db.session.connection(), CHECKS)]


def test_without_waiting_two_changes_of_one_day_do_not_follow_each_other(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meet(monkeypatch, "list_area_changes")
    assert at_once(app, _two_areas(cast)) == ["done", "done"]
    assert ("H3" in _faults()) == (db.engine.dialect.name == "postgresql")


def test_of_two_changes_of_one_day_the_later_takes_the_place_of_the_earlier(app: Flask, cast: Cast) -> None:
    assert at_once(app, _two_areas(cast)) == ["done", "done"]
    changes = list_area_changes(cast.community, date.min)[cast.units["3-2-501"]]
    assert [(each.before_area, each.area) for each in changes] == [
        (Area(8653), get_unit(cast.community, cast.units["3-2-501"]).area)
    ]
    assert _faults() == []


def test_without_waiting_two_settings_break_on_their_number(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meet(monkeypatch, "list_profiles")
    happens = "settings.changed" if db.engine.dialect.name == "sqlite" else "broken"
    assert at_once(app, _two_profiles(cast)) == sorted(["done", happens])


def test_of_two_who_save_settings_at_once_the_second_looks_again(app: Flask, cast: Cast) -> None:
    assert at_once(app, _two_profiles(cast)) == ["done", "settings.changed"]
    assert len(list_profiles(cast.community)) == 1


def test_settings_and_an_area_changed_at_once_both_stand(app: Flask, cast: Cast) -> None:
    late: Callable[[], object] = lambda: actions.set_profile(  # noqa: E731
        cast.by("manager"), Profile(late_rate=Decimal("0.0003")), "合同"
    )
    assert at_once(app, [late, _two_areas(cast)[0]]) == ["done", "done"]
