"""What charges are in the book: what each receivable is owed, against what each account earned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import Fund, Line, credit, debit
from feeapp.tariffs.models import ChargeItem


def book(by: By, billed: Iterable[tuple[ChargeItem, Money]], deed: str, source: Source) -> None:
    """Book what was charged for each item, in one balanced entry for each fund."""
    of_item: dict[ChargeItem, Money] = defaultdict(lambda: ZERO)
    for item, amount in billed:
        of_item[item] += amount
    owed_on: dict[tuple[str, str], Money] = defaultdict(lambda: ZERO)
    earned: dict[tuple[str, str], Money] = defaultdict(lambda: ZERO)
    for item, amount in of_item.items():
        owed_on[item.fund, item.receivable] += amount
        earned[item.fund, item.income] += amount
    entries: dict[str, list[Line]] = defaultdict(list)
    for (fund, account), amount in sorted(owed_on.items()):
        entries[fund].append(debit(account, amount))
    for (fund, account), amount in sorted(earned.items()):
        entries[fund].append(credit(account, amount))
    for fund, lines in entries.items():
        post(by, Fund(fund), deed, office_day(by.at), source, lines)
