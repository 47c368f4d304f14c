"""A late charge is made at the moment it is paid, in the payment's own transaction, and never before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import note_months
from feeapp.billing.late import LateFacts
from feeapp.billing.lateness import Memo
from feeapp.billing.models import Charge, LateCharge
from feeapp.billing.rules import LATE_CODE
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.ledger.rules import INCOME_LATE, Fund
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db, dialect_insert
from feeapp.tariffs.models import ChargeItem

_LAST = 9_999
"""Where the item stands on a bill: after everything that has a price."""


@dataclass(frozen=True, slots=True)
class Made:
    """A late charge that was made: its own charge and item, the memo it was made from, and what is paid of it."""

    charge_id: int
    item_id: int
    memo: Memo
    paid: Money


def charge_late(by: By, memos: Mapping[int, Memo], paid: Mapping[int, Money]) -> list[Made]:
    """Make a charge for what is paid of late charges, each settled in full from the start.

    ``memos`` and ``paid`` go by the id of the charge that was late. The caller writes the settlements, books the
    income and holds the units (lateness.hold) since before the memos were reckoned.
    """
    if not paid:
        return []
    item_id = _item_id(by.community_id)
    made = [
        Made(key, item_id, memos[charge_id], amount)
        for key, (charge_id, amount) in zip(new_ids(len(paid)), paid.items(), strict=True)
    ]
    _write(by, item_id, made)
    return made


def _write(by: By, item_id: int, made: Sequence[Made]) -> None:
    today = office_day(by.at)
    month = Period.of(today)
    units = sorted({one.memo.line.unit_id for one in made})
    last = _last_seq(by.community_id, month, item_id, units)
    charges, lates = [], []
    for one in made:
        line, late = one.memo.line, one.memo.late
        last[line.unit_id] = last.get(line.unit_id, 0) + 1
        charges.append(
            {
                "community_id": by.community_id,
                "id": one.charge_id,
                "unit_id": line.unit_id,
                "period": month,
                "item_id": item_id,
                "seq": last[line.unit_id],
                "part_id": None,
                "debtor_id": line.debtor_id,
                "due_on": today,
                "quantity": 1,
                "amount": one.paid,
                "settled": one.paid,
                "reduced": ZERO,
                "booked_on": today,
                "note": {"principal": line.id, "late": LateFacts(late, one.paid).to_note()},
            }
        )
        lates.append(_late(by, one))
    db.session.execute(sa.insert(Charge.__table__), charges)
    db.session.execute(sa.insert(LateCharge.__table__), lates)
    note_months(by.community_id, [(month, item_id)])


def _late(by: By, one: Made) -> dict[str, Any]:
    late = one.memo.late
    return {
        "community_id": by.community_id,
        "charge_id": one.charge_id,
        "principal_id": one.memo.line.id,
        "seq": one.memo.seq,
        "from_on": late.from_on,
        "until_on": late.until_on,
        "fen_days": late.fen_days,
        "daily": str(late.terms.daily),
        "cap": late.cap,
        "amount": one.paid,
    }


def _item_id(community_id: int) -> int:
    """The item of late charges, made on first use; whoever comes second at that moment finds the first one's."""
    item = {
        "community_id": community_id,
        "id": new_id(),
        "code": LATE_CODE,
        "name": "违约金",
        "name_en": "Late charge",
        "fund": Fund.OPERATIONS.value,
        "receivable": INCOME_LATE,
        "income": INCOME_LATE,
        "due_day": 31,
        "position": _LAST,
    }
    mine = sa.select(ChargeItem.id).filter_by(community_id=community_id, code=LATE_CODE)
    found = db.session.scalar(mine)
    if found is None:
        db.session.execute(dialect_insert(ChargeItem.__table__).on_conflict_do_nothing(), item)
        found = db.session.execute(mine).scalar_one()
    return found


def _last_seq(community_id: int, month: Period, item_id: int, units: Sequence[int]) -> dict[int, int]:
    query = (
        sa.select(Charge.unit_id, sa.func.max(Charge.seq))
        .where(
            Charge.community_id == community_id,
            Charge.period == month,
            Charge.item_id == item_id,
            Charge.unit_id.in_(units),
        )
        .group_by(Charge.unit_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
