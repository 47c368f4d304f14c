"""A receipt is taken back: void on its own day, in red later; all that its payment did is undone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feeapp.billing.models import Charge
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Receipt, Void
from feeapp.cashier.prepaying import PrepayRequest, prepay
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.cashier.void_queries import find_void_of
from feeapp.cashier.void_rules import VoidState, Way
from feeapp.cashier.voiding import Asked, approve, ask, refuse, withdraw
from feeapp.commands.checking import all_checks
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import EntryLine
from feeapp.prepay.actions import Offered, publish_offer
from feeapp.prepay.queries import prepaid_through
from feeapp.prepay.rules import OfferKind, Term, Terms, Wish
from feeapp.printing.receipt import ALL_PARTS, Part, from_json
from feeapp.registry.actions import set_profile
from feeapp.registry.queries import profile_of
from feeapp.registry.rules import UnitUse
from feeapp.storage.checking import run
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, publish
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.rules import Authority, Price
from feeapp.wallets.models import Wallet
from tests.holding import give
from tests.lateness import ask_for
from tests.owing import owe, owe_now
from tests.people import AT, Cast

NEXT_DAY = AT + timedelta(days=1)
ALL_BACK = Asked("房号收错", ALL_PARTS)


def pay(
    cast: Cast,
    charges: list[int],
    yuan: str,
    at: datetime = AT,
    keep: bool = False,
    method: Method = Method.CASH,
    waive: bool = False,
) -> int:  # fmt: skip
    tender = Tender(method, Money.yuan(yuan), "" if method in (Method.CASH, Method.WALLET) else "T1")
    request = Request(f"{at} {charges} {yuan}", cast.units["3-2-501"], tuple(charges), (tender,), "张小明", keep=keep,
                      waive=waive)  # fmt: skip
    return transaction(lambda: take_payment(cast.by("cashier", at), request)).receipt_id


def take_back(cast: Cast, receipt: int, at: datetime = AT, asked: Asked = ALL_BACK) -> Way:
    void_id = transaction(lambda: ask(cast.by("cashier", at), receipt, asked))
    return transaction(lambda: approve(cast.by("manager", at), void_id))


def stands(cast: Cast, charge: int) -> tuple[str, str]:
    row = db.session.get_one(Charge, (cast.community, charge), populate_existing=True)
    return str(row.settled), str(row.reduced)


def balances(cast: Cast) -> dict[str, int]:
    query = (
        sa.select(
            EntryLine.account,
            sa.func.sum(
                sa.type_coerce(EntryLine.debit, sa.BigInteger) - sa.type_coerce(EntryLine.credit, sa.BigInteger)
            ),
        )
        .where(EntryLine.community_id == cast.community)
        .group_by(EntryLine.account)
    )
    return {account: int(x) for account, x in db.session.execute(query) if x}


def test_the_same_day_the_number_is_kept_and_the_receipt_void(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    before = balances(cast)
    receipt = pay(cast, [charge], "56.24")
    assert take_back(cast, receipt) is Way.VOID
    assert stands(cast, charge) == ("0.00", "0.00")
    assert balances(cast) == before
    assert db.session.query(Receipt).count() == 1
    again = pay(cast, [charge], "56.24", AT + timedelta(minutes=20))
    assert get_receipt(cast.community, again).number == 2


def test_on_a_later_day_a_receipt_in_red_reverses_it(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    receipt = pay(cast, [charge], "56.24", method=Method.TRANSFER)
    assert take_back(cast, receipt, NEXT_DAY) is Way.RED
    void = find_void_of(cast.community, receipt)
    assert void is not None
    assert void.red_id is not None
    red = get_receipt(cast.community, void.red_id)
    assert (red.number, red.amount, red.reverses_id, str(red.issued_on)) == (
        2,
        Money.yuan("-56.24"),
        receipt,
        "2026-01-21",
    )
    paper = from_json(red.snapshot)
    assert paper.words == "人民币负伍拾陆元贰角肆分"
    assert "XHYOP2026-000001" in (paper.remark or "")
    assert (paper.title, paper.tenders[0].amount) == ("红字收据", Money.yuan("-56.24"))
    assert find_void_of(cast.community, red.id) == void
    assert stands(cast, charge) == ("0.00", "0.00")
    with pytest.raises(Refused, match="in red is not taken back"):
        transaction(lambda: ask(cast.by("cashier"), red.id, ALL_BACK))


def test_prepaid_money_that_was_used_goes_back(app: Flask, cast: Cast) -> None:
    wallet = give(cast, "3-2-501", "100")
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    receipt = pay(cast, [charge], "56.24", method=Method.WALLET)
    assert db.session.get_one(Wallet, (cast.community, wallet), populate_existing=True).balance == Money.yuan("43.76")
    take_back(cast, receipt)
    assert db.session.get_one(Wallet, (cast.community, wallet), populate_existing=True).balance == Money.yuan(100)


def test_what_was_prepaid_must_still_be_there(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    receipt = pay(cast, [charge], "100", keep=True)
    other = owe(cast, "3-2-501", "2025-12", "30")
    pay(cast, [other], "30", AT + timedelta(minutes=20), method=Method.WALLET)
    with pytest.raises(Refused) as refused:
        take_back(cast, receipt)
    assert refused.value.code == "void.used"
    assert refused.value.facts["bills"] == "3-2-501 物业费 2025-12"
    assert stands(cast, charge) == ("56.24", "0.00")


def test_what_was_prepaid_and_is_there_goes(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    receipt = pay(cast, [charge], "100", keep=True)
    take_back(cast, receipt)
    assert [str(wallet.balance) for wallet in db.session.query(Wallet)] == ["0.00"]


def test_a_late_charge_runs_up_anew(app: Flask, cast: Cast) -> None:
    """56.24 due on 31 December: by 20 January 0.34 has run up; after the void it is asked for once again, not twice."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    receipt = pay(cast, [charge], "56.58")
    take_back(cast, receipt)
    again = pay(cast, [charge], "56.58", AT + timedelta(minutes=20))
    lines = from_json(get_receipt(cast.community, again).snapshot).lines
    assert [str(line.amount) for line in lines] == ["56.24", "0.34"]


