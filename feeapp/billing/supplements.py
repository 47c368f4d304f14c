"""Bill runs that add to a month already billed: the same charges with the same arithmetic, marked supplementary."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from feeapp.billing.actions import note_months
from feeapp.billing.booking import book
from feeapp.billing.drafts import Draft, numbered
from feeapp.billing.models import BillRun
from feeapp.billing.posting import odd_fen, post_drafts
from feeapp.billing.reducing import reduce_charges
from feeapp.billing.runs import hash_of
from feeapp.core.deed import By
from feeapp.core.money import total
from feeapp.core.period import Period
from feeapp.ledger.actions import Source
from feeapp.logbook.actions import log
from feeapp.registry.queries import profile_of
from feeapp.storage.columns import new_id
from feeapp.storage.db import db
from feeapp.tariffs.actions import mark_billed


def post_supplement(by: By, period: Period, drafts: Sequence[Draft], asked_by: Source | None, whole_bill: bool) -> int:
    """Charge these drafts of one month in a bill run of their own and return its id.

    ``asked_by`` is the document that asks for it, where there is one. ``whole_bill`` says that they are the whole bill
    of their units, whose odd fen are struck off where the community does so.
    """
    if by.actor_id is None:
        raise TypeError("a bill run is confirmed by a person")
    run_id = new_id()
    drafts = numbered(by.community_id, drafts, period)
    reductions = post_drafts(by, drafts, period, run_id)
    to_jiao = whole_bill and profile_of(by.community_id).bill_to_jiao
    if to_jiao:
        reductions += odd_fen(by.community_id, period, run_id, reductions)
    amount = total(each.amount for each in drafts)
    db.session.execute(
        sa.insert(BillRun).values(
            community_id=by.community_id, id=run_id, period=period, seen_hash=hash_of(period, (), drafts, to_jiao),
            charges=len(drafts), total=amount, reduced=total(each.amount for each in reductions), supplementary=True,
            source_kind=asked_by.kind if asked_by else None, source_id=asked_by.id if asked_by else None,
            posted_at=by.at, posted_by=by.actor_id,
        )
    )  # fmt: skip
    note_months(by.community_id, {(period, each.item.id) for each in drafts})
    mark_billed(by.community_id, {each.drafted.line.version_id for each in drafts}, period)
    source = Source("bill_run", run_id)
    book(by, [(each.item, each.amount) for each in drafts], "billing.run", source)
    reduce_charges(by, reductions, "billing.reduced", source)
    log(by, "billing.supplement", "bill_run", run_id, period=str(period), charges=len(drafts), total=amount.fen)
    return run_id
