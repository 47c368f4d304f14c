"""What a payment clears, and what tenders come to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.cashier.settling import MOST_WAYS, Method, OpenItem, Settled, Takings, Tender, plan, take
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused
from feeapp.printing.receipt import MOST_TENDERS
from feeapp.registry.profile import SettlementPolicy
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
        late=st.integers(0, 500).map(Money),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda item: item.id,
)


def vector_items(funds: str, late: tuple[str, str] = ("0", "0")) -> list[OpenItem]:
    renovation = "RN" if funds == "apart" else "OP"
    return [
        OpenItem(NUMBERS["P1"], "OP", date(2025, 1, 31), 1, Money.yuan("300.00"), Money.yuan(late[0])),
        OpenItem(NUMBERS["R1"], renovation, date(2025, 2, 15), 2, Money.yuan("500.00")),
        OpenItem(NUMBERS["P2"], "OP", date(2025, 2, 28), 1, Money.yuan("300.00"), Money.yuan(late[1])),
    ]


def owed(item: OpenItem) -> Money:
    return item.open + item.late


POLICIES = st.sampled_from(SettlementPolicy)


def same_day(opens: str, ranks: str) -> list[OpenItem]:
    return [
        OpenItem(number, "OP", date(2025, 1, 31), int(rank), Money.yuan(open_))
        for number, (open_, rank) in enumerate(zip(listed(opens), listed(ranks), strict=True))
    ]


class TestPlan:
    @pytest.mark.parametrize(
        ("paid", "ticked", "funds", "cleared", "prepaid"),
        table("settlement.md", "paid", "ticked", "funds", "cleared", "prepaid"),
    )
    @pytest.mark.parametrize("policy", SettlementPolicy)
    def test_vectors(self, paid, ticked, funds, cleared, prepaid, policy):
        """Without late charges both orders are the same."""
        self.agrees(vector_items(funds), paid, ticked, policy, cleared, prepaid)

    @pytest.mark.parametrize(
        ("paid", "ticked", "funds", "policy", "cleared", "prepaid"),
        table("settlement.md", "paid", "ticked", "funds", "policy", "cleared", "prepaid"),
    )
    def test_vectors_with_late_charges(self, paid, ticked, funds, policy, cleared, prepaid):
        items = vector_items(funds, ("6.00", "3.00"))
        self.agrees(items, paid, ticked, SettlementPolicy(policy), cleared, prepaid)

    def agrees(self, items, paid, ticked, policy, cleared, prepaid):
        chosen = [NUMBERS[name] for name in listed(ticked)]
        if cleared == "refused":
            with pytest.raises(Refused):
                plan(items, Money.yuan(paid), chosen, policy)
            return
        found = plan(items, Money.yuan(paid), chosen, policy)
        names = {number: name for name, number in NUMBERS.items()}
        parts = {f"{names[one.item_id]} {one.amount}" for one in found.settled if one.amount}
        parts |= {f"{names[one.item_id]} late {one.late}" for one in found.settled if one.late}
        assert (parts, found.prepaid) == (set(listed(cleared)), Money.yuan(prepaid))

    @pytest.mark.parametrize(
        ("opens", "ranks", "paid", "cleared"), table("settlement.md", "open", "ranks", "paid", "cleared")
    )
    def test_items_of_one_day(self, opens, ranks, paid, cleared):
        items = same_day(opens, ranks)
        found = {one.item_id: one for one in plan(items, Money.yuan(paid)).settled}
        for item, expected in zip(items, listed(cleared), strict=True):
            amount = Money.yuan(expected)
            if amount:
                assert found[item.id] == Settled(item.id, amount, ZERO, item.open - amount)
            else:
                assert item.id not in found

    @pytest.mark.parametrize(
        ("paid", "chosen", "code", "field"),
        [
            ("1", [1, 2], "settle.funds", "items"),
            ("0", [1], "settle.nothing", "amount"),
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
        assert plan(vector_items("one"), Money.yuan("1100.00")).settled == (
            Settled(1, Money.yuan(300), ZERO, ZERO),
            Settled(2, Money.yuan(500), ZERO, ZERO),
            Settled(3, Money.yuan(300), ZERO, ZERO),
        )

    def test_a_closed_item_or_one_given_twice_is_a_mistake(self):
        with pytest.raises(ValueError):
            OpenItem(1, "OP", date(2025, 1, 31), 1, ZERO)
        assert OpenItem(1, "OP", date(2025, 1, 31), 1, ZERO, Money(1)).late == Money(1)
        with pytest.raises(ValueError):
            OpenItem(1, "OP", date(2025, 1, 31), 1, Money(1), Money(-1))
        with pytest.raises(ValueError):
            plan(vector_items("one") * 2, Money(1))

    @given(ITEMS, POLICIES, st.data())
    def test_money_is_conserved_and_nothing_cleared_beyond_what_is_open(self, items, policy, data):
        chosen = data.draw(st.sets(st.sampled_from([item.id for item in items]), min_size=1))
        by_id = {item.id: item for item in items if item.id in chosen}
        whole = total(owed(item) for item in by_id.values())
        paid = data.draw(st.integers(1, whole.fen + 100).map(Money))
        found = plan(items, paid, chosen, policy)
        assert total(one.amount + one.late for one in found.settled) + found.prepaid == paid
        assert found.prepaid == max(ZERO, paid - whole)
        for one in found.settled:
            item = by_id[one.item_id]
            assert ZERO <= one.amount <= item.open
            assert ZERO <= one.late <= item.late
            assert one.amount + one.late > ZERO
            assert one.left == item.open - one.amount
        assert len({one.item_id for one in found.settled}) == len(found.settled)

    @given(ITEMS, st.data())
    def test_nothing_later_is_touched_while_something_earlier_is_open(self, items, data):
        paid = data.draw(st.integers(1, total(owed(item) for item in items).fen).map(Money))
        turn = {item.id: (item.due_on, item.rank) for item in items}
        found = {one.item_id: one for one in plan(items, paid, policy=SettlementPolicy.STATUTORY).settled}
        left = {item.id: owed(item) - (found[item.id].amount + found[item.id].late if item.id in found else ZERO)
                for item in items}  # fmt: skip
        latest = max(turn[number] for number in found)
        assert all(left[number] == ZERO for number in turn if turn[number] < latest)

    @given(ITEMS, st.data())
    def test_no_late_charge_is_paid_while_a_principal_is_open_unless_the_law_orders_it(self, items, data):
        paid = data.draw(st.integers(1, total(owed(item) for item in items).fen).map(Money))
        found = {one.item_id: one for one in plan(items, paid).settled}
        if any(one.late for one in found.values()):
            assert all(found[item.id].left == ZERO for item in items if item.open)
        statutory = plan(items, paid, policy=SettlementPolicy.STATUTORY).settled
        late = {item.id: item.late for item in items}
        assert all(one.late == late[one.item_id] for one in statutory if one.amount)

    @given(ITEMS, POLICIES, st.data(), st.randoms())
    def test_the_order_of_items_and_of_ticks_makes_no_difference(self, items, policy, data, random):
        paid = data.draw(st.integers(1, total(item.open for item in items).fen).map(Money))
        shuffled = random.sample(items, len(items))
        ticks = [item.id for item in random.sample(items, len(items))]
        assert plan(shuffled, paid, ticks, policy) == plan(items, paid, policy=policy)

    @given(ITEMS, POLICIES)
    def test_paying_everything_leaves_nothing(self, items, policy):
        found = plan(items, total(owed(item) for item in items), policy=policy).settled
        assert len(found) == len(items)
        assert all(one.left == ZERO for one in found)


def tenders(cell: str) -> list[Tender]:
    return [
        Tender(Method[method], Money.yuan(amount), "" if method in ("CASH", "WALLET") else "ref 1")
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
            assert refused.value.field in ("tenders", "keep")
            return
        expected = Takings(Money.yuan(settles), Money.yuan(change), tuple(tenders(kept)))
        assert take(tenders(given_), Money.yuan(due)) == expected

    @pytest.mark.parametrize(
        ("due", "given_", "settles", "change", "kept"),
        table("settlement.md", "due", "tenders", "kept in all", "change", "kept as"),
    )
    def test_table_of_what_is_kept(self, due, given_, settles, change, kept):
        if settles == "refused":
            with pytest.raises(Refused) as refused:
                take(tenders(given_), Money.yuan(due), keep=True)
            assert refused.value.field == "tenders"
            return
        expected = Takings(Money.yuan(settles), Money.yuan(change), tuple(tenders(kept)))
        assert take(tenders(given_), Money.yuan(due), keep=True) == expected

    @pytest.mark.parametrize("method", [each for each in Method if each not in (Method.CASH, Method.WALLET)])
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
        if sum(one.method is not Method.CASH for one in given_) + bool(cash) > MOST_WAYS:
            with pytest.raises(Refused):
                take(given_, due, keep=True)
            return
        if total(one.amount for one in given_ if one.method is Method.WALLET) > due:
            with pytest.raises(Refused, match="of prepaid money is more"):
                take(given_, due)
            return
        held = take(given_, due, keep=True)
        assert (held.settle, held.change, total(one.amount for one in held.kept)) == (whole, ZERO, whole)
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

    def test_a_receipt_has_room_for_every_way_that_is_taken(self):
        assert MOST_WAYS == MOST_TENDERS
        ways = [Tender(method, Money(1), "r") for method in Method]
        assert len(take(ways[1:], Money(6)).kept) == 6
        with pytest.raises(Refused, match="two payments"):
            take(ways, Money(7))

    def test_what_is_taken_is_what_is_cleared(self):
        items = [OpenItem(n, "OP", date(2025, 1, 31) + timedelta(days=n), 1, Money(100)) for n in range(3)]
        settle = take([Tender(Method.CASH, Money(200))], Money(150)).settle
        assert [(one.item_id, one.amount) for one in plan(items, settle).settled] == [(0, Money(100)), (1, Money(50))]
