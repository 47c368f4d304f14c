"""The registry's pages: found, shown, masked, edited, and closed to whom they do not belong."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.logbook.models import LogEntry
from feeapp.registry import people, queries
from feeapp.registry.indexing import reindex
from feeapp.registry.models import Party, Vehicle
from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def found(cast: Cast) -> Cast:
    """The cast, with its search keys written."""
    here = [unit_id for code, unit_id in cast.units.items() if not code.startswith("ZYL")]
    transaction(lambda: reindex(cast.community, here))
    return cast


def _page(cast: Cast, who: str, path: str, language: str = "zh") -> str:
    answer = cast.client(who, language).get(f"/XHY{path}")
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def test_one_hit_opens_itself(site: Flask, found: Cast) -> None:
    answer = found.client("cashier").get("/XHY/search?q=3栋2单501")
    assert (answer.status_code, answer.location) == (302, f"/XHY/units/{found.units['3-2-501']}")


def test_several_hits_are_listed_with_their_owners(site: Flask, found: Cast) -> None:
    text = _page(found, "cashier", "/search?q=zxm")
    assert all(part in text for part in ("3-2-501", "3-2-502", "G07", "张小明、李娜", "按姓名"))


def test_while_somebody_types_only_the_list_is_sent(site: Flask, found: Cast) -> None:
    answer = found.client("cashier").get("/XHY/search?q=3-2-501", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "3-2-501" in text
    assert "<html" not in text


def test_a_search_for_nobody_says_what_else_to_try(site: Flask, found: Cast) -> None:
    text = _page(found, "cashier", "/search?q=" + HOSTILE)
    assert "没有找到" in text
    assert HOSTILE not in text


def test_overseers_see_masked_names_and_nothing_to_reveal(site: Flask, found: Cast) -> None:
    for path in ("/search?q=zxm", "/units", f"/units/{found.units['3-2-501']}"):
        text = _page(found, "committee", path)
        assert "张*明" in text
        assert "张小明" not in text
        assert "/reveal" not in text


def test_phones_and_numbers_are_masked_until_they_are_asked_for(site: Flask, found: Cast) -> None:
    unit_id, zhang = found.units["3-2-501"], found.parties["zhang"]
    text = _page(found, "cashier", f"/units/{unit_id}")
    assert "138****5678" in text
    assert "13812345678" not in text
    shown = found.client("cashier").post(f"/XHY/parties/{zhang}/reveal", data={"unit": unit_id})
    assert "13812345678" in shown.get_data(as_text=True)
    assert "13987654321" not in shown.get_data(as_text=True)
    entry = db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.reveal")).one()
    assert (entry.subject_id, entry.actor_id) == (zhang, found.users["cashier"])


def test_a_person_is_revealed_only_on_a_unit_that_is_theirs(site: Flask, found: Cast) -> None:
    client = found.client("cashier")
    for party, unit in (("ouyang", "3-2-501"), ("wang", "3-2-501"), ("wang", "ZYL 1-1-101")):
        path = f"/XHY/parties/{found.parties[party]}/reveal"
        assert client.post(path, data={"unit": found.units[unit]}).status_code == 404
    assert db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.reveal")).all() == []


def test_opening_the_form_of_a_person_is_logged_like_looking_at_them(site: Flask, found: Cast) -> None:
    path = f"/parties/{found.parties['zhang']}/edit"
    assert "13812345678" in _page(found, "manager", path)
    assert len(db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.reveal")).all()) == 1
    assert found.client("administrator").get(f"/XHY{path}").status_code == 403


def test_a_unit_page_shows_what_else_its_owners_have(site: Flask, found: Cast) -> None:
    text = _page(found, "cashier", f"/units/{found.units['3-2-501']}")
    assert f"/units/{found.units['G07']}" in text
    assert f"/units/{found.units['1-1-101']}" not in text


def test_the_counter_is_offered_to_those_who_take_money(site: Flask, found: Cast) -> None:
    path, counter = f"/units/{found.units['3-2-501']}", "/XHY/counter?unit="
    assert counter in _page(found, "cashier", path)
    assert counter not in _page(found, "manager", path)


def test_the_list_narrows_and_sums_what_it_shows(site: Flask, found: Cast) -> None:
    text = _page(found, "cashier", "/units?use=HOME")
    assert "238.90" in text  # 86.53 + 62.37 + 90.00
    assert "G07" not in text
    assert "没有符合的房屋" in _page(found, "cashier", "/units?state=VACANT")
    assert "G07" in _page(found, "cashier", "/units?use=nonsense&building=x&page=-3")


def test_the_workbook_holds_what_the_list_shows(site: Flask, found: Cast) -> None:
    def name() -> None:
        db.session.get_one(Party, (found.community, found.parties["zhang"])).name = "=cmd|' /C calc'!A0"

    transaction(name)
    answer = found.client("accountant").get("/XHY/units.xlsx?use=HOME")
    sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["房号", "1-1-101", "3-2-501", "3-2-502"]
    assert rows[2][3] == 86.53
    assert rows[2][5].startswith("'=cmd")
    entry = db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.export_units")).one()
    assert entry.facts == {"lines": 3}


def test_the_workbook_of_an_overseer_is_masked_too(site: Flask, found: Cast) -> None:
    answer = found.client("auditor").get("/XHY/units.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).active
    owners = [row[5] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert "张*明、李*" in owners[1:4]


def test_a_hostile_name_is_text_on_every_page(site: Flask, found: Cast) -> None:
    person = PersonFacts(HOSTILE, PartyKind.PERSON, "", ())
    transaction(lambda: people.edit_party(found.by("manager"), found.parties["zhang"], person))
    unit_id = found.units["3-2-501"]
    for path in (f"/units/{unit_id}", "/units", "/search?q=3-2", f"/units/{unit_id}/owners"):
        text = _page(found, "manager", path)
        assert HOSTILE not in text
        assert "&lt;img src=x" in text


def test_a_new_unit_leads_on_to_its_owners(site: Flask, found: Cast) -> None:
    typed = {
        "building": "3号楼", "stair": "2单元", "room": "601", "use": "HOME", "area": "８６.５３㎡", "floor": "6",
        "use_state": "SELF",
    }  # fmt: skip
    client = found.client("manager")
    answer = client.post("/XHY/units/new", data=typed)
    assert answer.status_code == 302
    assert answer.location.endswith("/owners")
    again = client.post("/XHY/units/new", data=typed)
    assert "3-2-601 已在户台账中" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("inner_area", "很大", "面积"),
        ("inner_area", "90", "套内面积不能大于建筑面积"),
        ("floor", "五", "楼层写法不对"),
        ("use", "CASTLE", "请选择"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field_and_stays_typed(
    site: Flask, found: Cast, field: str, typed: str, said: str
) -> None:
    form = {"use": "HOME", "area": "86.53", "floor": "5", "use_state": "SELF", "remark": "记着这句"} | {field: typed}
    answer = found.client("manager").post(f"/XHY/units/{found.units['3-2-501']}/edit", data=form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert said in text
    assert "记着这句" in text


def test_a_wrong_owner_is_put_right_as_if_it_had_been_so(site: Flask, found: Cast) -> None:
    """Zhang was entered by mistake: Li Na and Chen Jing own 3-2-501 since the day of that entry."""
    unit_id = found.units["3-2-501"]
    form = {
        "stay": [found.parties["li"]], "join-0-name": "陈静", "join-0-kind": "PERSON",
        "join-0-phones": "13511112222", "join-1-name": "", "join-1-kind": "PERSON",
    }  # fmt: skip
    answer = found.client("manager").post(f"/XHY/units/{unit_id}/owners", data=form)
    assert answer.status_code == 302
    owners = queries.list_owners(found.community, unit_id, date(2014, 11, 1))
    assert [held.party.name for held in owners] == ["李娜", "陈静"]
    assert [held.party.name for held in queries.list_ownerships(found.community, unit_id)] == ["李娜", "陈静"]


def test_an_owner_whom_bills_name_is_not_corrected_away(site: Flask, found: Cast) -> None:
    """That takes a change of owner, to which the page leads whoever may enter one."""
    unit_id = found.units["3-2-502"]
    owe(found, "3-2-502", "2026-01", "40.54")
    form = {"join-0-name": "陈静", "join-0-kind": "PERSON", "join-1-kind": "PERSON"}
    text = found.client("manager", "en").post(f"/XHY/units/{unit_id}/owners", data=form).get_data(as_text=True)
    assert "Enter a change of owner instead" in text
    assert f"/XHY/units/{unit_id}/transfer" in text
    owners = queries.list_owners(found.community, unit_id, date(2026, 1, 2))
    assert [held.party.name for held in owners] == ["张小明"]


def test_the_first_owners_of_a_unit_are_named_with_their_day(site: Flask, found: Cast) -> None:
    typed = {"building": "3号楼", "stair": "2单元", "room": "601", "use": "HOME", "floor": "6", "use_state": "SELF"}
    client = found.client("manager")
    path = client.post("/XHY/units/new", data=typed).location
    assert 'name="on"' in client.get(path).get_data(as_text=True)
    form = {"on": "2025-07-01", "join-0-name": "陈静", "join-0-kind": "PERSON", "join-1-kind": "PERSON"}
    assert client.post(path, data=form).status_code == 302
    [held] = queries.list_ownerships(found.community, int(path.split("/")[-2]))
    assert (held.party.name, held.from_on) == ("陈静", date(2025, 7, 1))


def test_a_stranger_cannot_be_ticked_as_an_owner_who_stays(site: Flask, found: Cast) -> None:
    form = {"on": "2026-01-02", "stay": [found.parties["wang"]], "join-0-kind": "PERSON", "join-1-kind": "PERSON"}
    path = f"/XHY/units/{found.units['3-2-501']}/owners"
    assert found.client("manager").post(path, data=form).status_code == 404


def test_an_occupant_moves_in_and_out_through_the_form(site: Flask, found: Cast) -> None:
    unit_id = found.units["3-2-502"]
    client = found.client("manager")
    form = {"on": "2026-01-02", "person-name": "陈静", "person-kind": "PERSON", "person-phones": "13511112222"}
    assert client.post(f"/XHY/units/{unit_id}/occupant", data=form).status_code == 302
    assert "陈静" in _page(found, "cashier", f"/units/{unit_id}")
    client.post(f"/XHY/units/{unit_id}/occupant", data={"on": "2026-01-03", "person-kind": "PERSON"})
    assert "2026-01-02 – 2026-01-03" in _page(found, "cashier", f"/units/{unit_id}")


def test_a_plate_is_added_and_removed(site: Flask, found: Cast) -> None:
    unit_id = found.units["G07"]
    client = found.client("manager")
    assert "车牌号写法不对" in client.post(f"/XHY/units/{unit_id}/plates", data={"plate": "?"}).get_data(as_text=True)
    assert client.post(f"/XHY/units/{unit_id}/plates", data={"plate": "黑C12345"}).status_code == 302
    vehicle_id = db.session.scalars(sa.select(Vehicle.id)).one()
    elsewhere = f"/XHY/units/{found.units['3-2-501']}/plates/remove"
    assert client.post(elsewhere, data={"vehicle": vehicle_id}).status_code == 404
    assert client.post(f"/XHY/units/{unit_id}/plates/remove", data={"vehicle": vehicle_id}).status_code == 302
    assert db.session.scalars(sa.select(Vehicle.id)).all() == []


def test_what_is_printed_of_the_community_is_changed_on_its_page(site: Flask, found: Cast) -> None:
    form = {"name": "西花园小区", "operator": "西花园物业", "address": "", "phone": "", "how_to_pay": "周一至周五"}
    assert found.client("manager").post("/XHY/community", data=form).status_code == 302
    assert "周一至周五" in _page(found, "manager", "/community")
    bad = found.client("manager").post("/XHY/community", data=form | {"operator": ""})
    assert bad.status_code == 200


@pytest.mark.parametrize("path", ["/units", "/search?q=x", "/buildings", "/units.xlsx", "/units/{unit}"])
def test_looking_takes_a_role_in_this_community(site: Flask, found: Cast, path: str) -> None:
    path = "/XHY" + path.format(unit=found.units["3-2-501"])
    assert found.client("outsider").get(path).status_code == 404
    assert found.client("resident").get(path).status_code == 404
    assert site.test_client().get(path).status_code == 302
    assert found.client("committee").get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/units/new",
        "/units/{unit}/edit",
        "/units/{unit}/area",
        "/units/{unit}/owners",
        "/units/{unit}/occupant",
        "/community",
    ],
)
def test_editing_takes_the_power_to_edit(site: Flask, found: Cast, path: str) -> None:
    path = "/XHY" + path.format(unit=found.units["3-2-501"])
    for who, status in (("cashier", 403), ("committee", 403), ("outsider", 404), ("manager", 200)):
        assert found.client(who).get(path).status_code == status, who
    assert found.client("cashier").post(path, data={}).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/units/{unit}", "/units/{unit}/edit", "/units/{unit}/area", "/units/{unit}/owners", "/units/{unit}/occupant"],
)
def test_a_unit_of_another_community_does_not_exist_here(site: Flask, found: Cast, path: str) -> None:
    client = found.client("manager")
    for unit_id in (found.units["ZYL 1-1-101"], 1, 2**63 - 1, 2**70):
        assert client.get("/XHY" + path.format(unit=unit_id)).status_code == 404


def test_every_page_speaks_english_too(site: Flask, found: Cast) -> None:
    unit_id = found.units["3-2-501"]
    for path, said in (
        ("/units", "Household ledger"),
        (f"/units/{unit_id}", "Owner-occupied"),
        ("/buildings", "Without area"),
        ("/units/new", "Add a unit"),
        ("/community", "Collecting body"),
        ("/search?q=zzz", "Nothing found for"),
    ):
        assert said in _page(found, "manager", path, "en")
