"""The pages of reliefs: what they show, whom they let in, what they say to nonsense, and what they print."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.logbook.models import LogEntry
from feeapp.registry import people
from feeapp.registry.indexing import reindex
from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind, UseState
from feeapp.reliefs.models import Relief
from feeapp.reliefs.rules import ReliefState
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.actions.test_reliefs import BINZHOU, set_rule, set_use
from tests.golden import reading
from tests.people import AT, Cast

VACANCY = {
    "item": "", "percent": "60", "applied_on": "2026-01-20", "since_on": "2025-12-01", "from_on": "2099-02-01",
    "last_on": "2099-12-31", "proof": "水电表半年无读数", "paper_number": "KZ-7",
}  # fmt: skip
HARDSHIP = {
    "item": "", "percent": "５０%", "applied_on": "2026-01-20", "from_on": "2026-01-20", "last_on": "",
    "paper_kind": "LOW_INCOME", "paper_number": "230100199001010011", "paper_issuer": "东安区民政局",
    "valid_until": "2099-12-31", "proof": "低保户", "borne_by": "街道帮扶资金",
}  # fmt: skip
LOOKED = {"day": "2026-01-20", "person": "刘师傅", "words": "情况属实"}


@pytest.fixture
def empty(site: Flask, cast: Cast) -> Cast:
    set_rule(cast, **BINZHOU)
    set_use(cast, "3-2-501", UseState.VACANT)
    here = [unit_id for code, unit_id in cast.units.items() if not code.startswith("ZYL")]
    transaction(lambda: reindex(cast.community, here))
    return cast


def _apply(cast: Cast, kind: str, data: dict[str, str], code: str = "3-2-501", who: str = "cashier") -> Any:
    return cast.client(who, "en").post(f"/XHY/reliefs/new/{cast.units[code]}/{kind}", data=data)


def _entered(cast: Cast, kind: str = "hardship", code: str = "3-2-501") -> int:
    answer = _apply(cast, kind, VACANCY if kind == "vacancy" else HARDSHIP, code)
    assert answer.status_code == 302, answer.text
    return int(answer.location.rpartition("/")[2])


def _inspected(cast: Cast, **where: str) -> int:
    relief_id = _entered(cast, **where)
    assert cast.client("accountant").post(f"/XHY/reliefs/{relief_id}/inspect", data=LOOKED).status_code == 302
    return relief_id


def _decide(cast: Cast, relief_id: int, deed: str = "approve", **data: str) -> Any:
    sent = {"from_on": "", "words": "符合规定", "deed": deed, **data}
    return cast.client("manager", "en").post(f"/XHY/reliefs/{relief_id}/decide", data=sent)


def _state() -> ReliefState:
    return db.session.scalars(sa.select(Relief.state)).one()


def test_a_vacancy_is_applied_for_inspected_and_approved_and_the_list_shows_it(empty: Cast) -> None:
    assert "还没有减免" in empty.client("committee").get("/XHY/reliefs").text
    relief_id = _inspected(empty, kind="vacancy")
    page = empty.client("manager", "en").get(f"/XHY/reliefs/{relief_id}").text
    assert all(part in page for part in ("To be decided", "水电表半年无读数", "刘师傅", "XHY-JM-20", "60 %"))
    assert _decide(empty, relief_id).status_code == 302
    shown = empty.client("auditor", "en").get("/XHY/reliefs").text
    assert all(part in shown for part in ("3-2-501", "Vacancy discount", "Begins later", "2099-12-31"))
    assert "Approved from 2099-02-01 on" in empty.client("cashier", "en").get(f"/XHY/reliefs/{relief_id}").text


def test_every_role_sees_the_buttons_of_its_own_deeds(empty: Cast) -> None:
    path = f"/XHY/reliefs/{_entered(empty)}"
    seen = {who: empty.client(who, "en").get(path).text for who in ("cashier", "accountant", "manager", "committee")}
    assert [who for who, page in seen.items() if "/inspect" in page] == ["cashier", "accountant"]
    assert [who for who, page in seen.items() if "/decide" in page] == ["manager"]
    assert 'value="approve"' not in seen["manager"]
    assert "Waits for the inspection" in seen["committee"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("percent", "six", "not a percent"),
        ("percent", "", "Fill this in"),
        ("percent", "100", "between 0 and 99.99"),
        ("percent", "50", "60 % stays to be paid"),
        ("from_on", "2026-02-30", "not a day"),
        ("from_on", "2020-01-01", "applied for before it begins"),
        ("last_on", "2098-01-01", "before the first"),
        ("since_on", "", "Fill this in"),
        ("proof", "", "Fill this in"),
        ("proof", "x" * 201, "At most 200"),
        ("item", "999", "Not a valid choice"),
        ("item", "x", "Invalid Choice"),
        ("applied_on", "2098-01-01", "in the future"),
    ],
)
def test_nonsense_is_answered_at_the_field_and_kept(empty: Cast, field: str, typed: str, said: str) -> None:
    answer = _apply(empty, "vacancy", {**VACANCY, field: typed})
    assert answer.status_code == 200
    error = re.search(rf'id="{field}-error".*?<span>(.*?)</span>', answer.text, re.DOTALL)
    assert error is not None
    assert said in error[1]
    assert "KZ-7" in answer.text
    assert db.session.query(Relief).count() == 0


@pytest.mark.parametrize("field", ["paper_number", "paper_issuer", "valid_until", "borne_by", "proof"])
def test_a_hardship_relief_needs_its_certificate(empty: Cast, field: str) -> None:
    answer = _apply(empty, "hardship", {**HARDSHIP, field: ""})
    assert f'id="{field}-error"' in answer.text
    assert db.session.query(Relief).count() == 0


def test_a_second_relief_for_the_same_days_is_refused_in_words(empty: Cast) -> None:
    _entered(empty)
    answer = _apply(empty, "exemption", HARDSHIP)
    assert "days from 2026-01-20 to 2099-12-31, and two never add up" in answer.text
    assert db.session.query(Relief).count() == 1


def test_pressing_twice_enters_and_decides_once(empty: Cast) -> None:
    relief_id = _inspected(empty)
    assert _apply(empty, "hardship", HARDSHIP).status_code == 200
    assert (_decide(empty, relief_id).status_code, _decide(empty, relief_id).status_code) == (302, 200)
    assert db.session.query(Relief).count() == 1


def test_an_inspection_or_a_decision_without_words_is_asked_for_them(empty: Cast) -> None:
    relief_id = _entered(empty)
    answer = empty.client("cashier", "en").post(f"/XHY/reliefs/{relief_id}/inspect", data={**LOOKED, "words": ""})
    assert 'id="words-error"' in answer.text
    assert "刘师傅" in answer.text
    assert _state() is ReliefState.APPLIED
    empty.client("cashier").post(f"/XHY/reliefs/{relief_id}/inspect", data=LOOKED)
    assert 'id="words-error"' in _decide(empty, relief_id, words="").text
    assert 'id="from_on-error"' in _decide(empty, relief_id, from_on="2020-01-01").text
    assert _state() is ReliefState.INSPECTED


def test_a_decision_needs_one_of_its_two_buttons(empty: Cast) -> None:
    relief_id = _inspected(empty)
    assert _decide(empty, relief_id, "").status_code == 404
    assert _state() is ReliefState.INSPECTED
    assert _decide(empty, relief_id, "refuse").status_code == 302
    assert _state() is ReliefState.REFUSED


@pytest.mark.parametrize(
    ("who", "path", "method"),
    [
        ("manager", "new", "get"), ("committee", "new", "get"), ("manager", "inspect", "post"),
        ("cashier", "decide", "post"), ("accountant", "decide", "post"), ("auditor", "end", "get"),
        ("committee", "end", "post"), ("committee", "reveal", "post"), ("auditor", "sheet.pdf", "get"),
    ],
)  # fmt: skip
def test_a_deed_takes_its_power(empty: Cast, who: str, path: str, method: str) -> None:
    relief_id = _inspected(empty)
    where = "/XHY/reliefs/new" if path == "new" else f"/XHY/reliefs/{relief_id}/{path}"
    assert getattr(empty.client(who), method)(where).status_code == 403


def test_the_neighbour_and_a_resident_find_none_of_it(empty: Cast) -> None:
    relief_id, unit = _entered(empty), empty.units["3-2-501"]
    outsider = empty.client("outsider")
    for path in ("", "/list.xlsx", f"/{relief_id}", f"/{relief_id}/end"):
        assert outsider.get(f"/XHY/reliefs{path}").status_code == 404
        assert empty.client("resident").get(f"/XHY/reliefs{path}").status_code == 404
    assert outsider.get(f"/ZYL/reliefs/{relief_id}").status_code == 404
    assert outsider.get(f"/ZYL/reliefs?unit={unit}").status_code == 404
    assert outsider.post(f"/ZYL/reliefs/{relief_id}/decide", data={"deed": "refuse", "words": "x"}).status_code == 404
    cashier = empty.client("cashier")
    assert cashier.get(f"/XHY/reliefs/new/{empty.units['ZYL 1-1-101']}/hardship").status_code == 404
    assert cashier.get(f"/XHY/reliefs/new/{unit}/wealth").status_code == 404


def test_a_relief_is_ended_on_a_page_that_asks_first(empty: Cast) -> None:
    relief_id = _inspected(empty)
    path = f"/XHY/reliefs/{relief_id}/end"
    cashier = empty.client("cashier", "en")
    data = {"ended_on": "2098-05-01", "words": "家庭收入已超标准"}
    assert "the state has changed" in cashier.post(path, data=data).text
    _decide(empty, relief_id)
    assert "data-confirm=" in cashier.get(path).text
    assert "holds from" in cashier.post(path, data={**data, "ended_on": "2020-01-01"}).text
    assert _state() is ReliefState.APPROVED
    assert cashier.post(path, data=data).status_code == 302
    assert "in full again from 2098-05-01 on" in cashier.get(f"/XHY/reliefs/{relief_id}").text


def test_the_number_of_a_certificate_is_masked_until_it_is_asked_for(empty: Cast) -> None:
    relief_id = _entered(empty)
    for who, path in (("cashier", f"/{relief_id}"), ("committee", f"/{relief_id}"), ("manager", "")):
        page = empty.client(who).get(f"/XHY/reliefs{path}").text
        assert "2301**********0011" in page
        assert "230100199001010011" not in page
    shown = empty.client("manager").post(f"/XHY/reliefs/{relief_id}/reveal").text
    assert "230100199001010011" in shown
    entry = db.session.scalars(sa.select(LogEntry).filter_by(kind="reliefs.reveal")).one()
    assert (entry.subject_id, entry.actor_id) == (relief_id, empty.users["manager"])
    assert "230100199001010011" not in str(entry.facts)


def test_overseers_see_masked_names(empty: Cast) -> None:
    _entered(empty)
    assert "张小明" in empty.client("cashier").get("/XHY/reliefs").text
    assert "张小明" not in empty.client("committee").get("/XHY/reliefs").text


def test_the_list_narrows_by_state_kind_building_and_room(empty: Cast) -> None:
    _entered(empty, kind="vacancy")
    _inspected(empty, code="1-1-101")
    client = empty.client("manager", "en")

    def rooms(query: str) -> list[str]:
        return re.findall(r'<td class="nowrap">(\d-\d-\d+)</td>', client.get(f"/XHY/reliefs?{query}").text)

    assert rooms("") == ["1-1-101", "3-2-501"]
    assert rooms("state=to-inspect") == ["3-2-501"]
    assert rooms("state=to-decide") == rooms("kind=HARDSHIP") == rooms("q=1-1-101") == ["1-1-101"]
    assert rooms(f"unit={empty.units['3-2-501']}") == ["3-2-501"]
    assert rooms("state=in-force") == rooms("state=expiring") == rooms("kind=EXEMPTION") == []
    assert rooms("state=nonsense&kind=x&building=x&page=-3") == ["1-1-101", "3-2-501"]
    assert "No relief fits" in client.get("/XHY/reliefs?state=refused").text


def test_what_expires_soon_is_listed(empty: Cast) -> None:
    relief_id = _inspected(empty)
    _decide(empty, relief_id)
    client = empty.client("cashier", "en")
    assert "No relief fits" in client.get("/XHY/reliefs?state=expiring").text
    today = db.session.get_one(Relief, (empty.community, relief_id)).from_on
    client.post(f"/XHY/reliefs/{relief_id}/end", data={"ended_on": today.replace(year=2098).isoformat(), "words": "x"})
    assert "No relief fits" in client.get("/XHY/reliefs?state=expiring").text
    soon = (today + timedelta(days=61)).isoformat()
    client.post(f"/XHY/reliefs/{relief_id}/end", data={"ended_on": soon, "words": "x"})
    assert "Expires soon" in client.get("/XHY/reliefs?state=expiring").text


def test_the_workbook_holds_what_the_list_shows(empty: Cast) -> None:
    _entered(empty, kind="vacancy")
    _entered(empty, code="1-1-101")
    answer = empty.client("manager", "en").get("/XHY/reliefs/list.xlsx?kind=HARDSHIP")
    rows = list(openpyxl.load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert (rows[1][1], rows[1][5], rows[1][9], rows[1][11]) == (
        "1-1-101", "50", "2301**********0011", "To be inspected",
    )  # fmt: skip
    assert db.session.scalars(sa.select(LogEntry).filter_by(kind="reliefs.export")).one().facts == {"lines": 1}


def test_a_room_is_found_before_the_application(empty: Cast) -> None:
    client = empty.client("cashier", "en")
    answer = client.get("/XHY/reliefs/new?q=3-2-501")
    assert (answer.status_code, answer.location) == (302, f"/XHY/reliefs/new?unit={empty.units['3-2-501']}")
    page = client.get(answer.location).text
    assert "/vacancy" in page
    assert "still pays 60 % and must be empty for 6 months" in page
    assert "3-2-502" in client.get("/XHY/reliefs/new?q=zxm").text
    assert "Nobody is found" in client.get("/XHY/reliefs/new?q=nobody").text


def test_without_a_rule_the_vacancy_is_not_offered(site: Flask, cast: Cast) -> None:
    unit = cast.units["3-2-501"]
    page = cast.client("cashier", "en").get(f"/XHY/reliefs/new?unit={unit}").text
    assert "gives no vacancy discount" in page
    assert f"/{unit}/vacancy" not in page
    assert "gives no vacancy discount" in _apply(cast, "vacancy", VACANCY).text


def test_the_page_of_a_unit_leads_to_its_reliefs(empty: Cast) -> None:
    unit = empty.units["3-2-501"]
    assert f"/XHY/reliefs?unit={unit}" in empty.client("cashier").get(f"/XHY/units/{unit}").text
    assert f"/XHY/reliefs/new?unit={unit}" in empty.client("cashier").get(f"/XHY/reliefs?unit={unit}").text


def test_a_vacancy_of_a_unit_that_is_lived_in_carries_a_warning(empty: Cast) -> None:
    relief_id = _inspected(empty, kind="vacancy")
    set_use(empty, "3-2-501", UseState.SELF)
    assert "is lived in" in empty.client("manager", "en").get(f"/XHY/reliefs/{relief_id}").text
    assert "is lived in" in _decide(empty, relief_id).text
    assert _state() is ReliefState.INSPECTED


def test_the_sheet_is_one_page_with_the_steps_and_places_to_sign(empty: Cast) -> None:
    relief_id = _inspected(empty, kind="vacancy")
    answer = empty.client("manager").get(f"/XHY/reliefs/{relief_id}/sheet.pdf")
    assert answer.mimetype == "application/pdf"
    [page] = reading.pages(answer.data)
    text = "".join(page.extract_text().split())
    assert all(part in text for part in ("减免审批表", "空置优惠", "刘师傅：情况属实", "审批人（章）", "60%"))
    assert db.session.scalars(sa.select(LogEntry).filter_by(kind="reliefs.sheet")).one().subject_id == relief_id


def test_a_change_of_owner_after_the_application_is_named_on_the_page(empty: Cast) -> None:
    relief_id, unit = _entered(empty), empty.units["3-2-501"]
    path = f"/XHY/reliefs/{relief_id}"
    assert "An owner left" not in empty.client("manager", "en").get(path).text
    buyer = PersonFacts("赵六", PartyKind.PERSON, "", ())
    by = empty.by("manager", AT + timedelta(days=30))
    transaction(lambda: people.set_owners(by, unit, by.at.date(), [], [buyer]))
    assert "An owner left this unit on 2026-02-19" in empty.client("manager", "en").get(path).text
