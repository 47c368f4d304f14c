"""Prepaid money clears charges, and comes back from them. Set by set: ten thousand wallets take a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import settle, unsettle
from feeapp.billing.models import BilledMonth, Charge, Offset
from feeapp.billing.offsetting import Held, Match, Owing, match
from feeapp.billing.rules import OFFSET
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import PREPAYMENTS, Fund, credit, debit
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.actions import Drawing, Holder, draw_all, put
from feeapp.wallets.models import Wallet
from feeapp.wallets.rules import MoveKind

_AT_ONCE = 500
"""How many units or charges are asked for in one statement."""


@dataclass(frozen=True, slots=True)
class _Open:
    owing: Owing
    receivable: str


def apply_wallets(by: By, unit_ids: Collection[int] | None, period: Period | None) -> Money:
    """Clear open charges from wallets and say how much was cleared; a second time finds nothing left to do.

    Of these units (every unit where None) and of this month (every month where None). Wallets and charges are held
    while they are looked at, so a payment at the same instant waits, or is waited for.
    """
    held = _held(by.community_id, unit_ids)
    units = sorted({one.owner[0] for one in held})
    open_ = {one.owing.charge_id: one for one in _open(by.community_id, units, period)} if units else {}
    matches = match(held, [one.owing for one in open_.values()])
    if not matches:
        return ZERO
    settle(by.community_id, _summed((one.charge_id, one.amount) for one in matches))
    by_fund: dict[str, list[Match]] = defaultdict(list)
    for one in matches:
        by_fund[open_[one.charge_id].owing.owner[2]].append(one)
    for fund, of_fund in sorted(by_fund.items()):
        _book(by, Fund(fund), of_fund, open_)
    return total(one.amount for one in matches)


def release(by: By, charge_id: int, amount: Money, reason_source: Source) -> None:
    """Put cleared money of a charge back: into the wallets it came from, and into the debtor's for the rest.

    ``reason_source`` is the document that asks for it, noted in the logbook. Raises NotFound for a charge of another
    community, and Refused where not so much of it is cleared.
    """
    found = db.session.execute(
        sa.select(Charge.unit_id, Charge.debtor_id, ChargeItem.fund, ChargeItem.receivable)
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .where(Charge.community_id == by.community_id, Charge.id == charge_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    unsettle(by.community_id, charge_id, amount)
    entry_id, source = new_id(), Source(OFFSET, charge_id)
    general = Holder(found.unit_id, found.debtor_id, found.fund)
    back = _whence(by.community_id, charge_id, amount)
    rest = amount - total(part for _, part in back)
    holders = [*back, *([(general, rest)] if rest else [])]
    cleared = [
        (charge_id, put(by, holder, part, MoveKind.RELEASED, source, entry_id), -part) for holder, part in holders
    ]
    _write(by, entry_id, cleared)
    lines = [debit(found.receivable, amount), credit(PREPAYMENTS, amount)]
    post(by, Fund(found.fund), "billing.release", office_day(by.at), source, lines, entry_id=entry_id)
    log(
        by, "billing.release", "charge", charge_id,
        fen=amount.fen, source_kind=reason_source.kind, source_id=reason_source.id,
    )  # fmt: skip


def list_offsets(community_id: int, charge_ids: Collection[int]) -> dict[int, Money]:
    """What prepaid money has cleared of each of these charges; those it cleared nothing of are left out."""
    cleared: dict[int, Money] = defaultdict(lambda: ZERO)
    for some in _in_parts(charge_ids):
        query = sa.select(Offset.charge_id, Offset.amount).where(
            Offset.community_id == community_id, Offset.charge_id.in_(some)
        )
        for charge_id, amount in db.session.execute(query):
            cleared[charge_id] += amount
    return {charge_id: amount for charge_id, amount in cleared.items() if amount > ZERO}


def _in_parts(ids: Collection[int]) -> Iterator[list[int]]:
    """Ids in as many as are asked for in one statement."""
    whole = sorted(ids)
    for start in range(0, len(whole), _AT_ONCE):
        yield whole[start : start + _AT_ONCE]


def _held(community_id: int, unit_ids: Collection[int] | None) -> list[Held]:
    """The wallets that hold anything, kept from everybody else until this transaction ends."""
    every = (
        sa.select(Wallet.id, Wallet.unit_id, Wallet.party_id, Wallet.fund, Wallet.item_id, Wallet.balance)
        .where(Wallet.community_id == community_id, Wallet.balance > sa.literal(0))
        .order_by(Wallet.id)
        .with_for_update()
    )
    queries = [every] if unit_ids is None else [every.where(Wallet.unit_id.in_(some)) for some in _in_parts(unit_ids)]
    return [
        Held(row.id, (row.unit_id, row.party_id, row.fund), row.item_id, row.balance)
        for query in queries
        for row in db.session.execute(query)
    ]


def _open(community_id: int, unit_ids: Sequence[int], period: Period | None) -> Iterator[_Open]:
    """What is open on these units, kept from everybody else until this transaction ends."""
    query = _OPEN if period is None else _OPEN.where(Charge.period == period)
    for some in _in_parts(unit_ids):
        for row in db.session.execute(query, {"community": community_id, "units": some}):
            owner = (row.unit_id, row.debtor_id, row.fund)
            left = row.amount - row.settled - row.reduced
            yield _Open(Owing(row.id, owner, row.item_id, row.due_on, row.position, left), row.receivable)


_OPEN = (
    sa.select(
        *(
            Charge.__table__.c[name]
            for name in ("id", "unit_id", "debtor_id", "item_id", "due_on", "amount", "settled", "reduced")
        ),
        ChargeItem.fund,
        ChargeItem.receivable,
        ChargeItem.position,
    )
    .select_from(Charge)
    .join(
        BilledMonth,
        sa.and_(
            BilledMonth.community_id == Charge.community_id,
            BilledMonth.period == Charge.period,
            BilledMonth.item_id == Charge.item_id,
        ),
    )
    .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .where(
        Charge.community_id == sa.bindparam("community"),
        Charge.unit_id.in_(sa.bindparam("units", expanding=True)),
        Charge.settled + Charge.reduced < Charge.amount,
    )
    .with_for_update(of=Charge)
)


def _summed(parts: Iterator[tuple[int, Money]]) -> dict[int, Money]:
    sums: dict[int, Money] = defaultdict(lambda: ZERO)
    for key, amount in parts:
        sums[key] += amount
    return dict(sums)


def _book(by: By, fund: Fund, matches: Sequence[Match], open_: Mapping[int, _Open]) -> None:
    """The moves, the offsets, one entry and one note for what the wallets of a fund cleared."""
    entry_id, source = new_id(), Source(OFFSET, new_id())
    drawn = _summed((one.wallet_id, one.amount) for one in matches)
    draw_all(by, [Drawing(*one) for one in drawn.items()], MoveKind.APPLIED, source, entry_id)
    _write(by, entry_id, [(one.charge_id, one.wallet_id, one.amount) for one in matches])
    cleared: dict[str, Money] = defaultdict(lambda: ZERO)
    for one in matches:
        cleared[open_[one.charge_id].receivable] += one.amount
    amount = total(cleared.values())
    lines = [debit(PREPAYMENTS, amount), *(credit(account, part) for account, part in sorted(cleared.items()))]
    post(by, fund, "billing.offset", office_day(by.at), source, lines, entry_id=entry_id)
    charges = len({one.charge_id for one in matches})
    log(by, "billing.offset", OFFSET, source.id, charges=charges, total=amount.fen)


def _write(by: By, entry_id: int, cleared: Sequence[tuple[int, int, Money]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "community_id": by.community_id,
            "id": key,
            "charge_id": charge_id,
            "wallet_id": wallet_id,
            "amount": amount,
            "entry_id": entry_id,
            "at": by.at,
            "by_id": by.actor_id,
        }
        for key, (charge_id, wallet_id, amount) in zip(new_ids(len(cleared)), cleared, strict=True)
    ]
    db.session.connection().execute(sa.insert(Offset.__table__), rows)


def _whence(community_id: int, charge_id: int, amount: Money) -> list[tuple[Holder, Money]]:
    """The holders whose wallets cleared a charge, the latest first, each with what goes back, ``amount`` in all."""
    found = db.session.execute(
        sa.select(Wallet.unit_id, Wallet.party_id, Wallet.fund, Wallet.item_id, Offset.amount)
        .join(Offset, sa.and_(Offset.community_id == Wallet.community_id, Offset.wallet_id == Wallet.id))
        .where(Offset.community_id == community_id, Offset.charge_id == charge_id)
        .order_by(Offset.id.desc())
    ).all()
    came: dict[Holder, Money] = defaultdict(lambda: ZERO)
    for row in found:
        came[Holder(row.unit_id, row.party_id, row.fund, row.item_id)] += row.amount
    back: list[tuple[Holder, Money]] = []
    for holder, net in came.items():
        part = min(net, amount)
        if part > ZERO:
            back.append((holder, part))
            amount -= part
    return back
