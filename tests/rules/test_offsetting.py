"""Which prepaid money clears which charge."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.billing.offsetting import Held, Match, Owing, match
from feeapp.core.money import ZERO, Money, total
from tests.rules.doctables import listed, table

OWNER = (1, 1, "OP")
ITEMS = {"fee": 1, "parking": 2, "any": None}


def _held(cell: str) -> list[Held]:
    return [
        Held(number, OWNER, ITEMS[name], Money.yuan(amount))
        for number, (name, amount) in enumerate((part.split() for part in listed(cell)), start=1)
    ]


def _owing(cell: str) -> list[Owing]:
    owing = []
    for number, part in enumerate(listed(cell), start=1):
        name, due, amount = part.split()
        item = ITEMS[name] or 0
        owing.append(Owing(number, OWNER, item, date.fromisoformat(f"2026-{due}"), item, Money.yuan(amount)))
    return owing


@pytest.mark.parametrize(
    ("wallets", "charges", "cleared", "left"), table("prepayment.md", "wallets", "charges", "cleared", "left")
)
def test_vectors(wallets: str, charges: str, cleared: str, left: str) -> None:
    held, owing = _held(wallets), _owing(charges)
    found = match(held, owing)
    of_charge = {
        each.charge_id: total(one.amount for one in found if one.charge_id == each.charge_id) for each in owing
    }
    of_wallet = {
        one.wallet_id: one.balance - total(m.amount for m in found if m.wallet_id == one.wallet_id) for one in held
    }
    assert [str(amount) for amount in of_charge.values()] == listed(cleared)
    assert [str(amount) for amount in of_wallet.values()] == listed(left)


def test_nobody_pays_for_another_unit_person_or_fund() -> None:
    held = [Held(1, OWNER, None, Money(100))]
    for owner in ((2, 1, "OP"), (1, 2, "OP"), (1, 1, "RN")):
        assert match(held, [Owing(1, owner, 1, date(2026, 1, 31), 1, Money(5))]) == []


OWNERS = st.tuples(st.integers(1, 2), st.integers(1, 2), st.sampled_from(["OP", "RN"]))
WALLETS = st.lists(
    st.builds(
        Held,
        st.integers(1, 99),
        OWNERS,
        st.sampled_from([None, 1, 2]),
        st.integers(0, 500).map(Money),
    ),
    max_size=8,
    unique_by=lambda one: one.wallet_id,
)
CHARGES = st.lists(
    st.builds(
        Owing,
        st.integers(1, 99),
        OWNERS,
        st.integers(1, 2),
        st.dates(date(2026, 1, 1), date(2026, 1, 4)),
        st.integers(1, 2),
        st.integers(1, 500).map(Money),
    ),
    max_size=8,
    unique_by=lambda each: each.charge_id,
)


@given(WALLETS, CHARGES, st.randoms())
def test_money_is_conserved_and_the_order_given_makes_no_difference(held, owing, random) -> None:
    found = match(held, owing)
    by_wallet, by_charge = {one.wallet_id: one for one in held}, {each.charge_id: each for each in owing}
    for one in found:
        wallet, charge = by_wallet[one.wallet_id], by_charge[one.charge_id]
        assert one.amount > ZERO
        assert wallet.owner == charge.owner
        assert wallet.item_id in (None, charge.item_id)
    for wallet in held:
        assert total(m.amount for m in found if m.wallet_id == wallet.wallet_id) <= wallet.balance
    for charge in owing:
        assert total(m.amount for m in found if m.charge_id == charge.charge_id) <= charge.open
    again = match(random.sample(held, len(held)), random.sample(owing, len(owing)))
    assert sorted(found, key=_key) == sorted(again, key=_key)


@given(WALLETS, CHARGES)
def test_nothing_stays_open_beside_money_that_would_pay_it(held, owing) -> None:
    found = match(held, owing)
    for charge in owing:
        open_ = charge.open - total(m.amount for m in found if m.charge_id == charge.charge_id)
        for wallet in held:
            left = wallet.balance - total(m.amount for m in found if m.wallet_id == wallet.wallet_id)
            pays = wallet.owner == charge.owner and wallet.item_id in (None, charge.item_id)
            assert not (pays and open_ and left)


def _key(one: Match) -> tuple[int, int]:
    return one.charge_id, one.wallet_id
