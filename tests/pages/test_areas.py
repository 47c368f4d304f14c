"""The form for a change of area, and the history on the unit's page."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.area import Area
from feeapp.registry import queries
from feeapp.registry.models import Unit
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.pages.test_bill_runs import _seen
from tests.pages.test_tariffs import PRICE, _item_id
from tests.people import Cast

CHANGE = {"from_on": "2025-03-11", "area": "９０．００㎡", "inner_area": "", "reason": "换发产权证"}


def _path(cast: Cast, code: str = "3-2-501", page: str = "/area") -> str:
    return f"/XHY/units/{cast.units[code]}{page}"


def test_an_area_changes_through_the_form_and_stays_readable_in_its_history(site: Flask, cast: Cast) -> None:
    manager = cast.client("manager")
    assert "86.53" in manager.get(_path(cast)).text
    assert "已经出账" not in manager.get(_path(cast)).text
    done = manager.post(_path(cast), data=CHANGE, follow_redirects=True).text
    assert "自当日起按新面积计费" in done
    assert "86.53 → 90.00 m²" in done
    assert "换发产权证" in done
    assert "manager" in done
    assert "86.53 → 90.00 m²" in cast.client("auditor").get(_path(cast, page="")).text
    assert "Areas in the past" in cast.client("cashier", "en").get(_path(cast, page="")).text
    assert "面积变更记录" not in manager.get(_path(cast, "3-2-502", "")).text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("from_on", "2999-01-01", "日期"),
        ("from_on", "gestern", "日期"),
        ("from_on", "", "请填写"),
        ("area", "0", "面积必须大于零"),
        ("area", "86.53", "与现有面积相同"),
        ("inner_area", "91", "套内面积不能大于建筑面积"),
        ("reason", "", "请填写"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    site: Flask, cast: Cast, field: str, typed: str, said: str
) -> None:
    typed_in = {**CHANGE, "reason": "记着这句"} | {field: typed}
    answer = cast.client("manager").post(_path(cast), data=typed_in)
    assert answer.status_code == 200
    assert said in answer.text
    assert f'id="{field}-error"' in answer.text
    assert field == "reason" or "记着这句" in answer.text
    assert queries.list_area_changes(cast.community, date.min) == {}


def test_an_earlier_day_than_the_last_change_is_refused(site: Flask, cast: Cast) -> None:
    manager = cast.client("manager", "en")
    manager.post(_path(cast), data=CHANGE)
    answer = manager.post(_path(cast), data={**CHANGE, "area": "91", "from_on": "2025-03-10"})
    assert "A change on 2025-03-11 is already on record" in answer.text


def test_pressing_twice_changes_once(site: Flask, cast: Cast) -> None:
    manager = cast.client("manager")
    answers = [manager.post(_path(cast), data=CHANGE).status_code for _ in "ab"]
    assert answers == [302, 200]
    assert len(queries.list_area_changes(cast.community, date.min)[cast.units["3-2-501"]]) == 1


def test_a_month_that_is_billed_is_told_and_does_not_stop_the_change(site: Flask, cast: Cast) -> None:
    cast.client("manager").post(f"/XHY/prices/{_item_id(cast)}/new", data=PRICE)
    accountant = cast.client("accountant", "en")
    seen = _seen(accountant.get("/XHY/bill-runs/2026-01").text)
    accountant.post("/XHY/bill-runs/2026-01", data={"seen_hash": seen})
    assert "Bills up to January 2026 are issued" in accountant.get(_path(cast)).text.replace("Jan ", "January ")
    answer = accountant.post(_path(cast), data={**CHANGE, "from_on": "2026-01-31"}, follow_redirects=True).text
    assert "were issued with the old area" in answer
    later = accountant.post(_path(cast), data={**CHANGE, "area": "91", "from_on": "2026-02-01"}, follow_redirects=True)
    assert "Bills follow the new area" in later.text
    assert queries.get_unit(cast.community, cast.units["3-2-501"]).area == Area(9100)


def test_the_edit_form_shows_an_area_on_record_and_asks_only_for_a_missing_one(site: Flask, cast: Cast) -> None:
    manager, path = cast.client("manager"), _path(cast, page="/edit")
    page = manager.get(path).text
    assert 'name="area"' not in page
    assert 'name="inner_area"' in page
    assert _path(cast) in page
    form = {"use": "HOME", "floor": "5", "use_state": "SELF", "area": "999", "inner_area": "70"}
    assert manager.post(path, data=form).status_code == 302
    unit = queries.get_unit(cast.community, cast.units["3-2-501"])
    assert (unit.area, unit.inner_area) == (Area(8653), Area(7000))
    transaction(lambda: db.session.execute(sa.update(Unit).filter_by(id=unit.id).values(area=None, inner_area=None)))
    assert manager.get(_path(cast)).headers["Location"].endswith("/edit")
    assert manager.post(path, data={**form, "area": "86.60"}).status_code == 302
    assert queries.get_unit(cast.community, cast.units["3-2-501"]).area == Area(8660)


@pytest.mark.parametrize("who", ["cashier", "committee", "auditor"])
def test_changing_an_area_takes_the_power_to_edit(site: Flask, cast: Cast, who: str) -> None:
    assert cast.client(who).post(_path(cast), data=CHANGE).status_code == 403
    assert _path(cast) not in cast.client(who).get(_path(cast, page="")).text
