"""Who is the same person, in a ledger and in the registry."""

from __future__ import annotations

import pytest

from feeapp.registry.deciding import settle
from feeapp.registry.matching import StandingParty, match_parties
from feeapp.registry.records import Problem
from feeapp.registry.workbook import read_ledger
from feeapp.spreadsheet import Cell, Sheet
from tests.rules.ledger_rows import CARD, OTHER_CARD, doubts, read_rows, standing_party, the_doubt

HEADER: list[Cell] = ["门牌号", "户主", "证件号码", "电话"]


def _match(rows: list[list[Cell]], *standing: StandingParty) -> tuple[list[str], list[Problem]]:
    width = [row + [None] * (4 - len(row)) for row in rows]
    reading = match_parties(read_ledger([Sheet("账", False, [HEADER, *width])]), standing)
    return [one.owners[0].who for one in reading.records], doubts(reading)


def test_a_number_finds_the_person_who_stands_whatever_the_unit() -> None:
    who, doubts = _match([["1-1-102", "张三", CARD]], standing_party(7, "张三", CARD, "1-1-101"))
    assert (who, doubts) == (["party:7"], [])


def test_the_owner_of_the_same_unit_stays_the_same_person() -> None:
    for number in (None, CARD):
        who, doubts = _match([["1-1-101", "张三", number]], standing_party(7, "张三", None, "1-1-101"))
        assert (who, doubts) == (["party:7"], [])


def test_a_shared_phone_is_the_same_person() -> None:
    who, doubts = _match([["1-1-101", "张三", None, "13812345678"], ["1-1-102", "张三", None, "13812345678"]])
    assert (len(set(who)), doubts) == (1, [])


@pytest.mark.parametrize(
    ("first", "second", "proposal"),
    [
        ([CARD, None], [None, None], "same"),
        ([CARD, "13812345678"], [None, None], "same"),
        ([None, None], [None, "13812345678"], "same"),
        ([None, "13812345678"], [None, "13987654321"], "other"),
    ],
)
def test_a_namesake_without_a_number_is_asked(first: list[Cell], second: list[Cell], proposal: str) -> None:
    who, (doubt,) = _match([["1-1-101", "张三", *first], ["1-1-102", "张三", *second]])
    assert (doubt.code, doubt.row, doubt.proposal) == ("owner.same_name", 3, proposal)
    assert len(set(who)) == 2


def test_the_order_of_the_rows_does_not_matter_for_who_has_a_number() -> None:
    _, (doubt,) = _match([["1-1-102", "张三"], ["1-1-101", "张三", CARD]])
    assert (doubt.row, doubt.proposal, doubt.choices[0].facts["who"]) == (2, "same", f"id:{CARD}")


def test_of_several_namesakes_none_is_proposed_and_any_may_be_chosen() -> None:
    rows = [["1-1-101", "张三", CARD], ["1-1-102", "张三", OTHER_CARD], ["1-1-103", "张三"]]
    reading = match_parties(
        read_ledger([Sheet("账", False, [HEADER, *[row + [None] * (4 - len(row)) for row in rows]])])
    )
    doubt = the_doubt(reading)
    assert doubt.proposal is None
    who = {choice.key: settle(reading.records[2], [doubt], {doubt.place: choice.key}) for choice in doubt.choices}
    assert {key: record and record.owners[0].who for key, record in who.items()} == {
        "same:1": f"id:{CARD}",
        "same:2": f"id:{OTHER_CARD}",
        "other": "at:账!B4#0",
        "leave_out": None,
    }


def test_one_number_under_two_names_is_asked() -> None:
    reading = read_rows(HEADER, ["1-1-101", "张三", CARD, None], ["1-1-102", "李四", CARD, None])
    doubt = the_doubt(reading)
    assert (doubt.code, doubt.proposal) == ("id.other_name", None)
    same, without = (settle(reading.records[1], [doubt], {doubt.place: choice}) for choice in ("same", "without"))
    assert same
    assert without
    assert (same.owners[0].name, same.owners[0].who) == ("张三", f"id:{CARD}")
    assert (without.owners[0].id_number, without.owners[0].who) == (None, "at:账!B3#0")
