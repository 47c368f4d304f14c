"""Looks at late charges: what has run up on each overdue charge by a day. Nothing of it is booked before it is paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import sqlalchemy as sa

from feeapp.billing.disputes import list_spans
from feeapp.billing.late import Charged, Cleared, Late, Terms, reckon
from feeapp.billing.models import BilledMonth, Charge, LateCharge, LateWaiverLine, Offset, Reduction
from feeapp.billing.opening import ITEM_CODE
from feeapp.billing.queries import CHARGE_LINES, ChargeLine, as_lines
from feeapp.billing.rules import LATE_CODE, ReductionKind
from feeapp.clock import office_day
from feeapp.core.money import ZERO, Money
from feeapp.ledger.rules import Fund
from feeapp.registry.models import Unit
from feeapp.registry.profile import Profile
from feeapp.registry.queries import profile_of
from feeapp.storage.columns import Day
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem

_AT_ONCE = 500
"""How many units or charges are asked for in one statement."""

PaidLate = tuple[int, Cleared]
"""A charge, and a part of it that was cleared after its due day."""

Reader = Callable[[int, Sequence[int] | None], Iterable[PaidLate]]

readers: list[Reader] = []
"""Who knows of money from the rooms above; filled once, where the app is wired. Asked for units, or for all (None)."""


@dataclass(frozen=True, slots=True)
class Memo:
    """A charge and the late charge that has run up on it; the charge itself may have been paid since."""

    line: ChargeLine
    late: Late
    seq: int
    """The number of the next late charge of this one: whoever made it meanwhile has taken the number."""

    @property
    def amount(self) -> Money:
        return self.late.amount


def terms_in(profile: Profile) -> Terms | None:
    """What the settings ask for being late, or None where late charges are off."""
    if not profile.late_rate:
        return None
    return Terms(profile.late_rate, profile.late_grace_days, profile.late_cap_ratio, profile.late_year_cap)


def terms_of(community_id: int) -> Terms | None:
    """What a community asks for being late, or None where late charges are off."""
    return terms_in(profile_of(community_id))


def hold(community_id: int, unit_ids: Collection[int]) -> None:
    """Let nobody else charge or waive late charges of these units until this transaction ends."""
    for some in _in_parts(unit_ids):
        db.session.execute(
            sa.select(Unit.id)
            .where(Unit.community_id == community_id, Unit.id.in_(some))
            .order_by(Unit.id)
            .with_for_update(key_share=True)
        ).all()


def list_memos(community_id: int, unit_ids: Collection[int] | None, on: date, terms: Terms | None) -> list[Memo]:
    """The late charges run up on these units (all of the community where None) by a day, oldest due first.

    Charges of which nothing is left to charge are left out; none at all where late charges are off.
    """
    if terms is None:
        return []
    asked = None if unit_ids is None else sorted(unit_ids)
    cleared: dict[int, list[Cleared]] = defaultdict(list)
    for reader in (_offset, *readers):
        for charge_id, part in reader(community_id, asked):
            cleared[charge_id].append(part)
    taken_over: dict[int, Money] = defaultdict(lambda: ZERO)
    for charge_id, part in _taken_over(community_id, asked):
        cleared[charge_id].append(part)
        taken_over[charge_id] += part.amount
    lines = {line.id: line for line in _overdue(community_id, asked, on)}
    for some in _in_parts(cleared.keys() - lines.keys()):
        lines |= {line.id: line for line in as_lines(_BY_ID, {"community": community_id, "charges": some})}
    made, waived = _made(community_id, lines), _waived(community_id, lines)
    spared = list_spans(community_id, lines)
    memos = []
    for line in lines.values():
        late = reckon(
            terms,
            line.due_on,
            line.amount - line.reduced + taken_over[line.id],
            line.open,
            on,
            cleared=cleared[line.id],
            charged=[charged for charged in made[line.id] if charged],
            waived=waived.get(line.id, ZERO),
            spared=spared.get(line.id, ()),
        )
        if late.amount:
            memos.append(Memo(line, late, len(made[line.id]) + 1))
    return sorted(memos, key=lambda memo: (memo.line.due_on, memo.line.rank, memo.line.unit_code, memo.line.id))


def find_memo(community_id: int, charge_id: int, on: date) -> Memo | None:
    """The late charge run up on one charge by a day; None where there is none, or no such charge."""
    unit_id = db.session.scalar(sa.select(Charge.unit_id).filter_by(community_id=community_id, id=charge_id))
    if unit_id is None:
        return None
    memos = list_memos(community_id, [unit_id], on, terms_of(community_id))
    return next((memo for memo in memos if memo.line.id == charge_id), None)


def _in_parts(ids: Collection[int]) -> Iterator[list[int]]:
    whole = sorted(ids)
    for start in range(0, len(whole), _AT_ONCE):
        yield whole[start : start + _AT_ONCE]


_GIVEN_BACK = sa.exists().where(
    Reduction.community_id == LateCharge.community_id,
    Reduction.charge_id == LateCharge.charge_id,
    Reduction.kind.in_((ReductionKind.CORRECTED, ReductionKind.WAIVED)),
)
_BEARS = sa.and_(ChargeItem.fund == Fund.OPERATIONS.value, ChargeItem.code.not_in((LATE_CODE, ITEM_CODE)))
_OPEN = Charge.settled + Charge.reduced < Charge.amount
_MONTHS = sa.and_(
    BilledMonth.community_id == Charge.community_id,
    BilledMonth.period == Charge.period,
    BilledMonth.item_id == Charge.item_id,
)
_BY_ID = CHARGE_LINES.where(_BEARS, Charge.id.in_(sa.bindparam("charges", expanding=True)))
_OVERDUE = CHARGE_LINES.where(_BEARS, _OPEN, Charge.due_on < sa.bindparam("day", type_=Day()))
_OVERDUE_OF_UNITS = _OVERDUE.join(BilledMonth, _MONTHS).where(Charge.unit_id.in_(sa.bindparam("units", expanding=True)))


def _overdue(community_id: int, unit_ids: Sequence[int] | None, on: date) -> list[ChargeLine]:
    """Charges that are open and past their due day."""
    asked = {"community": community_id, "day": on}
    if unit_ids is None:
        return as_lines(_OVERDUE, asked)
    return [line for some in _in_parts(unit_ids) for line in as_lines(_OVERDUE_OF_UNITS, {**asked, "units": some})]


def _offset(community_id: int, unit_ids: Sequence[int] | None) -> Iterator[PaidLate]:
    """What prepaid money cleared after the due day, or was put back into a wallet."""
    query = (
        sa.select(Offset.charge_id, Offset.amount, Offset.at, Charge.due_on)
        .join(Charge, sa.and_(Charge.community_id == Offset.community_id, Charge.id == Offset.charge_id))
        .where(Offset.community_id == community_id)
    )
    queries = [query] if unit_ids is None else [query.where(Charge.unit_id.in_(some)) for some in _in_parts(unit_ids)]
    for each in queries:
        for row in db.session.execute(each):
            if (on := office_day(row.at)) > row.due_on:
                yield row.charge_id, Cleared(on, row.amount)


def _taken_over(community_id: int, unit_ids: Sequence[int] | None) -> Iterator[PaidLate]:
    """What a new owner took over after the due day: up to then the debt was late, and it was never wrong."""
    query = (
        sa.select(Reduction.charge_id, Reduction.amount, Reduction.at, Charge.due_on)
        .join(Charge, sa.and_(Charge.community_id == Reduction.community_id, Charge.id == Reduction.charge_id))
        .where(Reduction.community_id == community_id, Reduction.kind == ReductionKind.TAKEN_OVER)
    )
    queries = [query] if unit_ids is None else [query.where(Charge.unit_id.in_(some)) for some in _in_parts(unit_ids)]
    for each in queries:
        for row in db.session.execute(each):
            if (on := office_day(row.at)) > row.due_on:
                yield row.charge_id, Cleared(on, row.amount)


def _made(community_id: int, charge_ids: Collection[int]) -> dict[int, list[Charged | None]]:
    """The late charges made of these charges; None for one whose payment was taken back, which no longer counts.

    One that was forgone or put right counts: its days are not charged again.
    """
    found: dict[int, list[Charged | None]] = defaultdict(list)
    for some in _in_parts(charge_ids):
        query = (
            sa.select(LateCharge.principal_id, LateCharge.until_on, LateCharge.fen_days, LateCharge.daily)
            .add_columns(LateCharge.amount, Charge.settled, _GIVEN_BACK.label("given_back"))
            .join(Charge, sa.and_(Charge.community_id == LateCharge.community_id, Charge.id == LateCharge.charge_id))
            .where(LateCharge.community_id == community_id, LateCharge.principal_id.in_(some))
        )
        for row in db.session.execute(query):
            exact = row.fen_days * Fraction(row.daily)
            counts = row.settled or row.given_back
            found[row.principal_id].append(Charged(row.until_on, exact, row.amount) if counts else None)
    return found


def _waived(community_id: int, charge_ids: Collection[int]) -> dict[int, Money]:
    """What was waived of the late charges of these charges."""
    found: dict[int, Money] = defaultdict(lambda: ZERO)
    for some in _in_parts(charge_ids):
        query = sa.select(LateWaiverLine.charge_id, LateWaiverLine.waived).where(
            LateWaiverLine.community_id == community_id, LateWaiverLine.charge_id.in_(some)
        )
        for charge_id, amount in db.session.execute(query):
            found[charge_id] += amount
    return found
