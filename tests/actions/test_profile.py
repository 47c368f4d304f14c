"""The settings of a community, saved time after time."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.refusal import Refused
from feeapp.logbook.models import LogEntry
from feeapp.registry.actions import set_profile
from feeapp.registry.models import SavedProfile
from feeapp.registry.profile import Profile
from feeapp.registry.queries import list_profiles, profile_of
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import Cast

LATE = Profile(late_rate=Decimal("0.0003"))


def test_the_newest_settings_hold_and_the_older_ones_stay(app: Flask, cast: Cast) -> None:
    assert profile_of(cast.community) == Profile()
    manager = cast.by("manager")
    transaction(lambda: set_profile(manager, LATE, "合同第八条"))
    transaction(lambda: set_profile(manager, LATE.but(notice_days=20), "议事规则修订", seen=1))
    assert profile_of(cast.community) == LATE.but(notice_days=20)
    assert profile_of(cast.neighbour) == Profile()
    saved = list_profiles(cast.community)
    assert [(each.number, each.why) for each in saved] == [(2, "议事规则修订"), (1, "合同第八条")]
    assert Profile.of_facts(saved[1].facts) == LATE
    entries = db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.set_profile").order_by(LogEntry.id))
    assert [entry.facts["settings"] for entry in entries] == [["late_rate"], ["notice_days"]]


@pytest.mark.parametrize(
    ("profile", "why", "seen", "code"),
    [
        (LATE, " ", 0, "settings.why"),
        (Profile(), "无", 0, "settings.same"),
        (LATE, "合同第八条", 1, "settings.changed"),
    ],
)
def test_settings_that_say_nothing_or_come_too_late_are_refused(
    app: Flask, cast: Cast, profile: Profile, why: str, seen: int, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        transaction(lambda: set_profile(cast.by("manager"), profile, why, seen))
    assert refusal.value.code == code
    assert list_profiles(cast.community) == []


@pytest.mark.parametrize("deed", [sa.update(SavedProfile).values(why="改"), sa.delete(SavedProfile)])
def test_saved_settings_are_never_edited(app: Flask, cast: Cast, deed: sa.Update | sa.Delete) -> None:
    transaction(lambda: set_profile(cast.by("manager"), LATE, "合同第八条"))
    with pytest.raises(sa.exc.DBAPIError):
        transaction(lambda: db.session.execute(deed.execution_options(synchronize_session=False)))
