"""Charge items and their dated prices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.core.money import Rounding, RoundTo
from feeapp.core.period import Period
from feeapp.registry.rules import UnitUse
from feeapp.storage.columns import Choice, Day, Facts, Instant, Key, Month, Rate, Whole, Words
from feeapp.storage.db import Model, Owned, own, table
from feeapp.tariffs.rules import Authority, Basis, Place, Proration, RoundAt


class ChargeItem(Owned, Model):
    """Something charged for: its name on the bill, the fund it belongs to and the accounts it is booked on."""

    __tablename__ = "charge_items"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.UniqueConstraint("community_id", "code"),
        sa.CheckConstraint("due_day BETWEEN 1 AND 31", name="due_day"),
    )

    code: Mapped[str] = mapped_column(Words(16))
    name: Mapped[str] = mapped_column(Words(32))
    name_en: Mapped[str] = mapped_column(Words(64))
    fund: Mapped[str] = mapped_column(Words(2))
    receivable: Mapped[str] = mapped_column(Words(16))
    income: Mapped[str] = mapped_column(Words(16))
    due_day: Mapped[int] = mapped_column(Whole)
    """The day of the billed month a charge falls due; the last day where the month is shorter."""
    position: Mapped[int] = mapped_column(Whole)
    meter_kind: Mapped[str | None] = mapped_column(Words(8))
    """What is metered for it: WATER, POWER, GAS or HEAT; None where no meter is read."""
    bill_months: Mapped[int] = mapped_column(Whole, default=1, server_default="1")
    """How many months one bill covers, for what is rounded once a bill: 1, 3, 6 or 12, counted from January."""

    content: Mapped[str] = mapped_column(Words(200), default="", server_default="")
    """What the service comprises and its standard, as the public price list says it, in Chinese."""


class TariffVersion(Owned, Model):
    """The price of an item for one use of unit in one place, from a day on. Once published only its end may be set."""

    __tablename__ = "tariff_versions"
    __table_args__ = table(
        own(["item_id"], "charge_items"),
        sa.Index("ix_tariff_versions_item", "community_id", "item_id", "use", "from_on"),
        sa.CheckConstraint("rate >= 0", name="rate"),
        sa.CheckConstraint("to_on IS NULL OR to_on > from_on", name="days"),
        append_only=True,
        may_change=("to_on", "ended_by", "billed_upto"),
    )

    item_id: Mapped[int] = mapped_column(Key)
    use: Mapped[UnitUse] = mapped_column(Choice(UnitUse))
    basis: Mapped[Basis] = mapped_column(Choice(Basis))
    rate: Mapped[Decimal] = mapped_column(Rate)
    proration: Mapped[Proration] = mapped_column(Choice(Proration))
    rounding: Mapped[Rounding] = mapped_column(Choice(Rounding))
    round_to: Mapped[RoundTo] = mapped_column(Choice(RoundTo))
    round_at: Mapped[RoundAt] = mapped_column(Choice(RoundAt))
    from_on: Mapped[date] = mapped_column(Day)
    to_on: Mapped[date | None] = mapped_column(Day)
    authority: Mapped[Authority] = mapped_column(Choice(Authority))
    authority_text: Mapped[str] = mapped_column(Words(200))
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[int] = mapped_column(Key)
    ended_by: Mapped[int | None] = mapped_column(Key)
    billed_upto: Mapped[Period | None] = mapped_column(Month)
    """The last month billed at this price; the price can end or be followed only after it."""
    place: Mapped[Place] = mapped_column(Choice(Place), default=Place.COMMUNITY, server_default=Place.COMMUNITY.value)
    place_id: Mapped[int | None] = mapped_column(Key)
    """The building, stair or unit it holds for; None for the whole community."""
    tiers: Mapped[list[list[Any]] | None] = mapped_column(Facts)
    """Pairs of the upper end in 0.01 units (null for the last) and the rate in yuan."""
    coefficients: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    """``name`` and ``by_floor``, pairs of a floor and its coefficient."""
