"""Looks at corrections: the list, one of them, and its lines as they stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.access.models import User
from feeapp.billing.models import Charge
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CorrectionKind, CorrectionState, Effect, Standing, choice_key, effect
from feeapp.registry.models import Building, Party, SearchKey, Unit
from feeapp.registry.rules import PartyKind
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction in the list; ``unit_code`` is None where it is about several units."""

    id: int
    kind: CorrectionKind
    unit_code: str | None
    goodwill: bool
    reason: str
    proof: str
    lines: int
    lowered: Money
    raised: Money
    credited: Money | None
    state: CorrectionState
    asked_at: datetime
    asked_by: int
    asker: str
    decided_at: datetime | None
    decider: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a correction, with its charge as it stands now."""

    charge_id: int | None
    unit_id: int
    unit_code: str
    item_name: str
    item_name_en: str
    period: Period
    debtor: str
    debtor_kind: PartyKind
    was: Money
    should: Money
    amount: Money | None
    settled: Money | None
    reduced: Money | None

    @property
    def change(self) -> Money:
        return self.should - self.was

    @property
    def effect(self) -> Effect | None:
        """What approving it now does; None where there is no charge, or it is no longer what was asked about."""
        if self.amount is None or self.settled is None or self.reduced is None:
            return None
        standing = Standing(self.amount, self.settled, self.reduced)
        return effect(standing, self.should) if standing.asked == self.was else None


@dataclass(frozen=True, slots=True)
class WantedList:
    """What the list is narrowed to."""

    state: CorrectionState | None = None
    typed: str = ""


_ASKER, _DECIDER = aliased(User), aliased(User)


def get_correction(community_id: int, correction_id: int) -> Correction:
    """A correction of this community, as it stands now. Raises NotFound."""
    found = db.session.get(Correction, (community_id, correction_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


def correction_row(community_id: int, correction_id: int) -> CorrectionRow:
    """One correction as the list shows it. Raises NotFound."""
    found = db.session.execute(_rows(community_id).where(Correction.id == correction_id)).one_or_none()
    if found is None:
        raise NotFound
    return CorrectionRow(*found)


def list_corrections(community_id: int, wanted: WantedList, page: int | None) -> Page[CorrectionRow]:
    """Corrections, the newest first; all of them where ``page`` is None (for the export)."""
    query = _narrowed(_rows(community_id), community_id, wanted)
    count = db.session.scalar(
        _narrowed(sa.select(sa.func.count()).select_from(Correction), community_id, wanted).where(
            Correction.community_id == community_id
        )
    )
    query = query.order_by(Correction.asked_at.desc(), Correction.id.desc())
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([CorrectionRow(*row) for row in db.session.execute(query)], page or 1, count or 0)


def count_states(community_id: int) -> dict[CorrectionState, int]:
    """How many corrections stand in each state."""
    found = db.session.execute(
        sa.select(Correction.state, sa.func.count())
        .where(Correction.community_id == community_id)
        .group_by(Correction.state)
    )
    counts = {row[0]: row[1] for row in found}
    return {state: counts.get(state, 0) for state in CorrectionState}


def count_waiting(community_id: int, not_by: int | None = None) -> int:
    """How many corrections wait for a decision, those that this person asked for left out."""
    query = (
        sa.select(sa.func.count())
        .select_from(Correction)
        .filter_by(community_id=community_id, state=CorrectionState.ASKED)
    )
    if not_by is not None:
        query = query.where(Correction.asked_by != not_by)
    return db.session.scalar(query) or 0


def find_sent(community_id: int, draft_id: int, asked_by: int) -> int | None:
    """The correction that this person made of a choice of charges."""
    return db.session.scalar(
        sa.select(Correction.id).filter_by(
            community_id=community_id, submission_key=choice_key(draft_id), asked_by=asked_by
        )
    )


def list_lines(community_id: int, correction_id: int, page: int | None) -> Page[LineRow]:
    """The lines of a correction in walking order; all of them where ``page`` is None."""
    here = (CorrectionLine.community_id == community_id, CorrectionLine.correction_id == correction_id)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(CorrectionLine).where(*here)) or 0
    query = _LINES.where(*here)
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page([LineRow(*row) for row in db.session.execute(query)], page or 1, count)


def count_changed(community_id: int, correction_id: int) -> int:
    """Of how many of its charges something else was taken off since it was asked for."""
    line, charge = CorrectionLine.__table__.c, Charge.__table__.c
    asked = sa.type_coerce(charge.amount, sa.BigInteger) - sa.type_coerce(charge.reduced, sa.BigInteger)
    query = (
        sa.select(sa.func.count())
        .select_from(CorrectionLine)
        .join(Charge, sa.and_(charge.community_id == line.community_id, charge.id == line.charge_id))
        .where(
            line.community_id == community_id,
            line.correction_id == correction_id,
            asked != sa.type_coerce(line.was, sa.BigInteger),
        )
    )
    return db.session.scalar(query) or 0


def sum_back(community_id: int, correction_id: int) -> Money:
    """What would go back to households as credit if it were approved now."""
    line, charge = CorrectionLine.__table__.c, Charge.__table__.c
    over = sa.type_coerce(charge.settled, sa.BigInteger) - sa.type_coerce(line.should, sa.BigInteger)
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(over), 0))
        .select_from(CorrectionLine)
        .join(Charge, sa.and_(charge.community_id == line.community_id, charge.id == line.charge_id))
        .where(line.community_id == community_id, line.correction_id == correction_id, over > 0)
    )
    return Money(int(db.session.scalar(query) or 0))


def _rows(community_id: int) -> sa.Select[Any]:
    columns: Sequence[Any] = (
        Correction.id, Correction.kind, Unit.code, Correction.goodwill, Correction.reason, Correction.proof,
        Correction.lines, Correction.lowered, Correction.raised, Correction.credited, Correction.state,
        Correction.asked_at, Correction.asked_by, _ASKER.name, Correction.decided_at, _DECIDER.name, Correction.answer,
    )  # fmt: skip
    return (
        sa.select(*columns)
        .outerjoin(Unit, sa.and_(Unit.community_id == Correction.community_id, Unit.id == Correction.unit_id))
        .join(_ASKER, _ASKER.id == Correction.asked_by)
        .outerjoin(_DECIDER, _DECIDER.id == Correction.decided_by)
        .where(Correction.community_id == community_id)
    )


def _narrowed(query: Any, community_id: int, wanted: WantedList) -> Any:
    if wanted.state is not None:
        query = query.where(Correction.state == wanted.state)
    if wanted.typed:
        found = key_range(community_id, wanted.typed)
        units = sa.select(SearchKey.unit_id).where(found) if found is not None else sa.select(sa.null())
        query = query.where(
            Correction.id.in_(
                sa.select(CorrectionLine.correction_id).where(
                    CorrectionLine.community_id == community_id, CorrectionLine.unit_id.in_(units)
                )
            )
        )
    return query


_LINES: Any = (
    sa.select(
        CorrectionLine.charge_id, CorrectionLine.unit_id, Unit.code, ChargeItem.name, ChargeItem.name_en,
        CorrectionLine.period, Party.name, Party.kind, CorrectionLine.was, CorrectionLine.should, Charge.amount,
        Charge.settled, Charge.reduced,
    )
    .select_from(CorrectionLine)
    .join(Unit, sa.and_(Unit.community_id == CorrectionLine.community_id, Unit.id == CorrectionLine.unit_id))
    .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
    .join(
        ChargeItem,
        sa.and_(ChargeItem.community_id == CorrectionLine.community_id, ChargeItem.id == CorrectionLine.item_id),
    )
    .join(Party, sa.and_(Party.community_id == CorrectionLine.community_id, Party.id == CorrectionLine.debtor_id))
    .outerjoin(
        Charge, sa.and_(Charge.community_id == CorrectionLine.community_id, Charge.id == CorrectionLine.charge_id)
    )
    .order_by(Building.position, Building.id, Unit.walk, Unit.code, CorrectionLine.period, CorrectionLine.seq)
)  # fmt: skip
