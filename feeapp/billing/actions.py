"""What changes on a charge after it was billed: only what clears it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from feeapp.billing.models import BilledMonth, Charge
from feeapp.billing.rules import no_longer_open
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.storage.columns import Fen
from feeapp.storage.db import db, dialect_insert


def note_months(community_id: int, months: Iterable[tuple[Period, int]]) -> None:
    """Note ``(period, item)`` pairs that now have charges, so that a unit's are found; noted ones stay as they are."""
    rows = [{"community_id": community_id, "period": period, "item_id": item_id} for period, item_id in months]
    db.session.execute(dialect_insert(BilledMonth.__table__).on_conflict_do_nothing(), rows)


def settle(community_id: int, cleared: Mapping[int, Money]) -> None:
    """Note what a payment clears of each charge.

    The UPDATE itself asks whether so much is still open, so two payments at the same instant cannot both clear it.
    Raises Refused where it is not.
    """
    parts = [
        {"community": community_id, "charge": charge_id, "part": amount}
        for charge_id, amount in sorted(cleared.items())
    ]
    if db.session.connection().execute(_SETTLE, parts).rowcount != len(parts):
        raise no_longer_open()


def unsettle(community_id: int, freed: Mapping[int, Money]) -> None:
    """Take back what was noted as cleared of each charge. Raises Refused where not so much of one is cleared."""
    parts = [
        {"community": community_id, "charge": charge_id, "part": amount} for charge_id, amount in sorted(freed.items())
    ]
    if db.session.connection().execute(_UNSETTLE, parts).rowcount != len(parts):
        raise Refused(
            "settle.less",
            msg("Not so much of this charge has been paid. Reload the page."),
        )


_CHARGES = Charge.__table__
_PAID = _CHARGES.c.settled + sa.bindparam("part", type_=Fen())
_SETTLE = (
    sa.update(_CHARGES)
    .where(
        _CHARGES.c.community_id == sa.bindparam("community"),
        _CHARGES.c.id == sa.bindparam("charge"),
        _PAID + _CHARGES.c.reduced <= _CHARGES.c.amount,
    )
    .values(settled=_PAID)
)
_LESS = _CHARGES.c.settled - sa.bindparam("part", type_=Fen())
_UNSETTLE = (
    sa.update(_CHARGES)
    .where(
        _CHARGES.c.community_id == sa.bindparam("community"),
        _CHARGES.c.id == sa.bindparam("charge"),
        _CHARGES.c.settled >= sa.bindparam("part", type_=Fen()),
    )
    .values(settled=_LESS)
)
