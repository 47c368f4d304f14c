"""The numbers of docs/rules worked through the whole program: billed, shared, owed late and paid, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import waiving
from feeapp.billing.lateness import find_memo
from feeapp.billing.models import Charge, Pool
from feeapp.billing.pools import Wanted, enter_pool
from feeapp.billing.previewing import preview
from feeapp.billing.queries import list_charges
from feeapp.billing.rules import Way
from feeapp.billing.runs import confirm
from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.area import Area
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused
from feeapp.registry.actions import change_area
from feeapp.registry.models import Unit
from feeapp.registry.profile import SettlementPolicy
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.places import EVERYWHERE
from feeapp.tariffs.rules import Authority, Basis, Price, Proration, RoundAt
from feeapp.wallets.queries import balances
from tests.lateness import ask_for, late_charges, noon
from tests.owing import owe
from tests.people import Cast

HOME = "3-2-501"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
LATE_RATE = Decimal("0.000357")
"""On 28 March 2025 300.00 yuan due on 31 January have run up 6.00 at this rate, and due on 28 February 3.00."""
PAID_ON = "2025-03-28"


def _sized(cast: Cast, **areas: str) -> None:
    """Let the homes have these areas, and every other unit none."""
    wanted = {code.replace("_", "-").removeprefix("u"): Area.read(area).centi for code, area in areas.items()}
    for code, unit_id in cast.units.items():
        unit = db.session.get(Unit, (cast.community, unit_id))
        if unit is not None:
            unit.area = Area(wanted[code]) if code in wanted else None
    db.session.commit()


def _item(cast: Cast, kind: ItemKind = ItemKind.PROPERTY_FEE, bill_months: int = 1) -> int:
    by = cast.by("manager")
    return transaction(lambda: add_item(by, kind, "ITEM", "费", "Fee", 31, bill_months=bill_months))


def _price(cast: Cast, item_id: int, price: Price, day: date) -> None:
    wanted = Published(
        UnitUse.HOME, price, day, Authority.CONTRACT, "合同第 8 条", True, EVERYWHERE.place, EVERYWHERE.id
    )
    transaction(lambda: publish(cast.by("manager"), item_id, wanted))


def _billed(cast: Cast, *months: Period, code: str = HOME) -> list[str]:
    """Bill these months and say what a unit is asked for, charge by charge."""
    for month in months:
        seen = preview(cast.community, month)
        if seen.charges:
            transaction(lambda month=month, seen=seen: confirm(cast.by("accountant", NOW), month, seen.seen_hash))
    return [str(line.amount) for line in list_charges(cast.community, [cast.units[code]])]


@pytest.mark.parametrize(
    ("area", "rate", "asked"),
    [("62.50", "0.85", "53.13"), ("100.50", "0.35", "35.18"), ("86.53", "0.65", "56.24")],
)
def test_a_month_by_area(app: Flask, cast: Cast, area: str, rate: str, asked: str) -> None:
    """BL-1: 62.50 × 0.85 = 53.125 and 100.50 × 0.35 = 35.175, halves go up; BL-3: 86.53 × 0.65 = 56.2445."""
    _sized(cast, u3_2_501=area)
    _price(cast, _item(cast), Price(Decimal(rate)), date(2026, 1, 1))
    assert _billed(cast, Period(2026, 1)) == [asked]


@pytest.mark.parametrize(("round_at", "asked"), [(RoundAt.PER_MONTH, "674.88"), (RoundAt.PER_BILL, "674.93")])
def test_a_year_by_months_and_rounded_once(app: Flask, cast: Cast, round_at: RoundAt, asked: str) -> None:
    """BL-3."""
    item_id = _item(cast, bill_months=12 if round_at is RoundAt.PER_BILL else 1)
    _price(cast, item_id, Price(Decimal("0.65"), round_at=round_at), date(2026, 1, 1))
    months = [Period(2026, month) for month in range(1, 13)]
    assert str(total(Money.yuan(amount) for amount in _billed(cast, *months))) == asked


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        (Proration.ACTUAL_DAYS, ["38.79"]),
        (Proration.DAYS_30, ["37.50"]),
        (Proration.THIRTY_360, ["39.37"]),
        (Proration.NEXT_MONTH, []),
        (Proration.FULL_MONTH, ["56.24"]),
        (Proration.HALF_AT_15, ["56.24"]),
    ],
)
def test_a_month_begun_on_the_tenth(app: Flask, cast: Cast, method: Proration, asked: list[str]) -> None:
    """BL-4: from 10 February 2024 at 56.2445 a month."""
    _price(cast, _item(cast), Price(Decimal("0.65"), proration=method), date(2024, 2, 10))
    assert _billed(cast, Period(2024, 2)) == asked


def test_a_price_that_changes_inside_the_month(app: Flask, cast: Cast) -> None:
    """BL-7: 90.00 m² at 0.65 to 15 June 2025 and at 0.80 from the 16th: 29.25 + 36.00 = 65.25."""
    _sized(cast, u3_2_501="90.00")
    item_id = _item(cast)
    _price(cast, item_id, Price(Decimal("0.65")), date(2025, 1, 1))
    _price(cast, item_id, Price(Decimal("0.80")), date(2025, 6, 16))
    assert _billed(cast, Period(2025, 6)) == ["29.25", "36.00"]


def test_an_area_that_changes_inside_the_month(app: Flask, cast: Cast) -> None:
    """BL-8: 88.20 to 90.00 m² on 11 March 2025 at 1.20: 34.14 + 73.16 = 107.30."""
    _sized(cast, u3_2_501="88.20")
    _price(cast, _item(cast), Price(Decimal("1.20")), date(2025, 1, 1))
    by, unit = cast.by("accountant"), cast.units[HOME]
    transaction(lambda: change_area(by, unit, date(2025, 3, 11), Area(90_00), None, "重新测绘"))
    assert _billed(cast, Period(2025, 3)) == ["34.14", "73.16"]


@pytest.mark.parametrize(
    ("way", "asked"), [(Way.UNIT, ["33.34", "33.33", "33.33"]), (Way.AREA, ["36.22", "37.67", "26.11"])]
)
def test_a_sum_shared_among_three(app: Flask, cast: Cast, way: Way, asked: list[str]) -> None:
    """BL-13: 100.00 in three equal parts, and over 86.53, 90.00 and 62.37 m²; the units in walking order."""
    _sized(cast, u1_1_101="86.53", u3_2_501="90.00", u3_2_502="62.37")
    item_id = _item(cast, ItemKind.SHARED)
    _price(cast, item_id, Price(Decimal(0), Basis.POOL), date(2026, 1, 1))
    month = Period(2026, 1)
    wanted = Wanted(item_id, month, Money.yuan(100), way, EVERYWHERE, "125 度", "电费单", {})
    pool_id = transaction(lambda: enter_pool(cast.by("accountant"), wanted))
    _billed(cast, month)
    found = [_billed(cast, code=code)[0] for code in ("1-1-101", HOME, "3-2-502")]
    assert found == asked
    assert db.session.get_one(Pool, (cast.community, pool_id)).run_id is not None


COURT = {"rate": Decimal("0.003"), "late_year_cap": Decimal("0.04745")}


@pytest.mark.parametrize(
    ("principal", "due", "on", "terms", "asked"),
    [
        ("674.88", "2024-12-31", "2025-03-10", {"rate": Decimal("0.0003")}, "13.97"),
        ("674.88", "2024-12-31", "2025-03-10", {"rate": Decimal("0.003")}, "139.70"),
        ("674.88", "2024-12-31", "2025-03-10", {"rate": Decimal("0.003"), "late_year_cap": Decimal("0.039")}, "4.98"),
        (
            "10000",
            "2024-12-31",
            "2025-12-31",
            {"rate": Decimal("0.003"), "late_year_cap": Decimal("0.04745")},
            "474.50",
        ),
    ],
)
def test_late_charges(
    app: Flask, cast: Cast, principal: str, due: str, on: str, terms: dict[str, Decimal], asked: str
) -> None:
    """BL-14: 69 days; 3.00 % × 1.3 a year = 3.9 %; court-style 3.65 % × 1.3 = 4.745 % for a year of 365 days."""
    ask_for(cast, **terms)
    charge = owe(cast, HOME, due[:7], principal)
    memo = find_memo(cast.community, charge, date.fromisoformat(on))
    assert memo is not None
    assert str(memo.amount) == asked


FIRST, LAW = SettlementPolicy.PRINCIPAL_FIRST, SettlementPolicy.STATUTORY


@pytest.mark.parametrize(
    ("paid", "ticked", "policy", "cleared", "late", "prepaid"),
    [
        ("650.00", "P1 P2", FIRST, "300.00 300.00", "6.00 3.00", "41.00"),
        ("650.00", "P1 P2", LAW, "300.00 300.00", "6.00 3.00", "41.00"),
        ("450.00", "P1 P2", FIRST, "300.00 150.00", "0.00 0.00", "0.00"),
        ("450.00", "P1 P2", LAW, "300.00 141.00", "6.00 3.00", "0.00"),
        ("450.00", "P1 R1 P2", FIRST, "300.00 150.00 0.00", "0.00 0.00 0.00", "0.00"),
        ("450.00", "P1 R1 P2", LAW, "300.00 144.00 0.00", "6.00 0.00 0.00", "0.00"),
    ],
)
def test_what_a_payment_clears(
    app: Flask, cast: Cast, paid: str, ticked: str, policy: SettlementPolicy, cleared: str, late: str, prepaid: str
) -> None:
    """Domain rules 4: P1 300.00 due 31 January with 6.00 run up, R1 500.00, P2 300.00 due 28 February with 3.00."""
    owed = _owed(cast, lambda: owe(cast, HOME, "2025-02", "500", "PARK", date(2025, 2, 15)))
    chosen = [owed[name] for name in ticked.split()]
    _pay(cast, chosen, paid, policy)
    settled = [db.session.get_one(Charge, (cast.community, charge)).settled for charge in chosen]
    assert " ".join(str(amount) for amount in settled) == cleared
    run_up = [total(each.amount for each in late_charges(cast, charge)) for charge in chosen]
    assert " ".join(str(amount) for amount in run_up) == late
    assert str(total(balances(cast.community, cast.units.values()).values())) == prepaid


@pytest.mark.parametrize("policy", SettlementPolicy)
def test_debts_to_another_fund_wait_for_the_payer_s_choice(app: Flask, cast: Cast, policy: SettlementPolicy) -> None:
    owed = _owed(cast, lambda: owe(cast, HOME, "2025-02", "500", "LEVY", date(2025, 2, 15)))
    with pytest.raises(Refused, match="fund"):
        _pay(cast, list(owed.values()), "450.00", policy)
    assert db.session.scalars(sa.select(sa.func.sum(Charge.settled))).one() == ZERO


def _owed(cast: Cast, renovation: Callable[[], int]) -> dict[str, int]:
    ask_for(cast, LATE_RATE)
    charges = {"P1": owe(cast, HOME, "2025-01", "300"), "R1": renovation(), "P2": owe(cast, HOME, "2025-02", "300")}
    on = date.fromisoformat(PAID_ON)
    if find_memo(cast.community, charges["R1"], on) is not None:
        # What ran up on R1 is waived: the example has none.
        asked = transaction(
            lambda: waiving.ask_for_charge(cast.by("cashier", noon(PAID_ON)), charges["R1"], None, "例题")
        )
        transaction(lambda: waiving.approve(cast.by("manager", noon(PAID_ON)), asked))
    return charges


def _pay(cast: Cast, charges: list[int], paid: str, policy: SettlementPolicy) -> None:
    tender = Tender(Method.CASH, Money.yuan(paid))
    request = Request("k", cast.units[HOME], tuple(charges), (tender,), "张小明", keep=True, policy=policy)
    transaction(lambda: take_payment(cast.by("cashier", noon(PAID_ON)), request))
