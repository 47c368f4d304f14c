"""Everything that happened to one charge: what paid it, what took something off it, what is still asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.access.models import User
from feeapp.billing.models import BillPart, Charge, LateCharge, LateWaiver, LateWaiverLine, Offset, Reduction
from feeapp.billing.queries import CHARGE_LINES, ChargeLine, as_lines
from feeapp.billing.rules import ReductionKind, WaiverState
from feeapp.cashier.models import Payment, Receipt, Settlement
from feeapp.cashier.standing import OWN_RECEIPT, SETTLED
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CorrectionState
from feeapp.ledger.models import Entry
from feeapp.registry.models import Party
from feeapp.registry.rules import PartyKind
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payment cleared of the charge; below zero where the payment was taken back."""

    on: date
    amount: Money
    receipt_id: int | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What held money cleared of the charge (above zero), or what went back to the household (below)."""

    at: datetime
    amount: Money
    by: str | None


@dataclass(frozen=True, slots=True)
class Reduced:
    """Something taken off without money: why, by whom, and the paper it rests on."""

    kind: ReductionKind
    amount: Money
    reason: str
    source_kind: str | None
    source_id: int | None
    at: datetime
    by: str
    approver: str | None


@dataclass(frozen=True, slots=True)
class Touching:
    """A correction that changes the charge, decided or not."""

    id: int
    state: CorrectionState
    was: Money
    should: Money
    reason: str
    asked_at: datetime
    asker: str
    decided_at: datetime | None
    decider: str | None


@dataclass(frozen=True, slots=True)
class Late:
    """A late charge of the charge that was paid, as a charge of its own."""

    charge_id: int
    from_on: date
    until_on: date
    amount: Money
    receipt_id: int | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Waived:
    """A request to waive the late charge of the charge."""

    id: int
    state: WaiverState
    asked: Money
    waived: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Another charge of the same unit, item and month."""

    id: int
    seq: int
    amount: Money


@dataclass(frozen=True, slots=True)
class History:
    """One charge with all that was done to it."""

    line: ChargeLine
    debtor: str
    debtor_kind: PartyKind
    paid: list[Paid]
    moved: list[Moved]
    reduced: list[Reduced]
    touching: list[Touching]
    late: list[Late]
    waived: list[Waived]
    beside: list[Beside]
    late_of: int | None
    """The charge it is the late charge of."""
    added_to: int | None
    """The charge it was made beside."""
    made_by: tuple[str, int] | None
    """The paper it was made by: its kind and id."""

    @property
    def settled(self) -> Money:
        return self.line.amount - self.line.reduced - self.line.open

    @property
    def waiting(self) -> Touching | None:
        """The correction that waits for a decision, if there is one."""
        return next((each for each in self.touching if each.state is CorrectionState.ASKED), None)


def get_line(community_id: int, charge_id: int) -> ChargeLine:
    """A charge of this community. Raises NotFound."""
    found = as_lines(CHARGE_LINES.where(Charge.id == charge_id), {"community": community_id})
    if not found:
        raise NotFound
    return found[0]


def get_history(community_id: int, charge_id: int) -> History:
    """A charge of this community with all that was done to it, in the order in which it was done. Raises NotFound."""
    line = get_line(community_id, charge_id)
    debtor = db.session.execute(
        sa.select(Party.name, Party.kind).where(Party.community_id == community_id, Party.id == line.debtor_id)
    ).one()
    late_of = db.session.scalar(
        sa.select(LateCharge.principal_id).where(
            LateCharge.community_id == community_id, LateCharge.charge_id == charge_id
        )
    )
    added_to, made_by = _made(community_id, charge_id)
    return History(
        line,
        debtor.name,
        debtor.kind,
        [Paid(*row) for row in _rows(_PAID, community_id, charge_id)],
        [Moved(*row) for row in _rows(_MOVED, community_id, charge_id)],
        [Reduced(*row) for row in _rows(_REDUCED, community_id, charge_id)],
        [Touching(*row) for row in _rows(_TOUCHING, community_id, charge_id)],
        [Late(*row) for row in _rows(_LATE, community_id, charge_id)],
        [Waived(*row) for row in _rows(_WAIVED, community_id, charge_id)],
        _beside(community_id, line),
        late_of,
        added_to,
        made_by,
    )


def _rows(query: sa.Executable, community_id: int, charge_id: int) -> Any:
    return db.session.execute(query, {"community": community_id, "charge": charge_id})


