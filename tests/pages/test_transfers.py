"""The pages of changes of owner: two steps, errors at the field, the record, the list, and whom they let in."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from feeapp.logbook.models import LogEntry
from feeapp.metering.actions import NewMeter, add_meter
from feeapp.metering.models import MeterReading
from feeapp.metering.rules import MeterKind, Register
from feeapp.registry.indexing import reindex
from feeapp.registry.models import Party
from feeapp.registry.queries import list_owners
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.transfers.models import Transfer, TransferDebt
from tests.actions.test_transfers import fee_items
from tests.golden import reading
from tests.holding import give
from tests.owing import owe
from tests.people import Cast

SOLD = date(2026, 1, 16)


@pytest.fixture
def priced(site: Flask, cast: Cast) -> Cast:
    fee_items(cast)
    here = [unit_id for code, unit_id in cast.units.items() if not code.startswith("ZYL")]
    transaction(lambda: reindex(cast.community, here))
    return cast


def _typed(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "on": SOLD.isoformat(), "paper": "不动产权证 0012345", "leave": [cast.parties["ouyang"]],
        "due_on": "2099-01-31",
        "buyer1_name": "陈静", "buyer1_kind": "PERSON", "buyer1_phones": "13511112222", "step": "look",
    } | changed  # fmt: skip


def _path(cast: Cast, code: str = "1-1-101") -> str:
    return f"/XHY/units/{cast.units[code]}/transfer"


def _post(cast: Cast, typed: Any, who: str = "accountant", code: str = "1-1-101", language: str = "en") -> Any:
    return cast.client(who, language).post(_path(cast, code), data=typed)


def _carried(page: str) -> MultiDict[str, str]:
    """What the second page sends back without being asked."""
    found = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    fields: MultiDict[str, str] = MultiDict()
    for tag in found:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in ("next", "csrf_token"):
            fields.add(name[1], value[1] if value else "")
    return fields


def _confirm(cast: Cast, page: str, who: str = "accountant", **chosen: Any) -> Any:
    typed = _carried(page)
    for name, value in (chosen | {"step": "confirm"}).items():
        typed.setlist(name, value if isinstance(value, list) else [value])
    return _post(cast, typed, who)


def _done(cast: Cast, **chosen: Any) -> int:
    answer = _confirm(cast, _post(cast, _typed(cast)).text, **chosen)
    assert answer.status_code == 302, answer.text
    return int(answer.location.rpartition("/")[2])


def test_the_first_page_asks_who_and_when(site: Flask, priced: Cast) -> None:
    page = priced.client("accountant", "en").get(_path(priced, "3-2-501")).text
    assert "Gives up ownership" in page
    assert re.search(rf'name="leave" value="{priced.parties["zhang"]}" checked', page)
    assert "G07" in page
    assert "parted by days" in page


def test_the_second_page_shows_the_split_and_writes_nothing(site: Flask, priced: Cast) -> None:
    page = _post(priced, _typed(priced)).text
    assert "28.31" in page
    assert "30.19" in page
    assert "not billed yet" in page
    assert db.session.query(Transfer).count() == 0
    assert db.session.query(Party).filter_by(name="陈静").count() == 0


def test_confirming_enters_it_and_leads_to_the_record(site: Flask, priced: Cast) -> None:
    transfer_id = _done(priced)
    [held] = list_owners(priced.community, priced.units["1-1-101"], SOLD)
    assert held.party.name == "陈静"
    page = priced.client("committee").get(f"/XHY/transfers/{transfer_id}").text
    assert "XHYGH" in page
    assert "录错了怎么办" in page
    assert "陈静" not in page  # a committee member sees masked names
    assert "陈*" in page
    assert db.session.query(LogEntry).filter_by(kind="transfers.make").count() == 1


def test_a_double_press_is_one_change(site: Flask, priced: Cast) -> None:
    page = _post(priced, _typed(priced)).text
    first, second = _confirm(priced, page), _confirm(priced, page)
    assert first.location == second.location
    assert db.session.query(Transfer).count() == 1


def test_what_changed_in_between_is_shown_again(site: Flask, priced: Cast) -> None:
    page = _post(priced, _typed(priced)).text
    owe(priced, "1-1-101", "2025-12", "58.50")
    again = _confirm(priced, page)
    assert again.status_code == 200
    assert "Something has changed since you looked" in again.text
    assert "Dec 2025" in again.text
    assert _confirm(priced, again.text).status_code == 302


def test_debts_are_taken_over_with_their_paper(site: Flask, priced: Cast) -> None:
    owe(priced, "1-1-101", "2025-12", "58.50")
    page = _post(priced, _typed(priced)).text
    [key] = re.findall(r'name="take" value="([^"]+)"', page)
    refused = _confirm(priced, page, take=key, signed_by="陈静")
    assert refused.status_code == 200
    assert re.search(r'id="agreement-error"', refused.text)
    assert "checked" in refused.text.split(f'value="{key}"')[1].split(">")[0]
    assert 'value="陈静"' in refused.text
    done = _confirm(priced, refused.text, take=key, signed_by="陈静", agreement="补充协议第 3 条")
    assert done.status_code == 302
    old, new = db.session.query(TransferDebt.charge_id, TransferDebt.new_charge_id).one()
    charge = priced.client("accountant", "en").get(f"/XHY/charges/{old}").text
    assert done.location in charge
    assert "Taken over by the new owner" in charge
    assert done.location in priced.client("accountant").get(f"/XHY/charges/{new}").text
    assert "taken over by the new owner" in priced.client("accountant", "en").get(done.location).text


def test_prepaid_money_asks_for_a_choice(site: Flask, priced: Cast) -> None:
    give(priced, "1-1-101", "100", "ouyang")
    page = _post(priced, _typed(priced)).text
    [name] = set(re.findall(r'name="(way_[^"]+)"', page))
    assert "Say for each sum" in _confirm(priced, page).text
    refused = _confirm(priced, page, **{name: "REFUND_TRANSFER"})
    assert re.search(r'id="refund_to-error"', refused.text)
    assert _confirm(priced, page, **{name: "nonsense"}).status_code == 200
    done = _confirm(priced, page, **{name: "REFUND_CASH"})
    assert "100.00" in priced.client("accountant").get(done.location).text
    listed = priced.client("auditor", "en").get("/XHY/transfers").text
    assert "Still to be paid back" in listed
    assert "100.00" in listed


def test_a_reading_of_the_day_is_entered(site: Flask, priced: Cast) -> None:
    new = NewMeter("W1", Register(5, 0, Decimal(1)), date(2025, 1, 1), 1000)
    by = priced.by("accountant")
    meter_id = transaction(lambda: add_meter(by, priced.units["1-1-101"], MeterKind.WATER, new))
    page = _post(priced, _typed(priced)).text
    refused = _confirm(priced, page, **{f"reading_{meter_id}": "5"})
    assert re.search(rf'id="reading_{meter_id}-error"', refused.text)
    assert "not a figure" in _confirm(priced, page, **{f"reading_{meter_id}": "abc"}).text
    assert _confirm(priced, page, **{f"reading_{meter_id}": "12"}).status_code == 302
    assert db.session.query(MeterReading).filter_by(meter_id=meter_id, read_on=SOLD, figure=1200).count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"on": ""}, "on"),
        ({"on": "2099-01-01"}, "on"),
        ({"on": "31.1.2026"}, "on"),
        ({"paper": ""}, "paper"),
        ({"due_on": "2026-01-01"}, "due_on"),
        ({"buyer1_name": ""}, "find"),
        ({"buyer1_id_number": "110101199003070001"}, "buyer1_id_number"),
        ({"buyer1_phones": "12"}, "buyer1_phones"),
        ({"buyer1_share": "all"}, "buyer1_share"),
        ({"leave": "x"}, "leave"),
        ({"also": "99999999999999999999999"}, "also"),
    ],
)
def test_what_is_wrong_stands_at_its_field(site: Flask, priced: Cast, changed: dict[str, str], field: str) -> None:
    answer = _post(priced, _typed(priced, **changed))
    assert answer.status_code == 200
    assert f'href="#{field}"' in answer.text
    assert "Nothing has been saved yet" in answer.text
    assert "不动产权证" in answer.text or field == "paper"
    assert db.session.query(Transfer).count() == 0


def test_a_known_person_is_found_and_ticked(site: Flask, priced: Cast) -> None:
    found = _post(priced, _typed(priced, step="find", find="张小", buyer1_name="")).text
    zhang = priced.parties["zhang"]
    assert f'name="known" value="{zhang}"' in found
    seen = _post(priced, _typed(priced, known=[zhang], buyer1_name="", **{f"known{zhang}_share": "100%"})).text
    assert _confirm(priced, seen).status_code == 302
    [held] = list_owners(priced.community, priced.units["1-1-101"], SOLD)
    assert held.party.id == zhang


def test_one_goes_back_to_the_first_page_with_everything_typed(site: Flask, priced: Cast) -> None:
    page = _post(priced, _typed(priced)).text
    typed = _carried(page)
    typed["step"] = "edit"
    back = _post(priced, typed).text
    assert 'value="陈静"' in back
    assert 'value="不动产权证 0012345"' in back


def test_the_list_finds_and_exports(site: Flask, priced: Cast) -> None:
    client = priced.client("accountant", "en")
    assert "No change of owner yet" in client.get("/XHY/transfers").text
    _done(priced)
    for typed in ("1-1-101", "欧阳", "陈静", db.session.query(Transfer).one().label):
        assert "XHYGH" in client.get("/XHY/transfers", query_string={"q": typed}).text, typed
    assert "No change of owner fits" in client.get("/XHY/transfers?q=zzz").text
    assert "XHYGH" in client.get(f"/XHY/transfers?unit={priced.units['1-1-101']}").text
    sheet = openpyxl.load_workbook(BytesIO(client.get("/XHY/transfers.xlsx").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][4:6] == ("欧阳志远", "陈静")


def test_the_sheet_says_what_falls_to_whom(site: Flask, priced: Cast) -> None:
    transfer_id = _done(priced)
    answer = priced.client("manager").get(f"/XHY/transfers/{transfer_id}/sheet.pdf")
    assert answer.mimetype == "application/pdf"
    [page] = reading.pages(answer.data)
    text = "".join(page.extract_text().split())
    for said in ("过户结清单", "欧阳志远", "陈静", "2026年1月16日", "28.31", "30.19", "原业主（签字）"):
        assert said in text, said
    english = reading.pages(priced.client("manager", "en").get(f"/XHY/transfers/{transfer_id}/sheet.pdf").data)[0]
    assert "Formerowners" in "".join(english.extract_text().split())


def test_who_may(site: Flask, priced: Cast) -> None:
    transfer_id = _done(priced)
    for who, status in (
        ("accountant", 200),
        ("manager", 200),
        ("cashier", 403),
        ("auditor", 403),
        ("outsider", 404),
        ("resident", 404),
    ):
        assert priced.client(who).get(_path(priced)).status_code == status, who
        assert priced.client(who).get(f"/XHY/transfers/{transfer_id}/sheet.pdf").status_code == status, who
    for who, status in (("cashier", 200), ("auditor", 200), ("outsider", 404), ("resident", 404)):
        for path in ("transfers", "transfers.xlsx", f"transfers/{transfer_id}"):
            assert priced.client(who).get(f"/XHY/{path}").status_code == status, (who, path)
    assert _post(priced, _typed(priced), who="cashier").status_code == 403


def test_what_belongs_to_another_community_is_not_found(site: Flask, priced: Cast) -> None:
    client, strange = priced.client("accountant"), priced.units["ZYL 1-1-101"]
    wang = priced.parties["wang"]
    for changed in ({"leave": [wang]}, {"known": [wang]}, {"also": [strange]}):
        assert _post(priced, _typed(priced, **changed)).status_code == 404, changed
    for path in (f"units/{strange}/transfer", "transfers/1", "transfers/1/sheet.pdf", f"transfers?unit={strange}"):
        assert client.get(f"/XHY/{path}").status_code == 404, path
    transfer_id = _done(priced)
    assert priced.client("outsider").get(f"/ZYL/transfers/{transfer_id}").status_code == 404


@pytest.mark.parametrize("step", ["", "look", "confirm", "find", "edit", "nonsense"])
def test_an_empty_form_is_answered_on_the_page(site: Flask, priced: Cast, step: str) -> None:
    assert _post(priced, {"step": step}).status_code == 200


@pytest.mark.parametrize("typed", ["x" * 60, "%_%" * 20, "\\\\'\"", "\u202e张"])
def test_whoever_is_looked_for_is_answered(site: Flask, priced: Cast, typed: str) -> None:
    assert _post(priced, _typed(priced, step="find", find=typed)).status_code == 200
