"""The receipt's snapshot is strict and lasting; a receipt that contradicts itself cannot be made."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from feeapp.core.money import Money
from feeapp.printing.receipt import MOST_TENDERS, Part, ReceiptPaper, Tender, from_json
from tests.golden.papers import ENGLISH, LONG, PLAIN, RECEIPTS, REPRINT

FIRST_VERSION = (
    '{"body":"西花园物业服务有限公司","cashier":"王芳","change":3752,"check":null,"community":"西花园小区",'
    '"issued_on":"2026-01-31","lines":[{"amount":26248,"item":"物业费","item_en":"Property fee","period":"2026-01",'
    '"price":"0.65 元/m²·月","quantity":"86.53 m²","remaining":null,"unit":"3号楼2单元501"}],'
    '"number":"XHYS2026-000123","payer":"张小明","payer_title":null,"remark":null,"reviewer":null,"tenders":'
    '[{"amount":30000,"label":"现金","label_en":"Cash","reference":null}],"title":"收款收据","total":26248,"v":1,'
    '"words":"人民币贰佰陆拾贰元肆角捌分"}'
)
"""A snapshot as it was first written: receipts are kept for thirty years, so it must be read for ever."""


@pytest.mark.parametrize("case", RECEIPTS)
def test_a_snapshot_brings_back_the_same_receipt(case: str) -> None:
    receipt = RECEIPTS[case]
    copy = {"parts": receipt.parts, "reprint": receipt.reprint, "void": receipt.void, "language": receipt.language}
    assert from_json(receipt.to_json(), **copy) == receipt


def test_the_first_version_is_read_and_written_letter_by_letter() -> None:
    receipt = from_json(FIRST_VERSION)
    assert (receipt.total, receipt.change, receipt.lines[0].remaining) == (Money(26248), Money(3752), None)
    assert receipt.to_json() == FIRST_VERSION


def test_the_marks_of_a_copy_are_not_part_of_what_was_issued() -> None:
    assert REPRINT.to_json() == replace(PLAIN, void=True, language="en").to_json() == PLAIN.to_json()
    assert from_json(PLAIN.to_json(), parts=(Part.STUB,), void=True) == replace(PLAIN, parts=(Part.STUB,), void=True)


def _changed(**changes: object) -> str:
    return json.dumps({**json.loads(FIRST_VERSION), **changes})


@pytest.mark.parametrize(
    "snapshot",
    [
        "",
        "[]",
        "null",
        _changed(v=2),
        _changed(v="1"),
        _changed(discount=0),
        _changed(total="262.48"),
        _changed(total=262.48),
        _changed(total=True),
        _changed(total=26249),
        _changed(issued_on="31.01.2026"),
        _changed(issued_on=None),
        _changed(lines={}),
        _changed(lines=[]),
        _changed(lines=[{"amount": 26248}]),
        _changed(tenders=[["现金", 30000]]),
        _changed(payer=None),
        FIRST_VERSION.replace('"payer_title":null,', ""),
    ],
)
def test_anything_but_an_exact_snapshot_is_refused(snapshot: str) -> None:
    with pytest.raises(ValueError):
        from_json(snapshot)


def test_the_lines_add_up_to_the_total_or_there_is_no_receipt() -> None:
    with pytest.raises(ValueError, match="add up"):
        replace(PLAIN, total=PLAIN.total + Money(1))


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": (), "total": Money(0)},
        {"parts": ()},
        {"payer": "名" * 65},
        {"remark": "注" * 201},
        {"tenders": (Tender("现金", Money(1)),) * (MOST_TENDERS + 1)},
        {"tenders": (Tender("现金", Money(1), "9" * 65),)},
        {"lines": (replace(PLAIN.lines[0], item="费" * 41),), "total": PLAIN.lines[0].amount},
    ],
)
def test_a_receipt_that_could_not_fit_is_not_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(PLAIN, **changes)


def test_nothing_on_a_receipt_can_be_changed() -> None:
    receipt: ReceiptPaper = LONG
    with pytest.raises(AttributeError):
        receipt.total = Money(0)  # type: ignore[misc]
    assert ENGLISH.to_json() == ENGLISH.to_json()
