"""What a resident sees: their own units, what is charged on them, and the receipts for it. Nothing of anybody else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.billing.models import Charge
from feeapp.billing.queries import ChargeLine
from feeapp.cashier.models import Receipt, Settlement
from feeapp.cashier.rules import PAYMENT
from feeapp.cashier.void_queries import fates_of
from feeapp.cashier.void_rules import Fate
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.prepay.queries import list_prepayments
from feeapp.registry.models import Community, Ownership, Unit
from feeapp.registry.standing import standing
from feeapp.storage.db import db
from feeapp.tariffs.queries import list_items
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.queries import list_wallets


@dataclass(frozen=True, slots=True)
class Holding:
    """A unit a resident owns today, and everybody who owns it with them.

    ``former`` for one that was theirs: then ``co_owners`` are they and those who left with them, whose bills and
    receipts of that time stay in sight, and nothing of whoever came after.
    """

    community: Community
    unit: Unit
    co_owners: frozenset[int]
    former: bool = False


def list_holdings(parties: Sequence[tuple[int, int]], on: date) -> list[Holding]:
    """The units that these ``(community_id, party_id)`` own on a day, homes first."""
    held = []
    for community_id, party_id in parties:
        community = db.session.get_one(Community, community_id)
        mine = sa.exists().where(
            Ownership.community_id == community_id,
            Ownership.unit_id == Unit.id,
            Ownership.party_id == party_id,
            standing(on),
        )
        units = db.session.scalars(
            sa.select(Unit)
            .where(Unit.community_id == community_id, Unit.withdrawn_at.is_(None), mine)
            .order_by(Unit.use, Unit.code)
        )
        held += [Holding(community, unit, _owners(community_id, unit.id, on)) for unit in units]
    return held


def list_former(parties: Sequence[tuple[int, int]], on: date) -> list[Holding]:
    """The units that were theirs and no longer are, homes first."""
    held = []
    for community_id, party_id in parties:
        community = db.session.get_one(Community, community_id)
        mine = sa.and_(Ownership.community_id == community_id, Ownership.party_id == party_id)
        left = sa.select(Ownership.unit_id, sa.func.max(Ownership.to_on)).where(mine).group_by(Ownership.unit_id)
        days = {
            unit_id: day
            for unit_id, day in db.session.execute(left)
            if day is not None
            and db.session.scalar(sa.select(~sa.exists().where(mine, Ownership.unit_id == unit_id, standing(on))))
        }
        units = db.session.scalars(
            sa.select(Unit)
            .where(Unit.community_id == community_id, Unit.withdrawn_at.is_(None), Unit.id.in_(days))
            .order_by(Unit.use, Unit.code)
        )
        held += [Holding(community, unit, _left_with(community_id, unit.id, days[unit.id]), True) for unit in units]
    return held


def _left_with(community_id: int, unit_id: int, day: date) -> frozenset[int]:
    """Whoever gave a unit up on a day and never had it since."""
    since = sa.orm.aliased(Ownership)
    back = sa.exists().where(
        since.community_id == community_id,
        since.unit_id == unit_id,
        since.party_id == Ownership.party_id,
        since.from_on >= day,
    )
    return frozenset(
        db.session.scalars(
            sa.select(Ownership.party_id).where(
                Ownership.community_id == community_id, Ownership.unit_id == unit_id, Ownership.to_on == day, ~back
            )
        )
    )


def get_holding(parties: Sequence[tuple[int, int]], unit_id: int, on: date) -> Holding:
    """One of the resident's units. Raises NotFound for any other."""
    for holding in list_holdings(parties, on):
        if holding.unit.id == unit_id:
            return holding
    raise NotFound


def _owners(community_id: int, unit_id: int, on: date) -> frozenset[int]:
    return frozenset(
        db.session.scalars(
            sa.select(Ownership.party_id).where(
                Ownership.community_id == community_id, Ownership.unit_id == unit_id, standing(on)
            )
        )
    )


