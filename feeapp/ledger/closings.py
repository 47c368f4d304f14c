"""Looks at the months that were closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound
from feeapp.ledger.closing import balances_upto
from feeapp.ledger.models import Closing, ClosingBalance
from feeapp.ledger.rules import ClosingState
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Compared:
    """An account on the last day of a closed month, debits less credits: as it was kept, and as it is now."""

    fund: str
    account: str
    kept: Money
    now: Money

    @property
    def holds(self) -> bool:
        return self.kept == self.now


def list_closings(community_id: int) -> Sequence[Closing]:
    """Every request and what became of it, the newest first."""
    query = sa.select(Closing).where(Closing.community_id == community_id)
    return db.session.scalars(query.order_by(Closing.asked_at.desc(), Closing.id.desc())).all()


def find_waiting(community_id: int) -> Closing | None:
    """The request that waits for a second person."""
    query = sa.select(Closing).where(Closing.community_id == community_id, Closing.state == ClosingState.ASKED)
    return db.session.scalars(query).first()


def get_closing(community_id: int, closing_id: int) -> Closing:
    """A request of this community. Raises NotFound."""
    found = db.session.get(Closing, (community_id, closing_id))
    if found is None:
        raise NotFound
    return found


def compare_balances(closing: Closing) -> list[Compared]:
    """What was kept beside what stands now; nothing where the request closed no month."""
    kept = {
        (row.fund, row.account): row.balance
        for row in db.session.scalars(
            sa.select(ClosingBalance).filter_by(community_id=closing.community_id, closing_id=closing.id)
        )
    }
    if not kept or closing.closed_upto is None:
        return []
    found = db.session.execute(balances_upto(closing.community_id, closing.closed_upto))
    now: dict[tuple[str, str], Money] = {(fund, account): balance for fund, account, balance in found}
    return [Compared(*key, kept.get(key, ZERO), now.get(key, ZERO)) for key in sorted(kept.keys() | now.keys())]
