"""What a household has to pay today: its open charges, and the late charges that have run up on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.billing.late import Cleared, Terms
from feeapp.billing.lateness import Memo, PaidLate, hold, list_memos, terms_in
from feeapp.billing.models import Charge
from feeapp.billing.queries import ChargeLine, list_open_charges
from feeapp.cashier.models import Payment, Settlement, Void
from feeapp.cashier.settling import OpenItem
from feeapp.cashier.standing import PAID_ON, UNDONE, less, of_payment
from feeapp.core.money import ZERO, Money, total
from feeapp.registry.profile import SettlementPolicy
from feeapp.registry.queries import profile_of
from feeapp.storage.db import db

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Owing:
    """The charges that are open or late, oldest due first, their late charges, and the community's order of clearing.

    ``terms`` is None where late charges are off.
    """

    lines: dict[int, ChargeLine]
    memos: dict[int, Memo]
    policy: SettlementPolicy
    terms: Terms | None

    @property
    def items(self) -> list[OpenItem]:
        return [
            OpenItem(line.id, line.fund, line.due_on, line.rank, line.open, self.late(line.id))
            for line in self.lines.values()
        ]

    def due(self, chosen: Collection[int]) -> Money:
        """What is due on the chosen charges, late charges with them."""
        return total(self.lines[each].open + self.late(each) for each in chosen if each in self.lines)

    def late(self, charge_id: int) -> Money:
        """What has run up on a charge."""
        memo = self.memos.get(charge_id)
        return memo.amount if memo else ZERO


def look(community_id: int, unit_ids: Sequence[int], on: date, *, holding: bool = False) -> Owing:
    """What is owed on these units on a day.

    ``holding`` is for whoever is about to take the money: where late charges are on, nobody else then charges or
    waives them until this transaction ends. Where they are off, the settings are the only extra look.
    """
    profile = profile_of(community_id)
    terms = terms_in(profile)
    if terms is None:
        lines = {line.id: line for line in list_open_charges(community_id, unit_ids)}
        return Owing(lines, {}, profile.settlement_policy, None)
    if holding:
        hold(community_id, unit_ids)
    lines = {line.id: line for line in list_open_charges(community_id, unit_ids)}
    memos = {memo.line.id: memo for memo in list_memos(community_id, unit_ids, on, terms)}
    lines |= {memo.line.id: memo.line for memo in memos.values() if memo.line.id not in lines}
    ordered = sorted(lines.values(), key=lambda line: (line.due_on, line.rank, line.unit_code, line.id))
    return Owing({line.id: line for line in ordered}, memos, profile.settlement_policy, terms)


def list_paid_late(community_id: int, unit_ids: Sequence[int] | None) -> Iterator[PaidLate]:
    """What payments cleared of charges after their due day, below zero where it was taken back.

    For billing/lateness.py.
    """
    of_charge = sa.and_(Charge.community_id == Settlement.community_id, Charge.id == Settlement.charge_id)
    cleared = (
        sa.select(Settlement.charge_id, PAID_ON, Settlement.amount)
        .join(Payment, of_payment(Settlement))
        .join(Charge, of_charge)
        .where(Settlement.community_id == community_id, Charge.due_on < PAID_ON)
    )
    taken_back = (
        sa.select(Settlement.charge_id, Void.done_on, less(Settlement.amount))
        .join(Payment, of_payment(Settlement))
        .join(Void, UNDONE)
        .join(Charge, of_charge)
        .where(Settlement.community_id == community_id, Charge.due_on < Void.done_on)
    )
    for query in (cleared, taken_back):
        parts = (
            [query]
            if unit_ids is None
            else [
                query.where(Charge.unit_id.in_(unit_ids[at : at + _AT_ONCE]))
                for at in range(0, len(unit_ids), _AT_ONCE)
            ]
        )
        for part in parts:
            for charge_id, on, amount in db.session.execute(part):
                yield charge_id, Cleared(on, amount)
