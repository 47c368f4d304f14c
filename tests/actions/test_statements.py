"""Statements of account: every source of lines, per debtor, and what the lines must add up to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.amending import Lowering, lower
from feeapp.billing.offsets import apply_wallets, release
from feeapp.billing.rules import ReductionKind
from feeapp.core.money import Money
from feeapp.ledger.actions import Source
from feeapp.registry.models import Ownership
from feeapp.statements.queries import get_household, list_households, open_books
from feeapp.statements.rules import Days, Kind, years_of
from feeapp.statements.wording import said
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.breaking import past_the_guards
from tests.holding import give
from tests.owing import owe
from tests.people import AT, Cast
from tests.plants.bills import _run
from tests.scene import Scene, sound_book

TODAY = date(2026, 1, 21)
EVER = Days(date(2000, 1, 1), date(2199, 12, 31))


def _books(cast: Cast, code: str = "3-2-501", key: int = 0, wide: bool = True):
    household = get_household(cast.community, cast.units[code], key, TODAY)
    return open_books(cast.community, cast.units[code], household, wide)


def test_every_payment_stands_with_its_receipt_and_the_balance_runs(app: Flask, cast: Cast) -> None:
    scene = sound_book(cast)
    statement = _books(cast, wide=False).statement(EVER)
    told = [(row.line.kind, str(row.line.change), str(row.balance), row.line.number) for row in statement.rows]
    label = {name: receipt.label for name, receipt in scene.receipts.items()}
    assert told == [
        (Kind.CHARGE, "100.00", "100.00", ""),
        (Kind.CHARGE, "60.00", "160.00", ""),
        (Kind.PAYMENT, "-100.00", "60.00", label["a"]),
        *[(Kind.PAYMENT, "-60.00", f"{left}.00", label[name]) for left, name in ((0, "b"), (-60, "c"))],
        (Kind.CHARGE, "60.00", "0.00", ""),
    ]
    assert (str(statement.charged), str(statement.paid), str(statement.closing)) == ("220.00", "220.00", "0.00")
    assert statement.holds


def test_days_in_between_begin_with_what_was_owed_before(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    books = _books(cast, wide=False)
    days = Days(date(2025, 12, 1), date(2026, 1, 20))
    statement = books.statement(days)
    assert (str(statement.opening), str(statement.paid), str(statement.closing)) == ("100.00", "100.00", "60.00")
    last_year = books.statement(years_of(TODAY, books.lines)["last"])
    assert (str(last_year.paid), str(last_year.closing)) == ("0.00", "160.00")


def test_a_household_takes_in_all_that_is_theirs(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    assert str(_books(cast, wide=False).statement(EVER).closing) == "0.00"
    wide = _books(cast).statement(EVER)
    assert str(wide.closing) == "190.00"
    assert wide.holds


@pytest.mark.parametrize(
    ("kind", "chinese", "english"),
    [
        (ReductionKind.VACANCY, "减免（空置）", "Reduced (Vacancy)"),
        (ReductionKind.CORRECTED, "减免（账单有误，更正）", "Reduced (Charge was wrong)"),
        (ReductionKind.WAIVED, "减免（优惠减免）", "Reduced (Waived as goodwill)"),
    ],
)
def test_a_reduction_says_of_what_kind_it_was(
    app: Flask, cast: Cast, kind: ReductionKind, chinese: str, english: str
) -> None:
    charge, by = owe(cast, "1-1-101", "2025-12", "58.50"), cast.by("manager")
    off = [Lowering(charge, Money.yuan("8.50"), kind, "第 7 号")]
    transaction(lambda: lower(by, off, "test.lower", Source("test", 1)))
    statement = _books(cast, "1-1-101").statement(EVER)
    (line,) = [row.line for row in statement.rows if row.line.kind is Kind.REDUCTION]
    assert said(line, "zh", units=False) == f"2025年12月 物业费 {chinese} 第 7 号"
    assert said(line, "en", units=False) == f"2025-12 Property fee {english} 第 7 号"
    assert (str(statement.reduced), statement.holds) == ("8.50", True)


def test_held_money_is_taken_off_and_used_without_counting_twice(app: Flask, cast: Cast) -> None:
    by, unit = cast.by("cashier"), cast.units["1-1-101"]
    charge = owe(cast, "1-1-101", "2025-12", "58.50")
    give(cast, "1-1-101", "100", "ouyang")
    assert str(_books(cast, "1-1-101").statement(EVER).closing) == "-41.50"
    transaction(lambda: apply_wallets(by, [unit], None))
    used = _books(cast, "1-1-101").statement(EVER)
    assert (str(used.closing), str(used.reduced), used.holds) == ("-41.50", "100.00", True)
    assert [(row.line.kind, str(row.line.moved)) for row in used.rows][-1] == (Kind.USED, "58.50")
    transaction(lambda: release(by, charge, Money.yuan(20), Source("charge", charge)))
    assert str(_books(cast, "1-1-101").statement(EVER).closing) == "-41.50"
    assert _books(cast, "1-1-101").statement(EVER).holds


def test_a_former_owners_debt_stays_on_an_account_of_its_own(app: Flask, cast: Cast) -> None:
    owe(cast, "1-1-101", "2025-12", "58.50")
    unit = cast.units["1-1-101"]

    def sold() -> None:
        held = sa.update(Ownership).where(Ownership.community_id == cast.community, Ownership.unit_id == unit)
        db.session.execute(held.values(to_on=date(2026, 1, 1)))
        db.session.add(
            Ownership(
                community_id=cast.community, unit_id=unit, party_id=cast.parties["li"], position=1,
                from_on=date(2026, 1, 1), share="",
            )
        )  # fmt: skip

    transaction(sold)
    households = list_households(cast.community, unit, TODAY)
    assert [(each.key, each.parties[0].name) for each in households] == [
        (0, "李娜"),
        (cast.parties["ouyang"], "欧阳志远"),
    ]
    assert str(_books(cast, "1-1-101", wide=False).statement(EVER).closing) == "0.00"
    assert str(_books(cast, "1-1-101", cast.parties["ouyang"]).statement(EVER).closing) == "58.50"


@pytest.mark.broken_book
def test_lines_that_do_not_agree_with_the_charges_are_found_out(app: Flask, cast: Cast) -> None:
    scene: Scene = sound_book(cast)
    with past_the_guards() as connection:
        connection.exec_driver_sql(f"UPDATE charges SET settled = settled - 100 WHERE id = {scene.charges['a']}")
    assert not _books(cast).statement(EVER).holds


def test_a_billed_month_stands_on_the_day_it_was_billed(app: Flask, cast: Cast) -> None:
    """Billed and paid before it falls due: never a payment without what it pays for."""
    _run(sound_book(cast))
    books = _books(cast, "1-1-101")
    (line,) = books.lines
    assert (line.on, str(line.charged)) == (AT.date(), "58.50")
    assert books.statement(Days(line.on, line.on + timedelta(days=1))).holds
