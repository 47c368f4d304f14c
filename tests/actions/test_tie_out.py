"""The tie-out: the worked months of docs/rules/tie-out.md, its lines, and that it can fail."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from feeapp.billing.amending import Raising, raise_charges
from feeapp.billing.offsets import apply_wallets, release
from feeapp.billing.reducing import Less, reduce_charges
from feeapp.billing.rules import AddedKind, ReductionKind
from feeapp.cashier.voiding import Asked, approve, ask
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.ledger.actions import Source
from feeapp.ledger.rules import RECEIVABLE_FEE
from feeapp.printing.receipt import ALL_PARTS
from feeapp.reports.tie_out import Figure, TieOut, Wanted, list_lines, sum_lines, tie_out
from feeapp.storage.transaction import transaction
from tests.breaking import run_sql
from tests.people import Cast
from tests.rules.doctables import table
from tests.scene import Scene, sound_book

MONTHS = table(
    "tie-out.md", "month", "of", "owed before", "billed", "reduced", "collected", "prepaid used", "put back",
    "owed after",
)  # fmt: skip


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 2, tzinfo=UTC)


def four_months(cast: Cast) -> Scene:
    """January to April of docs/rules/tie-out.md."""
    scene = sound_book(cast)
    source = Source("charge", scene.charges["open"])
    waived = Less(scene.charges["open"], "OP", RECEIVABLE_FEE, ReductionKind.WAIVED, Money.yuan(10), "goodwill", source)
    transaction(lambda: reduce_charges(cast.by("accountant", _at(2, 3)), [waived], "billing.reduced", source))
    transaction(lambda: release(cast.by("accountant", _at(2, 4)), scene.charges["a"], Money.yuan(30), source))
    transaction(lambda: apply_wallets(cast.by("accountant", _at(2, 5)), [cast.units["3-2-501"]], None))
    more = Raising(
        AddedKind.RECKONED, cast.units["3-2-502"], scene.item("FEE"), Period(2026, 1), cast.parties["zhang"],
        date(2026, 3, 31), Money.yuan(25), "area", scene.charges["open"],
    )  # fmt: skip
    transaction(lambda: raise_charges(cast.by("accountant", _at(3, 2)), [more], "corrections.approve", source))
    receipt_id = scene.receipts["b"].id
    void_id = transaction(lambda: ask(cast.by("cashier", _at(4, 1)), receipt_id, Asked("收错", ALL_PARTS)))
    transaction(lambda: approve(cast.by("manager", _at(4, 1)), void_id))
    return scene


def _tied(cast: Cast, month: str) -> TieOut:
    period = Period.read(month)
    return tie_out(cast.community, Wanted(period, period))


def test_the_worked_months(app: Flask, cast: Cast) -> None:
    scene = four_months(cast)
    for month, of, *figures in MONTHS:
        found = _tied(cast, month)
        sums = found.whole if of == "all" else found.by_item[scene.item(of)]
        assert [str(amount) for amount in sums.of.values()] == figures, (month, of)
        assert found.holds, month


def test_months_together_and_months_apart_come_to_the_same(app: Flask, cast: Cast) -> None:
    four_months(cast)
    whole = tie_out(cast.community, Wanted(Period(2026, 1), Period(2026, 4))).whole.of
    apart = [_tied(cast, f"2026-0{month}").whole.of for month in (1, 2, 3, 4)]
    assert whole[Figure.OPENING] == apart[0][Figure.OPENING]
    assert whole[Figure.CLOSING] == apart[3][Figure.CLOSING]
    for figure in (Figure.BILLED, Figure.REDUCED, Figure.COLLECTED, Figure.USED, Figure.RETURNED):
        assert whole[figure].fen == sum(each[figure].fen for each in apart)


def test_each_figure_is_the_sum_of_its_lines_for_every_item_and_building(app: Flask, cast: Cast) -> None:
    four_months(cast)
    for month in (Period(2025, 12), Period(2026, 1), Period(2026, 2), Period(2026, 3), Period(2026, 4)):
        found = tie_out(cast.community, Wanted(month, month))
        narrowings = [(None, None, found.whole)]
        narrowings += [(key, None, sums) for key, sums in found.by_item.items()]
        narrowings += [(None, key, sums) for key, sums in found.by_building.items()]
        for item_id, building_id, sums in narrowings:
            wanted = Wanted(month, month, item_id, building_id)
            for figure, amount in sums.of.items():
                lines = list_lines(cast.community, wanted, figure, None)
                assert sum(line.amount.fen for line in lines.items) == amount.fen, (month, figure)
                assert sum_lines(cast.community, wanted, figure) == amount
                assert len(lines.items) == lines.total
            assert tie_out(cast.community, wanted).whole.of == sums.of


def test_the_charges_stand_beside_the_accounts_of_the_book(app: Flask, cast: Cast) -> None:
    four_months(cast)
    beside = {each.account.code: each for each in _tied(cast, "2026-02").accounts}
    fee = beside["1122.01"]
    assert (str(fee.book_before), str(fee.owed_before)) == ("40.00", "40.00")
    assert (str(fee.book_after), str(fee.owed_after)) == ("30.00", "30.00")
    assert beside["1122.03"].holds


@pytest.mark.broken_book
def test_what_was_paid_past_the_lines_breaks_the_equation(app: Flask, cast: Cast) -> None:
    scene = four_months(cast)
    run_sql("UPDATE charges SET settled = settled - 100 WHERE id = :id", id=scene.charges["c"])
    found = _tied(cast, "2026-03")
    assert not found.whole.holds
    assert not found.holds
    assert found.by_item[scene.item("PARK")].holds


@pytest.mark.broken_book
def test_a_book_that_says_otherwise_is_seen(app: Flask, cast: Cast) -> None:
    four_months(cast)
    run_sql("UPDATE entry_lines SET debit = debit + 100 WHERE account = '1122.03' AND debit > 0")
    found = _tied(cast, "2026-03")
    assert found.whole.holds
    assert [each.account.code for each in found.accounts if not each.holds] == ["1122.03"]


def test_the_neighbour_has_no_part_in_it(app: Flask, cast: Cast) -> None:
    four_months(cast)
    found = tie_out(cast.neighbour, Wanted(Period(2026, 1), Period(2026, 3)))
    assert found.whole.empty
    assert not found.by_item
