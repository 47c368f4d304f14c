"""Prepaid money clears bills by itself, once, and comes back from them."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge, Offset
from feeapp.billing.offsets import apply_wallets, list_offsets, release
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.actions import Source
from feeapp.ledger.models import Entry, EntryLine
from feeapp.logbook.models import LogEntry
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.wallets.queries import get_wallet, list_moves
from feeapp.wallets.rules import MoveKind
from tests.actions.test_bill_runs import JANUARY, _bill, _price, fee
from tests.actions.test_payments import _cash, _request, _take
from tests.holding import give
from tests.owing import owe
from tests.people import Cast

__all__ = ["fee"]


def _settled(cast: Cast, charge_id: int) -> Money:
    return db.session.get_one(Charge, (cast.community, charge_id), populate_existing=True).settled


def _apply(cast: Cast, units: list[str] | None = None) -> Money:
    ids = None if units is None else [cast.units[unit] for unit in units]
    return transaction(lambda: apply_wallets(cast.by("accountant"), ids, None))


def _entry_lines(kind: str) -> list[tuple[str, Money, Money]]:
    found = db.session.execute(
        sa.select(EntryLine.account, EntryLine.debit, EntryLine.credit)
        .join(Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id))
        .where(Entry.kind == kind)
        .order_by(Entry.id, EntryLine.line)
    )
    return [tuple(row) for row in found]


def test_a_bill_run_uses_prepaid_money_of_the_units_it_bills(app: Flask, cast: Cast, fee: int) -> None:
    """86.53 m2 and 62.37 m2 at 0.65: 56.24 and 40.54; 100.00 and 30.00 are prepaid."""
    _price(cast, fee, "0.65", date(2026, 1, 1))
    rich, poor = give(cast, "3-2-501", "100", item_id=fee), give(cast, "3-2-502", "30")
    _bill(cast)
    charges = {charge.unit_id: charge for charge in db.session.scalars(sa.select(Charge))}
    first, second = charges[cast.units["3-2-501"]], charges[cast.units["3-2-502"]]
    assert (first.settled, second.settled) == (Money.yuan("56.24"), Money.yuan(30))
    assert get_wallet(cast.community, rich).balance == Money.yuan("43.76")
    assert get_wallet(cast.community, poor).balance == ZERO
    assert list_offsets(cast.community, [first.id, second.id]) == {
        first.id: Money.yuan("56.24"),
        second.id: Money.yuan(30),
    }
    assert _entry_lines("billing.offset") == [
        ("2203", Money.yuan("86.24"), ZERO),
        ("1122.01", ZERO, Money.yuan("86.24")),
    ]
    note = db.session.scalars(sa.select(LogEntry).filter_by(kind="billing.offset")).one()
    assert (note.facts["charges"], note.facts["total"]) == (2, 8624)


def test_only_the_month_that_is_billed_takes_prepaid_money(app: Flask, cast: Cast, fee: int) -> None:
    """Who left an older item open and paid ahead has said what the money is for (Civil Code art. 560)."""
    older = owe(cast, "3-2-501", "2025-12", "50", "PARK")
    give(cast, "3-2-501", "100")
    _price(cast, fee, "0.65", date(2026, 1, 1))
    _bill(cast, JANUARY)
    assert _settled(cast, older) == ZERO
    assert _apply(cast, ["3-2-501"]) == Money.yuan("43.76")
    assert _settled(cast, older) == Money.yuan("43.76")


def test_applying_again_changes_nothing(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "3-2-501", "50")
    assert (_apply(cast), _apply(cast)) == (Money.yuan(50), ZERO)
    assert _settled(cast, charge) == Money.yuan(50)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Offset)) == 1


def test_one_entry_has_the_receivable_of_each_item(app: Flask, cast: Cast) -> None:
    owe(cast, "G07", "2026-01", "150", "PARK")
    owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "G07", "200")
    give(cast, "3-2-501", "6.24")
    assert _apply(cast) == Money.yuan("156.24")
    assert _entry_lines("billing.offset") == [
        ("2203", Money.yuan("156.24"), ZERO),
        ("1122.01", ZERO, Money.yuan("6.24")),
        ("1122.03", ZERO, Money.yuan(150)),
    ]


def test_money_of_another_person_pays_nothing(app: Flask, cast: Cast) -> None:
    """Li Na is the second owner; the charge is in the first one's name."""
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    give(cast, "3-2-501", "50", party="li")
    give(cast, "3-2-502", "50")
    assert _apply(cast) == ZERO
    assert _settled(cast, charge) == ZERO


def test_released_money_goes_back_where_it_came_from_and_the_rest_to_the_debtor(app: Flask, cast: Cast) -> None:
    """A charge of 56.24, 20.00 of it cleared from the fee's wallet and 36.24 over the counter; 30.00 comes back."""
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    item = db.session.scalar(sa.text("SELECT id FROM charge_items WHERE code = 'FEE'"))
    wallet_id = give(cast, "3-2-501", "20", item_id=item)
    assert _apply(cast) == Money.yuan(20)
    _take(cast, _request(cast, [charge], _cash("36.24")))
    by = cast.by("accountant")
    transaction(lambda: release(by, charge, Money.yuan(30), Source("test", 7)))
    assert _settled(cast, charge) == Money.yuan("26.24")
    assert get_wallet(cast.community, wallet_id).balance == Money.yuan(20)
    [general] = db.session.scalars(sa.text("SELECT balance FROM wallets WHERE item_id IS NULL"))
    assert general == 1000
    assert list_moves(cast.community, [wallet_id])[-1].kind is MoveKind.RELEASED
    assert list_offsets(cast.community, [charge]) == {}
    assert _entry_lines("billing.release") == [
        ("1122.01", Money.yuan(30), ZERO),
        ("2203", ZERO, Money.yuan(30)),
    ]


def test_no_more_is_released_than_was_cleared(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    _take(cast, _request(cast, [charge], _cash("10")))
    by = cast.by("accountant")
    with pytest.raises(Refused, match="Not so much"):
        transaction(lambda: release(by, charge, Money.yuan("10.01"), Source("test", 7)))
    with pytest.raises(NotFound):
        transaction(lambda: release(by, 1, Money.yuan(1), Source("test", 7)))
    assert _settled(cast, charge) == Money.yuan(10)


def test_thousands_of_wallets_take_few_statements(site: Flask, cast: Cast) -> None:
    """As many statements for three units as for one: nothing is done wallet by wallet."""

    def statements(units: list[str]) -> int:
        asked = []
        sa.event.listen(db.engine, "before_cursor_execute", note := lambda *a: asked.append(a[2]))
        assert _apply(cast) == Money.yuan(len(units))
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    counts = []
    for units in (["3-2-501"], ["3-2-501", "3-2-502", "G07"]):
        for unit in units:
            owe(cast, unit, f"2025-0{len(units)}", "1")
            give(cast, unit, "1")
        counts.append(statements(units))
    assert counts[0] == counts[1]
