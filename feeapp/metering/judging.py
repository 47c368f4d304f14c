"""Whether a figure may be entered for a meter: refused, asked about, or taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.core.refusal import Refused, Sentence, msg
from feeapp.metering.rules import Asked, JumpRule, Question, Reading, Register, question, written

NEEDS_REASON = frozenset({Question.LOW, Question.JUMP})
"""A register that passed its end explains itself; the others are taken only with a reason."""

QUESTIONS: dict[Question, Sentence] = {
    Question.ROLLED: msg(
        "The figure is below the last one, %(last)s of %(day)s. If the register passed its end and began again, "
        "%(used)s were used: tick that this is so."
    ),
    Question.LOW: msg(
        "The figure is below the last one, %(last)s of %(day)s, and it does not look as if the register passed its "
        "end: %(used)s would have been used. Read again; a new meter is entered as a replacement. If the figure is "
        "right all the same, tick that and say why."
    ),
    Question.JUMP: msg(
        "%(used)s since %(day)s is far more than usual, which would be about %(usual)s. Read again; if the figure is "
        "right, tick that and say why."
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A meter as it is judged: its register, the days it hangs there, its latest readings, the oldest first."""

    register: Register
    installed_on: date
    removed_on: date | None
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure to be entered; ``confirmed`` answers what is asked about it, with a reason."""

    figure: int
    on: date
    confirmed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure that may be entered: the meter's first, or one about which a person answered a question."""

    baseline: bool
    answered: Question | None


def judge(standing: Standing, entry: Entry, today: date, rule: JumpRule) -> Judged:
    """What a figure is taken as. Raises Refused where it cannot be, or not before a question is answered."""
    standing.register.check(entry.figure)
    _check_day(standing, entry.on, today)
    if not standing.readings:
        return Judged(True, None)
    asked = question(standing.register, standing.readings, entry.figure, entry.on, rule)
    if asked is None:
        return Judged(False, None)
    if not entry.confirmed:
        raise ask(standing, asked)
    if asked.question in NEEDS_REASON and not entry.reason:
        raise Refused("meter.reason", msg("Say why this figure is right."), field="reason")
    return Judged(False, asked.question)


def ask(standing: Standing, asked: Asked) -> Refused:
    """The question as a refusal; it names the field that answers it."""
    last = standing.readings[-1]
    facts = {
        "last": written(last.figure),
        "day": last.read_on.isoformat(),
        "used": written(asked.used),
        "usual": "" if asked.usual is None else written(asked.usual),
    }
    return Refused(f"meter.{asked.question.value.lower()}", QUESTIONS[asked.question], facts, field="confirmed")


def _check_day(standing: Standing, on: date, today: date) -> None:
    if on > today:
        raise Refused("meter.future", msg("This day has not come yet."), field="read_on")
    if on < standing.installed_on:
        raise Refused(
            "meter.before",
            msg("The meter was put up on %(day)s; it cannot have been read before."),
            {"day": standing.installed_on.isoformat()},
            field="read_on",
        )
    if standing.removed_on is not None and on > standing.removed_on:
        raise Refused(
            "meter.removed",
            msg("The meter was taken off on %(day)s; it cannot have been read after."),
            {"day": standing.removed_on.isoformat()},
            field="read_on",
        )
    last = standing.readings[-1] if standing.readings else None
    if last is not None and on == last.read_on:
        raise Refused(
            "meter.read",
            msg("A reading of this day stands already: %(figure)s. Correct it where it is wrong."),
            {"figure": written(last.figure)},
            field="read_on",
        )
    if last is not None and on < last.read_on:
        raise Refused(
            "meter.later",
            msg("A later reading stands: %(figure)s of %(day)s. A figure is entered after the last one only."),
            {"figure": written(last.figure), "day": last.read_on.isoformat()},
            field="read_on",
        )
