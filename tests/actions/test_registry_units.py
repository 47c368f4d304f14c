"""Units made and changed by hand, who owns them in time, and what they are found by afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import Account
from feeapp.logbook.models import LogEntry
from feeapp.registry import actions, communities, listing, people, queries
from feeapp.registry.actions import UnitFacts
from feeapp.registry.listing import Wanted
from feeapp.registry.models import Party, Unit
from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind, UnitUse, UseState
from feeapp.registry.searching import find_households
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.holding import give
from tests.owing import owe
from tests.people import AT, Cast

TODAY = date(2026, 1, 20)
FACTS = UnitFacts(UnitUse.HOME, Area(8653), None, 5, UseState.SELF, None, "")
CHEN = PersonFacts("陈静", PartyKind.PERSON, "", ("13511112222",))


def _refused(deed: object) -> Refused:
    with pytest.raises(Refused) as refusal:
        transaction(deed)  # type: ignore[arg-type]
    return refusal.value


def _owners(cast: Cast, code: str, on: date = TODAY) -> list[str]:
    return [held.party.name for held in queries.list_owners(cast.community, cast.units[code], on)]


def _found(cast: Cast, typed: str) -> list[str]:
    return [hit.code for hit in find_households(cast.community, typed)]


def test_a_community_is_founded_with_its_book_open(app: Flask) -> None:
    made = transaction(
        lambda: communities.create_community(
            By(0, None, AT), "桃园小区", "TY", "桃园物业", "桃园路 1 号", "0453-6223344"
        )
    )
    assert queries.find_community("TY").name == "桃园小区"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account).filter_by(community_id=made.id)) > 0


@pytest.mark.parametrize("code", ["X", "xhy", "1AB", "TOOLONGCODE", "A-B", ""])
def test_a_code_that_cannot_stand_in_an_address_is_refused(app: Flask, code: str) -> None:
    refusal = _refused(lambda: communities.create_community(By(0, None, AT), "桃园小区", code, "桃园物业"))
    assert (refusal.code, refusal.field) == ("community.code", "code")


def test_a_code_belongs_to_one_community(app: Flask, cast: Cast) -> None:
    refusal = _refused(lambda: communities.create_community(By(0, None, AT), "别的小区", "XHY", "物业"))
    assert (refusal.code, refusal.field) == ("community.code_taken", "code")


def test_what_is_printed_of_a_community_changes_and_is_logged(app: Flask, cast: Cast) -> None:
    transaction(
        lambda: communities.edit_community(
            cast.by("manager"), "西花园小区", "西花园物业服务中心", "西花园街 8 号", "0453-6220000", "每周一至周五"
        )
    )
    assert queries.get_community(cast.community).how_to_pay == "每周一至周五"
    entry = db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.edit_community")).one()
    assert entry.facts == {"fields": ["address", "phone", "how_to_pay"]}


@pytest.mark.parametrize(
    ("building", "stair", "room", "code", "name"),
    [
        ("3号楼", "2单元", "601室", "3-2-601", "3号楼2单元601"),
        ("三栋", "2", "0602", "3-2-602", "3号楼2单元602"),
        ("车库", "", "g09", "G09", "车库G09"),
    ],
)
def test_a_room_is_taken_as_people_write_it(
    app: Flask, cast: Cast, building: str, stair: str, room: str, code: str, name: str
) -> None:
    unit_id = transaction(lambda: actions.create_unit(cast.by("manager"), building, stair, room, FACTS))
    unit = queries.get_unit(cast.community, unit_id)
    assert (unit.code, unit.name) == (code, name)
    assert _found(cast, code) == [code]


def test_a_room_that_stands_is_refused_at_its_field(app: Flask, cast: Cast) -> None:
    refusal = _refused(lambda: actions.create_unit(cast.by("manager"), "3幢", "2单元", "501", FACTS))
    assert (refusal.code, refusal.field) == ("unit.code_taken", "room")


def test_units_are_listed_in_the_order_one_walks_them(app: Flask, cast: Cast) -> None:
    for building, stair, room, floor in (
        ("10号楼", "1", "101", 1),
        ("2号楼", "2", "1001", 10),
        ("2号楼", "2", "901", 9),
    ):
        facts = UnitFacts(UnitUse.HOME, None, None, floor, UseState.UNKNOWN, None, "")
        transaction(lambda b=building, s=stair, r=room, f=facts: actions.create_unit(cast.by("manager"), b, s, r, f))
    listed = [line.code for line in listing.list_all_units(cast.community, Wanted(), TODAY)]
    assert listed == [
        "1-1-101", "2-2-901", "2-2-1001", "3-2-501", "3-2-502", "10-1-101", "S01", "G07"
    ]  # fmt: skip


def test_editing_a_unit_says_in_the_logbook_what_changed(app: Flask, cast: Cast) -> None:
    facts = UnitFacts(UnitUse.HOME, Area(8653), Area(7000), 5, UseState.VACANT, None, "业主王某出国")
    transaction(lambda: actions.edit_unit(cast.by("manager"), cast.units["3-2-501"], facts))
    entry = db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.edit_unit")).one()
    assert entry.facts["changes"] == {
        "inner_area": [None, "70.00"],
        "floor": [1, 5],
        "use_state": ["SELF", "VACANT"],
        "remark": [],
    }


@pytest.mark.parametrize(("area", "inner", "field"), [(Area(0), None, "area"), (Area(5000), Area(5001), "inner_area")])
def test_areas_that_cannot_be_are_refused_at_their_field(
    app: Flask, cast: Cast, area: Area, inner: Area | None, field: str
) -> None:
    facts = UnitFacts(UnitUse.HOME, area, inner, 5, UseState.SELF, None, "")
    assert _refused(lambda: actions.edit_unit(cast.by("manager"), cast.units["3-2-501"], facts)).field == field


def test_a_unit_of_another_community_is_not_found(app: Flask, cast: Cast) -> None:
    with pytest.raises(NotFound):
        transaction(lambda: actions.edit_unit(cast.by("manager"), cast.units["ZYL 1-1-101"], FACTS))


def test_a_change_of_owner_has_a_day_and_keeps_who_was_there_before(app: Flask, cast: Cast) -> None:
    sold = date(2026, 1, 16)
    transaction(
        lambda: people.set_owners(cast.by("manager"), cast.units["3-2-501"], sold, [cast.parties["li"]], [CHEN])
    )
    assert _owners(cast, "3-2-501", sold - timedelta(days=1)) == ["张小明", "李娜"]
    assert _owners(cast, "3-2-501", sold) == ["李娜", "陈静"]
    assert _found(cast, "陈静") == ["3-2-501"]
    assert "3-2-501" not in _found(cast, "张小明")


def test_an_owner_who_comes_and_goes_on_one_day_never_was_one(app: Flask, cast: Cast) -> None:
    unit_id, by = cast.units["1-1-101"], cast.by("manager")
    transaction(lambda: people.set_owners(by, unit_id, TODAY, [], [CHEN]))
    chen = db.session.scalars(sa.select(Party.id).filter_by(name="陈静")).one()
    transaction(
        lambda: people.set_owners(by, unit_id, TODAY, [chen], [PersonFacts("欧阳志远", PartyKind.PERSON, "", ())])
    )
    transaction(lambda: people.set_owners(by, unit_id, TODAY, [_party(unit_id, "欧阳志远", cast)], []))
    assert _owners(cast, "1-1-101") == ["欧阳志远"]
    assert "陈静" not in [held.party.name for held in queries.list_ownerships(cast.community, unit_id)]


def _party(unit_id: int, name: str, cast: Cast) -> int:
    held = queries.list_owners(cast.community, unit_id, TODAY)
    return next(each.party.id for each in held if each.party.name == name)


def test_a_unit_is_never_left_without_an_owner(app: Flask, cast: Cast) -> None:
    refusal = _refused(lambda: people.set_owners(cast.by("manager"), cast.units["3-2-502"], TODAY, [], []))
    assert refusal.code == "unit.no_owner"


@pytest.mark.parametrize(
    ("on", "code"), [(TODAY + timedelta(days=1), "owners.ahead"), (date(2014, 10, 31), "owners.before")]
)
def test_a_change_lies_neither_ahead_nor_before_one_that_is_written(
    app: Flask, cast: Cast, on: date, code: str
) -> None:
    refusal = _refused(lambda: people.set_owners(cast.by("manager"), cast.units["3-2-502"], on, [], [CHEN]))
    assert (refusal.code, refusal.field) == (code, "on")


def test_the_same_identity_number_is_the_same_person(app: Flask, cast: Cast) -> None:
    number = "231003196211103916"
    wang = PersonFacts("蔡泽海", PartyKind.PERSON, number, ())
    for code in ("3-2-502", "1-1-101"):
        transaction(lambda c=code: people.set_owners(cast.by("manager"), cast.units[c], TODAY, [], [wang]))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Party).filter_by(id_number=number)) == 1
    other = PersonFacts("蔡泽洋", PartyKind.PERSON, number, ())
    refusal = _refused(lambda: people.set_owners(cast.by("manager"), cast.units["G07"], TODAY, [], [other]))
    assert (refusal.code, refusal.field) == ("party.number_taken", "id_number")


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (PersonFacts("张小明", PartyKind.PERSON, "231003196211103917", ()), "id_number"),
        (PersonFacts("张小明", PartyKind.PERSON, "", ("12345",)), "phones"),
        (PersonFacts("张小明", PartyKind.PERSON, "", tuple(f"1381234567{n}" for n in range(6))), "phones"),
    ],
)
def test_numbers_that_cannot_be_are_refused_at_their_field(
    app: Flask, cast: Cast, person: PersonFacts, field: str
) -> None:
    refusal = _refused(lambda: people.edit_party(cast.by("manager"), cast.parties["zhang"], person))
    assert refusal.field == field


def test_a_new_name_and_phone_are_found_at_once_and_named_in_no_log(app: Flask, cast: Cast) -> None:
    person = PersonFacts("张晓明", PartyKind.PERSON, "", ("138 1234 9999",))
    transaction(lambda: people.edit_party(cast.by("manager"), cast.parties["zhang"], person))
    assert set(_found(cast, "张晓明")) == {"3-2-501", "3-2-502", "G07"}
    assert set(_found(cast, "9999")) == {"3-2-501", "3-2-502", "G07"}
    assert _found(cast, "张小明") == []
    entry = db.session.scalars(sa.select(LogEntry).filter_by(kind="registry.edit_party")).one()
    assert entry.facts == {"fields": ["name", "phones"]}


def test_an_occupant_is_found_and_leaves_without_touching_the_owners(app: Flask, cast: Cast) -> None:
    unit_id, by = cast.units["3-2-501"], cast.by("manager")
    transaction(lambda: people.set_occupant(by, unit_id, TODAY - timedelta(days=5), CHEN))
    assert _found(cast, "陈静") == ["3-2-501"]
    transaction(lambda: people.set_occupant(by, unit_id, TODAY, None))
    assert _found(cast, "陈静") == []
    assert _owners(cast, "3-2-501") == ["张小明", "李娜"]


def test_a_plate_is_found_with_and_without_its_province_until_it_is_removed(app: Flask, cast: Cast) -> None:
    unit_id, by = cast.units["G07"], cast.by("manager")
    transaction(lambda: actions.add_vehicle(by, unit_id, "黑C·12 345"))
    assert [_found(cast, typed) for typed in ("黑C12345", "c12345", "C123")] == [["G07"]] * 3
    assert _refused(lambda: actions.add_vehicle(by, unit_id, "黑c12345")).field == "plate"
    vehicle = queries.list_vehicles(cast.community, unit_id)[0]
    transaction(lambda: actions.remove_vehicle(by, unit_id, vehicle.id))
    assert _found(cast, "黑C12345") == []


@pytest.mark.parametrize("plate", ["", "12345", "黑C1", "<b>黑C12345"])
def test_what_is_no_plate_is_refused(app: Flask, cast: Cast, plate: str) -> None:
    assert _refused(lambda: actions.add_vehicle(cast.by("manager"), cast.units["G07"], plate)).field == "plate"


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (Wanted(use=UnitUse.PARKING), ["G07"]),
        (Wanted(without_area=True), ["1-1-101"]),
        (Wanted(use_state=UseState.VACANT), []),
        (Wanted(typed="张小明"), ["3-2-501", "3-2-502", "G07"]),
        (Wanted(typed="张小明", use=UnitUse.HOME), ["3-2-501", "3-2-502"]),
        (Wanted(typed="。"), []),
    ],
)
def test_a_list_is_narrowed_to_what_was_asked_for(app: Flask, cast: Cast, wanted: Wanted, codes: list[str]) -> None:
    def forget_area() -> None:
        db.session.get_one(Unit, (cast.community, cast.units["1-1-101"])).area = None

    transaction(forget_area)
    transaction(lambda: people.edit_party(cast.by("manager"), cast.parties["zhang"], _same(cast)))
    assert [line.code for line in listing.list_all_units(cast.community, wanted, TODAY)] == codes
    page = listing.list_units(cast.community, wanted, TODAY)
    assert ([line.code for line in page.items], page.total) == (codes, len(codes))


def _same(cast: Cast) -> PersonFacts:
    """Zhang as he is, with one phone more, so that the search keys of the cast are written."""
    return PersonFacts("张小明", PartyKind.PERSON, "", ("13812345678", "13812345679"))


def test_a_wrong_entry_is_put_right_from_its_own_day(app: Flask, cast: Cast) -> None:
    """Chen Jing was entered on 16 January where Wu Fang was meant: nobody called Chen Jing ever owned it."""
    by, unit_id, sold = cast.by("manager"), cast.units["1-1-101"], date(2026, 1, 16)
    transaction(lambda: people.set_owners(by, unit_id, sold, [], [CHEN]))
    wu = PersonFacts("吴芳", PartyKind.PERSON, "", ())
    transaction(lambda: people.correct_owners(by, unit_id, None, [], [wu]))
    assert _owners(cast, "1-1-101", sold - timedelta(days=1)) == ["欧阳志远"]
    assert _owners(cast, "1-1-101", sold) == ["吴芳"]
    assert "陈静" not in [held.party.name for held in queries.list_ownerships(cast.community, unit_id)]


def test_who_was_an_owner_before_the_last_entry_is_not_corrected_away(app: Flask, cast: Cast) -> None:
    by, unit_id = cast.by("manager"), cast.units["3-2-502"]
    zhang = cast.parties["zhang"]
    transaction(lambda: people.set_owners(by, unit_id, TODAY, [zhang], [CHEN]))
    chen = db.session.scalars(sa.select(Party.id).filter_by(name="陈静")).one()
    refusal = _refused(lambda: people.correct_owners(by, unit_id, None, [chen], []))
    assert (refusal.code, refusal.field) == ("owners.earlier", "stay")


@pytest.mark.parametrize("money", ["charge", "wallet"])
def test_in_whose_name_money_stands_is_not_corrected_away(app: Flask, cast: Cast, money: str) -> None:
    if money == "charge":
        owe(cast, "3-2-502", "2026-01", "40.54")
    else:
        give(cast, "3-2-502", "10")
    other = PersonFacts("吴芳", PartyKind.PERSON, "", ())
    by = cast.by("manager")
    refusal = _refused(lambda: people.correct_owners(by, cast.units["3-2-502"], None, [], [other]))
    assert (refusal.code, refusal.field) == ("owners.billed", "stay")
    transaction(lambda: people.correct_owners(by, cast.units["3-2-502"], None, [cast.parties["zhang"]], [other]))
    assert _owners(cast, "3-2-502", date(2014, 11, 1)) == ["张小明", "吴芳"]
