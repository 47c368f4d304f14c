"""The pages of sums that are shared."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from flask import Flask

from feeapp.billing.models import Charge, Pool
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Authority, Basis, Price
from tests.people import Cast

MAY = {"period": "2026-05", "amount": "100.00", "used": "192 度，0.52 元/度", "proof": "电费单 0531", "way": "AREA"}


@pytest.fixture
def power(site: Flask, cast: Cast) -> int:
    """Shared power, shared among the homes."""
    by = cast.by("manager")
    item_id = transaction(lambda: add_item(by, ItemKind.SHARED, "POWER", "公摊电费", "Shared power", 31))
    price = Price(Decimal(0), Basis.POOL)
    wanted = Published(UnitUse.HOME, price, date(2026, 1, 1), Authority.CONTRACT, "合同第 9 条", False)
    transaction(lambda: publish(by, item_id, wanted))
    return item_id


def _form(item_id: int, **changed: str) -> dict[str, str]:
    return {"item": str(item_id), "place": "COMMUNITY", "where": "", "key": "", **MAY, **changed}


def test_a_sum_is_entered_seen_shared_and_explained(site: Flask, cast: Cast, power: int) -> None:
    accountant = cast.client("accountant")
    assert accountant.post("/XHY/pools/new", data=_form(power)).headers["Location"] == "/XHY/pools"
    listed = accountant.get("/XHY/pools").text
    assert all(said in listed for said in ("公摊电费", "电费单 0531", "100.00", "待出账"))
    preview = accountant.get("/XHY/bill-runs/2026-05").text
    said = "公摊总额 100.00 元，按建筑面积分摊：86.53 m² ÷ 238.90 m²，计 36.22 元"
    assert said in preview
    seen = re.search(r'name="seen_hash" value="([0-9a-f]+)"', preview)
    assert seen
    run = accountant.post("/XHY/bill-runs/2026-05", data={"seen_hash": seen[1]}, follow_redirects=True)
    assert said in run.text
    assert "待出账" not in accountant.get("/XHY/pools").text
    book = openpyxl.load_workbook(io.BytesIO(accountant.get("/XHY/pools.xlsx").data))
    assert book.active["C2"].value == 100


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": "0"}, "more than zero"),
        ({"amount": "a lot"}, "not an amount"),
        ({"period": "2025-05"}, "No price shares this item"),
        ({"place": "BUILDING", "where": "99号楼"}, "There is no building"),
        ({"way": "KEY", "key": "3-2-501"}, "Line 1 cannot be read"),
        ({"way": "KEY", "key": "9-9-999 1"}, "There is no unit"),
        ({"proof": ""}, "Fill this in"),
        ({"item": "1"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_entered_is_said_at_the_field(
    site: Flask, cast: Cast, power: int, changed: dict[str, str], said: str
) -> None:
    answer = cast.client("accountant", "en").post("/XHY/pools/new", data=_form(power, **changed))
    assert answer.status_code == 200
    assert said in answer.text
    assert "192 度" in answer.text, "what was typed stays"
    assert db.session.query(Pool).count() == 0


def test_a_sum_is_taken_back_once(site: Flask, cast: Cast, power: int) -> None:
    accountant = cast.client("accountant")
    accountant.post("/XHY/pools/new", data=_form(power))
    pool_id = db.session.query(Pool).one().id
    first = accountant.post(f"/XHY/pools/{pool_id}/withdraw", follow_redirects=True)
    assert "已撤回" in first.text
    assert "已出账或已撤回" in accountant.post(f"/XHY/pools/{pool_id}/withdraw", follow_redirects=True).text
    assert "没有" in accountant.get("/XHY/bill-runs/2026-05").text
    assert db.session.query(Charge).count() == 0


def test_who_may_not(site: Flask, cast: Cast, power: int) -> None:
    cashier = cast.client("cashier")
    assert cashier.get("/XHY/pools").status_code == 200
    assert cashier.get("/XHY/pools/new").status_code == 403
    assert cashier.post("/XHY/pools/7/withdraw").status_code == 403
    assert cast.client("accountant").post("/XHY/pools/7/withdraw").status_code == 404
    assert cast.client("outsider").get("/XHY/pools").status_code == 404


def test_the_page_says_what_to_do_first(site: Flask, cast: Cast) -> None:
    assert "公摊电费" in cast.client("accountant").get("/XHY/pools").text
