"""How a receipt is taken back, by the tables of docs/rules/voids.md."""

from __future__ import annotations

from datetime import date

import pytest

from feeapp.cashier.numbers import find_missing
from feeapp.cashier.void_rules import Fate, Way, check_paper, counted, fate_of, way_on
from feeapp.core.money import Money, total
from feeapp.core.refusal import Refused
from feeapp.printing.receipt import ALL_PARTS, Part
from tests.rules.doctables import listed, table


@pytest.mark.parametrize(
    ("issued", "approved", "way", "_kept", "_new"),
    table("voids.md", "issued on", "approved on", "way", "number of the receipt", "new number"),
)
def test_the_way_by_the_days(issued: str, approved: str, way: str, _kept: str, _new: str) -> None:
    assert way_on(date.fromisoformat(issued), date.fromisoformat(approved)) is Way[way]


def test_a_part_that_is_missing_needs_a_word() -> None:
    check_paper(ALL_PARTS, "")
    check_paper((Part.STUB,), "客户联遗失")
    with pytest.raises(Refused) as refused:
        check_paper((Part.STUB, Part.BOOK), " ")
    assert refused.value.field == "lost"


def test_what_became_of_a_number() -> None:
    assert [fate_of(None, False), fate_of(Way.VOID, False), fate_of(Way.RED, False), fate_of(None, True)] == list(Fate)


def test_what_a_receipt_counts() -> None:
    rows = table("voids.md", "receipts of the day", "state", "amount", "counts")
    counts = [counted(Fate[state], Money.yuan(amount)) for _, state, amount, _ in rows]
    assert [str(each) for each in counts] == [row[3] for row in rows]
    assert total(counts) == Money.yuan(120)


@pytest.mark.parametrize(
    ("before", "last", "stand", "missing"),
    table("voids.md", "last before", "last of the month", "stand", "missing"),
)
def test_no_number_is_missing_unseen(before: str, last: str, stand: str, missing: str) -> None:
    found = find_missing(int(before), int(last), [int(each) for each in listed(stand)])
    assert [str(each) for each in found] == listed(missing)
