"""Checks of the reliefs: two people, no day relieved twice, and every step on record."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.logbook.models import LogEntry
from feeapp.reliefs.models import Relief, ReliefStep
from feeapp.reliefs.rules import GRANTED, ReliefState, Step
from feeapp.storage.checking import Check
from feeapp.storage.columns import Choice

_ENTERED = aliased(ReliefStep)
_DECIDED = aliased(ReliefStep)

_ONE_HAND = sa.select(_DECIDED.community_id, _DECIDED.relief_id, _DECIDED.by_id).join(
    _ENTERED,
    sa.and_(
        _ENTERED.community_id == _DECIDED.community_id,
        _ENTERED.relief_id == _DECIDED.relief_id,
        _ENTERED.by_id == _DECIDED.by_id,
        _ENTERED.step.in_((Step.APPLY, Step.INSPECT)),
        _DECIDED.step.in_((Step.APPROVE, Step.REFUSE)),
    ),
)

_FIRST, _SECOND = aliased(Relief), aliased(Relief)

_STACKED = (
    sa.select(_FIRST.community_id, _FIRST.unit_id, _FIRST.id, _SECOND.id.label("other"))
    .join(
        _SECOND,
        sa.and_(
            _SECOND.community_id == _FIRST.community_id,
            _SECOND.unit_id == _FIRST.unit_id,
            _SECOND.id > _FIRST.id,
            sa.or_(_SECOND.item_id == _FIRST.item_id, _SECOND.item_id.is_(None), _FIRST.item_id.is_(None)),
        ),
    )
    .where(
        _FIRST.state.in_(GRANTED),
        _SECOND.state.in_(GRANTED),
        *(
            one.from_on < sa.func.coalesce(other.ended_on, other.to_on)
            for one in (_FIRST, _SECOND)
            for other in (_FIRST, _SECOND)
        ),
    )
)
"""Both hold for a day at all, and each begins before the other's end."""

_LAST = (
    sa.select(ReliefStep.community_id, ReliefStep.relief_id, sa.func.max(ReliefStep.position).label("position"))
    .group_by(ReliefStep.community_id, ReliefStep.relief_id)
    .subquery()
)

_LEADS_TO = {
    Step.APPLY: ReliefState.APPLIED,
    Step.INSPECT: ReliefState.INSPECTED,
    Step.APPROVE: ReliefState.APPROVED,
    Step.REFUSE: ReliefState.REFUSED,
    Step.END: ReliefState.ENDED,
    Step.OCCUPY: ReliefState.ENDED,
}
_STATE_OF_STEP = sa.case(
    *((ReliefStep.step == step, sa.literal(state, Choice(ReliefState))) for step, state in _LEADS_TO.items())
)

_ELSEWHERE = (
    sa.select(Relief.community_id, Relief.id, Relief.state, ReliefStep.step)
    .outerjoin(_LAST, sa.and_(_LAST.c.community_id == Relief.community_id, _LAST.c.relief_id == Relief.id))
    .outerjoin(
        ReliefStep,
        sa.and_(
            ReliefStep.community_id == Relief.community_id,
            ReliefStep.relief_id == Relief.id,
            ReliefStep.position == _LAST.c.position,
        ),
    )
    .where(sa.or_(ReliefStep.step.is_(None), Relief.state != _STATE_OF_STEP))
)

_KIND_OF_STEP = sa.case(*((ReliefStep.step == step, f"reliefs.{step.value.lower()}") for step in Step))

_STEPS = (
    sa.select(
        ReliefStep.community_id,
        ReliefStep.relief_id,
        _KIND_OF_STEP.label("kind"),
        sa.func.count().label("steps"),
    )
    .group_by(ReliefStep.community_id, ReliefStep.relief_id, _KIND_OF_STEP)
    .subquery()
)
_NOTED = (
    sa.select(LogEntry.community_id, LogEntry.subject_id, LogEntry.kind, sa.func.count().label("entries"))
    .where(LogEntry.subject_kind == "relief")
    .group_by(LogEntry.community_id, LogEntry.subject_id, LogEntry.kind)
    .subquery()
)

_NOT_NOTED = (
    sa.select(_STEPS.c.community_id, _STEPS.c.relief_id, _STEPS.c.kind, _STEPS.c.steps, _NOTED.c.entries)
    .outerjoin(
        _NOTED,
        sa.and_(
            _NOTED.c.community_id == _STEPS.c.community_id,
            _NOTED.c.subject_id == _STEPS.c.relief_id,
            _NOTED.c.kind == _STEPS.c.kind,
        ),
    )
    .where(sa.or_(_NOTED.c.entries.is_(None), _NOTED.c.entries != _STEPS.c.steps))
)

CHECKS: tuple[Check, ...] = (
    Check("E1", "Whoever entered or inspected a relief is not the one who decided on it.", _ONE_HAND),
    Check("E2", "No day of a unit and an item is relieved twice.", _STACKED),
    Check("E3", "A relief stands where its last step left it.", _ELSEWHERE),
    Check("E4", "Every step of a relief is in the logbook, as often as it was taken.", _NOT_NOTED),
)
