"""Which prepaid money clears which charge (docs/rules/prepayment.md; BL-18).

A wallet pays only charges of its own unit, person and fund: first the wallets kept for the very item, then the general
ones; the charge due first comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.core.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Held:
    """What one wallet holds; ``owner`` is its unit, person and fund, ``item_id`` None where it pays for any item."""

    wallet_id: int
    owner: tuple[int, int, str]
    item_id: int | None
    balance: Money


@dataclass(frozen=True, slots=True)
class Owing:
    """A charge that is open: whose it is (unit, person, fund), its item, due day, rank among fee kinds, and the sum."""

    charge_id: int
    owner: tuple[int, int, str]
    item_id: int
    due_on: date
    rank: int
    open: Money


@dataclass(frozen=True, slots=True)
class Match:
    """So much of a charge cleared from a wallet."""

    charge_id: int
    wallet_id: int
    amount: Money


def match(held: Sequence[Held], owing: Sequence[Owing]) -> list[Match]:
    """What the wallets clear. The order in which wallets or charges are given makes no difference."""
    left = {one.wallet_id: one.balance for one in held}
    of_owner: dict[tuple[int, int, str], list[Held]] = {}
    for one in sorted(held, key=lambda one: (one.item_id is None, one.wallet_id)):
        of_owner.setdefault(one.owner, []).append(one)
    queue = sorted(owing, key=lambda each: (each.due_on, each.rank, each.charge_id))
    open_ = {each.charge_id: each.open for each in queue}
    matches: list[Match] = []
    # First every charge from what is kept for it, then what is left from what may pay for anything.
    for kept in (True, False):
        for each in queue:
            for wallet in of_owner.get(each.owner, ()):
                fits = wallet.item_id == each.item_id if kept else wallet.item_id is None
                amount = min(left[wallet.wallet_id], open_[each.charge_id]) if fits else ZERO
                if amount > ZERO:
                    left[wallet.wallet_id] -= amount
                    open_[each.charge_id] -= amount
                    matches.append(Match(each.charge_id, wallet.wallet_id, amount))
    return matches
