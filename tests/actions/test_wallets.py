"""Money held for households: put in, drawn out, never below zero, and always what the book says.

Cash that no payment brought is a fault to the check of money accounts (D1), and to that one alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from feeapp import create_app
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.actions import Source, post
from feeapp.ledger.models import Account
from feeapp.ledger.rules import CASH, PREPAYMENTS, Fund, credit, debit
from feeapp.storage.db import MIGRATIONS, db
from feeapp.storage.transaction import transaction
from feeapp.wallets.actions import Drawing, Holder, Putting, draw, draw_all, put, put_all
from feeapp.wallets.models import Wallet
from feeapp.wallets.queries import balances, get_wallet, gift_in, list_moves, list_wallets
from feeapp.wallets.rules import MoveKind
from tests.databases import environment
from tests.owing import ITEMS, owe
from tests.people import AT, Cast

SOURCE = Source("test", 1)


def holder(cast: Cast, unit: str = "3-2-501", item_id: int | None = None) -> Holder:
    return Holder(cast.units[unit], cast.parties["zhang"], "OP", item_id)


def pay_in(cast: Cast, whose: Holder, yuan: str, kind: MoveKind = MoveKind.PREPAID) -> int:
    """Money over the counter into a wallet; returns the wallet's id."""

    def deed() -> int:
        amount, by = Money.yuan(yuan), cast.by("cashier")
        entry = post(by, Fund.OPERATIONS, "test", AT.date(), SOURCE, [debit(CASH, amount), credit(PREPAYMENTS, amount)])
        return put(by, whose, amount, kind, SOURCE, entry)

    return transaction(deed)


def pay_out(cast: Cast, drawings: list[Drawing], kind: MoveKind = MoveKind.REFUNDED) -> None:
    """Money out of wallets over the counter."""

    def deed() -> None:
        amount, by = Money(sum(one.amount.fen for one in drawings)), cast.by("cashier")
        entry = post(by, Fund.OPERATIONS, "test", AT.date(), SOURCE, [debit(PREPAYMENTS, amount), credit(CASH, amount)])
        draw_all(by, drawings, kind, SOURCE, entry)

    transaction(deed)


@pytest.mark.broken_book
def test_money_put_in_twice_is_in_one_wallet(app: Flask, cast: Cast) -> None:
    first, second = pay_in(cast, holder(cast), "100.00"), pay_in(cast, holder(cast), "20.50")
    assert first == second
    assert balances(cast.community, [cast.units["3-2-501"], cast.units["G07"]]) == {
        cast.units["3-2-501"]: Money.yuan("120.50")
    }
    assert [move.amount for move in list_moves(cast.community, [first])] == [Money.yuan("100.00"), Money.yuan("20.50")]


@pytest.mark.broken_book
def test_what_is_kept_for_an_item_is_apart_from_what_is_for_any(app: Flask, cast: Cast) -> None:
    owe(cast, "G07", "2026-01", "150.00", "PARK")
    assert "PARK" in ITEMS
    item_id = db.session.scalar(sa.text("SELECT id FROM charge_items WHERE code = 'PARK'"))
    general, parking = pay_in(cast, holder(cast), "1"), pay_in(cast, holder(cast, item_id=item_id), "2")
    assert general != parking
    assert [wallet.id for wallet in list_wallets(cast.community, [cast.units["3-2-501"]])] == [parking, general]
    other = pay_in(cast, holder(cast, "3-2-502"), "3")
    assert other not in (general, parking)


@pytest.mark.broken_book
def test_more_than_a_wallet_holds_is_refused_and_nothing_moves(app: Flask, cast: Cast) -> None:
    first, second = pay_in(cast, holder(cast), "10"), pay_in(cast, holder(cast, "3-2-502"), "5")
    with pytest.raises(Refused, match="not so much prepaid money"):
        pay_out(cast, [Drawing(first, Money.yuan(10)), Drawing(second, Money.yuan("5.01"))])
    assert (get_wallet(cast.community, first).balance, get_wallet(cast.community, second).balance) == (
        Money.yuan(10),
        Money.yuan(5),
    )
    pay_out(cast, [Drawing(first, Money.yuan(10)), Drawing(second, Money.yuan(5))])
    assert balances(cast.community, [cast.units["3-2-501"], cast.units["3-2-502"]]) == {}
    assert get_wallet(cast.community, first).balance == ZERO


@pytest.mark.broken_book
def test_a_gift_is_what_is_left_last(app: Flask, cast: Cast) -> None:
    """1100.00 paid and 100.00 given; bills take 1150.00, so the 50.00 that are left are all gift."""
    wallet_id = pay_in(cast, holder(cast), "1100")
    pay_in(cast, holder(cast), "100", MoveKind.GIFT)
    assert gift_in(get_wallet(cast.community, wallet_id)) == Money.yuan(100)
    pay_out(cast, [Drawing(wallet_id, Money.yuan(1150))], MoveKind.APPLIED)
    assert gift_in(get_wallet(cast.community, wallet_id)) == Money.yuan(50)
    pay_out(cast, [Drawing(wallet_id, Money.yuan(50))], MoveKind.GIFT)
    assert gift_in(get_wallet(cast.community, wallet_id)) == ZERO


