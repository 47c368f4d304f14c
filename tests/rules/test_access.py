"""Passwords, log-in names, what guesses are counted by, and powers that must stay apart."""

from __future__ import annotations

import itertools

import pytest

from feeapp.access.rules import (
    POWER_WORDS,
    by_address,
    canonical_login,
    check_grant,
    check_login,
    check_password,
    counted_by,
    is_guessable,
    make_password,
    masked_login,
    masked_name,
)
from feeapp.core.powers import NEVER_TOGETHER, ROLE_WORDS, Power, Role, clash, powers_of
from feeapp.core.refusal import Refused


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "晚饭后散步去看梨花开",
        "Mu3Dan*Jiang",
        "k7mq-4xwp-2rtn",
        "8390238472",
        "x" * 3 + "walking by the river" + "y" * 100,
    ],
)
def test_a_password_of_some_length_is_good_without_any_rule_on_its_signs(password: str) -> None:
    check_password(password, "wangli", "王丽")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "access.password_short"),
        ("nine sign", "access.password_short"),
        ("a b" * 43, "access.password_long"),
        ("1234567890", "access.password_common"),
        ("12345678901234", "access.password_common"),
        ("9876543210", "access.password_common"),
        ("１２３４５６７８９０", "access.password_common"),
        ("PASSWORD123", "access.password_common"),
        ("password2026!", "access.password_common"),
        ("WoAiNi1314520", "access.password_common"),
        ("2026wuyefei2026", "access.password_common"),
        ("aaaabbbbaaaa", "access.password_common"),
        ("abcdefghijkl", "access.password_common"),
        ("wangli202601", "access.password_common"),
        ("Wang.Li@20260101", "access.password_common"),
    ],
)
def test_a_password_that_is_short_or_tried_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_password(password, "wangli", "王丽")
    assert (refused.value.code, refused.value.field) == (code, "password")


def test_ones_own_mobile_number_is_no_password() -> None:
    assert is_guessable("13812345678", ("13812345678", "张小明"))
    assert not is_guessable("13812345678", ("13987654321", "李娜"))


def test_handed_out_passwords_pass_the_rule_and_hold_no_signs_that_are_mistaken() -> None:
    signs = itertools.cycle("k7mq4xwp2rtn")
    password = make_password(lambda offered: next(signs))
    assert password == "k7mq-4xwp-2rtn"
    check_password(password, "wangli", "王丽")
    offered: set[str] = set()
    make_password(lambda signs: offered.update(signs) or signs[0])
    assert len(offered) == 31
    assert not offered & set("01oil")


@pytest.mark.parametrize("login", ["wangli", "w2", "li.na", "li_na-2"])
def test_a_plain_log_in_name_is_good(login: str) -> None:
    check_login(login)


@pytest.mark.parametrize("login", ["", "w", "13812345678", "2wang", "王丽", "wang li", "a" * 33, "wang@li"])
def test_a_log_in_name_that_could_be_a_number_or_cannot_be_typed_is_refused(login: str) -> None:
    with pytest.raises(Refused):
        check_login(login)


def test_a_log_in_name_is_the_same_however_it_is_typed() -> None:
    assert canonical_login(" WangLi ") == canonical_login("ｗａｎｇｌｉ") == "wangli"


def test_a_guess_is_counted_by_name_and_address_or_by_the_browser_the_person_knows() -> None:
    stranger = counted_by("wangli", 7, "browser-a", frozenset(), "203.0.113.5")
    unknown = counted_by("nobody", None, "browser-a", frozenset({7}), "203.0.113.5")
    known = counted_by("wangli", 7, "browser-b", frozenset({7}), "203.0.113.5")
    assert [subject.allowed for subject in stranger] == [subject.allowed for subject in unknown] == [5, 20]
    assert stranger[1] == unknown[1]
    assert len(known) == 1
    assert known[0] not in stranger
    assert known != counted_by("wangli", 7, "browser-c", frozenset({7}), "203.0.113.5")


def test_what_was_typed_does_not_stand_in_what_guesses_are_counted_by() -> None:
    keys = [subject.key for subject in counted_by("my password 123", None, "b", frozenset(), "203.0.113.5")]
    assert not any("password" in key or "203" in key for key in keys)
    assert max(len(key) for key in keys) <= 128


def test_one_household_of_ipv6_counts_as_one_address() -> None:
    assert by_address("2001:db8:1:2::5") == by_address("2001:db8:1:2:ffff::9")
    assert by_address("2001:db8:1:2::5") != by_address("2001:db8:1:3::5")
    assert by_address("::ffff:203.0.113.5") == by_address("203.0.113.5")
    assert by_address("") == by_address("")


def test_every_role_and_power_has_its_words() -> None:
    assert set(ROLE_WORDS) == set(Role)
    assert set(POWER_WORDS) == set(Power)


@pytest.mark.parametrize("pair", NEVER_TOGETHER, ids=lambda pair: f"{pair[0].value}+{pair[1].value}")
def test_no_two_roles_put_a_forbidden_pair_in_one_hand(pair: tuple[Power, Power]) -> None:
    """Worked through for all pairs of roles, in one community and with one of them for the installation."""
    for first, second in itertools.product(Role, Role):
        both = pair[0] in powers_of(frozenset({first, second})) and pair[1] in powers_of(frozenset({first, second}))
        for held, place in (({1: frozenset({first})}, 1), ({0: frozenset({first})}, 1), ({1: frozenset({first})}, 0)):
            if both:
                with pytest.raises(Refused, match="One person may not hold both"):
                    check_grant(held, place, second)
            elif clash(frozenset({first, second})) is None:
                check_grant(held, place, second)


def test_each_role_alone_is_free_of_forbidden_pairs() -> None:
    assert [role for role in Role if clash(frozenset({role}))] == []


def test_a_cashier_here_may_be_manager_next_door_but_not_here() -> None:
    held = {1: frozenset({Role.CASHIER})}
    check_grant(held, 2, Role.MANAGER)
    with pytest.raises(Refused) as refused:
        check_grant(held, 1, Role.MANAGER)
    assert refused.value.facts == {"one": "Take payments", "other": "Void a receipt"}


def test_an_administrator_takes_no_money_anywhere() -> None:
    with pytest.raises(Refused):
        check_grant({7: frozenset({Role.CASHIER})}, 0, Role.ADMINISTRATOR)


def test_residents_are_masked_and_colleagues_are_not() -> None:
    assert masked_login("13812345678") == "138****5678"
    assert masked_login("wangli") == "wangli"
    assert [masked_name(name) for name in ("张", "李娜", "张小明", "牡丹江宏泰商贸有限公司")] == [
        "张*",
        "李*",
        "张**",
        "牡***",
    ]
