"""Areas that change from a day on: by hand, by a ledger, and taken back with it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.registry import actions, importing, queries, undoing
from feeapp.registry.actions import UnitFacts
from feeapp.registry.models import Unit, UnitArea
from feeapp.registry.rules import UnitUse, UseState
from feeapp.spreadsheet import table
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

ALWAYS = date.min
MARCH_11 = date(2025, 3, 11)


def _change(cast: Cast, on: date, area: int, inner: int | None = None, code: str = "3-2-501") -> None:
    """By the manager, to so many 0.01 m²."""
    transaction(
        lambda: actions.change_area(
            cast.by("manager"), cast.units[code], on, Area(area), Area(inner) if inner else None, "换发产权证"
        )
    )


def _changes(cast: Cast, after: date = ALWAYS, code: str = "3-2-501") -> list[tuple[object, ...]]:
    found = queries.list_area_changes(cast.community, after).get(cast.units[code], [])
    return [
        (each.from_on, *(getattr(size, "centi", None) for size in (each.before_area, each.area)), each.reason)
        for each in found
    ]


def _areas(cast: Cast, code: str = "3-2-501") -> tuple[Area | None, Area | None]:
    unit = queries.get_unit(cast.community, cast.units[code])
    return unit.area, unit.inner_area


def _refused(deed: object) -> Refused:
    with pytest.raises(Refused) as refusal:
        transaction(deed)  # type: ignore[arg-type]
    return refusal.value


def test_an_area_changes_from_a_day_on_and_the_days_before_keep_theirs(app: Flask, cast: Cast) -> None:
    _change(cast, MARCH_11, 9000)
    _change(cast, date(2025, 9, 1), 9120)
    assert _areas(cast) == (Area(9120), None)
    first, second = (MARCH_11, 8653, 9000, "换发产权证"), (date(2025, 9, 1), 9000, 9120, "换发产权证")
    assert _changes(cast) == [first, second]
    assert _changes(cast, MARCH_11 - timedelta(days=1)) == [first, second]
    assert _changes(cast, MARCH_11) == [second]
    assert _changes(cast, date(2025, 9, 1)) == []
    assert _changes(cast, code="3-2-502") == []


def test_changes_are_listed_for_the_units_named_only_and_in_one_query(app: Flask, cast: Cast) -> None:
    _change(cast, MARCH_11, 9000)
    _change(cast, MARCH_11, 9100, code="1-1-101")
    asked: list[str] = []
    sa.event.listen(
        db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]) if call[2] != "BEGIN" else None
    )
    every = queries.list_area_changes(cast.community, ALWAYS)
    assert every.keys() == {cast.units["3-2-501"], cast.units["1-1-101"]}
    assert queries.list_area_changes(cast.community, ALWAYS, [cast.units["1-1-101"]]).keys() == {cast.units["1-1-101"]}
    many = [cast.units["1-1-101"], *range(1, 2000)]
    assert queries.list_area_changes(cast.community, ALWAYS, many).keys() == {cast.units["1-1-101"]}
    assert queries.list_area_changes(cast.community, ALWAYS, []) == {}
    assert queries.list_area_changes(cast.neighbour, ALWAYS) == {}
    assert len(asked) == 5


def test_a_second_change_on_the_same_day_takes_the_place_of_the_first(app: Flask, cast: Cast) -> None:
    _change(cast, MARCH_11, 9900)
    _change(cast, MARCH_11, 9000)
    assert _changes(cast) == [(MARCH_11, 8653, 9000, "换发产权证")]
    _change(cast, MARCH_11, 8653)
    assert _changes(cast) == []
    _change(cast, MARCH_11, 9100)
    assert _changes(cast) == [(MARCH_11, 8653, 9100, "换发产权证")]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UnitArea)) == 4


@pytest.mark.parametrize(
    ("on", "area", "inner", "reason", "code", "field"),
    [
        (date(2026, 1, 21), 9000, None, "换证", "area.ahead", "from_on"),
        (date(2025, 3, 10), 9000, None, "换证", "area.before", "from_on"),
        (MARCH_11, 8800, None, "换证", "area.same", "area"),
        (MARCH_11, 9000, None, "  ", "area.reason", "reason"),
        (MARCH_11, 0, None, "换证", "unit.area", "area"),
        (MARCH_11, 9000, 9001, "换证", "unit.inner_area", "inner_area"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_its_field(
    app: Flask, cast: Cast, on: date, area: int, inner: int | None, reason: str, code: str, field: str
) -> None:
    _change(cast, MARCH_11, 8800)
    sizes = (Area(area), Area(inner) if inner else None)
    refusal = _refused(lambda: actions.change_area(cast.by("manager"), cast.units["3-2-501"], on, *sizes, reason))
    assert (refusal.code, refusal.field) == (code, field)
    assert _areas(cast) == (Area(8800), None)


def test_an_area_on_record_is_not_overwritten_and_a_missing_one_is_filled_in_for_all_days(
    app: Flask, cast: Cast
) -> None:
    by, unit_id = cast.by("manager"), cast.units["3-2-501"]
    facts = UnitFacts(UnitUse.HOME, Area(9000), None, 5, UseState.SELF, None, "")
    assert _refused(lambda: actions.edit_unit(by, unit_id, facts)).code == "unit.area_stands"
    filled = UnitFacts(UnitUse.HOME, Area(8653), Area(7000), 5, UseState.SELF, None, "")
    transaction(lambda: actions.edit_unit(by, unit_id, filled))
    assert (_areas(cast), _changes(cast)) == ((Area(8653), Area(7000)), [])
    bare = transaction(
        lambda: actions.create_unit(
            by, "3号楼", "2", "601", UnitFacts(UnitUse.HOME, None, None, 6, UseState.SELF, None, "")
        )
    )
    assert _refused(lambda: actions.change_area(by, bare, MARCH_11, Area(1), None, "补填")).code == "area.none"


def test_an_inner_area_changes_by_itself(app: Flask, cast: Cast) -> None:
    by = cast.by("manager")
    transaction(
        lambda: actions.edit_unit(
            by, cast.units["3-2-501"], UnitFacts(UnitUse.HOME, Area(8653), Area(7000), 5, UseState.SELF, None, "")
        )
    )
    _change(cast, MARCH_11, 8653, 7100)
    row = queries.list_area_changes(cast.community, ALWAYS)[cast.units["3-2-501"]][0]
    assert (row.before_inner, row.inner_area, row.before_area, row.area) == (
        Area(7000), Area(7100), Area(8653), Area(8653),
    )  # fmt: skip


def test_another_community_has_no_such_unit(app: Flask, cast: Cast) -> None:
    with pytest.raises(NotFound):
        _change(cast, MARCH_11, 9000, code="ZYL 1-1-101")


HEADERS = ["楼号", "单元", "房号", "面积", "业主", "套内面积"]


def _import(cast: Cast, area: str, inner: str = "") -> int:
    row = ["3号楼", "2单元", "501", area, "张小明、李娜", inner]
    by = cast.by("manager", AT + timedelta(hours=1))
    upload = importing.read_upload("台账.xlsx", table(HEADERS, [row]), 1, Area.read(area), Money(0))
    batch_id = transaction(lambda: importing.stage_import(by, upload))
    transaction(lambda: importing.confirm_import(by, batch_id, True, True))
    return batch_id


def test_a_ledger_changes_the_area_from_the_day_of_the_import_and_its_undo_takes_that_back(
    app: Flask, cast: Cast
) -> None:
    _change(cast, MARCH_11, 8800)
    before = (MARCH_11, 8653, 8800, "换发产权证")
    batch_id = _import(cast, "90.00", "75.00")
    assert _areas(cast) == (Area(9000), Area(7500))
    assert _changes(cast) == [before, (date(2026, 1, 20), 8800, 9000, "")]
    row = queries.list_area_changes(cast.community, MARCH_11)[cast.units["3-2-501"]][0]
    assert (row.batch_id, row.before_inner) == (batch_id, Area(7500))
    transaction(lambda: undoing.undo_import(cast.by("manager"), batch_id))
    assert (_areas(cast), _changes(cast)) == ((Area(8800), None), [before])


def test_an_undo_leaves_a_change_of_the_same_day_as_it_was_before_the_ledger(app: Flask, cast: Cast) -> None:
    today = date(2026, 1, 20)
    _change(cast, today, 8800)
    batch_id = _import(cast, "90.00")
    assert [change[:3] for change in _changes(cast)] == [(today, 8653, 9000)]
    transaction(lambda: undoing.undo_import(cast.by("manager"), batch_id))
    assert [change[:3] for change in _changes(cast)] == [(today, 8653, 8800)]
    assert _areas(cast) == (Area(8800), None)


def test_an_undo_would_lose_a_change_made_after_the_ledger(app: Flask, cast: Cast) -> None:
    batch_id = _import(cast, "90.00")
    after = cast.by("manager", AT + timedelta(hours=2))
    unit_id = cast.units["3-2-501"]
    transaction(lambda: actions.change_area(after, unit_id, date(2026, 1, 20), Area(9100), None, "复测"))
    refusal = _refused(lambda: undoing.undo_import(cast.by("manager"), batch_id))
    assert refusal.code == "import.by_hand"


def test_a_ledger_that_fills_in_a_missing_area_leaves_no_change(app: Flask, cast: Cast) -> None:
    transaction(lambda: db.session.execute(sa.update(Unit).filter_by(id=cast.units["3-2-501"]).values(area=None)))
    _import(cast, "90.00")
    assert (_areas(cast)[0], _changes(cast)) == (Area(9000), [])
