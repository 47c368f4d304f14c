"""Confirming a bill run: the charges of a month, all at once, exactly as they were seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import note_months
from feeapp.billing.booking import book
from feeapp.billing.drafts import Draft
from feeapp.billing.metered import hold_readings
from feeapp.billing.models import BillRun, Charge, Pool
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.planning import Planned, Summed, billed_before, owed, summed, sums
from feeapp.billing.posting import Part, odd_fen, post_drafts, post_part
from feeapp.billing.reckoning import plan_period
from feeapp.billing.reducing import reduce_charges
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source
from feeapp.logbook.actions import log
from feeapp.registry.models import Unit
from feeapp.registry.queries import profile_of
from feeapp.storage.columns import Key, new_id
from feeapp.storage.db import db, hits
from feeapp.tariffs.actions import hold_prices, mark_billed

COLUMNS = (
    "unit_id", "debtor_id", "quantity", "amount",
    "community_id", "id", "period", "item_id", "seq", "part_id", "due_on", "settled", "reduced", "note",
    "booked_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """One price of a run and what it came to."""

    planned: Planned
    summed: Summed


def confirm(by: By, period: Period, seen_hash: str) -> int:
    """Bill a month as it was previewed and return the id of the run.

    The hash is taken over what has just been written, so nothing can slip in between looking and billing. Raises
    Refused where that differs from what was seen, and where nothing is missing.
    """
    if by.actor_id is None:
        raise TypeError("a bill run is confirmed by a person")
    hold_prices(by.community_id)
    hold_readings(by.community_id)
    run_id = new_id()
    plan = plan_period(by.community_id, period)
    posted = _post_alike(by, plan.alike, period, run_id)
    drafts = plan.drafts
    if not posted and not drafts:
        raise nothing_missing(period)
    to_jiao = profile_of(by.community_id).bill_to_jiao
    if hash_of(period, ((one.planned, one.summed) for one in posted), drafts, to_jiao) != seen_hash:
        raise changed()
    reductions = post_drafts(by, drafts, period, run_id)
    if to_jiao:
        reductions += odd_fen(by.community_id, period, run_id, reductions)
    charges = sum(one.summed.count for one in posted) + len(drafts)
    amount = total(one.summed.total for one in posted) + total(each.amount for each in drafts)
    db.session.execute(
        sa.insert(BillRun).values(
            community_id=by.community_id, id=run_id, period=period, seen_hash=seen_hash, charges=charges,
            total=amount, reduced=total(each.amount for each in reductions), posted_at=by.at, posted_by=by.actor_id,
        )
    )  # fmt: skip
    _mark_pools(by.community_id, plan.pools, run_id)
    note_months(
        by.community_id,
        {(period, one.planned.item.id) for one in posted} | {(period, each.item.id) for each in drafts},
    )
    priced = {one.planned.line.version_id for one in posted} | {each.drafted.line.version_id for each in drafts}
    mark_billed(by.community_id, priced, period)
    source = Source("bill_run", run_id)
    billed = [(one.planned.item, one.summed.total) for one in posted] + [(each.item, each.amount) for each in drafts]
    book(by, billed, "billing.run", source)
    reduce_charges(by, reductions, "billing.reduced", source)
    apply_wallets(by, None, period)
    log(by, "billing.run", "bill_run", run_id, period=str(period), charges=charges, total=amount.fen)
    return run_id


def _mark_pools(community_id: int, pools: Sequence[Pool], run_id: int) -> None:
    """Note that these sums are shared, each once: a run at the same instant must not share them too."""
    for pool in pools:
        marked = hits(
            sa.update(Pool)
            .where(
                Pool.community_id == community_id,
                Pool.id == pool.id,
                Pool.run_id.is_(None),
                Pool.withdrawn_at.is_(None),
            )
            .values(run_id=run_id)
            .execution_options(synchronize_session=False)
        )
        if marked != 1:
            raise changed()


def nothing_missing(period: Period) -> Refused:
    """The refusal of a run that would add nothing."""
    return Refused(
        "billing.nothing",
        msg("Nothing is missing for %(month)s: every unit that can be billed has its charges."),
        {"month": str(period)},
    )


def changed() -> Refused:
    """The refusal of a run that would bill something else than what was looked at."""
    return Refused(
        "billing.changed",
        msg("Something has changed since you looked: a price, an area, an owner, or another run. Look again."),
    )


def hash_of(
    period: Period, parts: Iterable[tuple[Planned, Summed]], drafts: Sequence[Draft] = (), to_jiao: bool = False
) -> str:
    """The fingerprint of a run: every price at work with its units and sum, and every charge drafted by itself."""
    facts = [
        [
            *(planned.item.id, planned.use.value, planned.scope.place.value, planned.scope.place_id or 0),
            *(str(planned.coefficient), planned.line.seq, planned.line.version_id),
            *(planned.line.weight_before, planned.line.weight_upto, planned.line.denominator),
            *(planned.due_on.isoformat(), sums_.count, sums_.total.fen, sums_.mark),
        ]
        for planned, sums_ in parts
        if sums_.count
    ]
    singly = [
        [
            *(each.item.id, each.unit.id, each.drafted.line.seq, each.drafted.line.version_id),
            *(each.drafted.debtor_id, each.drafted.line.from_on.isoformat(), each.due_on.isoformat()),
            *(
                each.drafted.quantity,
                each.amount.fen,
                [[one.source_id, one.amount.fen] for one in each.drafted.relieved],
            ),
        ]
        for each in drafts
    ]
    whole = [period.key, to_jiao, sorted(facts), sorted(singly)]
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def _post_alike(by: By, alike: Sequence[Planned], period: Period, run_id: int) -> list[Posted]:
    """Write the charges of every price that still has units to bill, one statement each, with ids in one row."""
    posted: list[Posted] = []
    before = new_id()
    # All of them before anything is written: what another price of this run writes is never of the same units.
    due_now = [(planned, owed(planned, billed_before(planned, period))) for planned in alike]
    try:
        for planned, due in due_now:
            if db.session.execute(due.with_only_columns(Unit.id).limit(1)).first() is None:
                continue
            part_id = post_part(
                by.community_id, run_id, Part(planned.item.id, planned.use, planned.line, planned.coefficient)
            )
            charges = rows(due, planned, period, part_id, before, office_day(by.at))
            insert = sa.insert(Charge.__table__).from_select(COLUMNS, charges, include_defaults=False)
            last = before + hits(insert.execution_options(preserve_rowcount=True))
            posted.append(Posted(planned, _summed(by.community_id, before, last)))
            before = last
    except sa.exc.IntegrityError:
        raise changed() from None
    return posted


def rows(
    due: sa.Select[Any], planned: Planned, period: Period, part_id: int, before: int, booked_on: date
) -> sa.Select[Any]:
    """The charges of one price, as ``COLUMNS``, in the order of units; their ids come after ``before``."""
    columns = Charge.__table__.c
    same = {
        "period": period, "item_id": planned.item.id, "seq": planned.line.seq, "part_id": part_id,
        "due_on": planned.due_on, "settled": ZERO, "reduced": ZERO, "note": None,
        "booked_on": booked_on,
    }  # fmt: skip
    return due.add_columns(
        sa.literal(planned.item.community_id, Key()),
        sa.literal(before, Key()) + sa.func.row_number().over(order_by=Unit.id),
        *(sa.literal(value, columns[name].type) for name, value in same.items()),
    )


def _summed(community_id: int, before: int, last: int) -> Summed:
    """What has just been written, read back from the table."""
    row = db.session.execute(
        sa.select(*sums(Charge.unit_id, Charge.debtor_id, Charge.amount)).where(
            Charge.community_id == community_id, Charge.id > before, Charge.id <= last
        )
    ).one()
    return summed(row)
