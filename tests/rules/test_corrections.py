"""Corrections: every row of docs/rules/corrections.md, and what holds for any sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused
from feeapp.corrections.rules import (
    CANNOT_WORDS,
    CORRECTION_MOVES,
    Cannot,
    Change,
    CorrectionState,
    Direction,
    Ground,
    Standing,
    Way,
    changed,
    check_change,
    due_of_addition,
    effect,
    wanted_amount,
    why_not,
)
from tests.rules.doctables import table

PAGE = "corrections.md"
EFFECTS = table(PAGE, "billed", "paid", "taken off before", "should be", "change", "credit", "to pay")
WANTED = table(PAGE, "billed", "taken off before", "new amount", "difference", "ground", "should be")
MANY = table(PAGE, "how", "billed", "paid", "taken off before", "should be")
DUE = table(PAGE, "due day of the charge", "approved on", "due")

SUMS = st.integers(0, 10**9).map(Money)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Any charge: something was billed, and no more was paid and taken off than that."""
    amount = draw(st.integers(1, 10**9))
    reduced = draw(st.integers(0, amount))
    return Standing(Money(amount), Money(draw(st.integers(0, amount - reduced))), Money(reduced))


@pytest.mark.parametrize("row", EFFECTS)
def test_what_a_correction_does(row: tuple[str, ...]) -> None:
    billed, paid, before, should, change, credit, to_pay = (Money.yuan(cell) for cell in row)
    done = effect(Standing(billed, paid, before), should)
    assert (done.change, done.credit, done.open) == (change, credit, to_pay)


@pytest.mark.parametrize("row", WANTED)
def test_the_new_amount_from_what_was_typed(row: tuple[str, ...]) -> None:
    billed, before, amount, difference, ground, should = row
    typed = [None if cell == "-" else Money.yuan(cell) for cell in (amount, difference)]
    standing = Standing(Money.yuan(billed), ZERO, Money.yuan(before))
    try:
        answer = str(wanted_amount(standing, typed[0], typed[1], Ground[ground.upper()]))
    except Refused as refused:
        answer = refused.code
    assert answer == should


def _change(how: str) -> Change:
    if how == "all open":
        return Change(Way.OPEN, Direction.LESS, Ground.GOODWILL)
    figure, *percent, direction = how.split()
    towards = Direction[direction.upper()]
    if percent:
        return Change(Way.PERCENT, towards, Ground.WRONG, percent=Decimal(figure))
    return Change(Way.SUM, towards, Ground.WRONG, amount=Money.yuan(figure))


@pytest.mark.parametrize("row", MANY)
def test_one_of_many(row: tuple[str, ...]) -> None:
    how, billed, paid, before, should = row
    standing, change = Standing(*(Money.yuan(cell) for cell in (billed, paid, before))), _change(how)
    check_change(change)
    cannot = why_not(standing, change, waiting=False, late=False)
    assert (cannot.name if cannot else str(changed(standing, change))) == should


@pytest.mark.parametrize("row", DUE)
def test_when_an_addition_falls_due(row: tuple[str, ...]) -> None:
    due, approved, expected = (date.fromisoformat(cell) for cell in row)
    assert due_of_addition(due, approved) == expected


def test_what_waits_and_late_charges_are_left_alone() -> None:
    standing, change = Standing(Money.yuan(100)), _change("10 % less")
    assert why_not(standing, change, waiting=True, late=False) is Cannot.WAITING
    assert why_not(standing, change, waiting=False, late=True) is None
    assert why_not(standing, _change("10 % more"), waiting=False, late=True) is Cannot.LATE
    assert set(CANNOT_WORDS) == set(Cannot)


def test_what_is_decided_stays_decided() -> None:
    assert CORRECTION_MOVES.deeds(CorrectionState.ASKED) == ("approve", "refuse", "withdraw")
    for state in set(CorrectionState) - {CorrectionState.ASKED}:
        assert CORRECTION_MOVES.deeds(state) == ()


@given(standings(), SUMS)
def test_money_is_conserved(standing: Standing, should: Money) -> None:
    """What was paid is still paid, or has gone back; what is to pay makes up what it should be."""
    done = effect(standing, should)
    assert ZERO <= done.credit <= standing.settled
    assert done.open >= ZERO
    assert standing.settled - done.credit + done.open == should
    assert done.was + done.change == should


@given(standings(), st.sampled_from(MANY).map(lambda row: _change(row[0])))
def test_one_of_many_never_goes_below_zero(standing: Standing, change: Change) -> None:
    if why_not(standing, change, waiting=False, late=False) is None:
        should = changed(standing, change)
        assert should >= ZERO
        assert should != standing.asked


def test_less_than_nothing_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        effect(Standing(Money.yuan(1)), Money(-1))
