"""What was owed on a day, as a certificate says it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.printing.certificate import MOST_LINES, CertificateLine
from feeapp.statements.sources import Gathered, billed_days, clearings
from feeapp.statements.wording import month


def owed_on(gathered: Gathered, on: date) -> dict[int, Money]:
    """What was open of each charge at the end of a day; charges billed later, or cleared by then, are left out."""
    left = {key: gathered.charges[key].amount for key, day in billed_days(gathered).items() if day <= on}
    for charge_id, day, amount in clearings(gathered):
        if day <= on and charge_id in left:
            left[charge_id] -= amount
    return {charge_id: amount for charge_id, amount in left.items() if amount > ZERO}


def lines_of(gathered: Gathered, owed: dict[int, Money]) -> tuple[CertificateLine, ...]:
    """One line for an item and year; one for an item where that is too many, and one for all at the very worst."""
    rows = [(gathered.charges[key], amount) for key, amount in owed.items()]
    rows.sort(key=lambda row: (row[0].name, row[0].period))
    lines: list[CertificateLine] = []
    for grain in (lambda row: (row.name, row.period.year), lambda row: (row.name, 0), lambda row: ("各项费用", 0)):
        groups = defaultdict(list)
        for row, amount in rows:
            groups[grain(row)].append((row.period, amount))
        lines = [_line(name, parts) for (name, _), parts in groups.items()]
        if len(lines) <= MOST_LINES:
            break
    return tuple(lines)


def _line(name: str, parts: list[tuple[Period, Money]]) -> CertificateLine:
    first, last = min(period for period, _ in parts), max(period for period, _ in parts)
    span = month(first, "zh") if first == last else f"{month(first, 'zh')}至{month(last, 'zh')}"
    return CertificateLine(name[:40], f"{span}（{len(parts)} 笔）", total(amount for _, amount in parts))
