"""Closing months: two persons, one after the other, nothing booked behind it, and opened again by two persons."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.actions import Source, post
from feeapp.ledger.closing import (
    ask_to_close,
    ask_to_reopen,
    closed_upto,
    confirm,
    last_closed,
    next_to_close,
    refuse,
    withdraw,
)
from feeapp.ledger.models import ClosingBalance
from feeapp.ledger.rules import INCOME_FEE, WAIVERS, Fund, credit, debit
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import Cast
from tests.races.meeting import at_once
from tests.rules.doctables import table
from tests.scene import sound_book

JANUARY, FEBRUARY = Period(2026, 1), Period(2026, 2)
MARCH = datetime(2026, 3, 2, 2, tzinfo=UTC)


def close(cast: Cast, period: Period = JANUARY, at: datetime = MARCH) -> int:
    asked = transaction(lambda: ask_to_close(cast.by("accountant", at), period))
    transaction(lambda: confirm(cast.by("manager", at), asked))
    return asked


def _post(cast: Cast, on: date, at: datetime = MARCH) -> int:
    lines = [debit(WAIVERS, Money(100)), credit(INCOME_FEE, Money(100))]
    return transaction(lambda: post(cast.by("accountant", at), Fund.OPERATIONS, "test", on, Source("test", 1), lines))


def _refused(deed: object) -> str:
    with pytest.raises(Refused) as refusal:
        transaction(deed)
    db.session.rollback()
    return refusal.value.code


def test_a_closed_month_takes_no_entry_and_the_next_does(app: Flask, cast: Cast) -> None:
    """The table of docs/rules/closing.md, with January closed on 2 March."""
    sound_book(cast)
    close(cast)
    assert closed_upto(cast.community) == date(2026, 1, 31)
    for day, answer in table("closing.md", "booked on", "while January 2026 is closed"):
        if answer == "refused":
            with pytest.raises(Refused) as refusal:
                _post(cast, date.fromisoformat(day))
            assert refusal.value.code == "ledger.closed", day
            db.session.rollback()
        else:
            assert _post(cast, date.fromisoformat(day)), day


def test_the_database_itself_keeps_entries_out_of_a_closed_month(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    close(cast)
    lines = sa.text(
        "INSERT INTO entry_lines (community_id, entry_id, line, fund, account, debit, credit) VALUES "
        "(:community, 7, 1, 'OP', '6601', 100, 0), (:community, 7, 2, 'OP', '6001', 0, 100)"
    )
    entry = sa.text(
        "INSERT INTO entries (community_id, id, fund, kind, happened_on, posted_at, source_kind, source_id, total) "
        "VALUES (:community, 7, 'OP', 'test', '2026-01-31', '2026-03-02T00:00:00Z', 'test', 1, 100)"
    )

    def past_the_actions() -> None:
        db.session.execute(lines, {"community": cast.community})
        db.session.execute(entry, {"community": cast.community})

    with pytest.raises(sa.exc.DBAPIError, match="closed on this day"):
        transaction(past_the_actions)
    db.session.rollback()


def test_months_are_closed_one_after_the_other_once_they_are_over(app: Flask, cast: Cast) -> None:
    by = cast.by("accountant", MARCH)
    assert _refused(lambda: ask_to_close(by, JANUARY)) == "ledger.nothing_to_close"
    sound_book(cast)
    assert next_to_close(cast.community) == JANUARY
    assert _refused(lambda: ask_to_close(by, FEBRUARY)) == "ledger.not_its_turn"
    too_soon = cast.by("accountant", datetime(2026, 1, 31, 15, 59, tzinfo=UTC))
    assert _refused(lambda: ask_to_close(too_soon, JANUARY)) == "ledger.not_over"
    close(cast)
    assert _refused(lambda: ask_to_close(by, JANUARY)) == "ledger.not_its_turn"
    close(cast, FEBRUARY)
    assert _refused(lambda: ask_to_close(by, Period(2026, 3))) == "ledger.not_over"


def test_it_takes_a_second_person_and_one_request_at_a_time(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    by, manager = cast.by("accountant", MARCH), cast.by("manager", MARCH)
    asked = transaction(lambda: ask_to_close(by, JANUARY))
    assert _refused(lambda: ask_to_close(by, JANUARY)) == "ledger.asked"
    assert _refused(lambda: confirm(by, asked)) == "ledger.second_person"
    assert _refused(lambda: refuse(by, asked, "no")) == "ledger.second_person"
    assert _refused(lambda: withdraw(manager, asked)) == "ledger.not_yours"
    assert closed_upto(cast.community) is None
    transaction(lambda: refuse(manager, asked, "the statement of the 31st is missing"))
    assert _refused(lambda: confirm(manager, asked)) == "ledger.decided"
    again = transaction(lambda: ask_to_close(by, JANUARY))
    transaction(lambda: withdraw(by, again))
    close(cast)
    with pytest.raises(NotFound):
        transaction(lambda: confirm(By(cast.neighbour, cast.users["outsider"], MARCH), asked))
    db.session.rollback()


def test_the_last_month_is_opened_again_by_two_persons_with_a_reason(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    close(cast)
    close(cast, FEBRUARY)
    by, manager = cast.by("accountant", MARCH), cast.by("manager", MARCH)
    assert _refused(lambda: ask_to_reopen(by, JANUARY, "x")) == "ledger.not_last"
    asked = transaction(lambda: ask_to_reopen(by, FEBRUARY, "a statement came late"))
    assert _refused(lambda: confirm(by, asked)) == "ledger.second_person"
    transaction(lambda: confirm(manager, asked))
    assert (last_closed(cast.community), next_to_close(cast.community)) == (JANUARY, FEBRUARY)
    _post(cast, date(2026, 2, 10))
    close(cast, FEBRUARY, datetime(2026, 3, 3, 2, tzinfo=UTC))
    asked = transaction(lambda: ask_to_reopen(by, FEBRUARY, "once more"))
    transaction(lambda: confirm(manager, asked))
    asked = transaction(lambda: ask_to_reopen(by, JANUARY, "and further"))
    transaction(lambda: confirm(manager, asked))
    assert (last_closed(cast.community), next_to_close(cast.community)) == (None, JANUARY)
    _post(cast, date(2026, 1, 10))


def test_what_stood_on_every_account_is_kept(app: Flask, cast: Cast) -> None:
    """410.00 billed, 160.00 in cash and 60.00 at the bank, 40.00 and 150.00 still owed."""
    sound_book(cast)
    closing_id = close(cast)
    kept = db.session.execute(
        sa.select(ClosingBalance.account, ClosingBalance.balance).filter_by(closing_id=closing_id)
    ).all()
    assert {account: str(balance) for account, balance in kept} == {
        "1001": "160.00", "1002": "60.00", "1122.01": "40.00", "1122.03": "150.00", "6001": "-260.00",
        "6002": "-150.00",
    }  # fmt: skip


def test_two_who_confirm_at_once_close_once(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    asked = transaction(lambda: ask_to_close(cast.by("accountant", MARCH), JANUARY))
    manager = cast.by("manager", MARCH)
    assert at_once(app, [lambda: confirm(manager, asked)] * 2) == ["done", "ledger.decided"]


def test_the_neighbour_books_on(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    close(cast)
    assert closed_upto(cast.neighbour) is None
