"""Looks at offers, at what is held for households, and at how far they have paid ahead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import BilledMonth, Charge
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.prepay.models import Offer, Prepayment
from feeapp.prepay.rules import Terms
from feeapp.registry.models import Building, Party, SearchKey, Unit
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import MoveKind
from feeapp.web.paging import SIZE, Page


def list_offers(community_id: int) -> list[tuple[Offer, ChargeItem]]:
    """Every offer that was published, the newest first, with its item."""
    found = db.session.execute(
        sa.select(Offer, ChargeItem)
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Offer.community_id, ChargeItem.id == Offer.item_id))
        .where(Offer.community_id == community_id)
        .order_by(Offer.from_on.desc(), Offer.id.desc())
    )
    return [(offer, item) for offer, item in found]


def get_offer(community_id: int, offer_id: int) -> Offer:
    """An offer of this community. Raises NotFound."""
    offer = db.session.get(Offer, (community_id, offer_id))
    if offer is None:
        raise NotFound
    return offer


def list_offers_on(community_id: int, on: date) -> list[Offer]:
    """The offers that hold on a day."""
    return list(
        db.session.scalars(
            sa.select(Offer)
            .where(
                Offer.community_id == community_id,
                Offer.from_on <= on,
                sa.or_(Offer.to_on.is_(None), Offer.to_on >= on),
            )
            .order_by(Offer.id)
        )
    )


def terms_of(offer: Offer) -> Terms:
    """What an offer asks and gives."""
    return Terms(offer.kind, offer.months, offer.gift_months, offer.percent)


def list_prepayments(community_id: int, unit_ids: Collection[int]) -> list[Prepayment]:
    """What was paid ahead for these units and not paid back since, the oldest first."""
    return list(
        db.session.scalars(
            sa.select(Prepayment)
            .where(
                Prepayment.community_id == community_id,
                Prepayment.unit_id.in_(list(unit_ids)),
                Prepayment.undone_at.is_(None),
                ~left_its_wallet(MoveKind.REFUNDED),
            )
            .order_by(Prepayment.from_period, Prepayment.id)
        )
    )


def left_its_wallet(*kinds: MoveKind) -> sa.ColumnElement[bool]:
    """Whether the money of a prepayment was later paid back or handed on, as SQL over prepayments."""
    return sa.exists().where(
        WalletMove.community_id == Prepayment.community_id,
        WalletMove.wallet_id == Prepayment.wallet_id,
        WalletMove.kind.in_(kinds),
        WalletMove.amount < sa.literal(0),
        WalletMove.at >= Prepayment.at,
    )


def prepaid_through(community_id: int, unit_ids: Collection[int]) -> dict[tuple[int, int], Period]:
    """The last month that is paid ahead, for each ``(unit, item)`` that ever paid ahead."""
    through: dict[tuple[int, int], Period] = {}
    for each in list_prepayments(community_id, unit_ids):
        key = (each.unit_id, each.item_id)
        through[key] = max(each.through_period, through.get(key, each.through_period))
    return through


def last_billed(community_id: int, unit_ids: Collection[int]) -> dict[tuple[int, int], Period]:
    """The last month that was billed, for each ``(unit, item)``."""
    billed = db.session.execute(
        sa.select(Charge.unit_id, Charge.item_id, sa.func.max(Charge.period))
        .join(
            BilledMonth,
            sa.and_(
                BilledMonth.community_id == Charge.community_id,
                BilledMonth.period == Charge.period,
                BilledMonth.item_id == Charge.item_id,
            ),
        )
        .where(Charge.community_id == community_id, Charge.unit_id.in_(list(unit_ids)))
        .group_by(Charge.unit_id, Charge.item_id)
    )
    return {(unit_id, item_id): period for unit_id, item_id, period in billed}


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Money held for a unit: whose it is, for which item (None: any), and the last month it was meant for."""

    unit_id: int
    unit_code: str
    unit_name: str
    owner: str
    item_id: int | None
    item_name: str | None
    item_name_en: str | None
    balance: Money
    through: Period | None = None


def list_held(community_id: int, typed: str, page: int | None) -> Page[HeldLine]:
    """Every wallet that holds anything, in walking order; all of them where ``page`` is None (for the export)."""
    query = _held(community_id, typed)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    query = query.join(
        Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id)
    ).order_by(Building.position, Building.code, Unit.walk, Unit.code, Wallet.item_id.is_(None), Wallet.id)
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    rows = db.session.execute(query).all()
    through = _through(community_id, rows)
    lines = [
        HeldLine(
            row.unit_id, row.code, row.name, row.owner, row.item_id, row.item_name, row.name_en, row.balance,
            through.get((row.unit_id, row.item_id)),
        )
        for row in rows
    ]  # fmt: skip
    return Page(lines, page or 1, count)


def sum_held(community_id: int, typed: str) -> Money:
    """What the wallets of such a list hold together."""
    listed = _held(community_id, typed).subquery()
    sum_ = sa.func.coalesce(sa.func.sum(sa.type_coerce(listed.c.balance, sa.BigInteger)), 0)
    return Money(int(db.session.scalar(sa.select(sum_)) or 0))


def _held(community_id: int, typed: str) -> Any:
    query = (
        sa.select(
            Wallet.unit_id,
            Unit.code,
            Unit.name,
            Party.name.label("owner"),
            Wallet.item_id,
            ChargeItem.name.label("item_name"),
            ChargeItem.name_en,
            Wallet.balance,
        )
        .join(Unit, sa.and_(Unit.community_id == Wallet.community_id, Unit.id == Wallet.unit_id))
        .join(Party, sa.and_(Party.community_id == Wallet.community_id, Party.id == Wallet.party_id))
        .outerjoin(ChargeItem, sa.and_(ChargeItem.community_id == Wallet.community_id, ChargeItem.id == Wallet.item_id))
        .where(Wallet.community_id == community_id, Wallet.balance > sa.literal(0))
    )
    found = key_range(community_id, typed)
    return query if found is None else query.where(Wallet.unit_id.in_(sa.select(SearchKey.unit_id).where(found)))


_AT_ONCE = 500


def _through(community_id: int, rows: Sequence[Any]) -> dict[tuple[int, int], Period]:
    units = sorted({row.unit_id for row in rows})
    through: dict[tuple[int, int], Period] = {}
    for start in range(0, len(units), _AT_ONCE):
        through |= prepaid_through(community_id, units[start : start + _AT_ONCE])
    return through
