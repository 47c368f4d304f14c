"""What a correction is, how far it has come, and what it does to a charge.

Rules: docs/rules/corrections.md (domain rules BL-9, BL-10, BL-12 and BL-15).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from feeapp.core.money import ZERO, Money, round_money
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.core.states import Moves

CORRECTION = "correction"
"""The source of what a correction takes off charges or adds to them."""

MOST_LINES = 20_000
"""The most charges that one correction may put right."""


MOST_AMOUNT = Money(10_000_000_000)
"""A hundred million yuan: the most that a charge may be changed to. More is a slip of the finger."""

DRAFTS_KEPT = timedelta(days=2)
"""How long charges that were chosen together wait to be sent."""


class CorrectionKind(enum.Enum):
    """What is put right: the sums of charges, an area that was wrong, or the whole bill of a month."""

    ADJUSTMENT = "ADJUSTMENT"
    AREA = "AREA"
    VOID = "VOID"


class CorrectionState(enum.Enum):
    """Where a correction stands; what was decided stays decided."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


CORRECTION_MOVES = Moves(
    {
        CorrectionState.ASKED: {
            "approve": CorrectionState.APPROVED,
            "refuse": CorrectionState.REFUSED,
            "withdraw": CorrectionState.WITHDRAWN,
        }
    }
)


CAME_TO_NOTHING = (CorrectionState.REFUSED, CorrectionState.WITHDRAWN)


class Ground(enum.Enum):
    """Why a charge is changed: it was wrong, or it was right and a part is forgone."""

    WRONG = "WRONG"
    GOODWILL = "GOODWILL"


class Way(enum.Enum):
    """How the change of many charges is worked out: each by a percent, by one sum, or by all that is open."""

    PERCENT = "PERCENT"
    SUM = "SUM"
    OPEN = "OPEN"


class Direction(enum.Enum):
    """Whether charges are lowered or raised."""

    LESS = "LESS"
    MORE = "MORE"


KIND_WORDS = {
    CorrectionKind.ADJUSTMENT: msg("Adjustment"),
    CorrectionKind.AREA: msg("Area was wrong"),
    CorrectionKind.VOID: msg("Bill voided and issued anew"),
}

STATE_WORDS = {
    CorrectionState.ASKED: msg("waits for a second person"),
    CorrectionState.APPROVED: msg("approved"),
    CorrectionState.REFUSED: msg("refused"),
    CorrectionState.WITHDRAWN: msg("withdrawn"),
}

GROUND_WORDS = {
    Ground.WRONG: msg("The charge was wrong"),
    Ground.GOODWILL: msg("Goodwill: the charge was right, a part of it is forgone"),
}

WAY_WORDS = {
    Way.PERCENT: msg("A percent of what was billed"),
    Way.SUM: msg("The same sum for each"),
    Way.OPEN: msg("All that is still open"),
}

