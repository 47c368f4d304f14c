"""Bill runs, what each run applied, the charges it made, and what reduces a charge."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feeapp.billing.limitation import DemandKind
from feeapp.billing.rules import ReductionKind, WaiverState, Way
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.rules import UnitUse
from feeapp.storage.columns import Choice, Day, Facts, Fen, Flag, Instant, Key, Month, Rate, Whole, Words
from feeapp.storage.db import Model, Owned, own, table
from feeapp.tariffs.rules import Place


def _checked_in_sets(columns: list[str], target: list[str]) -> sa.ForeignKeyConstraint:
    """A reference that SQLite keeps row by row and PostgreSQL by the triggers of billing/guards.py."""
    key = sa.ForeignKeyConstraint(["community_id", *columns], target, info={"only": "sqlite"})
    return key.ddl_if(dialect="sqlite")


class BillRun(Owned, Model):
    """One confirmed bill run of a month; running again makes a second, smaller one."""

    __tablename__ = "bill_runs"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.Index("ix_bill_runs_period", "community_id", "period"),
        append_only=True,
    )

    period: Mapped[Period] = mapped_column(Month)
    seen_hash: Mapped[str] = mapped_column(Words(64))
    """The hash of the lines the person saw and confirmed."""
    charges: Mapped[int] = mapped_column(Whole)
    total: Mapped[Money] = mapped_column(Fen)
    reduced: Mapped[Money] = mapped_column(Fen, server_default="0")
    """What reliefs and the striking off of odd fen took off these charges at once."""
    supplementary: Mapped[bool] = mapped_column(Flag, server_default=sa.false())
    """Whether it added what was missing in months long billed, for one unit or a few."""
    source_kind: Mapped[str | None] = mapped_column(Words(32))
    source_id: Mapped[int | None] = mapped_column(Key)
    """The document that asked for it: a correction, a change of owner."""
    posted_at: Mapped[datetime] = mapped_column(Instant)
    posted_by: Mapped[int] = mapped_column(Key)


class BillPart(Owned, Model):
    """What a run applied to every unit of one use: the price version, its days and its weight in the month.

    With the charge's own quantity this is the whole arithmetic, kept for ever (billing/charging.py).
    """

    __tablename__ = "bill_parts"
    __table_args__ = table(
        own(["run_id"], "bill_runs", deferrable=True, initially="DEFERRED"),
        own(["item_id"], "charge_items"),
        own(["version_id"], "tariff_versions"),
        sa.UniqueConstraint("community_id", "id", "item_id"),
        sa.Index("ix_bill_parts_run", "community_id", "run_id"),
        append_only=True,
    )

    run_id: Mapped[int] = mapped_column(Key)
    item_id: Mapped[int] = mapped_column(Key)
    version_id: Mapped[int] = mapped_column(Key)
    use: Mapped[UnitUse] = mapped_column(Choice(UnitUse))
    seq: Mapped[int] = mapped_column(Whole)
    from_on: Mapped[date] = mapped_column(Day)
    to_on: Mapped[date] = mapped_column(Day)
    """The last day, inclusive."""
    days: Mapped[int] = mapped_column(Whole)
    month_days: Mapped[int] = mapped_column(Whole)
    weight_before: Mapped[int] = mapped_column(Whole)
    weight_upto: Mapped[int] = mapped_column(Whole)
    denominator: Mapped[int] = mapped_column(Whole)
    coefficient: Mapped[Decimal | None] = mapped_column(Rate)
    """What the price is multiplied by on the floors of this part; the weights hold it already."""


class BilledMonth(Model):
    """A month in which an item was charged: the few beginnings of the charges' key, for looking up one unit's."""

    __tablename__ = "billed_months"
    __table_args__ = table(sa.ForeignKeyConstraint(["community_id"], ["communities.id"]))

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    period: Mapped[Period] = mapped_column(Month, primary_key=True)
    item_id: Mapped[int] = mapped_column(Key, primary_key=True)


class Charge(Owned, Model):
    """One line of a bill: what a unit owes for an item and a month. Only what cleared it may change.

    ``part_id`` leads to the arithmetic; an opening balance has none and says in ``note`` where it came from.

    The unique key begins with the month, so that a bill run appends to it; the charges of one unit are found by way of
    ``BilledMonth``, which says where to look. Tens of thousands come in one statement, so PostgreSQL checks the
    references of all of them together (billing/guards.py; docs/decisions/0008-bill-runs-in-sets.md).
    """

    __tablename__ = "charges"
    __table_args__ = table(
        _checked_in_sets(["unit_id"], ["units.community_id", "units.id"]),
        _checked_in_sets(["debtor_id"], ["parties.community_id", "parties.id"]),
        _checked_in_sets(["part_id", "item_id"], ["bill_parts.community_id", "bill_parts.id", "bill_parts.item_id"]),
        sa.UniqueConstraint("community_id", "period", "item_id", "unit_id", "seq"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("settled >= 0 AND reduced >= 0 AND settled + reduced <= amount", name="open"),
        append_only=True,
        may_change=("settled", "reduced"),
        in_sets=True,
    )

    unit_id: Mapped[int] = mapped_column(Key)
    period: Mapped[Period] = mapped_column(Month)
    item_id: Mapped[int] = mapped_column(Key)
    seq: Mapped[int] = mapped_column(Whole)
    part_id: Mapped[int | None] = mapped_column(Key)
    debtor_id: Mapped[int] = mapped_column(Key)
    due_on: Mapped[date] = mapped_column(Day)
    quantity: Mapped[int] = mapped_column(Whole)
    """0.01 m² for a price per area, else 1."""
    amount: Mapped[Money] = mapped_column(Fen)
    settled: Mapped[Money] = mapped_column(Fen)
    reduced: Mapped[Money] = mapped_column(Fen)
    note: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    booked_on: Mapped[date | None] = mapped_column(Day)
    """The office day on which it came into the book; every charge has one (check B11)."""


class Reduction(Owned, Model):
    """Something that lowers what is owed without money: a relief, odd fen struck off, an import that was undone.

    Below zero where one is taken back: the small change let off by a payment whose receipt is voided.
    """

    __tablename__ = "reductions"
    __table_args__ = table(
        own(["charge_id"], "charges"),
        own(["entry_id"], "entries", deferrable=True, initially="DEFERRED"),
        sa.Index("ix_reductions_charge", "community_id", "charge_id"),
        sa.CheckConstraint("amount <> 0", name="amount"),
        append_only=True,
    )

    charge_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[ReductionKind] = mapped_column(Choice(ReductionKind))
    amount: Mapped[Money] = mapped_column(Fen)
    reason: Mapped[str] = mapped_column(Words(200))
    source_kind: Mapped[str | None] = mapped_column(Words(32))
    source_id: Mapped[int | None] = mapped_column(Key)
    """The paper it rests on: a relief, a correction."""
    approved_by: Mapped[int | None] = mapped_column(Key)
    """The second person, where it takes one."""
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Key)


class Offset(Owned, Model):
    """What a wallet cleared of a charge (above zero), or what of a charge's cleared money went into it (below)."""

    __tablename__ = "offsets"
    __table_args__ = table(
        own(["charge_id"], "charges"),
        own(["wallet_id"], "wallets"),
        own(["entry_id"], "entries", deferrable=True, initially="DEFERRED"),
        sa.Index("ix_offsets_charge", "community_id", "charge_id"),
        sa.CheckConstraint("amount <> 0", name="amount"),
        append_only=True,
    )

    charge_id: Mapped[int] = mapped_column(Key)
    wallet_id: Mapped[int] = mapped_column(Key)
    amount: Mapped[Money] = mapped_column(Fen)
    entry_id: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Key)


