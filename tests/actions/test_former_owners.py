"""A unit that was sold: what the former owner owes stays theirs, on receipts of their own (FEE-15)."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.core.refusal import Refused
from feeapp.registry.models import Ownership
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast


def sell(cast: Cast, code: str, day: date, buyer: str) -> None:
    """All owners of a unit give way to one buyer on a day."""
    for owned in db.session.scalars(
        sa.select(Ownership).filter_by(community_id=cast.community, unit_id=cast.units[code], to_on=None)
    ):
        owned.to_on = day
    db.session.add(
        Ownership(
            community_id=cast.community, unit_id=cast.units[code], party_id=cast.parties[buyer], position=1,
            from_on=day, share="",
        )
    )  # fmt: skip
    db.session.commit()


@pytest.fixture
def debts(app: Flask, cast: Cast) -> tuple[int, int]:
    """Zhang's November on 3-2-502, sold to Ouyang on 1 January, and what Ouyang owes on 1-1-101."""
    theirs, own = owe(cast, "3-2-502", "2025-11", "40.54"), owe(cast, "1-1-101", "2025-12", "58.50")
    sell(cast, "3-2-502", date(2026, 1, 1), "ouyang")
    return theirs, own


def _pay(cast: Cast, key: str, charges: tuple[int, ...], yuan: str) -> Payment:
    request = Request(key, cast.units["3-2-502"], charges, (Tender(Method.CASH, Money.yuan(yuan)),), payer="")
    taken = transaction(lambda: take_payment(cast.by("cashier"), request))
    assert taken.anew
    return db.session.scalars(sa.select(Payment).filter_by(submission_key=key)).one()


def test_what_a_former_owner_owes_is_paid_in_their_name(app: Flask, cast: Cast, debts: tuple[int, int]) -> None:
    assert _pay(cast, "a", debts[:1], "40.54").party_id == cast.parties["zhang"]
    assert _pay(cast, "b", debts[1:], "58.50").party_id == cast.parties["ouyang"]


def test_their_debt_and_ones_own_never_share_a_receipt(app: Flask, cast: Cast, debts: tuple[int, int]) -> None:
    with pytest.raises(Refused, match="receipt of its own"):
        _pay(cast, "a", debts, "99.04")
    assert db.session.query(Payment).count() == 0


def test_a_co_owner_of_today_is_no_former_owner(app: Flask, cast: Cast) -> None:
    """Li Na owns 3-2-501 with Zhang: what stands in her name is the household's."""
    charge_id = owe(cast, "3-2-501", "2025-12", "56.24")
    swapped = {"zhang": 2, "li": 1}
    for owned in db.session.scalars(sa.select(Ownership).filter_by(unit_id=cast.units["3-2-501"])):
        owned.position = swapped["zhang"] if owned.party_id == cast.parties["zhang"] else swapped["li"]
    db.session.commit()
    request = Request(
        "k", cast.units["3-2-501"], (charge_id,), (Tender(Method.CASH, Money.yuan("56.24")),), payer="张小明"
    )
    transaction(lambda: take_payment(cast.by("cashier"), request))
    assert db.session.query(Payment).one().party_id == cast.parties["li"]


def test_the_counter_ticks_only_what_the_household_owes(app: Flask, cast: Cast, debts: tuple[int, int]) -> None:
    page = cast.client("cashier").get(f"/XHY/counter?unit={cast.units['3-2-502']}").text
    ticks = {
        charge_id: f'value="{charge_id}"' in page and "checked" in page.split(f'value="{charge_id}"')[1].split(">")[0]
        for charge_id in debts
    }
    assert ticks == {debts[0]: False, debts[1]: True}
    assert "原业主 张小明" in page