def test_who_asks_and_who_decides(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    receipt = pay(cast, [charge], "56.24")
    with pytest.raises(Refused, match="say where the others are"):
        transaction(lambda: ask(cast.by("cashier"), receipt, Asked("错", (Part.STUB,))))
    void_id = transaction(lambda: ask(cast.by("cashier"), receipt, Asked("错", (Part.STUB,), "客户联遗失")))
    with pytest.raises(Refused, match="already"):
        transaction(lambda: ask(cast.by("cashier"), receipt, ALL_BACK))
    with pytest.raises(Refused, match="second person"):
        transaction(lambda: approve(cast.by("cashier"), void_id))
    with pytest.raises(Refused, match="Only who asked"):
        transaction(lambda: withdraw(cast.by("manager"), void_id))
    with pytest.raises(Refused, match="Say why"):
        transaction(lambda: refuse(cast.by("manager"), void_id, " "))
    transaction(lambda: refuse(cast.by("manager"), void_id, "收据无误"))
    with pytest.raises(Refused):
        transaction(lambda: approve(cast.by("manager"), void_id))
    second = transaction(lambda: ask(cast.by("cashier"), receipt, ALL_BACK))
    transaction(lambda: withdraw(cast.by("cashier"), second))
    assert [row.state for row in db.session.query(Void).order_by(Void.id)] == [VoidState.REFUSED, VoidState.WITHDRAWN]
    with pytest.raises(NotFound):
        transaction(lambda: ask(cast.by("cashier"), 7, ALL_BACK))
    assert stands(cast, charge) == ("56.24", "0.00")


def test_small_change_that_was_let_off_is_asked_for_again(app: Flask, cast: Cast) -> None:
    profile = profile_of(cast.community).but(small_waiver_receipt=Money(5), small_waiver_day=Money(5))
    transaction(lambda: set_profile(cast.by("manager"), profile, "本处规定"))
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    before = balances(cast)
    receipt = pay(cast, [charge], "56.20", waive=True)
    assert stands(cast, charge) == ("56.20", "0.04")
    take_back(cast, receipt)
    assert stands(cast, charge) == ("0.00", "0.00")
    assert balances(cast) == before
    pay(cast, [charge], "56.20", AT + timedelta(minutes=20), waive=True)
    assert stands(cast, charge) == ("56.20", "0.04")


def test_months_paid_ahead_and_their_gift_count_no_longer(app: Flask, cast: Cast) -> None:
    """Two months of 56.24 for the price of one: after the void neither the money nor the gift is held."""
    owe(cast, "3-2-501", "2026-01", "56.24")
    before = balances(cast)
    receipt = paid_ahead(cast)
    unit = cast.units["3-2-501"]
    assert prepaid_through(cast.community, [unit])
    take_back(cast, receipt)
    assert prepaid_through(cast.community, [unit]) == {}
    assert [str(wallet.balance) for wallet in db.session.query(Wallet)] == ["0.00"]
    assert balances(cast) == before


def paid_ahead(cast: Cast) -> int:
    item = db.session.execute(sa.select(ChargeItem.id).filter_by(code="FEE")).scalar_one()
    unit = cast.units["3-2-501"]
    wanted = Published(UnitUse.HOME, Price(Decimal("0.65")), date(2026, 2, 1), Authority.CONTRACT, "合同", True)
    transaction(lambda: publish(cast.by("manager"), item, wanted))
    offered = Offered(Terms(OfferKind.MONTHS, 2, 1), date(2026, 1, 1), None, Authority.CONTRACT, "合同")
    transaction(lambda: publish_offer(cast.by("manager"), item, offered))
    sum_ = Money.yuan("56.24")
    request = PrepayRequest(
        "ahead", unit, ((unit, item),), Wish(Term.MONTHS, months=2), sum_, (Tender(Method.CASH, sum_),), "张小明"
    )
    return transaction(lambda: prepay(cast.by("cashier"), request)).receipt_id


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "part", "keep", "wallet", "void", "red"]), st.integers(0, 2), st.integers(1, 9_000)
    ),
    max_size=8,
)