class LateCharge(Model):
    """A late charge that was paid: for which charge, for which days, at what rate. Days are half-open.

    ``seq`` counts the late charges of one principal, so that two payments at once cannot charge the same days.
    """

    __tablename__ = "late_charges"
    __table_args__ = table(
        own(["charge_id"], "charges"),
        own(["principal_id"], "charges"),
        sa.UniqueConstraint("community_id", "principal_id", "seq"),
        sa.CheckConstraint("amount > 0 AND amount <= cap", name="amount"),
        sa.CheckConstraint("from_on <= until_on", name="days"),
        append_only=True,
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    charge_id: Mapped[int] = mapped_column(Key, primary_key=True)
    """The charge of item LATE that was paid."""
    principal_id: Mapped[int] = mapped_column(Key)
    seq: Mapped[int] = mapped_column(Whole)
    from_on: Mapped[date] = mapped_column(Day)
    until_on: Mapped[date] = mapped_column(Day)
    """The day after the last; the same as ``from_on`` where only the rest of earlier days was paid."""
    fen_days: Mapped[int] = mapped_column(Whole)
    """What was unpaid on each of these days, summed up in fen."""
    daily: Mapped[str] = mapped_column(Words(40))
    """The exact rate of one day as a fraction, ``3/10000``."""
    cap: Mapped[Money] = mapped_column(Fen)
    """The most that all late charges of this principal may come to."""
    amount: Mapped[Money] = mapped_column(Fen)


class LateWaiver(Owned, Model):
    """A request to waive late charges, and what a second person decided."""

    __tablename__ = "late_waivers"
    __table_args__ = table(
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"]),
        sa.Index("ix_late_waivers_state", "community_id", "state"),
        sa.CheckConstraint("decided_by <> asked_by", name="second_person"),
        append_only=True,
        may_change=("state", "decided_at", "decided_by", "answer"),
    )

    reason: Mapped[str] = mapped_column(Words(200))
    upto_on: Mapped[date] = mapped_column(Day)
    """The day to which the asked sums had run up."""
    state: Mapped[WaiverState] = mapped_column(Choice(WaiverState))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int] = mapped_column(Key)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(Key)
    answer: Mapped[str] = mapped_column(Words(200))


