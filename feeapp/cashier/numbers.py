"""The month sheet of numbers: what became of every number that a series gave out (domain receipt rule 1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.cashier.models import Payment, Receipt, Void
from feeapp.cashier.void_rules import Fate, VoidState, counted, fate_of
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Numbered:
    """One number of a series: its day, whom it was for, and what became of it."""

    receipt_id: int
    number: int
    label: str
    issued_on: date
    payer: str
    amount: Money
    fate: Fate


@dataclass(frozen=True, slots=True)
class Sheet:
    """A series in a month: its numbers in order, and those that nobody can account for."""

    series: str
    year: int
    rows: Sequence[Numbered]
    missing: tuple[int, ...]

    @property
    def first(self) -> Numbered:
        return self.rows[0]

    @property
    def last(self) -> Numbered:
        return self.rows[-1]

    @property
    def amount(self) -> Money:
        """What the month's receipts come to."""
        return total(counted(row.fate, row.amount) for row in self.rows)

    def count(self, fate: Fate) -> int:
        return sum(row.fate is fate for row in self.rows)


def find_missing(before: int, last: int, stand: Collection[int]) -> tuple[int, ...]:
    """The numbers after ``before`` and up to ``last`` that are not among those that stand."""
    known = set(stand)
    return tuple(number for number in range(before + 1, last + 1) if number not in known)


def list_sheets(community_id: int, month: Period) -> list[Sheet]:
    """The sheet of every series that gave out numbers in a month, in the order of their names."""
    by_series: dict[str, list[Numbered]] = {}
    for row in db.session.execute(_of_days(community_id, month)):
        fate = fate_of(row.way, row.reverses_id is not None)
        numbered = Numbered(row.id, row.number, row.label, row.issued_on, row.payer, row.amount, fate)
        by_series.setdefault(row.series, []).append(numbered)
    return [_sheet(community_id, series, month, rows) for series, rows in sorted(by_series.items())]


def _sheet(community_id: int, series: str, month: Period, rows: Sequence[Numbered]) -> Sheet:
    of_series = (Receipt.community_id == community_id, Receipt.series == series, Receipt.year == month.year)
    before = db.session.scalar(
        sa.select(sa.func.max(Receipt.number)).where(*of_series, Receipt.issued_on < month.first_day)
    )
    last = max(row.number for row in rows)
    stand = db.session.scalars(
        sa.select(Receipt.number).where(*of_series, Receipt.number > (before or 0), Receipt.number <= last)
    ).all()
    return Sheet(series, month.year, rows, find_missing(before or 0, last, stand))


def _of_days(community_id: int, month: Period) -> sa.Select[Any]:
    columns: list[Any] = [
        Receipt.id, Receipt.series, Receipt.number, Receipt.label, Receipt.issued_on, Receipt.amount,
        Receipt.reverses_id, Payment.payer, Void.way,
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .select_from(Receipt)
        .join(Payment, sa.and_(Payment.community_id == Receipt.community_id, Payment.id == Receipt.payment_id))
        .outerjoin(
            Void,
            sa.and_(
                Void.community_id == Receipt.community_id,
                Void.receipt_id == Receipt.id,
                Void.state == VoidState.APPROVED,
            ),
        )
        .where(
            Receipt.community_id == community_id,
            Receipt.year == month.year,
            Receipt.issued_on >= month.first_day,
            Receipt.issued_on <= month.last_day,
        )
        .order_by(Receipt.series, Receipt.number)
    )