@given(DEEDS)
@example([("wallet", 1, 500), ("void", 1, 1), ("void", 0, 1)])
@example([("wallet", 1, 500), ("void", 0, 1), ("red", 1, 1), ("red", 0, 1)])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
def test_paying_and_taking_back_conserves_money(site: Flask, cast: Cast, deeds: list[tuple[str, int, int]]) -> None:
    """Whatever is paid, prepaid, used and taken back: all is owed, held or in hand, and every check holds."""
    staged = db.session.begin_nested()
    try:
        _play(cast, [("keep", 0, 9_000), *deeds])
        rows = db.session.query(Charge).populate_existing().all()
        held = sum(wallet.balance.fen for wallet in db.session.query(Wallet).populate_existing())
        assert balances(cast).get("1001", 0) == sum(row.settled.fen for row in rows) + held
        assert [finding.first for finding in run(db.session.connection(), all_checks())] == []
    finally:
        staged.rollback()


def _play(cast: Cast, deeds: list[tuple[str, int, int]]) -> None:
    """Do one deed after the other, a minute apart; a reversal in red begins another day. What is refused is left."""
    owed = (("3-2-501", "2026-01"), ("3-2-501", "2025-12"), ("G07", "2026-01"))
    charges = [owe_now(cast, unit, month, Money(5624)) for unit, month in owed]
    receipts: list[int] = []
    at = AT
    for step, (deed, place, fen) in enumerate(deeds):
        at += timedelta(minutes=1, days=1 if deed == "red" else 0)
        tried = db.session.begin_nested()
        try:
            if deed in ("void", "red"):
                _back_now(cast, receipts[place % len(receipts)], at)
            else:
                receipts.append(_pay_now(cast, deed, charges[place], Money(fen), at, str(step)))
        except Refused:
            tried.rollback()


def _pay_now(cast: Cast, deed: str, charge: int, amount: Money, at: datetime, key: str) -> int:
    method = Method.WALLET if deed == "wallet" else Method.CASH
    whole = Money(5624) if deed == "pay" else amount
    request = Request(key, cast.units["3-2-501"], (charge,), (Tender(method, whole),), "张小明", keep=deed == "keep")
    return take_payment(cast.by("cashier", at), request).receipt_id


def _back_now(cast: Cast, receipt: int, at: datetime) -> None:
    approve(cast.by("manager", at), ask(cast.by("cashier", at), receipt, ALL_BACK))