class LateWaiverLine(Model):
    """The late charge of one charge in such a request: what was asked for, and what was waived of it."""

    __tablename__ = "late_waiver_lines"
    __table_args__ = table(
        own(["waiver_id"], "late_waivers"),
        own(["charge_id"], "charges"),
        sa.Index("ix_late_waiver_lines_charge", "community_id", "charge_id"),
        sa.CheckConstraint("asked > 0 AND waived >= 0 AND waived <= asked", name="waived"),
        append_only=True,
        may_change=("waived",),
    )

    community_id: Mapped[int] = mapped_column(Key, primary_key=True)
    waiver_id: Mapped[int] = mapped_column(Key, primary_key=True)
    charge_id: Mapped[int] = mapped_column(Key, primary_key=True)
    asked: Mapped[Money] = mapped_column(Fen)
    waived: Mapped[Money] = mapped_column(Fen)


class Dispute(Owned, Model):
    """A charge that a household disputes, with its reason, and what the office answered. One at a time for a charge.

    Meanwhile nothing of the charge is asked for: no bill, no notice, no late charge. Paying it is still possible.
    """

    __tablename__ = "disputes"
    __table_args__ = table(
        own(["charge_id"], "charges"),
        sa.Index("ix_disputes_charge", "community_id", "charge_id"),
        sa.Index(
            "ix_disputes_open",
            "community_id",
            "charge_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.CheckConstraint("closed_by <> opened_by", name="second_person"),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (upheld IS NULL)", name="closed"
        ),
        append_only=True,
        may_change=("closed_at", "closed_by", "answer", "upheld"),
    )

    charge_id: Mapped[int] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(Words(200))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[int] = mapped_column(Key)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[int | None] = mapped_column(Key)
    answer: Mapped[str] = mapped_column(Words(200))
    upheld: Mapped[bool | None] = mapped_column(Flag)


class Demand(Owned, Model):
    """Something by which the time to claim a charge runs anew, and the proof of it. None is ever taken back."""

    __tablename__ = "demands"
    __table_args__ = table(
        own(["charge_id"], "charges"),
        sa.UniqueConstraint("community_id", "charge_id", "kind", "happened_on"),
        append_only=True,
    )

    charge_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[DemandKind] = mapped_column(Choice(DemandKind))
    happened_on: Mapped[date] = mapped_column(Day)
    proof: Mapped[str] = mapped_column(Words(200))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(Key)


class Pool(Owned, Model):
    """A sum that a month's bill run shares out among units: the power of the stairs, the water of the green (公摊).

    Use, price and proof are shown with it each time, as they must be (Hangzhou art. 54; FEE-18).
    """

    __tablename__ = "pools"
    __table_args__ = table(
        own(["item_id"], "charge_items"),
        own(["run_id"], "bill_runs", deferrable=True, initially="DEFERRED"),
        sa.Index("ix_pools_period", "community_id", "period"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("run_id IS NULL OR withdrawn_at IS NULL", name="state"),
        append_only=True,
        may_change=("run_id", "withdrawn_at", "withdrawn_by"),
    )

    item_id: Mapped[int] = mapped_column(Key)
    period: Mapped[Period] = mapped_column(Month)
    amount: Mapped[Money] = mapped_column(Fen)
    way: Mapped[Way] = mapped_column(Choice(Way))
    key: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    """The weight of each unit by its id, where they are shared by a table."""
    place: Mapped[Place] = mapped_column(Choice(Place))
    place_id: Mapped[int | None] = mapped_column(Key)
    used: Mapped[str] = mapped_column(Words(64))
    """How much was used and at what price, as the supplier's bill says it."""
    proof: Mapped[str] = mapped_column(Words(200))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    entered_by: Mapped[int] = mapped_column(Key)
    run_id: Mapped[int | None] = mapped_column(Key)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[int | None] = mapped_column(Key)
