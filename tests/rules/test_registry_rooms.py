"""Room names and search keys: every spelling leads to the same room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.registry.keys import LONGEST_KEY, SURNAME_READINGS, keys_for_party, keys_for_unit, normalise_query
from feeapp.registry.rooms import (
    Place,
    canonical_building,
    canonical_room,
    canonical_stair,
    floor_of,
    full_name,
    read_place,
    short_code,
    spellings,
    walking_order,
)
from tests.rules.doctables import table

HOSTILE = [
    "",
    " ",
    "\x00",
    "\u202e倒序\u200b",
    "<script>",
    "=1+1",
    "'; DROP TABLE units;--",
    "3-2-" + "5" * 500,
    "🏠",
    "\ud800",
]
PLACES = st.builds(
    Place,
    st.integers(1, 99).map(str),
    st.integers(1, 12).map(str) | st.just(""),
    st.builds(lambda floor, room: f"{floor}{room:02}", st.integers(1, 33), st.integers(1, 12)),
)


@pytest.mark.parametrize(("written", "code", "name"), table("import.md", "written", "code", "full name"))
def test_the_written_rooms(written: str, code: str, name: str) -> None:
    place = read_place(written)
    assert place is not None
    assert (short_code(place), full_name(place)) == (code, name)


@pytest.mark.parametrize("written", ["32501", "501", "3号楼2单元", "hello", *HOSTILE])
def test_what_names_no_single_room(written: str) -> None:
    assert read_place(written) is None


@given(PLACES)
def test_code_and_name_read_back_as_the_same_room(place: Place) -> None:
    assert read_place(short_code(place)) == place
    assert read_place(full_name(place)) == place


@given(PLACES, st.sampled_from(["栋", "幢", "号楼", "#", "座"]), st.sampled_from(["单元", "单", "门"]))
def test_columns_say_the_same_as_the_whole_name(place: Place, building: str, stair: str) -> None:
    read = Place(
        canonical_building(place.building + building),
        canonical_stair(place.stair + stair) if place.stair else "",
        canonical_room(place.room + "室"),
    )
    assert read == place


@pytest.mark.parametrize(
    ("room", "floor"), [("501", 5), ("1201", 12), ("101", 1), ("3301", 33), ("501A", 5), ("G07", 0), ("7", 0), ("", 0)]
)
def test_the_floor_a_room_number_begins_with(room: str, floor: int) -> None:
    assert floor_of(room) == floor


def test_the_walk_goes_up_each_stair_and_ends_in_the_garage() -> None:
    walk = [
        (Place("车库", "", "G02"), 0),
        (Place("10", "1", "101"), 1),
        (Place("2", "2", "101"), 1),
        (Place("2", "1", "1001"), 10),
        (Place("2", "1", "201"), 2),
        (Place("2", "1", "102"), 1),
    ]
    walked = sorted(walk, key=lambda stop: walking_order(*stop))
    assert [short_code(place) for place, _ in walked] == [
        "2-1-102",
        "2-1-201",
        "2-1-1001",
        "2-2-101",
        "10-1-101",
        "G02",
    ]


@given(PLACES)
def test_every_spelling_is_a_key(place: Place) -> None:
    keys = keys_for_unit(place)
    assert {normalise_query(way) for way in spellings(place)} <= keys


@pytest.mark.parametrize(
    "typed",
    [
        "3-2-501", "3号楼2单元501", "32501", "3栋2单501", "3幢2单元501室", "３－２－５０１", "三号楼二单元501",
        "3#2-501", "501", "501室", "2单元501", "3-501",
        "3", "3-", "3号楼", "3栋2", "3号楼2单", "3号楼2单元5", "32", "5",
    ],
)  # fmt: skip
def test_a_home_is_found_from_the_first_character_on(typed: str) -> None:
    assert _finds(typed, keys_for_unit(Place("3", "2", "501")))


@pytest.mark.parametrize("typed", ["3-2-502", "2-3-501", "4", "502", "3号楼3单元"])
def test_another_home_is_not_found(typed: str) -> None:
    assert not _finds(typed, keys_for_unit(Place("3", "2", "501")))


@pytest.mark.parametrize(
    "typed", ["G07", "g7", "G0", "车库 G07", "车库", "车库G", "黑C12345", "C123", "12345", "黑C·12345"]
)
def test_a_parking_space_is_found_by_its_sign_and_its_plate(typed: str) -> None:
    assert _finds(typed, keys_for_unit(Place("车库", "", "G07"), ["黑C12345"]))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("谭梓轩", "谭 谭梓 谭梓轩 梓轩 轩 t tzx zx tanzi tanzixuan zixuan"),
        ("郑兰", "郑 兰 zl zhenglan lan"),
        ("曾海桂", "zhg chg zenghai"),
        ("仇𬭩", "qw cw qiuweng 𬭩"),
        ("解晓强", "xxq jxq xiexiaoqiang"),
        ("区东华", "odh qdh oudonghua"),
        ("查东静", "zdj cdj zhadongjing"),
        ("单宇明", "sym dym shanyuming 宇明"),
        ("盖子丽", "gzl gezili gaizili"),
        ("任宇怡", "ryy renyuyi"),
        ("尉迟浩雪", "ych wch yuchi"),
        ("万俟明", "mqm wqm moqiming"),
        ("单于军", "cyj chanyujun dyj syj"),
        ("上官艳淑", "sgys shangguan 官艳"),
        ("欧阳志强", "oyzq zq ouyang 志强"),
        ("吕英", "ly lv lvying lyu lü"),
        ("程䶮", "cy chengyan 䶮"),
        ("牡丹江宏泰商贸有限公司", "牡 宏泰 ht htsm mdj mudanjiang"),
        ("John Smith", "john smith J S"),
    ],
)
def test_a_person_is_found_by_name_by_pinyin_and_by_initials(name: str, typed: str) -> None:
    keys = keys_for_party(name, [])
    assert [one for one in typed.split() if not _finds(one, keys)] == []


@pytest.mark.parametrize(
    "typed", ["138", "13812345678", "5678", "12345678", "138-1234-5678", "138 1234", "+8613812345678"]
)
def test_a_person_is_found_by_the_phone_and_its_tail(typed: str) -> None:
    assert _finds(typed, keys_for_party("张三", ["13812345678"]))


@pytest.mark.parametrize("typed", ["0453-6221234", "04536221234", "6221234", "1234", "0453"])
def test_a_person_is_found_by_a_landline(typed: str) -> None:
    assert _finds(typed, keys_for_party("张三", ["0453-6221234"]))


def test_the_table_of_surnames_gives_one_syllable_a_character() -> None:
    assert len(SURNAME_READINGS) >= 30
    assert all(len(surname) == len(reading) for surname, reading in SURNAME_READINGS.items())


@given(st.text(max_size=300) | st.sampled_from(HOSTILE))
def test_whatever_is_typed_becomes_a_short_key_or_none(text: str) -> None:
    query = normalise_query(text)
    assert len(query) <= LONGEST_KEY
    assert not any(sign.isspace() or not sign.isprintable() for sign in query)


@given(st.text(max_size=100), st.lists(st.text(max_size=30), max_size=3))
def test_keys_are_short_and_never_empty(name: str, phones: list[str]) -> None:
    assert all(0 < len(key) <= LONGEST_KEY for key in keys_for_party(name, phones))


def _finds(typed: str, keys: frozenset[str]) -> bool:
    query = normalise_query(typed)
    return bool(query) and any(key.startswith(query) for key in keys)
