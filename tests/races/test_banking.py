"""Two clerks on one line, and two files of one month, at one instant."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.banking import claiming, importing
from feeapp.banking.models import BankLine
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment, Receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.cashier.voiding import Asked, approve, ask
from feeapp.core.money import Money
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.banking import arrive, own_account, upload
from tests.owing import owe
from tests.people import Cast
from tests.races.meeting import BROKEN, DONE, at_once, meet

LINE = "2026-01-05,09:06:23,88.00,,王伟,6222,3-2-501,R1"


def _count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_two_clerks_claim_one_line_for_two_households(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    [line_id] = arrive(cast, own_account(cast), LINE)
    meet(monkeypatch, (claiming, "find_claim"))
    by = cast.by("accountant")
    units = [cast.units["3-2-501"], cast.units["1-1-101"]]
    told = at_once(app, [lambda unit=unit: claiming.claim(by, line_id, unit) for unit in units])
    assert told == ["bank.taken", DONE]
    assert _count(Payment) == 1


@pytest.mark.broken_book
def test_without_the_guard_the_keys_of_the_database_still_stop_the_second(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real on PostgreSQL: both clerks see the line unclaimed. What stops one is a unique key."""
    [line_id] = arrive(cast, own_account(cast), LINE)
    meet(monkeypatch, (claiming, "find_claim"))
    monkeypatch.setattr(claiming, "_move", lambda by, line, deed: None)
    by = cast.by("accountant")
    units = [cast.units["3-2-501"], cast.units["1-1-101"]]
    told = at_once(app, [lambda unit=unit: claiming.claim(by, line_id, unit) for unit in units])
    stopped = {"postgresql": BROKEN, "sqlite": "cashier.key_used"}[db.engine.dialect.name]
    assert told == sorted([stopped, DONE])
    assert _count(Payment) == 1


def test_two_files_of_one_month_confirmed_at_once_count_a_line_once(app: Flask, cast: Cast) -> None:
    account = own_account(cast)
    files = [upload(cast, account, LINE), upload(cast, account, LINE)]
    by = cast.by("accountant")
    told = at_once(app, [lambda file_id=file_id: importing.confirm(by, file_id) for file_id in files])
    assert told == ["bank.nothing_new", DONE]
    assert _count(BankLine) == 1


def test_a_transfer_matched_and_taken_back_at_once_is_only_one_of_the_two(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "88")
    request = Request("a", cast.units["3-2-501"], (charge,), (Tender(Method.TRANSFER, Money.yuan(88), "R1"),), "王伟")
    taken = transaction(lambda: take_payment(cast.by("cashier"), request))
    payment_id = db.session.get_one(Receipt, (cast.community, taken.receipt_id)).payment_id
    asked = Asked("typed twice", (), "none was printed")
    void_id = transaction(lambda: ask(cast.by("cashier"), taken.receipt_id, asked))
    [line_id] = arrive(cast, own_account(cast), LINE)
    told = at_once(
        app,
        [
            lambda: claiming.match_counted(cast.by("accountant"), line_id, payment_id),
            lambda: approve(cast.by("manager"), void_id),
        ],
    )
    assert told in (["bank.matched", DONE], ["bank.not_same", DONE])
