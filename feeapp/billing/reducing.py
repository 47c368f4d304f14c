"""Taking something off charges without money: each reduction a row of its own, booked in one entry a fund (BL-12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.billing.models import Charge, Reduction
from feeapp.billing.rules import ReductionKind, no_longer_open
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.ledger.actions import Source, post, reverse
from feeapp.ledger.rules import ROUNDING, WAIVERS, Fund, credit, debit
from feeapp.storage.columns import Fen, new_id, new_ids
from feeapp.storage.db import db

BOOKED_ON = {ReductionKind.ROUNDING: ROUNDING, ReductionKind.SMALL: ROUNDING}
"""What a reduction is booked on where it is no waiver."""


@dataclass(frozen=True, slots=True)
class Less:
    """So much off one charge, and what it rests on."""

    charge_id: int
    fund: str
    receivable: str
    kind: ReductionKind
    amount: Money
    reason: str = ""
    rests_on: Source | None = None
    borne_by: str | None = None
    """The account that bears it, where its kind does not say: the income of a charge that was wrong."""


def reduce_charges(by: By, wanted: Sequence[Less], deed: str, source: Source, approved_by: int | None = None) -> None:
    """Lower what is open on charges, all of it or nothing; one entry for each fund.

    The UPDATE itself asks whether so much is still open. Raises Refused where it is not.
    """
    if not wanted:
        return
    parts = [{"community": by.community_id, "charge": each.charge_id, "part": each.amount} for each in wanted]
    if db.session.connection().execute(_REDUCE, parts).rowcount != len(parts):
        raise no_longer_open()
    by_fund: dict[str, list[Less]] = defaultdict(list)
    for each in wanted:
        by_fund[each.fund].append(each)
    for fund, of_fund in sorted(by_fund.items()):
        entry_id = new_id()
        db.session.connection().execute(
            sa.insert(Reduction.__table__),
            [
                {
                    "community_id": by.community_id,
                    "id": key,
                    "charge_id": each.charge_id,
                    "entry_id": entry_id,
                    "kind": each.kind,
                    "amount": each.amount,
                    "reason": each.reason,
                    "source_kind": each.rests_on.kind if each.rests_on else None,
                    "source_id": each.rests_on.id if each.rests_on else None,
                    "approved_by": approved_by,
                    "at": by.at,
                    "by_id": by.actor_id,
                }
                for key, each in zip(new_ids(len(of_fund)), of_fund, strict=True)
            ],
        )
        _book(by, Fund(fund), of_fund, deed, source, entry_id)


def give_back(by: By, kind: ReductionKind, rests_on: Source, deed: str, source: Source) -> dict[int, Money]:
    """Take back what was taken off charges under a document: a row below zero for each, its entry mirrored.

    The answer is what is asked for again of each charge; nothing where nothing was taken off.
    """
    stand = db.session.scalars(
        sa.select(Reduction).where(
            Reduction.community_id == by.community_id,
            Reduction.kind == kind,
            Reduction.source_kind == rests_on.kind,
            Reduction.source_id == rests_on.id,
        )
    ).all()
    given: dict[int, Money] = {}
    for entry_id in sorted({each.entry_id for each in stand}):
        of_entry = [each for each in stand if each.entry_id == entry_id]
        mirror = reverse(by, entry_id, deed, office_day(by.at), source)
        parts = [{"community": by.community_id, "charge": each.charge_id, "part": -each.amount} for each in of_entry]
        db.session.connection().execute(_REDUCE, parts)
        db.session.connection().execute(
            sa.insert(Reduction.__table__),
            [
                {
                    "community_id": by.community_id,
                    "id": key,
                    "charge_id": each.charge_id,
                    "entry_id": mirror,
                    "kind": kind,
                    "amount": -each.amount,
                    "reason": each.reason,
                    "source_kind": rests_on.kind,
                    "source_id": rests_on.id,
                    "approved_by": None,
                    "at": by.at,
                    "by_id": by.actor_id,
                }
                for key, each in zip(new_ids(len(of_entry)), of_entry, strict=True)
            ],
        )
        given |= {each.charge_id: each.amount for each in of_entry}
    return given


def _book(by: By, fund: Fund, reduced: Sequence[Less], deed: str, source: Source, entry_id: int) -> None:
    borne: dict[str, Money] = defaultdict(lambda: ZERO)
    no_longer_owed: dict[str, Money] = defaultdict(lambda: ZERO)
    for each in reduced:
        borne[each.borne_by or BOOKED_ON.get(each.kind, WAIVERS)] += each.amount
        no_longer_owed[each.receivable] += each.amount
    lines = [debit(account, amount) for account, amount in sorted(borne.items())]
    lines += [credit(account, amount) for account, amount in sorted(no_longer_owed.items())]
    post(by, fund, deed, office_day(by.at), source, lines, entry_id=entry_id)


_CHARGES = Charge.__table__
_LOWERED = _CHARGES.c.reduced + sa.bindparam("part", type_=Fen())
_REDUCE = (
    sa.update(_CHARGES)
    .where(
        _CHARGES.c.community_id == sa.bindparam("community"),
        _CHARGES.c.id == sa.bindparam("charge"),
        _CHARGES.c.settled + _LOWERED <= _CHARGES.c.amount,
    )
    .values(reduced=_LOWERED)
)
