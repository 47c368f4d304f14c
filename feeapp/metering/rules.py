"""Meters: what a figure may be, what is asked about before it is believed, and what was used.

Figures and quantities are whole hundredths of the meter's unit. Worked tables: docs/rules/metering-readings.md.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from feeapp.core.period import add_months
from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow

_TYPED = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.([0-9]{1,2}))?")

FEWEST_DAYS = 30
"""A shorter stretch is held against the use of so many days, or two readings in a week would be asked about."""


class MeterKind(enum.Enum):
    """What a meter counts."""

    WATER = "WATER"
    POWER = "POWER"
    GAS = "GAS"
    HEAT = "HEAT"


class ReadingSource(enum.Enum):
    """Where a figure comes from: put up with the meter, taken with it, or read at the desk, on a round, from a file."""

    FITTED = "FITTED"
    TAKEN_OFF = "TAKEN_OFF"
    DESK = "DESK"
    ROUND = "ROUND"
    FILE = "FILE"


class Question(enum.Enum):
    """What a figure must be asked about: a register that passed its end, a lower figure otherwise, too much used."""

    ROLLED = "ROLLED"
    LOW = "LOW"
    JUMP = "JUMP"


ROLLED_OVER = frozenset({Question.ROLLED, Question.LOW})
"""A figure below the last one that a person confirmed: the register began again at zero."""


class Note(enum.Enum):
    """What there is to say about a stretch of a meter."""

    NONE = ""
    BASELINE = "BASELINE"
    ROLLED = "ROLLED"


def read_figure(text: str) -> int:
    """The figure a person typed, in 0.01; full-width digits and thousands commas are understood.

    Raises ValueError where it is not a number below a thousand million with at most two decimals.
    """
    found = _TYPED.fullmatch(narrow(text).strip())
    if not found:
        raise ValueError(f"{text!r} is not the figure of a meter")
    whole, decimals = found.groups()
    return int(whole.replace(",", "")) * 100 + int((decimals or "").ljust(2, "0"))


def written(centi: int) -> str:
    """A figure or quantity as people write it: 123, 123.5, 123.45."""
    whole, rest = divmod(centi, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


@dataclass(frozen=True, slots=True)
class Register:
    """What a meter shows and what it counts: whole digits, decimals, and the factor that its figures are taken times.

    Raises Refused where it could be no meter's.
    """

    digits: int = 5
    decimals: int = 0
    factor: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not 3 <= self.digits <= 9:
            raise Refused("meter.digits", msg("A register has 3 to 9 whole digits."), field="digits")
        if not 0 <= self.decimals <= 2:
            raise Refused("meter.decimals", msg("A register is read to 0, 1 or 2 decimals."), field="decimals")
        if not 0 < self.factor <= 10_000 or Fraction(self.factor) * 10_000 % 1:
            raise Refused(
                "meter.factor",
                msg("A factor lies above 0, is at most 10,000, and has at most four decimals."),
                field="factor",
            )

    @property
    def capacity(self) -> int:
        """How much the register counts until it shows zero again, in 0.01: 100,000.00 for five digits."""
        return 10**self.digits * 100

    def check(self, figure: int) -> None:
        """Raises Refused for a figure that this register cannot show."""
        if not 0 <= figure < self.capacity:
            raise Refused(
                "meter.figure",
                msg("This register has %(digits)s whole digits and shows at most %(most)s."),
                {"digits": self.digits, "most": written(self.capacity - 100)},
                field="figure",
            )
        if figure % 10 ** (2 - self.decimals):
            raise Refused(
                "meter.figure",
                msg("This register is read to %(decimals)s decimals."),
                {"decimals": self.decimals},
                field="figure",
            )

    def used(self, counted: int) -> int:
        """What was used when the register counted so much: times the factor, rounded half up to 0.01."""
        exact = Fraction(self.factor) * counted
        return int(exact + Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that stands. ``rolled``: the register passed its end between the reading before and this one."""

    read_on: date
    figure: int
    baseline: bool = False
    rolled: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """What one meter counted between two figures."""

    meter_id: int
    serial: str
    from_on: date
    to_on: date
    from_figure: int
    to_figure: int
    quantity: int
    note: Note = Note.NONE