@pytest.mark.parametrize(("fen", "kind"), [(0, MoveKind.PREPAID), (-1, MoveKind.PREPAID), (1, MoveKind.APPLIED)])
def test_only_money_comes_in_and_only_as_what_comes_in(site: Flask, cast: Cast, fen: int, kind: MoveKind) -> None:
    with pytest.raises(ValueError, match="not put"):
        put(cast.by("cashier"), holder(cast), Money(fen), kind, SOURCE, 1)


def test_only_money_goes_out_and_from_a_wallet_once(site: Flask, cast: Cast) -> None:
    by = cast.by("cashier")
    for amount, kind in ((ZERO, MoveKind.APPLIED), (Money(1), MoveKind.PREPAID)):
        with pytest.raises(ValueError, match="not drawn"):
            draw(by, 1, amount, kind, SOURCE, 1)
    with pytest.raises(ValueError, match="twice"):
        draw_all(by, [Drawing(1, Money(1)), Drawing(1, Money(1))], MoveKind.APPLIED, SOURCE, 1)
    draw_all(by, [], MoveKind.APPLIED, SOURCE, 1)


@pytest.mark.broken_book
def test_a_wallet_of_another_community_is_not_found(site: Flask, cast: Cast) -> None:
    wallet_id = pay_in(cast, holder(cast), "1")
    with pytest.raises(NotFound):
        get_wallet(cast.neighbour, wallet_id)
    assert list_wallets(cast.neighbour, [cast.units["3-2-501"]]) == []


def test_the_database_refuses_a_balance_below_zero_and_keeps_moves(app: Flask, cast: Cast) -> None:
    statement = sa.insert(Wallet.__table__).values(
        community_id=cast.community, id=1, unit_id=cast.units["G07"], party_id=cast.parties["zhang"], fund="OP",
        item_id=None, balance=Money(-1),
    )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError):
        transaction(lambda: db.session.execute(statement))


def test_every_fund_of_every_community_has_the_account(app: Flask, cast: Cast) -> None:
    held = db.session.execute(sa.select(Account.community_id, Account.fund).where(Account.code == PREPAYMENTS)).all()
    assert sorted(held) == sorted((each, fund.value) for each in (cast.community, cast.neighbour) for fund in Fund)


def test_a_community_founded_before_wallets_gets_the_account(tmp_path: Path) -> None:
    app = create_app(environment(f"sqlite:///{tmp_path}/old.sqlite", tmp_path))
    with app.app_context():
        upgrade(directory=str(MIGRATIONS), revision="0001")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO communities (id, code, name, address, operator, phone, how_to_pay, created_at) "
                "VALUES (1, 'OLD', '老小区', '', '物业', '', '', '2026-01-01T00:00:00.000000Z')"
            )
        upgrade(directory=str(MIGRATIONS))
        found = db.session.execute(sa.select(Account.community_id, Account.fund).filter_by(code=PREPAYMENTS)).all()
        assert sorted(found) == sorted((1, fund.value) for fund in Fund)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.broken_book
def test_money_is_put_into_many_wallets_at_once(app: Flask, cast: Cast) -> None:
    """One that stands, one that is opened, and one that is named twice."""
    stands, opened = holder(cast), holder(cast, "3-2-502")
    first = pay_in(cast, stands, "10")
    by = cast.by("cashier")

    def deed(*yuan: str) -> list[int]:
        whose = (stands, opened, opened)
        sums = [Money.yuan(each) for each in yuan]
        amount = Money(sum(each.fen for each in sums))
        lines = [debit(CASH, amount), credit(PREPAYMENTS, amount)]
        entry = post(by, Fund.OPERATIONS, "test", AT.date(), SOURCE, lines)
        puttings = [
            Putting(one, part, Source("test", at)) for at, (one, part) in enumerate(zip(whose, sums, strict=True))
        ]
        return put_all(by, puttings, MoveKind.RELEASED, entry)

    wallets = transaction(lambda: deed("1", "2", "3"))
    assert wallets[0] == first
    assert wallets[1] == wallets[2] != first
    balances_now = [str(get_wallet(cast.community, each).balance) for each in wallets[:2]]
    assert balances_now == ["11.00", "5.00"]
    assert [str(move.amount) for move in list_moves(cast.community, [wallets[1]])] == ["2.00", "3.00"]
    with pytest.raises(ValueError, match="not above zero"):
        transaction(lambda: deed("1", "-1", "3"))
