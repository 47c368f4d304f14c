"""Which months are paid ahead, how many may be, and what an offer gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.prepay.rules import OfferKind, Term, Terms, Wish, check_cap, difference, gift_of, months_wanted
from tests.rules.doctables import table


def _terms(cell: str) -> Terms:
    months, gift = cell.split(": ")
    if gift.endswith("%"):
        return Terms(OfferKind.PERCENT, int(months), percent=Decimal(gift.rstrip(" %")))
    return Terms(OfferKind.MONTHS, int(months), gift_months=int(gift.split()[0]))


@pytest.mark.parametrize(
    ("months", "each", "offer", "listed", "gift", "paid"),
    table("prepayment.md", "months", "each month", "offer", "listed", "gift", "paid"),
)
def test_offers(months: str, each: str, offer: str, listed: str, gift: str, paid: str) -> None:
    amounts = [Money.yuan(each)] * int(months)
    given_ = gift_of(_terms(offer), amounts) if offer != "none" else ZERO
    assert (str(total(amounts)), str(given_), str(total(amounts) - given_)) == (listed, gift, paid)


@pytest.mark.parametrize(("wish", "start", "months"), table("prepayment.md", "wish", "first unpaid month", "months"))
def test_wishes(wish: str, start: str, months: str) -> None:
    kind, _, value = wish.partition(" ")
    asked = {
        "months": lambda: Wish(Term.MONTHS, months=int(value)),
        "through": lambda: Wish(Term.THROUGH, through=Period.read(value)),
        "year": lambda: Wish(Term.YEAR, year=int(value)),
    }[kind]()
    if months == "refused":
        with pytest.raises(Refused) as refused:
            months_wanted(asked, Period.read(start))
        assert refused.value.field in ("months", "through", "year")
        return
    found = months_wanted(asked, Period.read(start))
    first, _, last = months.partition(" to ")
    assert (str(found[0]), str(found[-1])) == (first, last or first)
    assert found == [found[0].plus(at) for at in range(len(found))]


@pytest.mark.parametrize(
    ("wanted", "ahead", "most", "ends", "answer"),
    table("prepayment.md", "months wanted", "ahead already", "at most", "contract ends", "answer"),
)
def test_caps(wanted: str, ahead: str, most: str, ends: str, answer: str) -> None:
    first, _, last = wanted.partition(" to ")
    months = months_wanted(Wish(Term.THROUGH, through=Period.read(last)), Period.read(first))
    ends_on = None if ends == "no end" else date.fromisoformat(ends)
    if answer == "refused":
        with pytest.raises(Refused) as refused:
            check_cap(months, int(ahead), int(most), ends_on, "months")
        assert refused.value.field == "months"
    else:
        check_cap(months, int(ahead), int(most), ends_on, "months")


@pytest.mark.parametrize(
    ("kind", "months", "gift", "percent"),
    [
        (OfferKind.MONTHS, 12, 0, "0"),
        (OfferKind.MONTHS, 12, 12, "0"),
        (OfferKind.MONTHS, 0, 1, "0"),
        (OfferKind.PERCENT, 12, 0, "0"),
        (OfferKind.PERCENT, 12, 0, "100"),
    ],
)
def test_an_offer_gives_something_and_not_everything(kind: OfferKind, months: int, gift: int, percent: str) -> None:
    with pytest.raises(Refused):
        Terms(kind, months, gift, Decimal(percent))


OFFERS = st.one_of(
    st.integers(2, 12).flatmap(
        lambda months: st.builds(
            Terms, st.just(OfferKind.MONTHS), st.just(months), gift_months=st.integers(1, months - 1)
        )
    ),
    st.builds(
        Terms,
        st.just(OfferKind.PERCENT),
        st.integers(1, 12),
        percent=st.integers(1, 999_999).map(lambda n: Decimal(n).scaleb(-4)),
    ),
)
AMOUNTS = st.lists(st.integers(1, 10**7).map(Money), min_size=1, max_size=24)


@given(OFFERS, AMOUNTS)
def test_a_gift_is_never_more_than_the_whole_and_nothing_below_its_months(terms: Terms, amounts: list[Money]) -> None:
    gift = gift_of(terms, amounts)
    assert ZERO <= gift <= total(amounts)
    if len(amounts) < terms.months:
        assert gift == ZERO


@given(AMOUNTS, AMOUNTS, st.lists(st.integers(1, 10**6).map(Money), max_size=3))
def test_what_was_decided_is_not_asked_for_again(old: list[Money], new: list[Money], decided: list[Money]) -> None:
    owing = difference(old, new, decided)
    assert difference(old, new, [*decided, owing]) == ZERO
