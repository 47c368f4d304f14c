"""Checks of receipts: one for each payment, numbered without gaps, in order, and still saying what was given out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from feeapp.cashier.models import Payment, Receipt, ReceiptPrint
from feeapp.cashier.rules import receipt_label
from feeapp.cashier.standing import OWN_RECEIPT
from feeapp.printing.receipt import from_json
from feeapp.storage.checking import Check
from feeapp.storage.counters import Counter

CLOCK_STEP = timedelta(minutes=5)
"""Receipts wait for each other's numbers, and clocks are set: over midnight two may swap days within this time."""

_COUNT = sa.func.count()
_NO_COUNTER = sa.func.coalesce(Counter.value, 0)

_SERIES = (Receipt.community_id, Receipt.series, Receipt.year)
_SERIES_COUNTER = sa.literal("receipt/") + Receipt.series + "/" + sa.cast(Receipt.year, sa.String)
_FIRST, _LAST = sa.func.min(Receipt.number), sa.func.max(Receipt.number)

_GAPS = (
    sa.select(
        *_SERIES, _COUNT.label("receipts"), _FIRST.label("first"), _LAST.label("last"), Counter.value.label("counter")
    )
    .outerjoin(Counter, sa.and_(Counter.community_id == Receipt.community_id, Counter.name == _SERIES_COUNTER))
    .group_by(*_SERIES, Counter.value)
    .having(sa.or_(_FIRST != 1, _COUNT != _LAST, _NO_COUNTER != _LAST))
)

_NUMBER_TWICE = (
    sa.select(*_SERIES, Receipt.number, _COUNT.label("receipts")).group_by(*_SERIES, Receipt.number).having(_COUNT > 1)
)

_NOT_ONE_RECEIPT = (
    sa.select(
        Payment.community_id,
        Payment.id,
        Payment.amount.label("paid"),
        Receipt.label.label("receipt"),
        Receipt.amount.label("receipted"),
    )
    .outerjoin(Receipt, OWN_RECEIPT)
    .where(
        sa.or_(
            Receipt.id.is_(None),
            Receipt.amount != Payment.amount,
            Receipt.issued_on != Payment.received_on,
            Receipt.series != Payment.fund,
        )
    )
)

_PRINT_COUNTER = sa.literal("receipt_copy/") + sa.cast(ReceiptPrint.receipt_id, sa.String)
_LAST_COPY = sa.func.max(ReceiptPrint.copy)

_UNCOUNTED_PRINTS = (
    sa.select(
        ReceiptPrint.community_id,
        ReceiptPrint.receipt_id,
        _COUNT.label("prints"),
        _LAST_COPY.label("last"),
        Counter.value.label("counter"),
    )
    .outerjoin(Counter, sa.and_(Counter.community_id == ReceiptPrint.community_id, Counter.name == _PRINT_COUNTER))
    .group_by(ReceiptPrint.community_id, ReceiptPrint.receipt_id, Counter.value)
    .having(sa.or_(sa.func.min(ReceiptPrint.copy) != 1, _COUNT != _LAST_COPY, _NO_COUNTER != _LAST_COPY))
)


def _of_number_before(column: Any) -> sa.ColumnElement[Any]:
    """What a column says on the receipt with the next lower number."""
    return sa.type_coerce(sa.func.lag(column).over(partition_by=_SERIES, order_by=Receipt.number), column.type)


_IN_ORDER = sa.select(
    Receipt.community_id,
    Receipt.label,
    Receipt.issued_on,
    Receipt.issued_at,
    _of_number_before(Receipt.issued_on).label("day_before"),
    _of_number_before(Receipt.issued_at).label("before"),
).subquery()
_EARLIER_DAY = sa.select(_IN_ORDER).where(_IN_ORDER.c.issued_on < _IN_ORDER.c.day_before)


def _out_of_order(connection: sa.Connection) -> Iterator[Mapping[str, object]]:
    for row in connection.execute(_EARLIER_DAY).mappings():
        if row["before"] - row["issued_at"] > CLOCK_STEP:
            yield {name: row[name] for name in ("community_id", "label", "issued_on", "day_before")}


_COPIES = sa.select(*_SERIES, Receipt.number, Receipt.label, Receipt.amount, Receipt.issued_on, Receipt.snapshot)


def _altered(connection: sa.Connection) -> Iterator[Mapping[str, object]]:
    for row in connection.execute(_COPIES.execution_options(yield_per=1000)):
        fault = _fault(row)
        if fault:
            yield {"community_id": row.community_id, "label": row.label, "copy": fault}


def _fault(row: Any) -> str:
    try:
        paper = from_json(row.snapshot)
    except (ValueError, KeyError) as error:
        return f"cannot be read: {error}"
    if not row.label.endswith(receipt_label("", row.series, row.year, row.number)):
        return "the printed number is another one"
    same = (paper.number, paper.total, paper.issued_on) == (row.label, row.amount, row.issued_on)
    return "" if same else "says another number, amount or day"


CHECKS: tuple[Check, ...] = (
    Check("R1", "The receipts of a series and year are numbered from 1 to its counter without a gap.", _GAPS),
    Check("R2", "Every payment has one receipt, of its amount, its day and its fund.", _NOT_ONE_RECEIPT),
    Check("R3", "A receipt is not dated before one with a lower number.", _out_of_order),
    Check("R5", "The printings of a receipt are counted from 1 to its counter without a gap.", _UNCOUNTED_PRINTS),
    Check("R6", "The frozen copy of a receipt can be read and says its number, amount and day.", _altered),
    Check("R7", "No number is given to two receipts of a series and year.", _NUMBER_TWICE),
)
