"""Late charges when money is taken: made in the payment's transaction, for days that no other payment charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.lateness import find_memo, list_memos, terms_of
from feeapp.billing.models import Charge
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.queries import list_charges
from feeapp.cashier.models import Payment, Receipt
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused
from feeapp.ledger.models import EntryLine
from feeapp.printing.receipt import from_json
from feeapp.registry.profile import SettlementPolicy
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import add_item
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.naming import ItemKind
from tests.holding import give
from tests.lateness import ask_for, late_charges, noon, pay
from tests.owing import owe
from tests.people import Cast

STATUTORY = SettlementPolicy.STATUTORY


def _memo(cast: Cast, charge: int, day: str) -> Money:
    found = find_memo(cast.community, charge, date.fromisoformat(day))
    return found.amount if found else ZERO


def _booked(cast: Cast, receipt: Receipt) -> list[tuple[str, Money, Money]]:
    entry = db.session.get_one(Payment, (cast.community, receipt.payment_id)).entry_id
    lines = db.session.query(EntryLine).filter_by(community_id=cast.community, entry_id=entry).order_by(EntryLine.line)
    return [(line.account, line.debit, line.credit) for line in lines]


def test_the_worked_example_paid_whole(app: Flask, cast: Cast) -> None:
    """674.88 due 2024-12-31, 0.03 % a day, paid on 2025-03-10 after 69 days: 13.97 (BL-14)."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    assert _memo(cast, charge, "2025-03-10") == Money.yuan("13.97")
    receipt = pay(cast, [charge], "688.85", "2025-03-10")
    assert _booked(cast, receipt) == [
        ("1001", Money.yuan("688.85"), ZERO),
        ("1122.01", ZERO, Money.yuan("674.88")),
        ("6003", ZERO, Money.yuan("13.97")),
    ]
    (late,) = late_charges(cast, charge)
    assert (late.from_on, late.until_on, late.amount, late.daily) == (
        date(2025, 1, 1),
        date(2025, 3, 11),
        Money.yuan("13.97"),
        "3/10000",
    )
    made = db.session.get_one(Charge, (cast.community, late.charge_id))
    assert (made.amount, made.settled, made.due_on) == (late.amount, late.amount, date(2025, 3, 10))
    paper = from_json(receipt.snapshot)
    assert [(line.item, line.period, line.quantity, line.price, line.amount) for line in paper.lines] == [
        ("物业费", "2024-12", "", "", Money.yuan("674.88")),
        ("物业费违约金", "2024-12", "69 天", "0.03%/天", Money.yuan("13.97")),
    ]
    assert _memo(cast, charge, "2025-06-30") == ZERO


def test_off_by_default_and_then_nothing_more_is_looked_at_than_the_settings(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    seen: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda _c, _k, sql, *_rest: seen.append(sql))
    receipt = pay(cast, [charge], "700", "2025-03-10")
    assert receipt.amount == Money.yuan("674.88")
    assert [sql for sql in seen if "late_" in sql or "FOR NO KEY" in sql] == []
    assert len([sql for sql in seen if "FROM profiles" in sql]) == 1
    assert late_charges(cast, charge) == []


def test_principal_paid_in_parts_splits_the_interval_and_no_day_is_charged_twice(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "300", "2025-01-31")
    assert late_charges(cast, charge) == []
    assert _memo(cast, charge, "2025-03-10") == Money.yuan("10.55")
    assert pay(cast, [charge], "500", "2025-03-10").amount == Money.yuan("385.43")
    (late,) = late_charges(cast, charge)
    assert late.amount == Money.yuan("10.55")
    line = next(each for each in list_charges(cast.community, [cast.units["3-2-501"]]) if each.id == late.charge_id)
    assert [(part.base, part.days) for part in line.facts.late.stretches] == [  # type: ignore[union-attr]
        (Money.yuan("674.88"), 31),
        (Money.yuan("374.88"), 38),
    ]


def test_the_law_s_order_takes_the_late_charge_first_and_the_rest_is_charged_later(app: Flask, cast: Cast) -> None:
    """4.00 of 6.28 on 31 January, 2.28 more the same day, 7.69 for the days after: 13.97 in all, as if paid once."""
    ask_for(cast, settlement_policy=STATUTORY)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "4", "2025-01-31")
    assert _memo(cast, charge, "2025-01-31") == Money.yuan("2.28")
    pay(cast, [charge], "2.28", "2025-01-31")
    pay(cast, [charge], "682.57", "2025-03-10")
    found = late_charges(cast, charge)
    assert [str(late.amount) for late in found] == ["4.00", "2.28", "7.69"]
    assert [(late.from_on, late.until_on) for late in found] == [
        (date(2025, 1, 1), date(2025, 2, 1)),
        (date(2025, 2, 1), date(2025, 2, 1)),
        (date(2025, 2, 1), date(2025, 3, 11)),
    ]
    assert _memo(cast, charge, "2026-01-01") == ZERO


