"""What a payment clears, and what tenders come to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.cashier.settling import Method, OpenItem, Settled, Takings, Tender, plan, take
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused
from tests.rules.doctables import listed, table

NUMBERS = {"P1": 1, "R1": 2, "P2": 3}
ITEMS = st.lists(
    st.builds(
        OpenItem,
        id=st.integers(1, 10**6),
        fund=st.just("OP"),
        due_on=st.dates(date(2025, 1, 31), date(2025, 2, 3)),
        rank=st.integers(1, 2),
        open=st.integers(1, 10**5).map(Money),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda item: item.id,
)


def vector_items(funds: str) -> list[OpenItem]:
    renovation = "RN" if funds == "apart" else "OP"
    return [
        OpenItem(NUMBERS["P1"], "OP", date(2025, 1, 31), 1, Money.yuan("300.00")),
        OpenItem(NUMBERS["R1"], renovation, date(2025, 2, 15), 2, Money.yuan("500.00")),
        OpenItem(NUMBERS["P2"], "OP", date(2025, 2, 28), 1, Money.yuan("300.00")),
    ]


def same_day(opens: str, ranks: str) -> list[OpenItem]:
    return [
        OpenItem(number, "OP", date(2025, 1, 31), int(rank), Money.yuan(open_))
        for number, (open_, rank) in enumerate(zip(listed(opens), listed(ranks), strict=True))
    ]


class TestPlan:
    @pytest.mark.parametrize(
        ("paid", "ticked", "funds", "cleared"), table("settlement.md", "paid", "ticked", "funds", "cleared")
    )
    def test_vectors(self, paid, ticked, funds, cleared):
        chosen = [NUMBERS[name] for name in listed(ticked)]
        if cleared == "refused":
            with pytest.raises(Refused):
                plan(vector_items(funds), Money.yuan(paid), chosen)
            return
        found = plan(vector_items(funds), Money.yuan(paid), chosen)
        names = {number: name for name, number in NUMBERS.items()}
        assert [f"{names[one.item_id]} {one.amount}" for one in found] == listed(cleared)

    @pytest.mark.parametrize(
        ("opens", "ranks", "paid", "cleared"), table("settlement.md", "open", "ranks", "paid", "cleared")
    )
    def test_items_of_one_day(self, opens, ranks, paid, cleared):
        items = same_day(opens, ranks)
        found = {one.item_id: one for one in plan(items, Money.yuan(paid))}
        for item, expected in zip(items, listed(cleared), strict=True):
            amount = Money.yuan(expected)
            if amount:
                assert found[item.id] == Settled(item.id, amount, item.open - amount)
            else:
                assert item.id not in found

    @pytest.mark.parametrize(
        ("paid", "chosen", "code", "field"),
        [
            ("1", [1, 2], "settle.funds", "items"),
            ("0", [1], "settle.nothing", "amount"),
            ("300.01", [1], "settle.over", "amount"),
            ("1", [], "settle.none", "items"),
            ("1", [1, 99], "settle.gone", "items"),
        ],
    )
    def test_each_refusal_says_why(self, paid, chosen, code, field):
        with pytest.raises(Refused) as refused:
            plan(vector_items("apart"), Money.yuan(paid), chosen)
        assert (refused.value.code, refused.value.field) == (code, field)
        assert str(refused.value)

    def test_nothing_chosen_means_everything(self):
        assert plan(vector_items("one"), Money.yuan("1100.00")) == [
            Settled(1, Money.yuan(300), ZERO),
            Settled(2, Money.yuan(500), ZERO),
            Settled(3, Money.yuan(300), ZERO),
        ]

    def test_a_closed_item_or_one_given_twice_is_a_mistake(self):
        with pytest.raises(ValueError):
            OpenItem(1, "OP", date(2025, 1, 31), 1, ZERO)
        with pytest.raises(ValueError):
            plan(vector_items("one") * 2, Money(1))

    @given(ITEMS, st.data())
    def test_money_is_conserved_and_nothing_cleared_beyond_what_is_open(self, items, data):
        chosen = data.draw(st.sets(st.sampled_from([item.id for item in items]), min_size=1))
        open_ = {item.id: item.open for item in items if item.id in chosen}
        paid = data.draw(st.integers(1, total(open_.values()).fen).map(Money))
        found = plan(items, paid, chosen)
        assert total(one.amount for one in found) == paid
        assert all(ZERO < one.amount <= open_[one.item_id] for one in found)
        assert all(one.left == open_[one.item_id] - one.amount for one in found)
        assert len({one.item_id for one in found}) == len(found)

    @given(ITEMS, st.data())
    def test_nothing_later_is_touched_while_something_earlier_is_open(self, items, data):
        paid = data.draw(st.integers(1, total(item.open for item in items).fen).map(Money))
        turn = {item.id: (item.due_on, item.rank) for item in items}
        left = {item.id: item.open for item in items} | {one.item_id: one.left for one in plan(items, paid)}
        latest = max(turn[one.item_id] for one in plan(items, paid))
        assert all(left[number] == ZERO for number in turn if turn[number] < latest)

    @given(ITEMS, st.data(), st.randoms())
    def test_the_order_of_items_and_of_ticks_makes_no_difference(self, items, data, random):
        paid = data.draw(st.integers(1, total(item.open for item in items).fen).map(Money))
        shuffled = random.sample(items, len(items))
        ticks = [item.id for item in random.sample(items, len(items))]
        assert plan(shuffled, paid, ticks) == plan(items, paid)

    @given(ITEMS)
    def test_paying_everything_leaves_nothing(self, items):
        found = plan(items, total(item.open for item in items))
        assert len(found) == len(items)
        assert all(one.left == ZERO for one in found)


def tenders(cell: str) -> list[Tender]:
    return [
        Tender(Method[method], Money.yuan(amount), "" if method == "CASH" else "ref 1")
        for method, amount in (part.split() for part in listed(cell))
    ]


class TestTake:
    @pytest.mark.parametrize(
        ("due", "given_", "settles", "change", "kept"),
        table("settlement.md", "due", "tenders", "settles", "change", "kept"),
    )
    def test_table(self, due, given_, settles, change, kept):
        if settles == "refused":
            with pytest.raises(Refused) as refused:
                take(tenders(given_), Money.yuan(due))
            assert refused.value.field == "tenders"
            return
        expected = Takings(Money.yuan(settles), Money.yuan(change), tuple(tenders(kept)))
        assert take(tenders(given_), Money.yuan(due)) == expected

    @pytest.mark.parametrize("method", [method for method in Method if method is not Method.CASH])
    @pytest.mark.parametrize("reference", ["", "  "])
    def test_all_but_cash_needs_a_reference(self, method, reference):
        with pytest.raises(Refused) as refused:
            take([Tender(method, Money(1), reference)], Money(1))
        assert refused.value.code == "tender.reference"
        assert take([Tender(method, Money(1), "20260131-7")], Money(1)).change == ZERO

    @given(
        st.lists(
            st.builds(Tender, st.sampled_from(Method), st.integers(1, 10**6).map(Money), st.just("r")), min_size=1
        ),
        st.integers(1, 10**6).map(Money),
    )
    def test_what_is_given_is_kept_or_handed_back(self, given_, due):
        cash = total(one.amount for one in given_ if one.method is Method.CASH)
        whole = total(one.amount for one in given_)
        if whole - cash > due:
            with pytest.raises(Refused, match="only cash gives change"):
                take(given_, due)
            return
        takings = take(given_, due)
        assert takings.settle + takings.change == whole
        assert total(one.amount for one in takings.kept) == takings.settle == min(whole, due)
        assert ZERO <= takings.change <= cash
        assert all(one.amount > ZERO for one in takings.kept)
        others = [one for one in given_ if one.method is not Method.CASH]
        assert [one for one in takings.kept if one.method is not Method.CASH] == others

    @given(st.integers(-100, 0), st.integers(1, 1000), st.sampled_from(Method))
    def test_no_tender_is_ever_zero_or_less(self, bad, good, method):
        for given_ in ([bad, good], [good, bad]):
            with pytest.raises(Refused) as refused:
                take([Tender(method, Money(fen), "r") for fen in given_], Money(10**6))
            assert refused.value.code == "tender.amount"

    def test_what_is_taken_is_what_is_cleared(self):
        items = [OpenItem(n, "OP", date(2025, 1, 31) + timedelta(days=n), 1, Money(100)) for n in range(3)]
        settle = take([Tender(Method.CASH, Money(200))], Money(150)).settle
        assert [(one.item_id, one.amount) for one in plan(items, settle)] == [(0, Money(100)), (1, Money(50))]
