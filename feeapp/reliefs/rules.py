"""Reliefs: their steps, their days, and what one may ask for.

Rules: docs/rules/reliefs.md (domain rules FEE-10, BL-11 and RN-11; Civil Code art. 944).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from feeapp.core.period import Span, add_months
from feeapp.core.refusal import Refused, msg
from feeapp.core.states import Moves

WHOLE = Decimal(100)
"""The percent of somebody who pays everything."""

EXPIRING_DAYS = 60
"""A relief is listed as expiring when its last day is at most so many days away."""


class ReliefKind(enum.Enum):
    """A discount for an empty home, a relief for need, or an exemption that a rule or a resolution gives."""

    VACANCY = "VACANCY"
    HARDSHIP = "HARDSHIP"
    EXEMPTION = "EXEMPTION"


class PaperKind(enum.Enum):
    """The paper that a hardship relief or an exemption rests on (RN-11; there is no national list)."""

    LOW_INCOME = "LOW_INCOME"
    EXTREME_POVERTY = "EXTREME_POVERTY"
    DISABILITY = "DISABILITY"
    VETERAN = "VETERAN"
    RESOLUTION = "RESOLUTION"
    OTHER = "OTHER"


class ReliefState(enum.Enum):
    """How far a relief has come. One that has run to its last day stays APPROVED; ENDED is ended before it."""

    APPLIED = "APPLIED"
    INSPECTED = "INSPECTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


class Step(enum.Enum):
    """What was done to a relief; OCCUPY is the end of a vacancy that the household ledger itself brought about."""

    APPLY = "APPLY"
    INSPECT = "INSPECT"
    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    END = "END"
    OCCUPY = "OCCUPY"


RELIEF_MOVES = Moves(
    {
        ReliefState.APPLIED: {"inspect": ReliefState.INSPECTED, "refuse": ReliefState.REFUSED},
        ReliefState.INSPECTED: {"approve": ReliefState.APPROVED, "refuse": ReliefState.REFUSED},
        ReliefState.APPROVED: {"end": ReliefState.ENDED, "occupy": ReliefState.ENDED},
        ReliefState.ENDED: {"end": ReliefState.ENDED, "occupy": ReliefState.ENDED},
    }
)
"""An end may be brought forward, never put off."""

GRANTED = (ReliefState.APPROVED, ReliefState.ENDED)
"""The states whose days are relieved."""


class Phase(enum.Enum):
    """Where a relief stands on a day; the value stands in the address of the filtered list."""

    TO_INSPECT = "to-inspect"
    TO_DECIDE = "to-decide"
    TO_COME = "to-come"
    IN_FORCE = "in-force"
    OVER = "over"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class VacancyRule:
    """The community's rule for empty homes: the least percent that stays to be paid, and the shortest vacancy."""

    percent: Decimal
    min_months: int


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked for. Days are as people write them: the last one counts.

    ``item_id`` None is every property-fee item. A vacancy says since when the home is empty and names its last day;
    the others name a paper with its number, issuer and expiry, and who bears what is not charged. Their last day may
    be left open: it is then the day the paper expires.
    """

    unit_id: int
    kind: ReliefKind
    item_id: int | None
    percent: Decimal
    applied_on: date
    from_on: date
    last_on: date | None
    proof: str
    since_on: date | None = None
    paper_kind: PaperKind | None = None
    paper_number: str = ""
    paper_issuer: str = ""
    valid_until: date | None = None
    borne_by: str = ""


def days_of(asked: Application, today: date) -> Span:
    """The days asked for. Raises Refused where they do not follow from the application and its paper.

    A relief is applied for before it begins (BL-11), and never outlasts its paper (RN-11).
    """
    if asked.applied_on > today:
        raise Refused("reliefs.ahead", msg("The application cannot be dated in the future."), field="applied_on")
    if asked.from_on < asked.applied_on:
        raise Refused(
            "reliefs.before_application",
            msg("A relief is applied for before it begins. Its first day is the day of the application or later."),
            field="from_on",
        )
    last_on = asked.last_on or asked.valid_until
    if last_on is None:
        raise Refused("reliefs.no_end", msg("Name the last day."), field="last_on")
    if last_on < asked.from_on:
        raise Refused("reliefs.days", msg("The last day lies before the first."), field="last_on")
    if asked.valid_until and last_on > asked.valid_until:
        raise Refused(
            "reliefs.outlasts",
            msg("The certificate is valid until %(day)s only. The relief cannot last longer."),
            {"day": asked.valid_until.isoformat()},
            "last_on",
        )
    return Span(asked.from_on, last_on + timedelta(days=1))


def check_percent(percent: Decimal) -> None:
    """Raises Refused for a percent still to be paid that is no relief, or finer than 0.01."""
    if not 0 <= percent < WHOLE or percent != round(percent, 2):
        raise Refused(
            "reliefs.percent",
            msg("The percent still to be paid lies between 0 and 99.99; 0 means that nothing is paid."),
            field="percent",
        )


def check_vacancy(asked: Application, days: Span, rule: VacancyRule) -> None:
    """Raises Refused for what the community's rule for empty homes does not give (FEE-10).

    The shortest vacancy is counted from the day since which the home is empty to the last day of the relief.
    """
    if rule.percent >= WHOLE:
        raise Refused(
            "reliefs.no_vacancy",
            msg("This community gives no vacancy discount. Its rule is set under Fee and vote rules."),
        )
    if asked.percent < rule.percent:
        raise Refused(
            "reliefs.vacancy_percent",
            msg("By this community’s rule %(percent)s %% stays to be paid for an empty home, not less."),
            {"percent": plain(rule.percent)},
            "percent",
        )
    if asked.since_on is None:
        raise Refused("reliefs.since", msg("Say since when the home is empty."), field="since_on")
    if asked.since_on > asked.from_on:
        raise Refused("reliefs.since", msg("The home must be empty by the first day of the relief."), field="since_on")
    if falls_short(asked.since_on, days.end, rule.min_months):
        raise Refused(
            "reliefs.too_short",
            msg("A home must be empty for at least %(months)s months. Here the last day is %(day)s or later."),
            {
                "months": rule.min_months,
                "day": (add_months(asked.since_on, rule.min_months) - timedelta(days=1)).isoformat(),
            },
            "last_on",
        )


def check_paper(asked: Application) -> None:
    """Raises Refused for a hardship relief or an exemption that does not name its paper and who bears it (RN-11)."""
    for field, value in (
        ("paper_kind", asked.paper_kind),
        ("paper_number", asked.paper_number),
        ("paper_issuer", asked.paper_issuer),
        ("valid_until", asked.valid_until),
        ("borne_by", asked.borne_by),
    ):
        if not value:
            raise Refused("reliefs.paper", msg("This kind of relief needs it. Fill this in."), field=field)
    if asked.since_on is not None:
        raise Refused("reliefs.paper", msg("Only a vacancy has a day since which the home is empty."), field="since_on")


def approved_days(asked_from: date, to_on: date, from_on: date | None, today: date) -> Span:
    """The days of an approval that names its first day, or leaves it open: as early as may be.

    Raises Refused for a day before the approval or before what was asked for: days that have passed are put right by
    a credit line, not by a relief.
    """
    earliest = max(asked_from, today)
    from_on = from_on or earliest
    if from_on < earliest:
        raise Refused(
            "reliefs.approved_from",
            msg(
                "A relief begins on %(day)s at the earliest: not before it was asked for, and not before its approval."
            ),
            {"day": earliest.isoformat()},
            "from_on",
        )
    if from_on >= to_on:
        raise Refused(
            "reliefs.passed",
            msg("Its last day is %(day)s. Name an earlier first day, or refuse it if the days have passed."),
            {"day": (to_on - timedelta(days=1)).isoformat()},
            "from_on",
        )
    return Span(from_on, to_on)


def check_end(day: date, from_on: date, end: date) -> None:
    """Raises Refused where a relief cannot end early on this day, the first without it."""
    if not from_on <= day < end:
        raise Refused(
            "reliefs.end",
            msg("This relief holds from %(from_on)s to %(last_on)s. Name one of these days."),
            {"from_on": from_on.isoformat(), "last_on": (end - timedelta(days=1)).isoformat()},
            "ended_on",
        )


def check_second_person(actor_id: int | None, before: Iterable[int | None]) -> None:
    """Raises Refused where whoever decides has also entered the application or the inspection."""
    if actor_id in set(before):
        raise Refused(
            "reliefs.own",
            msg("Whoever entered the application or the inspection does not decide on it. Ask a second person."),
        )


def falls_short(since_on: date | None, end: date, min_months: int) -> bool:
    """Whether a vacancy came to less than the community's shortest, because it ended before its time."""
    return since_on is not None and add_months(since_on, min_months) > end


