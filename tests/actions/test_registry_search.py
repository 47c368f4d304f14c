"""One search box: every way a clerk may begin typing a household, and nobody else's households."""

from __future__ import annotations

import pytest
from flask import Flask

from feeapp.registry import actions, people
from feeapp.registry.finding import Found
from feeapp.registry.indexing import reindex
from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind, UnitUse, UseState
from feeapp.registry.searching import find_households
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

SHAN = PersonFacts("单晓燕", PartyKind.PERSON, "", ("0453-6223344",))


@pytest.fixture
def found(cast: Cast) -> Cast:
    """The cast with its search keys written, a plate on the parking space, and somebody with an uncommon surname."""

    def settle() -> None:
        here = [unit_id for code, unit_id in cast.units.items() if not code.startswith("ZYL")]
        reindex(cast.community, here)
        reindex(cast.neighbour, [cast.units["ZYL 1-1-101"]])
        actions.add_vehicle(cast.by("manager"), cast.units["G07"], "黑C12345")
        people.set_occupant(cast.by("manager"), cast.units["1-1-101"], AT.date(), SHAN)

    transaction(settle)
    return cast


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("3-2-501", ["3-2-501"]),
        ("3号楼2单元501", ["3-2-501"]),
        ("3号楼2单元501室", ["3-2-501"]),
        ("三号楼二单元501", ["3-2-501"]),
        ("3栋2单501", ["3-2-501"]),
        ("3幢2单元501", ["3-2-501"]),
        ("3#2-501", ["3-2-501"]),
        ("32501", ["3-2-501"]),
        ("３－２－５０１", ["3-2-501"]),
        ("501", ["3-2-501"]),
        ("2-501", ["3-2-501"]),
        ("3号楼", ["3-2-501", "3-2-502"]),
        ("3-2-5", ["3-2-501", "3-2-502"]),
        ("g07", ["G07"]),
        ("车库G07", ["G07"]),
        ("s", ["1-1-101", "S01"]),
        ("张小明", ["3-2-501", "3-2-502", "G07"]),
        ("张", ["3-2-501", "3-2-502", "G07"]),
        ("小明", ["3-2-501", "3-2-502", "G07"]),
        ("李娜", ["3-2-501"]),
        ("zxm", ["3-2-501", "3-2-502", "G07"]),
        ("ZXM", ["3-2-501", "3-2-502", "G07"]),
        ("zhangxiaoming", ["3-2-501", "3-2-502", "G07"]),
        ("xm", ["3-2-501", "3-2-502", "G07"]),
        ("ouyang", ["1-1-101"]),
        ("oyzy", ["1-1-101"]),
        ("欧阳", ["1-1-101"]),
        ("单", ["1-1-101"]),
        ("sxy", ["1-1-101"]),
        ("宏泰", ["S01"]),
        ("5678", ["3-2-501", "3-2-502", "G07"]),
        ("13812345678", ["3-2-501", "3-2-502", "G07"]),
        ("138 1234 5678", ["3-2-501", "3-2-502", "G07"]),
        ("6223344", ["1-1-101"]),
        ("黑C12345", ["G07"]),
        ("C12345", ["G07"]),
        ("12345", ["3-2-501", "3-2-502", "G07"]),
    ],
)
def test_a_household_is_found_however_it_is_typed(app: Flask, found: Cast, typed: str, codes: list[str]) -> None:
    assert sorted(hit.code for hit in find_households(found.community, typed)) == codes


@pytest.mark.parametrize("typed", ["", " ", "。", "王伟", "13600002222", "9-9-999", "%", "_", "'", "\x00", "李娜娜"])
def test_what_fits_nobody_here_finds_nobody(app: Flask, found: Cast, typed: str) -> None:
    assert find_households(found.community, typed) == []


def test_a_household_of_another_community_is_found_only_there(app: Flask, found: Cast) -> None:
    assert [hit.owners for hit in find_households(found.community, "1-1-101")] == ["欧阳志远"]
    assert [hit.owners for hit in find_households(found.neighbour, "1-1-101")] == ["王伟"]
    assert [hit.owners for hit in find_households(found.neighbour, "王伟")] == ["王伟"]


def test_rooms_come_before_names_and_names_before_phones(app: Flask, found: Cast) -> None:
    person = PersonFacts("3号商行", PartyKind.COMPANY, "", ("13955332664",))
    transaction(lambda: people.edit_party(found.by("manager"), found.parties["company"], person))
    hits = find_households(found.community, "3")
    assert [(hit.code, hit.matched) for hit in hits] == [
        ("3-2-501", Found.ROOM),
        ("3-2-502", Found.ROOM),
        ("S01", Found.NAME),
        ("1-1-101", Found.PHONE),
    ]


def test_the_exact_room_is_the_very_first(app: Flask, found: Cast) -> None:
    facts = actions.UnitFacts(**_home())
    transaction(lambda: actions.create_unit(found.by("manager"), "3", "2", "50", facts))
    assert [hit.code for hit in find_households(found.community, "3-2-50")] == ["3-2-50", "3-2-501", "3-2-502"]


def _home() -> dict[str, object]:
    return {
        "use": UnitUse.HOME, "area": None, "inner_area": None, "floor": 0, "use_state": UseState.UNKNOWN,
        "moved_in_on": None, "remark": "",
    }  # fmt: skip


def test_no_more_households_are_shown_than_asked_for(app: Flask, found: Cast) -> None:
    assert len(find_households(found.community, "3-2", limit=1)) == 1


def test_a_hit_names_its_owners_in_their_order(app: Flask, found: Cast) -> None:
    hit = find_households(found.community, "3-2-501")[0]
    assert (hit.owners, hit.holders) == (
        "张小明、李娜",
        (("张小明", PartyKind.PERSON), ("李娜", PartyKind.PERSON)),
    )