def list_own_receipts(holdings: Sequence[Holding]) -> list[Receipt]:
    """Receipts all of whose lines are charges or prepaid money of these units and owners, newest first.

    A receipt that also clears somebody else's charge is not shown: it would tell what the other owes.
    """
    found: dict[int, Receipt] = {}
    for community_id in {holding.community.id for holding in holdings}:
        here = [holding for holding in holdings if holding.community.id == community_id]
        own = sa.or_(*(sa.and_(Charge.unit_id == each.unit.id, Charge.debtor_id.in_(each.co_owners)) for each in here))
        cleared = (
            sa.select(Settlement.payment_id)
            .join(Charge, sa.and_(Charge.community_id == Settlement.community_id, Charge.id == Settlement.charge_id))
            .where(Settlement.community_id == community_id)
        )
        mine = sa.or_(*(sa.and_(Wallet.unit_id == each.unit.id, Wallet.party_id.in_(each.co_owners)) for each in here))
        held = (
            sa.select(WalletMove.source_id)
            .join(Wallet, sa.and_(Wallet.community_id == WalletMove.community_id, Wallet.id == WalletMove.wallet_id))
            .where(WalletMove.community_id == community_id, WalletMove.source_kind == PAYMENT)
        )
        receipts = db.session.scalars(
            sa.select(Receipt).where(
                Receipt.community_id == community_id,
                sa.or_(Receipt.payment_id.in_(cleared.where(own)), Receipt.payment_id.in_(held.where(mine))),
                Receipt.payment_id.not_in(cleared.where(sa.not_(own))),
                Receipt.payment_id.not_in(held.where(sa.not_(mine))),
            )
        )
        found.update({receipt.id: receipt for receipt in receipts})
    return sorted(found.values(), key=lambda receipt: (receipt.issued_at, receipt.id), reverse=True)


def list_fates(receipts: Sequence[Receipt]) -> dict[int, Fate]:
    """What became of each of these receipts: valid, void, reversed, or in red itself."""
    fates: dict[int, Fate] = {}
    for community_id in {receipt.community_id for receipt in receipts}:
        fates |= fates_of(community_id, [each for each in receipts if each.community_id == community_id])
    return fates


def sum_held(holdings: Sequence[Holding]) -> Money:
    """The prepaid money that is held for these units and owners."""
    return total(
        wallet.balance
        for holding in holdings
        for wallet in list_wallets(holding.community.id, (holding.unit.id,))
        if wallet.party_id in holding.co_owners
    )


@dataclass(frozen=True, slots=True)
class Ahead:
    """Up to which month an item of a unit is paid ahead."""

    unit_name: str
    item_name: str
    item_name_en: str
    through: Period


def list_ahead(holdings: Sequence[Holding], this_month: Period) -> list[Ahead]:
    """What these units and owners have paid ahead for this month or later."""
    ahead: dict[tuple[int, int], Ahead] = {}
    for holding in holdings:
        items = {item.id: item for item in list_items(holding.community.id)}
        for each in list_prepayments(holding.community.id, (holding.unit.id,)):
            if each.party_id in holding.co_owners and each.through_period >= this_month:
                item, through = items[each.item_id], each.through_period
                key = (each.unit_id, each.item_id)
                if key not in ahead or ahead[key].through < through:
                    ahead[key] = Ahead(holding.unit.name, item.name, item.name_en, through)
    return list(ahead.values())


def get_own_receipt(holdings: Sequence[Holding], receipt_id: int) -> Receipt:
    """One of these receipts. Raises NotFound for any other."""
    for receipt in list_own_receipts(holdings):
        if receipt.id == receipt_id:
            return receipt
    raise NotFound


@dataclass(frozen=True, slots=True)
class Bill:
    """What a unit is asked to pay for a month: its charges together."""

    unit_code: str
    unit_name: str
    period: Period
    charges: tuple[ChargeLine, ...]
    disputed: frozenset[int] = frozenset()
    """Those of its charges that are under review, and so are not asked for."""

    @property
    def amount(self) -> Money:
        return total(charge.amount for charge in self.charges)

    @property
    def open(self) -> Money:
        return total(charge.open for charge in self.charges)

    @property
    def reviewed(self) -> Money:
        """What of the open sum is under review."""
        return total(charge.open for charge in self.charges if charge.id in self.disputed)

    @property
    def due(self) -> Money:
        """What the household is asked to pay now."""
        return self.open - self.reviewed


def as_bills(charges: Sequence[ChargeLine], disputed: Collection[int]) -> list[Bill]:
    """Charges gathered into bills, the newest month first; ``disputed`` are the ids of those under review."""
    gathered: dict[tuple[Period, str], list[ChargeLine]] = {}
    for charge in charges:
        gathered.setdefault((charge.period, charge.unit_code), []).append(charge)
    return [
        Bill(code, lines[0].unit_name, period, tuple(lines), frozenset(disputed) & {line.id for line in lines})
        for (period, code), lines in sorted(gathered.items(), key=lambda each: (-each[0][0].key, each[0][1]))
    ]
