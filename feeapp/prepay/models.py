"""Offers for paying ahead, what was paid ahead, and what was chosen when a price rose meanwhile."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.prepay.rules import OfferKind, Way
from feeapp.storage.columns import Choice, Day, Facts, Fen, Instant, Key, Month, Rate, Whole, Words
from feeapp.storage.db import Model, Owned, own, table
from feeapp.tariffs.rules import Authority


class Offer(Owned, Model):
    """A published offer for paying an item ahead, with its days and its authority. Only its last day may be set."""

    __tablename__ = "prepay_offers"
    __table_args__ = table(
        own(["item_id"], "charge_items"),
        sa.CheckConstraint("months > 0 AND gift_months >= 0 AND gift_months < months", name="months"),
        sa.CheckConstraint("percent >= 0 AND percent < 1000000", name="percent"),
        append_only=True,
        may_change=("to_on", "ended_by"),
    )

    item_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[OfferKind] = mapped_column(Choice(OfferKind))
    months: Mapped[int] = mapped_column(Whole)
    gift_months: Mapped[int] = mapped_column(Whole)
    percent: Mapped[Decimal] = mapped_column(Rate)
    from_on: Mapped[date] = mapped_column(Day)
    to_on: Mapped[date | None] = mapped_column(Day)
    """The last day, inclusive; None while it has no end."""
    authority: Mapped[Authority] = mapped_column(Choice(Authority))
    authority_text: Mapped[str] = mapped_column(Words(200))
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[int] = mapped_column(Key)
    ended_by: Mapped[int | None] = mapped_column(Key)


class Prepayment(Owned, Model):
    """Months of an item that a payment paid ahead for a unit: what they came to, what was paid and what was given."""

    __tablename__ = "prepayments"
    __table_args__ = table(
        own(["payment_id"], "payments"),
        own(["wallet_id"], "wallets"),
        own(["item_id"], "charge_items"),
        own(["offer_id"], "prepay_offers"),
        sa.Index("ix_prepayments_payment", "community_id", "payment_id"),
        sa.Index("ix_prepayments_unit", "community_id", "unit_id", "item_id"),
        sa.CheckConstraint("listed = paid + gift AND paid > 0 AND gift >= 0", name="sums"),
        sa.CheckConstraint("from_period <= through_period", name="months"),
        append_only=True,
        may_change=("undone_at",),
    )

    payment_id: Mapped[int] = mapped_column(Key)
    wallet_id: Mapped[int] = mapped_column(Key)
    unit_id: Mapped[int] = mapped_column(Key)
    party_id: Mapped[int] = mapped_column(Key)
    item_id: Mapped[int] = mapped_column(Key)
    from_period: Mapped[Period] = mapped_column(Month)
    through_period: Mapped[Period] = mapped_column(Month)
    listed: Mapped[Money] = mapped_column(Fen)
    paid: Mapped[Money] = mapped_column(Fen)
    gift: Mapped[Money] = mapped_column(Fen)
    offer_id: Mapped[int | None] = mapped_column(Key)
    months: Mapped[dict[str, Any]] = mapped_column(Facts)
    """What each month came to when it was paid: fen by ``2026-01``."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    """When its payment was taken back: it pays nothing ahead since."""


class PriceChoice(Owned, Model):
    """What was chosen for a prepayment when a later price went beyond what it had paid: asked once for each price."""

    __tablename__ = "price_choices"
    __table_args__ = table(
        own(["prepayment_id"], "prepayments"),
        own(["version_id"], "tariff_versions"),
        sa.UniqueConstraint("community_id", "prepayment_id", "version_id"),
        sa.CheckConstraint("difference > 0", name="difference"),
        append_only=True,
    )

    prepayment_id: Mapped[int] = mapped_column(Key)
    version_id: Mapped[int] = mapped_column(Key)
    way: Mapped[Way] = mapped_column(Choice(Way))
    difference: Mapped[Money] = mapped_column(Fen)
    reason: Mapped[str] = mapped_column(Words(200))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Key)
