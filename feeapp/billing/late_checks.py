"""Checks of late charges: within their cap, no day twice, each with its charge, each waiver by a second person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.billing.models import Charge, LateCharge, LateWaiver, LateWaiverLine
from feeapp.billing.rules import LATE_CODE, WaiverState
from feeapp.storage.checking import Check
from feeapp.tariffs.models import ChargeItem


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


def _of(late: Any) -> sa.ColumnElement[bool]:
    return sa.and_(Charge.community_id == late.community_id, Charge.id == late.charge_id)


_STANDS = Charge.settled > sa.literal(0)
_SUM, _CAP = sa.func.sum(_fen(LateCharge.amount)), sa.func.max(_fen(LateCharge.cap))

_ABOVE_CAP = (
    sa.select(LateCharge.community_id, LateCharge.principal_id, _SUM.label("late"), _CAP.label("cap"))
    .join(Charge, _of(LateCharge))
    .where(_STANDS)
    .group_by(LateCharge.community_id, LateCharge.principal_id)
    .having(_SUM > _CAP)
)

_EARLIER, _LATER, _FIRST = LateCharge, aliased(LateCharge), aliased(Charge)
_DAY_TWICE = (
    sa.select(_LATER.community_id, _LATER.principal_id, _EARLIER.until_on, _LATER.from_on)
    .select_from(_LATER)
    .join(
        _EARLIER,
        sa.and_(
            _EARLIER.community_id == _LATER.community_id,
            _EARLIER.principal_id == _LATER.principal_id,
            _EARLIER.seq < _LATER.seq,
        ),
    )
    .join(Charge, _of(_LATER))
    .join(_FIRST, sa.and_(_FIRST.community_id == _EARLIER.community_id, _FIRST.id == _EARLIER.charge_id))
    .where(_STANDS, _FIRST.settled > sa.literal(0), _LATER.from_on < _EARLIER.until_on)
)

_ITEM_OF = sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id)
_WITHOUT_CHARGE = sa.union_all(
    sa.select(LateCharge.community_id, LateCharge.charge_id, LateCharge.amount)
    .outerjoin(Charge, _of(LateCharge))
    .outerjoin(ChargeItem, _ITEM_OF)
    .where(
        sa.or_(
            Charge.id.is_(None),
            _fen(Charge.amount) != _fen(LateCharge.amount),
            sa.func.coalesce(ChargeItem.code, "") != LATE_CODE,
        )
    ),
    sa.select(Charge.community_id, Charge.id, Charge.amount)
    .join(ChargeItem, _ITEM_OF)
    .outerjoin(LateCharge, _of(LateCharge))
    .where(ChargeItem.code == LATE_CODE, LateCharge.charge_id.is_(None)),
)

_ALONE = sa.union_all(
    sa.select(LateWaiver.community_id, LateWaiver.id, LateWaiver.asked_by, LateWaiver.decided_by).where(
        LateWaiver.state != WaiverState.ASKED,
        sa.or_(LateWaiver.decided_by.is_(None), LateWaiver.decided_by == LateWaiver.asked_by),
    ),
    sa.select(LateWaiver.community_id, LateWaiver.id, LateWaiver.asked_by, LateWaiver.decided_by)
    .join(
        LateWaiverLine,
        sa.and_(LateWaiverLine.community_id == LateWaiver.community_id, LateWaiverLine.waiver_id == LateWaiver.id),
    )
    .where(LateWaiver.state != WaiverState.APPROVED, LateWaiverLine.waived > sa.literal(0)),
)

CHECKS: tuple[Check, ...] = (
    Check("O1", "The late charges of a charge come to no more than their cap.", _ABOVE_CAP),
    Check("O2", "No day is charged twice for being late with the same charge.", _DAY_TWICE),
    Check("O3", "Every late charge that was paid is a charge, for the same sum.", _WITHOUT_CHARGE),
    Check("O4", "A late charge is waived by somebody else than asked for it.", _ALONE),
)