DIRECTION_WORDS = {
    Direction.LESS: msg("Lower them"),
    Direction.MORE: msg("Raise them"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What was billed as one charge, what was paid of it, and what was taken off it before."""

    amount: Money
    settled: Money = ZERO
    reduced: Money = ZERO

    @property
    def asked(self) -> Money:
        """What is asked for it now, paid or not: the charge less what was taken off it."""
        return self.amount - self.reduced

    @property
    def open(self) -> Money:
        return self.asked - self.settled


@dataclass(frozen=True, slots=True)
class Effect:
    """What changing a charge does: so much off it or added to it, so much of it back to the household as credit."""

    was: Money
    should: Money
    credit: Money
    open: Money
    """What is still to be paid afterwards, of the charge and what is added to it."""

    @property
    def change(self) -> Money:
        return self.should - self.was


def effect(standing: Standing, should: Money) -> Effect:
    """What comes of asking ``should`` for a charge: what was paid above it becomes credit (BL-10).

    Raises ValueError below zero: a charge never goes there.
    """
    if should < ZERO:
        raise ValueError(f"a charge cannot be {should}")
    credit = max(ZERO, standing.settled - should)
    return Effect(standing.asked, should, credit, should - standing.settled + credit)


def wanted_amount(standing: Standing, amount: Money | None, change: Money | None, ground: Ground) -> Money:
    """The new amount of a charge from what was typed: the amount itself, or the difference to what is asked now.

    Raises Refused at the field for both or neither, for less than nothing, for what changes nothing, and for goodwill
    that asks for more.
    """
    if amount is not None and change is None:
        field, should = "amount", amount
    elif change is not None and amount is None:
        field, should = "change", standing.asked + change
    else:
        raise Refused(
            "corrections.one",
            msg("Fill in the new amount or the difference, one of the two."),
            field="amount" if amount is None else "change",
        )
    if should < ZERO:
        raise Refused(
            "corrections.below_zero",
            msg("At most %(most)s yuan can be taken off: a charge never goes below zero."),
            {"most": str(standing.asked)},
            field,
        )
    if should > MOST_AMOUNT:
        raise _too_large(field)
    if should == standing.asked:
        raise Refused("corrections.same", msg("That is what is asked for it now. Nothing would change."), field=field)
    if ground is Ground.GOODWILL and should > standing.asked:
        raise Refused("corrections.goodwill_up", msg("Goodwill only takes something off."), field=field)
    return should


def _too_large(field: str) -> Refused:
    return Refused(
        "corrections.too_large",
        msg("That is more than %(most)s yuan. Look at the figure again."),
        {"most": str(MOST_AMOUNT)},
        field,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """How many charges are changed at once. ``figure`` is the percent of a PERCENT, ``amount`` the sum of a SUM."""

    way: Way
    direction: Direction
    ground: Ground
    percent: Decimal | None = None
    amount: Money | None = None


def check_change(change: Change) -> None:
    """Raises Refused at the field for a change that lacks its figure, or that goodwill cannot give."""
    if change.way is Way.PERCENT and (
        change.percent is None or not 0 < change.percent <= 100 or change.percent != round(change.percent, 2)
    ):
        raise Refused("corrections.percent", msg("Write a percent above 0 and up to 100."), field="percent")
    if change.way is Way.SUM and (change.amount is None or change.amount <= ZERO):
        raise Refused("corrections.sum", msg("Write a sum above 0."), field="amount")
    if change.way is Way.SUM and change.amount is not None and change.amount > MOST_AMOUNT:
        raise _too_large("amount")
    if change.direction is Direction.MORE and change.way is Way.OPEN:
        raise Refused("corrections.open_up", msg("What is open can only be taken off."), field="direction")
    if change.direction is Direction.MORE and change.ground is Ground.GOODWILL:
        raise Refused("corrections.goodwill_up", msg("Goodwill only takes something off."), field="direction")


def changed(standing: Standing, change: Change) -> Money:
    """The new amount of one of many charges; what it is now where nothing changes, below zero where it cannot be.

    A percent is of what was billed, rounded half up to the fen, charge by charge (BL-1).
    """
    if change.way is Way.OPEN:
        part = standing.open
    elif change.way is Way.SUM:
        part = change.amount or ZERO
    else:
        part = round_money(Fraction(change.percent or 0) * standing.amount.fen / 100)
    return standing.asked - part if change.direction is Direction.LESS else standing.asked + part


class Cannot(enum.Enum):
    """Why one of many charges cannot be changed."""

    WAITING = "WAITING"
    NOTHING_OPEN = "NOTHING_OPEN"
    TOO_MUCH = "TOO_MUCH"
    NOTHING = "NOTHING"
    LATE = "LATE"


CANNOT_WORDS = {
    Cannot.WAITING: msg("another correction of it waits"),
    Cannot.NOTHING_OPEN: msg("nothing of it is open"),
    Cannot.TOO_MUCH: msg("it is less than that by now"),
    Cannot.NOTHING: msg("it comes to less than half a fen"),
    Cannot.LATE: msg("a late charge is never raised"),
}


def why_not(standing: Standing, change: Change, waiting: bool, late: bool) -> Cannot | None:
    """What keeps one of many charges from being changed, or None."""
    if late and change.direction is Direction.MORE:
        return Cannot.LATE
    if waiting:
        return Cannot.WAITING
    should = changed(standing, change)
    if should < ZERO:
        return Cannot.TOO_MUCH
    if should == standing.asked:
        return Cannot.NOTHING_OPEN if change.way is Way.OPEN else Cannot.NOTHING
    return None


def due_of_addition(due_on: date, today: date) -> date:
    """When what is charged in addition falls due: with the charge itself, or where that has passed, at the month's end.

    So no late charge runs on it for days on which nobody had been told (peers' task 18).
    """
    return max(due_on, Period.of(today).last_day)


def look_back_from(today: date, years: int) -> Period:
    """The first month that is still adjusted: so many years before this one (BL-9)."""
    return Period.of(today).plus(-12 * years)


def choice_key(draft_id: int) -> str:
    """The one-time key of the request made of charges that were chosen together."""
    return f"choice {draft_id}"


def form_key(typed: str) -> str:
    """The one-time key of a request made with a form of its own."""
    return f"form {typed}"
