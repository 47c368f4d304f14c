"""Meters on the walls of Xihuayuan, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from feeapp.metering.actions import NewMeter, add_meter
from feeapp.metering.judging import Entry
from feeapp.metering.readings import enter
from feeapp.metering.rules import MeterKind, Register, read_figure
from feeapp.storage.transaction import transaction
from tests.people import Cast

SPRING = datetime(2026, 4, 20, 1, 30, tzinfo=UTC)
"""Late enough for readings of the first quarter."""

LONG_AGO = date(2024, 1, 1)


JAN_AND_FEB = (date(2026, 1, 31), date(2026, 2, 28))


def hang(
    cast: Cast, code: str, serial: str, kind: MeterKind = MeterKind.WATER, register: Register | None = None,
    on: date = LONG_AGO, first: str | None = None,
) -> int:  # fmt: skip
    """Put up a meter at a unit of Xihuayuan; its first figure may come later."""
    new = NewMeter(serial, register or Register(5, 2), on, None if first is None else read_figure(first))
    by = cast.by("accountant", SPRING)
    return transaction(lambda: add_meter(by, cast.units[code], kind, new))


def read(cast: Cast, meter_id: int, *figures: str) -> list[int]:
    """Enter ``2026-01-31 99998`` and so on, whatever is asked about confirmed; returns the readings' ids."""
    by, ids = cast.by("accountant", SPRING), []
    for each in figures:
        day, figure, *_ = each.split()
        entry = Entry(read_figure(figure), date.fromisoformat(day), True, "已复核")
        ids.append(transaction(lambda entry=entry: enter(by, meter_id, entry)))
    return ids


def factor(text: str) -> Register:
    """A five-digit register with a factor."""
    return Register(5, 2, Decimal(text))
