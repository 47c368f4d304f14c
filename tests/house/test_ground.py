"""The ground floor keeps its promises on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post
from feeapp.ledger.models import Entry, EntryLine
from feeapp.ledger.rules import CASH, INCOME_FEE, RECEIVABLE_FEE, WAIVERS, Fund, credit, debit
from feeapp.storage.columns import Fen
from feeapp.storage.counters import take_number
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast


def _book(cast: Cast, fen: int = 5624) -> int:
    lines = [debit(WAIVERS, Money(fen)), credit(INCOME_FEE, Money(fen))]
    by = cast.by("accountant")
    return transaction(lambda: post(by, Fund.OPERATIONS, "billing.run", AT.date(), Source("test", 1), lines))


def test_an_entry_reads_back_as_it_was_booked(app: Flask, cast: Cast) -> None:
    entry = db.session.get_one(Entry, (cast.community, _book(cast)))
    assert (entry.total, entry.posted_at, entry.fund) == (Money(5624), AT, "OP")


@pytest.mark.parametrize(
    "statement", ["UPDATE entries SET total = 1", "DELETE FROM entries", "DELETE FROM entry_lines"]
)
def test_the_database_refuses_to_change_or_delete_what_is_booked(app: Flask, cast: Cast, statement: str) -> None:
    _book(cast)
    with pytest.raises(sa.exc.DBAPIError, match="kept for ever"):
        db.session.execute(sa.text(statement))


def test_a_number_taken_by_a_deed_that_fails_is_given_out_again(app: Flask, cast: Cast) -> None:
    def fails() -> None:
        take_number(cast.community, "receipt/OP/2026")
        raise RuntimeError("the printer caught fire")

    assert transaction(lambda: take_number(cast.community, "receipt/OP/2026")) == 1
    with pytest.raises(RuntimeError):
        transaction(fails)
    assert transaction(lambda: take_number(cast.community, "receipt/OP/2026")) == 2


@pytest.mark.parametrize("wrong", [12, 1.5, "12", True])
def test_a_money_column_takes_nothing_but_money(wrong: object) -> None:
    with pytest.raises(TypeError):
        Fen().process_bind_param(wrong, sa.create_engine("sqlite://").dialect)


def test_a_number_that_is_not_whole_is_refused_by_the_table_itself(site: Flask, cast: Cast) -> None:
    _book(cast)
    with pytest.raises(sa.exc.DBAPIError, match="cannot store REAL"):
        db.session.execute(sa.text("INSERT INTO counters (community_id, name, value) VALUES (1, 'x', 1.5)"))


def test_an_account_of_another_fund_is_refused(app: Flask, cast: Cast) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(
            sa.insert(EntryLine.__table__).values(
                community_id=cast.community, entry_id=1, line=1, fund="MF", account=RECEIVABLE_FEE,
                debit=Money(1), credit=Money(0),
            )
        )  # fmt: skip
    assert CASH == "1001"
