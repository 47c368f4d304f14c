"""A few fen short at the counter: let off within the limits, on the receipt, in the book, with a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge, Reduction
from feeapp.billing.rules import ReductionKind
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment
from feeapp.cashier.queries import get_receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused
from feeapp.ledger.models import Entry, EntryLine
from feeapp.printing.receipt import ReceiptPaper, from_json
from feeapp.registry.actions import set_profile
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.lateness import ask_for
from tests.owing import owe
from tests.people import Cast

NOON = datetime(2026, 1, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def limits(app: Flask, cast: Cast) -> None:
    """At most 0.05 on a receipt, and 0.08 in a cashier's day."""
    profile = profile_of(cast.community).but(small_waiver_receipt=Money(5), small_waiver_day=Money(8))
    transaction(lambda: set_profile(cast.by("manager"), profile, "本处规定"))


def _pay(cast: Cast, charges: list[int], yuan: str, at: datetime = NOON, waive: bool = True) -> ReceiptPaper:
    tender = Tender(Method.CASH, Money.yuan(yuan))
    request = Request(f"{at} {charges}", cast.units["3-2-501"], tuple(charges), (tender,), "张小明", waive=waive)
    taken = transaction(lambda: take_payment(cast.by("cashier", at), request))
    return from_json(get_receipt(cast.community, taken.receipt_id).snapshot)


def _stands(cast: Cast, charge: int) -> tuple[str, str]:
    row = db.session.get_one(Charge, (cast.community, charge), populate_existing=True)
    return str(row.settled), str(row.reduced)


def test_what_is_short_is_let_off_and_said_on_the_receipt(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    paper = _pay(cast, [charge], "56.20")
    assert _stands(cast, charge) == ("56.20", "0.04")
    assert (paper.total, paper.remark, paper.lines[0].remaining) == (Money.yuan("56.20"), "抹零 0.04 元", None)
    less = db.session.query(Reduction).one()
    payment = db.session.query(Payment).one()
    assert (less.kind, less.source_kind, less.source_id, less.by_id) == (
        ReductionKind.SMALL, "payment", payment.id, cast.users["cashier"],
    )  # fmt: skip
    booked = db.session.execute(
        sa.select(EntryLine.account, EntryLine.debit, EntryLine.credit)
        .join(Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id))
        .where(Entry.kind == "cashier.small")
        .order_by(EntryLine.line)
    )
    assert [tuple(row) for row in booked] == [("6711", Money(4), ZERO), ("1122.01", ZERO, Money(4))]


def test_nothing_is_let_off_unasked_or_where_nothing_is_short(app: Flask, cast: Cast) -> None:
    first, second = owe(cast, "3-2-501", "2025-11", "56.24"), owe(cast, "3-2-501", "2025-12", "56.24")
    assert _pay(cast, [first], "56.20", waive=False).remark is None
    assert _pay(cast, [second], "60").remark is None
    assert (_stands(cast, first), _stands(cast, second)) == (("56.20", "0.00"), ("56.24", "0.00"))


def test_one_receipt_s_limit(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    with pytest.raises(Refused, match=r"0\.06 yuan are short, and at most 0\.05"):
        _pay(cast, [charge], "56.18")
    assert _stands(cast, charge) == ("0.00", "0.00")


def test_one_day_s_limit_begins_anew_the_next_day(app: Flask, cast: Cast) -> None:
    """0.04 and 0.04 make 0.08; a third 0.01 is too much, and is not on the next morning."""
    charges = [owe(cast, "3-2-501", f"2025-{month}", "56.24") for month in (9, 10, 11)]
    _pay(cast, charges[:1], "56.20")
    _pay(cast, charges[1:2], "56.20")
    with pytest.raises(Refused, match=r"0\.08 yuan today"):
        _pay(cast, charges[2:], "56.23")
    _pay(cast, charges[2:], "56.23", datetime(2026, 1, 20, 16, 5, tzinfo=UTC))
    assert _stands(cast, charges[2]) == ("56.23", "0.01")


def test_a_late_charge_is_not_let_off(app: Flask, cast: Cast) -> None:
    """56.24 due on 31 December: on 20 January 0.34 has run up at 0.03 % a day."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    with pytest.raises(Refused, match="second person"):
        _pay(cast, [charge], "56.55")
    assert _stands(cast, charge) == ("0.00", "0.00")
