"""Masks, identity numbers, and the life of an import."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.refusal import Refused
from feeapp.registry.rules import (
    BATCH_MOVES,
    BatchState,
    IdKind,
    PartyKind,
    Sight,
    id_form,
    id_holds,
    id_kind,
    mask_id,
    mask_name,
    mask_phone,
)


@pytest.mark.parametrize(
    ("name", "public", "staff"),
    [
        ("张三", "张*", "张*"),
        ("张小明", "张**", "张*明"),
        ("欧阳小明", "欧阳**", "欧**明"),
        ("欧阳明", "欧阳*", "欧*明"),
        ("尉迟浩雪", "尉迟**", "尉**雪"),
        ("张小明月", "张***", "张**月"),
        ("于国", "于*", "于*"),
        ("仇𬭩", "仇*", "仇*"),
        ("John Smith", "J***", "John"),
        ("", "", ""),
    ],
)
def test_a_name_shows_as_much_as_its_viewer_may_see(name: str, public: str, staff: str) -> None:
    seen = [mask_name(name, sight) for sight in (Sight.PUBLIC, Sight.STAFF, Sight.FULL)]
    assert seen == [public, staff, name]


def test_the_name_of_a_company_is_public() -> None:
    company = "牡丹江宏泰商贸有限公司"
    assert mask_name(company, Sight.PUBLIC, PartyKind.COMPANY) == company


@pytest.mark.parametrize(
    ("phone", "staff"),
    [("13812345678", "138****5678"), ("0453-6221234", "****1234"), ("12345", "****"), ("", "")],
)
def test_a_phone_is_never_public(phone: str, staff: str) -> None:
    seen = [mask_phone(phone, sight) for sight in (Sight.PUBLIC, Sight.STAFF, Sight.FULL)]
    assert seen == ["", staff, phone]


@pytest.mark.parametrize(
    ("number", "staff"),
    [("110108200010032030", "1101**********2030"), ("110108001003203", "1101*******3203"), ("AB12345", "*******")],
)
def test_an_identity_number_is_never_public(number: str, staff: str) -> None:
    seen = [mask_id(number, sight) for sight in (Sight.PUBLIC, Sight.STAFF, Sight.FULL)]
    assert seen == ["", staff, number]


@given(st.text(min_size=3, max_size=12))
def test_a_public_name_never_ends_as_the_name_does(name: str) -> None:
    assert mask_name(name, Sight.PUBLIC).endswith("*")


@pytest.mark.parametrize(
    ("typed", "number", "kind", "holds"),
    [
        ("11010820001003203X", "11010820001003203X", IdKind.ID_CARD, True),
        ("１１０１０８２０００１００３２０３ｘ", "11010820001003203X", IdKind.ID_CARD, True),
        ("110108 20001003 203X", "11010820001003203X", IdKind.ID_CARD, True),
        ("110108200010032031", "110108200010032031", IdKind.ID_CARD, False),
        ("110108200013322032", "110108200013322032", IdKind.ID_CARD, False),
        # 15 digits of the first generation: 19 goes in, the check digit behind (11010519491231002X is GB 11643's own)
        ("110105491231002", "11010519491231002X", IdKind.ID_CARD, True),
        # 330183 (Fuyang) has been a district of Hangzhou since 2015; the card stays good
        ("330183195410083618", "330183195410083618", IdKind.ID_CARD, True),
        ("91110000600037341L", "91110000600037341L", IdKind.CREDIT_CODE, True),
        ("91231000MA22281534", "91231000MA22281534", IdKind.CREDIT_CODE, False),
        ("E12345678", "E12345678", IdKind.OTHER, True),
    ],
)
def test_identity_numbers(typed: str, number: str, kind: IdKind, holds: bool) -> None:
    assert (id_form(typed), id_kind(number), id_holds(number)) == (number, kind, holds)


def test_an_import_is_confirmed_once_and_undone_once() -> None:
    assert BATCH_MOVES.after(BatchState.STAGED, "confirm") is BatchState.APPLIED
    assert BATCH_MOVES.after(BatchState.STAGED, "discard") is BatchState.DISCARDED
    assert BATCH_MOVES.after(BatchState.APPLIED, "undo") is BatchState.UNDONE
    assert [BATCH_MOVES.deeds(state) for state in (BatchState.DISCARDED, BatchState.UNDONE)] == [(), ()]
    with pytest.raises(Refused):
        BATCH_MOVES.after(BatchState.APPLIED, "confirm")
