"""What was taken off: listed by kind, narrowed, exported; the sums are those of the lines."""

from __future__ import annotations

import io

import openpyxl
from flask import Flask

from feeapp.billing.amending import Lowering, lower
from feeapp.billing.rules import ReductionKind
from feeapp.core.money import Money
from feeapp.ledger.actions import Source
from feeapp.registry.indexing import reindex
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast


def _take_off(cast: Cast, unit: str, yuan: str, kind: ReductionKind, reason: str) -> None:
    charge = owe(cast, unit, "2025-12", "56.24")
    wanted = [Lowering(charge, Money.yuan(yuan), kind, reason)]
    by, paper = cast.by("accountant"), Source("test", 1)
    transaction(lambda: lower(by, wanted, "billing.reduced", paper, cast.users["manager"]))


def _rows(raw: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0].iter_rows(values_only=True))


def test_every_kind_with_its_sum_and_every_line_with_its_reason(site: Flask, cast: Cast) -> None:
    client = cast.client("auditor", "en")
    assert "Nothing was taken off yet" in client.get("/XHY/reductions").text
    _take_off(cast, "3-2-501", "6.24", ReductionKind.WAIVED, "flooded cellar")
    _take_off(cast, "3-2-502", "0.04", ReductionKind.ROUNDING, "")
    _take_off(cast, "1-1-101", "0.03", ReductionKind.ROUNDING, "")
    transaction(lambda: reindex(cast.community, list(cast.units.values())))
    page = client.get("/XHY/reductions").text
    for said in ("Waived as goodwill", "6.24", "0.07", "6.31", "flooded cellar", "accountant 同事", "manager 同事"):
        assert said in page
    odd = client.get("/XHY/reductions?kind=ROUNDING").text
    assert ("0.07" in odd, "flooded cellar" in odd) == (True, False)
    assert "flooded cellar" in client.get("/XHY/reductions?q=3-2-501").text
    assert "Nothing fits" in client.get("/XHY/reductions?to=2020-01-01").text
    rows = _rows(client.get("/XHY/reductions.xlsx?kind=ROUNDING").data)
    assert [row[6] for row in rows[1:]] == [0.03, 0.04, 0.07]
    assert 'href="/XHY/reductions"' in client.get("/XHY/charges").text


def test_only_whom_it_concerns(site: Flask, cast: Cast) -> None:
    _take_off(cast, "3-2-501", "6.24", ReductionKind.WAIVED, "flooded cellar")
    assert cast.client("resident").get("/XHY/reductions").status_code == 404
    assert cast.client("outsider").get("/XHY/reductions").status_code == 404
    assert "flooded cellar" not in cast.client("outsider").get("/ZYL/reductions").text
