"""Waiving late charges: asked with a reason, decided by somebody else, never more than is left."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from feeapp.billing import waivers, waiving
from feeapp.billing.lateness import find_memo
from feeapp.billing.models import LateWaiver
from feeapp.billing.rules import WaiverState
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import Entry
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.lateness import ask_for, late_charges, noon, pay
from tests.owing import owe
from tests.people import Cast

DAY = "2025-03-10"


def _late(cast: Cast, day: str, charge: int) -> Money:
    db.session.rollback()
    memo = find_memo(cast.community, charge, date.fromisoformat(day))
    return memo.amount if memo else ZERO


def _ask(cast: Cast, charge: int, yuan: str | None, who: str = "cashier", reason: str = "调解协议") -> int:
    by = cast.by(who, noon(DAY))
    amount = Money.yuan(yuan) if yuan else None
    return transaction(lambda: waiving.ask_for_charge(by, charge, amount, reason))


def _approve(cast: Cast, waiver: int, who: str = "manager", day: str = DAY) -> Money:
    by = cast.by(who, noon(day))
    return transaction(lambda: waiving.approve(by, waiver))


def test_a_part_is_waived_by_a_second_person_and_the_memo_falls_by_it(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    entries = db.session.query(Entry).count()
    waiver = _ask(cast, charge, "5")
    assert _late(cast, DAY, charge) == Money.yuan("13.97")
    assert _approve(cast, waiver) == Money.yuan("5")
    assert _late(cast, DAY, charge) == Money.yuan("8.97")
    assert db.session.query(Entry).count() == entries
    assert pay(cast, [charge], "700", DAY).amount == Money.yuan("683.85")
    assert [late.amount for late in late_charges(cast, charge)] == [Money.yuan("8.97")]
    (row,) = waivers.list_waived(cast.community, waivers.WantedWaived(), None).items
    assert (row.unit_code, row.waived, row.reason) == ("3-2-501", Money.yuan("5"), "调解协议")
    assert waivers.sum_waived(cast.community, waivers.WantedWaived(typed="3-2-5")) == Money.yuan("5")
    assert waivers.sum_waived(cast.community, waivers.WantedWaived(typed="1-1")) == ZERO
    assert waivers.sum_waived(cast.community, waivers.WantedWaived(to_on=date(2025, 3, 9))) == ZERO
    assert waivers.sum_waived(cast.community, waivers.WantedWaived(from_on=date(2025, 3, 10))) == Money.yuan("5")


def test_who_asked_does_not_decide(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    waiver = _ask(cast, charge, None)
    for deed in (waiving.approve, waiving.refuse):
        by = cast.by("cashier", noon(DAY))
        with pytest.raises(Refused) as refused:
            transaction(lambda deed=deed, by=by: deed(by, waiver, "我自己"))
        assert refused.value.code == "late.same_person"
    assert _late(cast, DAY, charge) == Money.yuan("13.97")


def test_a_request_is_decided_once(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    waiver, by = _ask(cast, charge, "5"), cast.by("manager", noon(DAY))
    with pytest.raises(Refused) as refused:
        transaction(lambda: waiving.refuse(by, waiver, " "))
    assert refused.value.field == "answer"
    transaction(lambda: waiving.refuse(by, waiver, "证据不足"))
    with pytest.raises(Refused) as refused:
        _approve(cast, waiver)
    assert refused.value.code == "late.decided"
    assert _late(cast, DAY, charge) == Money.yuan("13.97")
    assert db.session.query(LateWaiver).one().state is WaiverState.REFUSED


def test_never_more_is_waived_than_is_left(app: Flask, cast: Cast) -> None:
    """Two requests for all of it: the second finds what the first left, and what was paid since."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    first, second, third = _ask(cast, charge, "10"), _ask(cast, charge, None), _ask(cast, charge, None)
    assert _approve(cast, first) == Money.yuan("10")
    assert _approve(cast, second) == Money.yuan("3.97")
    with pytest.raises(Refused) as refused:
        _approve(cast, third)
    assert refused.value.code == "late.gone"
    assert waivers.get_request(cast.community, third).state is WaiverState.ASKED


@pytest.mark.parametrize(
    ("yuan", "reason", "field"), [("14", "x", "amount"), ("0", "x", "amount"), ("5", " ", "reason")]
)
def test_a_request_that_does_not_fit_is_refused_at_its_field(
    app: Flask, cast: Cast, yuan: str, reason: str, field: str
) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    by = cast.by("cashier", noon(DAY))
    with pytest.raises(Refused) as refused:
        transaction(lambda: waiving.ask_for_charge(by, charge, Money.yuan(yuan), reason))
    assert refused.value.field == field
    assert db.session.query(LateWaiver).count() == 0


def test_what_has_run_up_to_a_day_is_waived_for_many_units(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charges = {code: owe(cast, code, "2024-12", "674.88") for code in ("3-2-501", "1-1-101", "S01")}
    by = cast.by("accountant", noon(DAY))
    units = [cast.units["3-2-501"], cast.units["1-1-101"]]
    waiver = transaction(lambda: waiving.ask_for_units(by, units, date(2025, 1, 31), "业主大会决议"))
    assert waivers.request_row(cast.community, waiver).asked == Money.yuan("12.56")
    assert waivers.count_open(cast.community) == 1
    assert _approve(cast, waiver) == Money.yuan("12.56")
    left = {code: _late(cast, DAY, charge) for code, charge in charges.items()}
    assert left == {"3-2-501": Money.yuan("7.69"), "1-1-101": Money.yuan("7.69"), "S01": Money.yuan("13.97")}
    assert waivers.count_open(cast.community) == 0


def test_a_bulk_request_says_what_is_wrong(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    by = cast.by("accountant", noon(DAY))
    for units, day, code in (
        ([cast.units["3-2-501"]], date(2025, 3, 11), "late.day"),
        ([], date(2025, 3, 10), "late.none"),
        ([cast.units["3-2-501"]], date(2025, 3, 10), "late.nothing"),
    ):
        with pytest.raises(Refused) as refused:
            transaction(lambda units=units, day=day: waiving.ask_for_units(by, units, day, "x"))
        assert refused.value.code == code


def test_another_community_s_requests_do_not_exist(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    waiver = _ask(cast, owe(cast, "3-2-501", "2024-12", "674.88"), "5")
    outsider = By(cast.neighbour, cast.users["outsider"], noon(DAY))
    with pytest.raises(NotFound):
        transaction(lambda: waiving.approve(outsider, waiver))
    assert find_memo(cast.neighbour, owe(cast, "3-2-502", "2024-12", "1"), date(2025, 3, 10)) is None
