"""Paying months ahead: quoted, paid whole, held for its item; offers as gifts; prices that rise meanwhile."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge
from feeapp.cashier.models import Payment, Receipt
from feeapp.cashier.prepaying import PrepayRequest, prepay
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import Entry, EntryLine
from feeapp.logbook.models import LogEntry
from feeapp.prepay.actions import Offered, end_offer, publish_offer
from feeapp.prepay.models import Offer, Prepayment, PriceChoice
from feeapp.prepay.queries import list_held, prepaid_through
from feeapp.prepay.quoting import list_picks, quote
from feeapp.prepay.rises import choose, list_rises
from feeapp.prepay.rules import OfferKind, Term, Terms, Way, Wish
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.rules import Authority
from feeapp.wallets.queries import gift_in, list_wallets
from tests.actions.test_bill_runs import _bill, _price, fee
from tests.people import AT, Cast

__all__ = ["fee"]

TODAY = date(2026, 1, 20)
YEAR = Wish(Term.MONTHS, months=12)
OFFER = Offered(
    Terms(OfferKind.MONTHS, 12, 1), date(2026, 1, 1), date(2026, 3, 31), Authority.RESOLUTION, "第 3 号决议"
)


@pytest.fixture
def priced(cast: Cast, fee: int) -> int:
    """86.53 m2 at 0.65 is 56.24 a month; January is billed."""
    _price(cast, fee, "0.65", date(2026, 1, 1))
    _bill(cast)
    return fee


def _request(
    cast: Cast, item: int, yuan: str, wish: Wish = YEAR, key: str = "k1", unit: str = "3-2-501"
) -> PrepayRequest:
    picks = ((cast.units[unit], item),)
    cash = (Tender(Method.CASH, Money.yuan(yuan)),)
    return PrepayRequest(key, cast.units[unit], picks, wish, Money.yuan(yuan), cash, "张小明")


def _pay(cast: Cast, request: PrepayRequest, at: datetime = AT) -> Receipt:
    taken = transaction(lambda: prepay(cast.by("cashier", at), request))
    return get_receipt(cast.community, taken.receipt_id)


def _offer(cast: Cast, item: int, offered: Offered = OFFER) -> int:
    return transaction(lambda: publish_offer(cast.by("manager"), item, offered))


def _booked(kind: str) -> list[tuple[str, Money, Money]]:
    found = db.session.execute(
        sa.select(EntryLine.account, EntryLine.debit, EntryLine.credit)
        .join(Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id))
        .where(Entry.kind == kind)
        .order_by(Entry.id, EntryLine.line)
    )
    return [(row.account, row.debit, row.credit) for row in found]


def _balance(cast: Cast, unit: str = "3-2-501") -> Money:
    return Money(sum(wallet.balance.fen for wallet in list_wallets(cast.community, [cast.units[unit]])))


def test_twelve_months_are_paid_at_todays_price_and_used_month_by_month(app: Flask, cast: Cast, priced: int) -> None:
    """January is billed, so February 2026 to January 2027: 12 x 56.24 = 674.88."""
    receipt = _pay(cast, _request(cast, priced, "674.88"))
    assert receipt.amount == Money.yuan("674.88")
    [line] = json.loads(receipt.snapshot)["lines"]
    assert (line["item"], line["period"], line["quantity"]) == ("预收物业费", "2026-02—2027-01", "12 个月")
    pick = (cast.units["3-2-501"], priced)
    assert prepaid_through(cast.community, [pick[0]]) == {pick: Period(2027, 1)}
    _bill(cast, Period(2026, 2))
    charge = db.session.scalars(sa.select(Charge).filter_by(unit_id=pick[0], period=Period(2026, 2))).one()
    assert (charge.settled, _balance(cast)) == (Money.yuan("56.24"), Money.yuan("618.64"))
    assert [(each.unit_code, each.through, each.balance) for each in list_held(cast.community, "", 1).items] == [
        ("3-2-501", Period(2027, 1), Money.yuan("618.64"))
    ]


def test_an_offer_is_a_gift_on_its_own_line_and_in_its_own_entry(app: Flask, cast: Cast, priced: int) -> None:
    """Pay 11 of 12: 618.64 are paid, 56.24 given; the wallet holds all 12 months."""
    offer_id = _offer(cast, priced)
    receipt = _pay(cast, _request(cast, priced, "618.64"))
    first, second = json.loads(receipt.snapshot)["lines"]
    assert (first["amount"], second["amount"], second["item"], second["period"]) == (
        67488,
        -5624,
        "预缴优惠",
        "赠送 1 个月",
    )
    assert _booked("cashier.payment") == [
        ("1001", Money.yuan("618.64"), ZERO),
        ("2203", ZERO, Money.yuan("618.64")),
    ]
    assert _booked("prepay.gift") == [("6601", Money.yuan("56.24"), ZERO), ("2203", ZERO, Money.yuan("56.24"))]
    [wallet] = list_wallets(cast.community, [cast.units["3-2-501"]])
    assert (wallet.balance, gift_in(wallet)) == (Money.yuan("674.88"), Money.yuan("56.24"))
    assert db.session.scalars(sa.select(Prepayment.offer_id)).one() == offer_id


def test_an_offer_that_ended_or_is_not_reached_gives_nothing(app: Flask, cast: Cast, priced: int) -> None:
    pick = [(cast.units["3-2-501"], priced)]
    offer_id = _offer(cast, priced)
    assert quote(cast.community, pick, YEAR, TODAY)[0].gift == Money.yuan("56.24")
    assert quote(cast.community, pick, Wish(Term.MONTHS, months=11), TODAY)[0].gift == ZERO
    assert quote(cast.community, pick, YEAR, date(2026, 4, 1))[0].gift == ZERO
    transaction(lambda: end_offer(cast.by("manager"), offer_id))
    assert db.session.get_one(Offer, (cast.community, offer_id), populate_existing=True).to_on == TODAY
    with pytest.raises(Refused, match="already ended"):
        transaction(lambda: end_offer(cast.by("manager"), offer_id))
    assert quote(cast.community, pick, YEAR, TODAY + timedelta(days=1))[0].gift == ZERO


def test_the_offer_that_gives_most_is_taken(app: Flask, cast: Cast, priced: int) -> None:
    _offer(cast, priced)
    percent = replace(OFFER, terms=Terms(OfferKind.PERCENT, 6, percent=Decimal("10")))
    best = _offer(cast, priced, percent)
    [quoted] = quote(cast.community, [(cast.units["3-2-501"], priced)], YEAR, TODAY)
    assert (quoted.offer.id if quoted.offer else None, quoted.gift) == (best, Money.yuan("67.49"))


def test_more_than_the_settings_allow_is_refused_in_words(app: Flask, cast: Cast, priced: int) -> None:
    pick = [(cast.units["3-2-501"], priced)]
    assert profile_of(cast.community).prepay_months_max == 12
    with pytest.raises(Refused, match="At most 12 months") as refused:
        quote(cast.community, pick, Wish(Term.MONTHS, months=13), TODAY)
    assert refused.value.field == "months"
    _pay(cast, _request(cast, priced, "168.72", Wish(Term.MONTHS, months=3)))
    with pytest.raises(Refused, match="would make 13"):
        quote(cast.community, pick, Wish(Term.MONTHS, months=10), TODAY)
    [nine] = quote(cast.community, pick, Wish(Term.MONTHS, months=9), TODAY)
    assert (nine.from_period, nine.through_period) == (Period(2026, 5), Period(2027, 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seen": Money.yuan("600")}, "something has changed"),
        ({"tenders": (Tender(Method.CASH, Money.yuan("600")),)}, "paid ahead whole"),
        ({"tenders": (Tender(Method.WALLET, Money.yuan("674.88")),)}, "paid ahead whole"),
        ({"picks": ()}, "Tick what is paid ahead"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_taken(
    app: Flask, cast: Cast, priced: int, change: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        _pay(cast, replace(_request(cast, priced, "674.88"), **change))  # type: ignore[arg-type]
    assert (db.session.query(Payment).count(), db.session.query(Prepayment).count()) == (0, 0)


def test_only_the_households_own_units_and_items_with_a_price(app: Flask, cast: Cast, priced: int) -> None:
    request = _request(cast, priced, "674.88")
    with pytest.raises(Refused, match="this household's"):
        _pay(cast, replace(request, picks=((cast.units["1-1-101"], priced),)))
    with pytest.raises(Refused, match="this household's"):
        _pay(cast, replace(request, picks=((cast.units["ZYL 1-1-101"], priced),)))
    with pytest.raises(NotFound):
        quote(cast.community, [(cast.units["3-2-501"], 1)], YEAR, TODAY)
    with pytest.raises(NotFound):
        quote(cast.community, [(cast.units["ZYL 1-1-101"], priced)], YEAR, TODAY)
    with pytest.raises(Refused, match="no price"):
        quote(cast.community, [(cast.units["G07"], priced)], YEAR, TODAY)
    assert list_picks(cast.community, list(cast.units.values()), Period(2026, 1)) == [
        (cast.units[unit], priced) for unit in ("3-2-501", "3-2-502", "1-1-101")
    ]


def test_the_same_page_sent_twice_pays_once(app: Flask, cast: Cast, priced: int) -> None:
    request = _request(cast, priced, "674.88")
    assert _pay(cast, request).id == _pay(cast, request).id
    assert db.session.query(Prepayment).count() == 1


def test_two_cashiers_cannot_sell_the_same_months(app: Flask, cast: Cast, priced: int) -> None:
    """Each asks for the six months from February on; the second then sees that they are paid, and the sum differs."""
    outcomes: list[str] = []
    six = Wish(Term.THROUGH, through=Period(2026, 7))

    def run(key: str) -> None:
        with app.app_context():
            try:
                _pay(cast, _request(cast, priced, "337.44", six, key=key))
                outcomes.append("taken")
            except Refused as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(key,)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["prepay.done", "taken"]


LATER = datetime(2026, 1, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
def risen(cast: Cast, priced: int) -> int:
    """Two homes paid the year before the price rose to 0.80 from July on: 86.53 m2 at 0.80 is 69.22."""
    before = AT - timedelta(minutes=5)
    _pay(cast, _request(cast, priced, "674.88"), before)
    _pay(cast, _request(cast, priced, "486.48", key="k2", unit="3-2-502"), before)
    _price(cast, priced, "0.80", date(2026, 7, 1))
    return priced


def test_a_later_price_lists_who_paid_past_its_start_with_the_difference(app: Flask, cast: Cast, risen: int) -> None:
    """Seven months, July 2026 to January 2027: 7 x 56.24 = 393.68 then, 7 x 69.22 = 484.54 now."""
    rises = {rise.unit.code: rise for rise in list_rises(cast.community, TODAY)}
    assert set(rises) == {"3-2-501", "3-2-502"}
    rise = rises["3-2-501"]
    assert (rise.from_period, rise.old, rise.new, rise.difference) == (
        Period(2026, 7), Money.yuan("393.68"), Money.yuan("484.54"), Money.yuan("90.86"),
    )  # fmt: skip


def test_keeping_the_old_price_credits_the_difference_once(app: Flask, cast: Cast, risen: int) -> None:
    by = cast.by("accountant", LATER)
    chosen = next(rise for rise in list_rises(cast.community, TODAY) if rise.unit.code == "3-2-501").prepayment.id
    assert transaction(lambda: choose(by, [chosen], Way.KEEP, "已按原价收足")) == 1
    assert _booked("prepay.keep") == [("6601", Money.yuan("90.86"), ZERO), ("2203", ZERO, Money.yuan("90.86"))]
    assert _balance(cast) == Money.yuan("765.74")
    with pytest.raises(Refused, match="decided about meanwhile"):
        transaction(lambda: choose(by, [chosen], Way.CHARGE, ""))
    assert [rise.unit.code for rise in list_rises(cast.community, TODAY)] == ["3-2-502"]
    note = db.session.scalars(sa.select(LogEntry).filter_by(kind="prepay.keep")).one()
    assert (note.facts["unit"], note.facts["fen"]) == ("3-2-501", 9086)


def test_charging_books_nothing_and_is_asked_once_for_all(app: Flask, cast: Cast, risen: int) -> None:
    by = cast.by("accountant", LATER)
    every = [rise.prepayment.id for rise in list_rises(cast.community, TODAY)]
    entries = db.session.query(Entry).count()
    assert transaction(lambda: choose(by, every, Way.CHARGE, "")) == 2
    assert (list_rises(cast.community, TODAY), db.session.query(Entry).count()) == ([], entries)
    assert db.session.query(PriceChoice).count() == 2


def test_a_second_rise_is_asked_about_for_what_it_adds(app: Flask, cast: Cast, risen: int) -> None:
    """0.90 from October on: 77.88 a month, 4 months; 4 x (77.88 - 56.24) less the 90.86 decided is nothing yet.

    At 1.20 it is 103.84: 4 x (103.84 - 56.24) = 190.40, less 90.86 is 99.54.
    """
    by = cast.by("accountant", LATER)
    every = [rise.prepayment.id for rise in list_rises(cast.community, TODAY)]
    transaction(lambda: choose(by, every, Way.CHARGE, ""))
    _price(cast, risen, "1.20", date(2026, 10, 1))
    rises = {rise.unit.code: rise.difference for rise in list_rises(cast.community, TODAY)}
    assert rises["3-2-501"] == Money.yuan("99.54")


@pytest.mark.parametrize(
    ("ids", "way", "reason", "said"),
    [([], Way.CHARGE, "", "Nothing is ticked"), ([1], Way.KEEP, " ", "Say why"), ([1], Way.CHARGE, "", "meanwhile")],
)
def test_a_choice_that_says_nothing_is_refused(
    app: Flask, cast: Cast, risen: int, ids: list[int], way: Way, reason: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        transaction(lambda: choose(cast.by("accountant"), ids, way, reason))


def test_an_offer_of_another_community_or_with_days_backwards_is_refused(app: Flask, cast: Cast, priced: int) -> None:
    with pytest.raises(NotFound):
        _offer(cast, 1)
    with pytest.raises(Refused, match="before the first"):
        _offer(cast, priced, replace(OFFER, to_on=date(2025, 12, 31)))
