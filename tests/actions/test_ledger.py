"""The book: what the database itself refuses, what a reversal does, and what its looks come to."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.ledger.actions import Source, post, reverse
from feeapp.ledger.queries import Days, find_reversal, get_entry, list_entry_lines, list_lines, trial_balance
from feeapp.ledger.rules import INCOME_FEE, INCOME_PARKING, WAIVERS, Fund, credit, debit
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.web.paging import SIZE
from tests.people import Cast

LINE = (
    "INSERT INTO entry_lines (community_id, entry_id, line, fund, account, debit, credit) "
    "VALUES (:community, 7, :line, 'OP', :account, :debit, :credit)"
)
ENTRY = (
    "INSERT INTO entries (community_id, id, fund, kind, happened_on, posted_at, source_kind, source_id, total) "
    "VALUES (:community, 7, 'OP', 'test', '2026-01-20', '2026-01-20T00:00:00Z', 'test', 1, :total)"
)


def _write(cast: Cast, sides: list[tuple[int, int]], total: int) -> None:
    """Past every action, straight into the tables: the lines as (debit, credit) in fen, then the entry."""

    def deed() -> None:
        for number, (left, right) in enumerate(sides, start=1):
            line = {"community": cast.community, "line": number, "account": WAIVERS, "debit": left, "credit": right}
            db.session.execute(sa.text(LINE), line)
        db.session.execute(sa.text(ENTRY), {"community": cast.community, "total": total})

    transaction(deed)


def _entries() -> int:
    return db.session.execute(sa.text("SELECT COUNT(*) FROM entries")).scalar_one()


@pytest.mark.parametrize(
    ("sides", "total"),
    [
        ([(100, 0), (0, 90)], 100),
        ([(100, 0), (0, 100)], 90),
        ([(100, 0)], 100),
        ([], 100),
    ],
    ids=["unbalanced", "of another total", "with one line", "empty"],
)
def test_the_database_refuses_an_entry(app: Flask, cast: Cast, sides: list[tuple[int, int]], total: int) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="come to its total on both sides"):
        _write(cast, sides, total)
    db.session.rollback()
    assert _entries() == 0


def test_the_database_takes_a_sound_entry_and_then_no_more_lines(app: Flask, cast: Cast) -> None:
    _write(cast, [(100, 0), (0, 60), (0, 40)], 100)
    late = {"community": cast.community, "line": 4, "account": WAIVERS, "debit": 5, "credit": 0}
    with pytest.raises(sa.exc.DBAPIError, match="takes no more lines"):
        transaction(lambda: db.session.execute(sa.text(LINE), late))
    db.session.rollback()
    assert _entries() == 1


def test_lines_without_their_entry_are_not_kept(app: Flask, cast: Cast) -> None:
    line = {"community": cast.community, "line": 1, "account": WAIVERS, "debit": 5, "credit": 0}
    with pytest.raises(sa.exc.IntegrityError):
        transaction(lambda: db.session.execute(sa.text(LINE), line))


def _post(cast: Cast, yuan: str, on: date, income: str = INCOME_FEE) -> int:
    lines = [debit(WAIVERS, Money.yuan(yuan)), credit(income, Money.yuan(yuan))]
    by = cast.by("accountant")
    return transaction(lambda: post(by, Fund.OPERATIONS, "billing.run", on, Source("test", 1), lines))


def test_a_reversal_is_the_mirror_image_and_points_back(app: Flask, cast: Cast) -> None:
    first = _post(cast, "58.50", date(2026, 1, 5))
    by = cast.by("accountant")
    second = transaction(lambda: reverse(by, first, "billing.run", date(2026, 1, 6), Source("test", 1)))
    mirror = get_entry(cast.community, second)
    assert [(line.account, line.debit, line.credit) for line in list_entry_lines(mirror)] == [
        (WAIVERS, Money(0), Money.yuan("58.50")),
        (INCOME_FEE, Money.yuan("58.50"), Money(0)),
    ]
    found = find_reversal(get_entry(cast.community, first))
    assert (mirror.reverses_id, found and found.id) == (first, second)


def test_a_trial_balance_of_some_days_begins_with_what_stood_before(app: Flask, cast: Cast) -> None:
    """100.00 in December, 20.00 + 5.00 in January, 7.00 in February: January goes from 100.00 to 125.00."""
    _post(cast, "100", date(2025, 12, 31))
    _post(cast, "20", date(2026, 1, 1))
    _post(cast, "5", date(2026, 1, 31), INCOME_PARKING)
    _post(cast, "7", date(2026, 2, 1))
    january = trial_balance(cast.community, Fund.OPERATIONS, Days(date(2026, 1, 1), date(2026, 1, 31)))
    rows = {row.account.code: (row.before, row.debit, row.credit, row.balance) for row in january.rows}
    nothing = Money(0)
    assert rows == {
        INCOME_FEE: (Money.yuan(100), nothing, Money.yuan(20), Money.yuan(120)),
        INCOME_PARKING: (nothing, nothing, Money.yuan(5), Money.yuan(5)),
        WAIVERS: (Money.yuan(100), Money.yuan(25), nothing, Money.yuan(125)),
    }
    assert (january.debit, january.credit, january.difference) == (Money.yuan(25), Money.yuan(25), nothing)
    whole = trial_balance(cast.community, Fund.OPERATIONS, Days())
    assert (whole.debit, whole.credit) == (Money.yuan(132), Money.yuan(132))
    assert trial_balance(cast.community, Fund.RENOVATION, Days()).rows == []
    assert trial_balance(cast.neighbour, Fund.OPERATIONS, Days()).rows == []


def test_the_balance_runs_on_over_the_pages_of_an_account(app: Flask, cast: Cast) -> None:
    """52 lines of 1.00 on the first day, and one of 5.00 a day later: page two goes from 50.00 to 57.00."""
    for _ in range(SIZE + 2):
        _post(cast, "1", date(2026, 1, 5))
    last = _post(cast, "5", date(2026, 1, 6))
    pages = [list_lines(cast.community, Fund.OPERATIONS, INCOME_FEE, Days(), number) for number in (1, 2)]
    assert [page.forward for page in pages] == [Money(0), Money.yuan(50)]
    assert [line.balance for line in pages[1].page.items] == [Money.yuan(51), Money.yuan(52), Money.yuan(57)]
    assert (pages[1].balance, pages[1].page.total) == (Money.yuan(57), 53)
    ending = pages[1].page.items[-1]
    assert (ending.entry_id, ending.credit, ending.against) == (last, Money.yuan(5), (WAIVERS,))
    second_day = list_lines(cast.community, Fund.OPERATIONS, INCOME_FEE, Days(from_on=date(2026, 1, 6)), None)
    assert (second_day.forward, [line.balance for line in second_day.page.items]) == (
        Money.yuan(52),
        [Money.yuan(57)],
    )


def test_an_account_that_the_fund_does_not_have_is_not_found(app: Flask, cast: Cast) -> None:
    with pytest.raises(NotFound):
        list_lines(cast.community, Fund.RENOVATION, INCOME_FEE, Days(), 1)
    with pytest.raises(NotFound):
        get_entry(cast.neighbour, _post(cast, "1", date(2026, 1, 5)))