def overlap(first: tuple[date, date], second: tuple[date, date]) -> bool:
    """Whether two half-open runs of days share one; a run that is empty shares none."""
    return max(first[0], second[0]) < min(first[1], second[1])


def same_item(first: int | None, second: int | None) -> bool:
    """Whether two reliefs of a unit can meet on one charge: on the same item, or where one is for every fee item."""
    return first == second or first is None or second is None


def phase_of(state: ReliefState, from_on: date, end: date, today: date) -> Phase:
    """Where a relief stands on a day; ``end`` is the first day without it."""
    if state is ReliefState.APPLIED:
        return Phase.TO_INSPECT
    if state is ReliefState.INSPECTED:
        return Phase.TO_DECIDE
    if state is ReliefState.REFUSED:
        return Phase.REFUSED
    if end <= max(today, from_on):
        return Phase.OVER
    return Phase.TO_COME if today < from_on else Phase.IN_FORCE


def is_expiring(phase: Phase, end: date, today: date) -> bool:
    """Whether a relief that runs or is to come has its last day within ``EXPIRING_DAYS``."""
    return phase in (Phase.IN_FORCE, Phase.TO_COME) and end - timedelta(days=1) <= today + timedelta(days=EXPIRING_DAYS)


def plain(percent: Decimal) -> str:
    """A percent without needless zeros: ``60``, ``62.5``."""
    return f"{percent.normalize():f}"


def label(code: str, year: int, number: int) -> str:
    """The number of a relief as it stands on its sheet: ``XHY-JM-2026-0007``."""
    return f"{code}-JM-{year}-{number:04d}"