@dataclass(frozen=True, slots=True)
class Usage:
    """What a unit used of one kind in a month: all its meters, and both meters where one was replaced."""

    unit_id: int
    quantity: int
    segments: tuple[Segment, ...]


def counted(register: Register, before: Reading, after: Reading) -> int:
    """What the register counted from one reading to the next."""
    return after.figure - before.figure + (register.capacity if after.rolled else 0)


def segment_of(meter_id: int, serial: str, register: Register, readings: Sequence[Reading]) -> Segment:
    """The segment over readings that follow each other; a first reading alone counts nothing."""
    first, last = readings[0], readings[-1]
    steps = list(itertools.pairwise(readings))
    note = Note.ROLLED if any(after.rolled for _, after in steps) else Note.NONE
    return Segment(
        meter_id,
        serial,
        first.read_on,
        last.read_on,
        first.figure,
        last.figure,
        register.used(sum(counted(register, before, after) for before, after in steps)),
        note if steps else Note.BASELINE,
    )


def usage_from(unit_id: int, segments: Sequence[Segment]) -> Usage:
    """The segments of a unit, the earliest first, and what they come to."""
    order = sorted(segments, key=lambda segment: (segment.from_on, segment.serial, segment.meter_id))
    return Usage(unit_id, sum(segment.quantity for segment in order), tuple(order))


@dataclass(frozen=True, slots=True)
class JumpRule:
    """When a figure is asked about: more than so many times the average of the last months, and at least so much.

    Raises Refused where a part is out of range.
    """

    times: int = 5
    months: int = 6
    least: int = 100

    def __post_init__(self) -> None:
        for field, value, low, high in (
            ("times", self.times, 2, 100),
            ("months", self.months, 1, 24),
            ("least", self.least, 0, 1_000_000),
        ):
            if not low <= value <= high:
                raise Refused(
                    "meter.rule",
                    msg("Between %(low)s and %(high)s, please."),
                    {"low": low, "high": high if field != "least" else high // 100},
                    field=field,
                )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a figure: what would have been used, and what is usual for such a stretch (None: unknown)."""

    question: Question
    used: int
    usual: int | None


def question(
    register: Register, readings: Sequence[Reading], figure: int, on: date, rule: JumpRule | None = None
) -> Asked | None:
    """What must be asked about a figure before it is believed; None where it is plain. ``readings`` oldest first.

    The usual use is the average a day over the last months up to the last reading, times the days since (30 at least).
    """
    if not readings:
        return None
    rule = rule or JumpRule()
    last = readings[-1]
    lower = figure < last.figure
    through = counted(register, last, Reading(on, figure, rolled=lower))
    used = register.used(through)
    average = _average(register, readings, rule.months)
    usual = None if average is None else average * max((on - last.read_on).days, FEWEST_DAYS)
    too_much = usual is not None and used > rule.least and through > rule.times * usual
    shown = None if usual is None else register.used(int(usual))
    if lower:
        far = too_much if usual is not None else through > register.capacity // 10
        return Asked(Question.LOW if far else Question.ROLLED, used, shown)
    return Asked(Question.JUMP, used, shown) if too_much else None


def _average(register: Register, readings: Sequence[Reading], months: int) -> Fraction | None:
    """What the register counted a day over the last months; over the last stretch where no other reading is so near."""
    if len(readings) < 2:
        return None
    last = readings[-1]
    since = add_months(last.read_on, -months)
    near = [reading for reading in readings if reading.read_on >= since]
    taken = near if len(near) > 1 else readings[-2:]
    through = sum(counted(register, before, after) for before, after in itertools.pairwise(taken))
    return Fraction(through, (last.read_on - taken[0].read_on).days)