def _made(community_id: int, charge_id: int) -> tuple[int | None, tuple[str, int] | None]:
    """The charge a charge was made beside, and the paper it was made by: a correction, a bill run, a ledger."""
    found = db.session.execute(
        sa.select(Charge.note, BillPart.run_id)
        .outerjoin(BillPart, sa.and_(BillPart.community_id == Charge.community_id, BillPart.id == Charge.part_id))
        .where(Charge.community_id == community_id, Charge.id == charge_id)
    ).one()
    note = found.note or {}
    if note.get("source"):
        kind, key = note["source"]
        return note.get("of"), (kind, key)
    if found.run_id is not None:
        return None, ("bill_run", found.run_id)
    return None, ("import_batch", note["batch"]) if "batch" in note else None


def _beside(community_id: int, line: ChargeLine) -> list[Beside]:
    found = db.session.execute(
        sa.select(Charge.id, Charge.seq, Charge.amount)
        .where(
            Charge.community_id == community_id,
            Charge.period == line.period,
            Charge.item_id == line.item_id,
            Charge.unit_id == line.unit_id,
            Charge.id != line.id,
        )
        .order_by(Charge.seq)
    )
    return [Beside(*row) for row in found]


def _of(model: Any, charge: Any) -> Any:
    return sa.and_(model.community_id == sa.bindparam("community"), charge == sa.bindparam("charge"))


_BY, _SECOND = aliased(User), aliased(User)

_PAID = (
    sa.select(SETTLED.c.day, SETTLED.c.amount, Receipt.id, Receipt.label)
    .join(Payment, sa.and_(Payment.community_id == SETTLED.c.community_id, Payment.id == SETTLED.c.payment_id))
    .outerjoin(Receipt, OWN_RECEIPT)
    .where(_of(SETTLED.c, SETTLED.c.charge_id))
    .order_by(SETTLED.c.day, SETTLED.c.payment_id, SETTLED.c.taken_back)
)

_MOVED = (
    sa.select(Offset.at, Offset.amount, _BY.name)
    .outerjoin(_BY, _BY.id == Offset.by_id)
    .where(_of(Offset, Offset.charge_id))
    .order_by(Offset.at, Offset.id)
)

# A bill run, an import and a correction are the source of the entry where the reduction names no paper of its own.
_REDUCED = (
    sa.select(
        Reduction.kind, Reduction.amount, Reduction.reason,
        sa.func.coalesce(Reduction.source_kind, Entry.source_kind),
        sa.func.coalesce(Reduction.source_id, Entry.source_id),
        Reduction.at, _BY.name, _SECOND.name,
    )
    .join(Entry, sa.and_(Entry.community_id == Reduction.community_id, Entry.id == Reduction.entry_id))
    .join(_BY, _BY.id == Reduction.by_id)
    .outerjoin(_SECOND, _SECOND.id == Reduction.approved_by)
    .where(_of(Reduction, Reduction.charge_id))
    .order_by(Reduction.at, Reduction.id)
)  # fmt: skip

_TOUCHING = (
    sa.select(
        Correction.id, Correction.state, CorrectionLine.was, CorrectionLine.should, Correction.reason,
        Correction.asked_at, _BY.name, Correction.decided_at, _SECOND.name,
    )
    .join(
        Correction,
        sa.and_(Correction.community_id == CorrectionLine.community_id, Correction.id == CorrectionLine.correction_id),
    )
    .join(_BY, _BY.id == Correction.asked_by)
    .outerjoin(_SECOND, _SECOND.id == Correction.decided_by)
    .where(_of(CorrectionLine, CorrectionLine.charge_id))
    .order_by(Correction.asked_at, Correction.id)
)  # fmt: skip

_LATE = (
    sa.select(
        LateCharge.charge_id, LateCharge.from_on, LateCharge.until_on, LateCharge.amount, Receipt.id, Receipt.label
    )
    .outerjoin(
        Settlement,
        sa.and_(Settlement.community_id == LateCharge.community_id, Settlement.charge_id == LateCharge.charge_id),
    )
    .outerjoin(
        Receipt,
        sa.and_(
            Receipt.community_id == Settlement.community_id,
            Receipt.payment_id == Settlement.payment_id,
            Receipt.reverses_id.is_(None),
        ),
    )
    .where(_of(LateCharge, LateCharge.principal_id))
    .order_by(LateCharge.seq)
)

_WAIVED = (
    sa.select(LateWaiver.id, LateWaiver.state, LateWaiverLine.asked, LateWaiverLine.waived, LateWaiver.reason)
    .join(
        LateWaiver,
        sa.and_(LateWaiver.community_id == LateWaiverLine.community_id, LateWaiver.id == LateWaiverLine.waiver_id),
    )
    .where(_of(LateWaiverLine, LateWaiverLine.charge_id))
    .order_by(LateWaiver.asked_at)
)
