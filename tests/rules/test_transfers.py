"""What falls to whom when a unit changes hands, and what must be chosen (docs/rules/transfers.md)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.billing.charging import VersionFacts
from feeapp.billing.drafting import Sizes, UnitFacts, draft
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period, Span
from feeapp.core.refusal import Refused
from feeapp.registry.owning import Stake, plan
from feeapp.registry.profile import OwnerChange
from feeapp.registry.rules import UnitUse
from feeapp.tariffs.rules import Basis, Price
from feeapp.transfers.rules import (
    Choices,
    WalletWay,
    check_choices,
    check_due,
    check_shares,
    days_of,
    label,
    read_share,
    relief_ends_on,
)
from feeapp.transfers.seen import Debt, Held, MeterSeen, Part, Seen, UnitSeen, seen_from, to_facts
from tests.rules.doctables import table

SELLER, BUYER = 1, 2
SPLITS = table(
    "transfers.md", "what", "a month", "first day", "setting", "seller's days", "seller", "buyer's days", "buyer",
    "together",
)  # fmt: skip


def _unit(on: date, area: int) -> tuple[UnitFacts, Span]:
    month = Period.of(on)
    whole = Span(month.first_day, month.last_day + timedelta(days=1))
    owners = [(Span(on, whole.end), BUYER)]
    if on > whole.start:
        owners.insert(0, (Span(whole.start, on), SELLER))
    facts = UnitFacts(7, "1-1-101", "1-1-101", UnitUse.HOME, 1, 1, 1, tuple(owners), ((whole, Sizes(area, None)),))
    return facts, whole


def _sides(on: date, area: int, price: Price, way: OwnerChange) -> tuple[Money, Money, tuple[int, int]]:
    facts, whole = _unit(on, area)
    drafts = draft(facts, [(whole, VersionFacts(1, price, whole.start))], Period.of(on), way is OwnerChange.WHOLE_MONTH)
    owners = facts.owners if way is OwnerChange.BY_DAYS else ((whole, facts.owners[0][1]),)
    sums = [total(each.amount for each in drafts if each.debtor_id == who) for who in (SELLER, BUYER)]
    return sums[0], sums[1], days_of([(owner, span.days) for span, owner in owners], {BUYER})


@pytest.mark.parametrize("row", SPLITS, ids=lambda row: f"{row[0]} {row[2]} {row[3]}")
def test_the_month_of_the_change(row: tuple[str, ...]) -> None:
    what, _, first, setting, *expected = row
    area = re.search(r"([0-9.]+) m²", what)
    price = Price(Decimal("0.65")) if area else Price(Decimal(150), basis=Basis.UNIT)
    size = int(Decimal(area[1]) * 100) if area else 1325
    seller, buyer, days = _sides(date.fromisoformat(first), size, price, OwnerChange(setting))
    found = [str(days[0]), str(seller), str(days[1]), str(buyer), str(seller + buyer)]
    assert found == expected
    assert str(seller + buyer) == row[1]


@given(
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.integers(1, 1_000_000),
    st.decimals(Decimal("0.01"), Decimal("99"), places=4),
    st.sampled_from(OwnerChange),
)
def test_the_parts_always_add_up_to_the_month(on: date, area: int, rate: Decimal, way: OwnerChange) -> None:
    price = Price(rate)
    seller, buyer, days = _sides(on, area, price, way)
    assert seller + buyer == price.round(price.exact_fen(area, Fraction(1)))
    assert min(seller, buyer) >= ZERO
    assert sum(days) == Period.of(on).days


@pytest.mark.parametrize("row", table("transfers.md", "setting", "first day", "in full again from"))
def test_reliefs_end_with_the_sellers_last_day(row: tuple[str, ...]) -> None:
    assert relief_ends_on(date.fromisoformat(row[1]), OwnerChange(row[0])).isoformat() == row[2]


SEEN = Seen(
    on=date(2026, 8, 16),
    owner_change=OwnerChange.BY_DAYS,
    units=(UnitSeen("1-1-101", "1号楼1单元101", ("欧阳志远",), ("陈静",), ()),),
    parts=(
        Part("1-1-101", "物业费", "Property fee", Period(2026, 8), True, 15, Money(2831), 16, Money(3019), Money(5850)),
    ),
    debts=(
        Debt("d", "1-1-101", "物业费", "Property fee", Period(2026, 6), date(2026, 6, 30), "欧阳志远", Money(5850)),
    ),
    held=(Held("h", "1-1-101", "", "", "欧阳志远", "OP", Money(13000), Money(3000)),),
    reliefs=(),
    meters=(
        MeterSeen(5, "1-1-101", "WATER", "W1", date(2026, 7, 1), 1200),
        MeterSeen(6, "1-1-101", "GAS", "G", None, None),
    ),
)
CHOSEN = Choices(SEEN.hash, "k", ("d",), "补充协议", "陈静", (("h", WalletWay.HAND_ON),))


def test_what_was_seen_is_kept_as_it_was() -> None:
    again = seen_from(to_facts(SEEN))
    assert again == SEEN
    assert again.hash == SEEN.hash


@pytest.mark.parametrize(
    "other",
    [
        replace(SEEN, on=date(2026, 8, 17)),
        replace(SEEN, debts=()),
        replace(SEEN, parts=(replace(SEEN.parts[0], buyer=Money(3018)),)),
        replace(SEEN, held=(replace(SEEN.held[0], gift=ZERO),)),
        replace(SEEN, units=(replace(SEEN.units[0], after=("陈晶",)),)),
    ],
)
def test_whatever_differs_makes_another_hash(other: Seen) -> None:
    assert other.hash != SEEN.hash


def test_sound_choices_pass() -> None:
    check_choices(SEEN, CHOSEN)
    check_choices(SEEN, replace(CHOSEN, take=(), agreement="", signed_by=""))
    gift = replace(SEEN, held=(replace(SEEN.held[0], gift=Money(13000)),))
    check_choices(gift, replace(CHOSEN, seen=gift.hash, ways=()))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"seen": "x"}, None),
        ({"take": ("e",)}, "take"),
        ({"agreement": ""}, "agreement"),
        ({"signed_by": ""}, "signed_by"),
        ({"ways": ()}, "ways"),
        ({"ways": (("h", WalletWay.HAND_ON), ("i", WalletWay.HAND_ON))}, "ways"),
        ({"ways": (("h", WalletWay.REFUND_TRANSFER),)}, "refund_to"),
    ],
)
def test_choices_that_will_not_do(changed: dict[str, object], field: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        check_choices(SEEN, replace(CHOSEN, **changed))  # type: ignore[arg-type]
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("typed", "share"),
    [
        ("1/2", Fraction(1, 2)),
        ("50%", Fraction(1, 2)),
        ("33.33%", Fraction(3333, 10000)),
        ("１／３", Fraction(1, 3)),
        ("50％", Fraction(1, 2)),
    ],
)
def test_shares_as_people_write_them(typed: str, share: Fraction) -> None:
    assert read_share(typed) == share


@pytest.mark.parametrize("typed", ["half", "0/2", "3/2", "0%", "101%", "1/0", "-1/2", "50"])
def test_what_is_no_share(typed: str) -> None:
    with pytest.raises(ValueError, match=re.escape(typed)):
        read_share(typed)


@pytest.mark.parametrize(
    ("shares", "alone", "field"),
    [
        (["", ""], True, None),
        (["1/2", "1/2"], True, None),
        (["1/4", "1/4"], False, None),
        (["1/2", ""], True, "b1"),
        (["1/2", "1/3"], True, "b0"),
        (["2/3", "2/3"], False, "b0"),
        (["1/2", "x"], True, "b1"),
    ],
)
def test_shares_add_up(shares: list[str], alone: bool, field: str | None) -> None:
    typed = [(f"b{at}", share) for at, share in enumerate(shares)]
    if field is None:
        check_shares(typed, alone)
        return
    with pytest.raises(Refused) as refusal:
        check_shares(typed, alone)
    assert refusal.value.field == field


def test_the_buyer_never_owes_before_the_change_or_today() -> None:
    day = date(2026, 8, 16)
    check_due(day, day, day)
    for due_on, on, today in ((date(2026, 8, 15), day, day - timedelta(days=9)), (day, day, day + timedelta(days=1))):
        with pytest.raises(Refused) as refusal:
            check_due(due_on, on, today)
        assert refusal.value.field == "due_on"


def test_records_are_numbered() -> None:
    assert label("XHY", 2026, 7) == "XHYGH2026-0007"


class TestTheFirstPlaceIsNeverEmpty:
    """Who has the first place among co-owners is written on the bill (feeapp/registry/owning.py)."""

    LONG_AGO, ON = date(2014, 11, 1), date(2026, 8, 16)

    def test_a_co_owner_who_comes_to_it_holds_anew_from_that_day(self) -> None:
        stakes = [Stake(1, 10, self.LONG_AGO, None, 1), Stake(2, 20, self.LONG_AGO, None, 2)]
        change = plan(stakes, [20, 30], self.ON)
        assert change.ended == stakes
        assert change.started == [(20, 1), (30, 2)]
        assert change.moved == []

    def test_one_who_came_that_very_day_is_moved(self) -> None:
        stakes = [Stake(1, 10, self.LONG_AGO, None, 1), Stake(2, 20, self.ON, None, 2)]
        change = plan(stakes, [20], self.ON)
        assert (change.ended, change.started, change.moved) == ([stakes[0]], [], [(stakes[1], 1)])

    def test_one_whose_time_ended_that_very_day_does_not_go_on_behind(self) -> None:
        stakes = [Stake(1, 10, self.ON, None, 1), Stake(2, 20, self.LONG_AGO, self.ON, 2)]
        change = plan(stakes, [20], self.ON)
        assert (change.reopened, change.started, change.removed) == ([], [(20, 1)], [stakes[0]])

    def test_later_places_keep_their_gaps(self) -> None:
        stakes = [Stake(at, at * 10, self.LONG_AGO, None, at) for at in (1, 2, 3)]
        change = plan(stakes, [10, 30], self.ON)
        assert (change.ended, change.started, change.moved) == ([stakes[1]], [], [])
