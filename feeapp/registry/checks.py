"""Checks of the household ledger."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.registry.models import Ownership, Unit
from feeapp.registry.queries import counting_changes
from feeapp.storage.checking import Check, overlapping

_CHANGES = counting_changes().subquery()
_SAME_UNIT: dict[str, object] = {
    "partition_by": (_CHANGES.c.community_id, _CHANGES.c.unit_id),
    "order_by": (_CHANGES.c.from_on, _CHANGES.c.id),
}
_IN_TURN = sa.select(
    *_CHANGES.c,
    sa.func.lead(_CHANGES.c.from_on).over(**_SAME_UNIT).label("next_on"),  # type: ignore[arg-type]
    sa.func.lead(_CHANGES.c.before_area).over(**_SAME_UNIT).label("next_before"),  # type: ignore[arg-type]
).subquery()
_TURN = _IN_TURN.c

_AREA_NOT_LED_TO = (
    sa.select(_TURN.community_id, _TURN.unit_id, _TURN.id, _TURN.from_on, _TURN.area, Unit.area.label("on_record"))
    .join(Unit, sa.and_(Unit.community_id == _TURN.community_id, Unit.id == _TURN.unit_id))
    .where(_TURN.next_on.is_(None), Unit.withdrawn_at.is_(None), Unit.area.is_distinct_from(_TURN.area))
)

_CHANGES_THAT_DO_NOT_FOLLOW = sa.select(_TURN.community_id, _TURN.unit_id, _TURN.id, _TURN.from_on, _TURN.area).where(
    sa.or_(
        _TURN.next_on == _TURN.from_on,
        sa.and_(_TURN.next_on.is_not(None), _TURN.next_before.is_distinct_from(_TURN.area)),
    )
)

CHECKS: tuple[Check, ...] = (
    Check(
        "H1",
        "Nobody owns the same unit twice at the same time.",
        overlapping(Ownership, Ownership.unit_id, Ownership.party_id),
    ),
    Check("H2", "The area of a unit is the one its last change led to.", _AREA_NOT_LED_TO),
    Check("H3", "Each change of area begins with what the one before it led to.", _CHANGES_THAT_DO_NOT_FOLLOW),
)
