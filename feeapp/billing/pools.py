"""Sums that are shared among units (公摊): entered from the supplier's bill, shared by the month's bill run, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import sqlalchemy as sa

from feeapp.billing.models import BillRun, Pool
from feeapp.billing.rules import KEY_SCALE, Way
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.models import Unit
from feeapp.storage.db import db, hits
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.places import EVERYWHERE, Where, lineage
from feeapp.tariffs.queries import get_priced_item
from feeapp.tariffs.rules import Basis


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sum as it is to be shared: for what and which month, how, where, and what proves it."""

    item_id: int
    period: Period
    amount: Money
    way: Way
    where: Where
    used: str
    proof: str
    key: Mapping[str, Decimal]
    """The weight of each unit by its code, where ``way`` is KEY."""


def enter_pool(by: By, wanted: Wanted) -> int:
    """Note a sum for the bill run of its month to share, and return its id.

    Raises Refused where the sum is not above zero, where no price shares this item in that month, and where a table of
    weights names units that are not here or gives nobody a weight.
    """
    item = get_priced_item(by.community_id, wanted.item_id)
    if wanted.amount <= ZERO:
        raise Refused("pool.amount", msg("A sum to share is more than zero."), field="amount")
    if not _is_shared(by.community_id, item.id, wanted.period):
        raise Refused(
            "pool.price",
            msg("No price shares this item in %(month)s. Publish one first, counted as a shared sum."),
            {"month": str(wanted.period)},
            field="item",
        )
    if wanted.where != EVERYWHERE:
        lineage(by.community_id, wanted.where)
    pool = Pool(
        community_id=by.community_id,
        item_id=item.id,
        period=wanted.period,
        amount=wanted.amount,
        way=wanted.way,
        key=_key(by.community_id, wanted.key) if wanted.way is Way.KEY else None,
        place=wanted.where.place,
        place_id=wanted.where.id,
        used=wanted.used,
        proof=wanted.proof,
        entered_at=by.at,
        entered_by=by.actor_id,
    )
    db.session.add(pool)
    db.session.flush()
    log(by, "billing.enter_pool", "pool", pool.id, fen=wanted.amount.fen, month=str(wanted.period), code=item.code)
    return pool.id


def _is_shared(community_id: int, item_id: int, period: Period) -> bool:
    in_force = sa.exists().where(
        TariffVersion.community_id == community_id,
        TariffVersion.item_id == item_id,
        TariffVersion.basis == Basis.POOL,
        TariffVersion.from_on <= period.last_day,
        sa.or_(TariffVersion.to_on.is_(None), TariffVersion.to_on > period.first_day),
    )
    return bool(db.session.scalar(sa.select(in_force)))


def _key(community_id: int, weights: Mapping[str, Decimal]) -> dict[str, int]:
    found = db.session.execute(
        sa.select(Unit.code, Unit.id).where(
            Unit.community_id == community_id, Unit.code.in_(weights), Unit.withdrawn_at.is_(None)
        )
    )
    ids = {row.code: row.id for row in found}
    unknown = [code for code in weights if code not in ids]
    if unknown:
        raise Refused(
            "pool.unit",
            msg("There is no unit “%(code)s” here. Write one unit a line, such as 3-2-501 1.5."),
            {"code": unknown[0]},
            field="key",
        )
    if not any(weights.values()):
        raise Refused(
            "pool.weights", msg("Nobody has a weight. Write one unit a line, such as 3-2-501 1.5."), field="key"
        )
    return {str(ids[code]): int(weight * KEY_SCALE) for code, weight in weights.items()}


def read_key(typed: str) -> dict[str, Decimal]:
    """The weights of a table, one unit a line: ``3-2-501 1.5``. Raises Refused at the line that cannot be read."""
    weights: dict[str, Decimal] = {}
    for number, line in enumerate(typed.splitlines(), start=1):
        if not line.strip():
            continue
        code, _, weight = line.replace("\t", " ").strip().rpartition(" ")
        try:
            read = Decimal(weight)
            sound = bool(code) and read.is_finite() and 0 <= read < 10**6 and read * KEY_SCALE % 1 == 0
        except InvalidOperation:
            sound = False
        if not sound or code.strip() in weights:
            raise Refused(
                "pool.line",
                msg("Line %(line)s cannot be read: write each unit once with its weight, such as 3-2-501 1.5."),
                {"line": number},
                field="key",
            )
        weights[code.strip()] = read
    return weights


def withdraw_pool(by: By, pool_id: int) -> None:
    """Take back a sum that was entered by mistake. Raises Refused where it is shared or withdrawn already."""
    pool = get_pool(by.community_id, pool_id)
    taken_back = hits(
        sa.update(Pool)
        .where(
            Pool.community_id == by.community_id,
            Pool.id == pool.id,
            Pool.run_id.is_(None),
            Pool.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=by.at, withdrawn_by=by.actor_id)
    )
    if taken_back != 1:
        raise Refused("pool.gone", msg("This sum has been shared or taken back already."))
    log(by, "billing.withdraw_pool", "pool", pool_id, fen=pool.amount.fen, month=str(pool.period))


def get_pool(community_id: int, pool_id: int) -> Pool:
    """A sum of this community. Raises NotFound."""
    pool = db.session.get(Pool, (community_id, pool_id))
    if pool is None:
        raise NotFound
    return pool


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A sum in the list: its item, and the run that shared it."""

    pool: Pool
    item: ChargeItem
    run: BillRun | None


def list_pools(community_id: int) -> list[PoolRow]:
    """Every sum, the newest month first."""
    found = db.session.execute(
        sa.select(Pool, ChargeItem, BillRun)
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Pool.community_id, ChargeItem.id == Pool.item_id))
        .outerjoin(BillRun, sa.and_(BillRun.community_id == Pool.community_id, BillRun.id == Pool.run_id))
        .where(Pool.community_id == community_id)
        .order_by(Pool.period.desc(), Pool.entered_at.desc())
    )
    return [PoolRow(*row) for row in found]


def list_shared_items(community_id: int) -> Sequence[ChargeItem]:
    """The items that some price shares."""
    priced = sa.select(TariffVersion.item_id).where(
        TariffVersion.community_id == community_id, TariffVersion.basis == Basis.POOL
    )
    return db.session.scalars(
        sa.select(ChargeItem)
        .where(ChargeItem.community_id == community_id, ChargeItem.id.in_(priced))
        .order_by(ChargeItem.position)
    ).all()