def test_the_payer_may_ask_for_the_other_order(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "100", "2025-03-10", STATUTORY)
    assert [late.amount for late in late_charges(cast, charge)] == [Money.yuan("13.97")]


def test_a_late_charge_outlives_its_principal_and_is_paid_alone(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "674.88", "2025-03-10")
    assert _memo(cast, charge, "2025-12-31") == Money.yuan("13.97")
    receipt = pay(cast, [charge], "20", "2025-12-31")
    assert receipt.amount == Money.yuan("13.97")
    assert [(line.item, line.amount) for line in from_json(receipt.snapshot).lines] == [
        ("物业费违约金", Money.yuan("13.97"))
    ]
    with pytest.raises(Refused) as refused:
        pay(cast, [charge], "1", "2025-12-31")
    assert refused.value.code == "settle.gone"


def test_two_late_charges_of_a_unit_in_one_month_stand_side_by_side(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    fee, parking = owe(cast, "3-2-501", "2024-12", "674.88"), owe(cast, "3-2-501", "2024-12", "100", "PARK")
    pay(cast, [fee, parking], "790.92", "2025-03-10")
    pay(cast, [owe(cast, "3-2-501", "2025-01", "100")], "101.14", "2025-03-10")
    assert db.session.query(Charge).join(ChargeItem, ChargeItem.id == Charge.item_id).filter(
        ChargeItem.code == "LATE"
    ).count() == 3  # fmt: skip


def test_prepaid_money_stops_the_interest_on_what_it_clears_and_pays_late_charges(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    give(cast, "3-2-501", "300")
    by = cast.by("accountant", noon("2025-01-31"))
    transaction(lambda: apply_wallets(by, [cast.units["3-2-501"]], None))
    assert _memo(cast, charge, "2025-03-10") == Money.yuan("10.55")
    assert _memo(cast, charge, "2025-01-31") == Money.yuan("6.28")


def test_days_that_were_charged_keep_their_rate(app: Flask, cast: Cast) -> None:
    """31 days at 0.03 %, then 38 at 0.06 %: 6.276384 + 15.387264 = 21.66 rounded once, less the 6.28 paid."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "6.28", "2025-01-31", STATUTORY)
    ask_for(cast, Decimal("0.0006"))
    assert _memo(cast, charge, "2025-03-10") == Money.yuan("15.38")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"late_grace_days": 30}, "7.90"),
        ({"late_cap_ratio": Decimal("0.01")}, "6.74"),
        ({"rate": Decimal("0.003"), "late_year_cap": Decimal("0.039")}, "4.98"),
        ({"rate": Decimal("0.003")}, "139.70"),
    ],
)
def test_the_settings_decide(app: Flask, cast: Cast, terms: dict, expected: str) -> None:
    ask_for(cast, **terms)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    assert _memo(cast, charge, "2025-03-10") == Money.yuan(expected)


def test_switched_off_again_nothing_is_asked(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    ask_for(cast, Decimal(0))
    assert _memo(cast, charge, "2025-03-10") == ZERO
    assert pay(cast, [charge], "700", "2025-03-10").amount == Money.yuan("674.88")


def test_arrears_of_a_ledger_other_funds_and_late_charges_themselves_bear_none(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "4", "2025-01-31", STATUTORY)
    units, on, terms = [cast.units["3-2-501"]], date(2025, 3, 10), terms_of(cast.community)
    assert [memo.line.id for memo in list_memos(cast.community, units, on, terms)] == [charge]
    for code in ("OPENING", "FEE"):
        fund = "RN" if code == "FEE" else "OP"
        db.session.execute(sa.update(ChargeItem).where(ChargeItem.code == "FEE").values(code=code, fund=fund))
        assert list_memos(cast.community, units, on, terms) == []
        db.session.rollback()


def test_everybody_s_late_charges_are_found_as_one_household_s_are(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charges = [owe(cast, "3-2-501", "2024-12", "674.88"), owe(cast, "1-1-101", "2024-12", "100")]
    pay(cast, charges[:1], "674.88", "2025-03-10")
    on, terms = date(2025, 3, 31), terms_of(cast.community)
    everybody = list_memos(cast.community, None, on, terms)
    assert {memo.line.id: str(memo.amount) for memo in everybody} == {charges[0]: "13.97", charges[1]: "2.70"}
    for memo in everybody:
        assert list_memos(cast.community, [memo.line.unit_id], on, terms) == [memo]


def test_a_day_gone_by_is_reckoned_by_what_was_open_then(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay(cast, [charge], "300", "2025-03-10")
    assert _memo(cast, charge, "2025-01-31") == Money.yuan("6.28")


def test_nobody_sets_prices_for_the_item_of_late_charges(app: Flask, cast: Cast) -> None:
    by = cast.by("manager")
    with pytest.raises(Refused) as refused:
        transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "LATE", "滞纳金", "Late", 31))
    assert refused.value.code == "tariff.code_taken"
