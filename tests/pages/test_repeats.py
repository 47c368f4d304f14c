"""The same sum from the same household a moment later: the counter asks first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp import clock
from feeapp.cashier.models import Payment, Receipt
from feeapp.cashier.voiding import approve, ask
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.actions.test_receipt_voids import ALL_BACK
from tests.owing import owe
from tests.pages.test_counter import _form, _open_page, _pay
from tests.people import Cast

ASKED = "该户十分钟内刚缴过 56.24 元"


def _count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) or 0


def _twice(cast: Cast, month: str = "2025-11", **more: str) -> tuple[int, str]:
    """What the counter answers to a second payment of 56.24 in cash."""
    client = cast.client("cashier")
    charge = owe(cast, "3-2-501", month, "56.24")
    form = _form(_open_page(client, cast), cast, [charge], **{"tenders-0-amount": "56.24"}, **more)
    answer = client.post(f"/XHY/counter?unit={cast.units['3-2-501']}", data=form)
    return answer.status_code, answer.text


def _first(cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "56.24")
    _pay(cast.client("cashier"), cast, [charge], **{"tenders-0-amount": "56.24"})


def test_it_is_asked_first_and_taken_when_said_so(site: Flask, cast: Cast) -> None:
    _first(cast)
    code, page = _twice(cast)
    assert (code, _count()) == (200, 1)
    assert ASKED in page
    assert 'name="again"' in page
    code, _ = _twice(cast, "2025-10", again="y")
    assert (code, _count()) == (302, 2)


def test_ten_minutes_later_it_is_another_payment(site: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _first(cast)
    later: datetime = clock.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    code, page = _twice(cast)
    assert (code, _count()) == (302, 2), page


def test_a_payment_that_was_taken_back_is_not_asked_about(site: Flask, cast: Cast) -> None:
    _first(cast)
    receipt, now = db.session.query(Receipt).one().id, clock.now()
    void_id = transaction(lambda: ask(cast.by("cashier", now), receipt, ALL_BACK))
    transaction(lambda: approve(cast.by("manager", now), void_id))
    assert _twice(cast)[0] == 302
