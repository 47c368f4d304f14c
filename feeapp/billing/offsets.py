"""Prepaid money clears charges, and comes back from them. Set by set: ten thousand wallets take a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import settle, unsettle
from feeapp.billing.models import BilledMonth, Charge, Dispute, Offset
from feeapp.billing.offsetting import Held, Match, Owing, match
from feeapp.billing.rules import OFFSET
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import PREPAYMENTS, Fund, credit, debit
from feeapp.logbook.actions import log, log_each
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.actions import Drawing, Holder, Putting, draw_all, put_all
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
    """Put cleared money of one charge back; see ``release_all``."""
    release_all(by, {charge_id: amount}, reason_source)


def release_all(by: By, amounts: Mapping[int, Money], reason_source: Source) -> None:
    """Put cleared money of charges back: into the wallets it came from, and into the debtor's for the rest.

    ``reason_source`` is the document that asks for it, noted in the logbook. Raises NotFound for a charge of another
    community, and Refused where not so much of one is cleared.
    """
    if not amounts:
        return
    charges = _releasable(by.community_id, amounts)
    unsettle(by.community_id, amounts)
    whence = _whence(by.community_id, amounts)
    by_fund: dict[str, list[int]] = defaultdict(list)
    for charge_id in sorted(amounts):
        by_fund[charges[charge_id].fund].append(charge_id)
    for fund, charge_ids in sorted(by_fund.items()):
        entry_id = new_id()
        back: list[tuple[int, Putting]] = []
        no_longer_paid: dict[str, Money] = defaultdict(lambda: ZERO)
        for charge_id in charge_ids:
            charge, source = charges[charge_id], Source(OFFSET, charge_id)
            rest = amounts[charge_id] - total(part for _, part in whence[charge_id])
            general = [(Holder(charge.unit_id, charge.debtor_id, fund), rest)] if rest else []
            back += [(charge_id, Putting(holder, part, source)) for holder, part in (*whence[charge_id], *general)]
            no_longer_paid[charge.receivable] += amounts[charge_id]
        wallets = put_all(by, [one for _, one in back], MoveKind.RELEASED, entry_id)
        cleared = [
            (charge_id, wallet_id, -one.amount) for (charge_id, one), wallet_id in zip(back, wallets, strict=True)
        ]
        _write(by, entry_id, cleared)
        lines = [debit(account, part) for account, part in sorted(no_longer_paid.items())]
        lines.append(credit(PREPAYMENTS, total(no_longer_paid.values())))
        source = Source(OFFSET, charge_ids[0])
        post(by, Fund(fund), "billing.release", office_day(by.at), source, lines, entry_id=entry_id)
    freed = sorted(amounts)
    log_each(
        by, "billing.release", "charge", freed,
        fen=[amounts[charge_id].fen for charge_id in freed],
        source_kind=[reason_source.kind] * len(freed), source_id=[reason_source.id] * len(freed),
    )  # fmt: skip


def _releasable(community_id: int, charge_ids: Collection[int]) -> dict[int, sa.Row[Any]]:
    """Whose each charge is, and in which fund it stands. Raises NotFound where one is not of this community."""
    found: dict[int, sa.Row[Any]] = {}
    for some in _in_parts(charge_ids):
        query = (
            sa.select(Charge.id, Charge.unit_id, Charge.debtor_id, ChargeItem.fund, ChargeItem.receivable)
            .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
            .where(Charge.community_id == community_id, Charge.id.in_(some))
        )
        found |= {row.id: row for row in db.session.execute(query)}
    if len(found) != len(charge_ids):
        raise NotFound
    return found


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
    """What is open on these units, kept from everybody else until this transaction ends.

    A charge in dispute is left out: nobody helps themselves to a household's money for what it contests.
    """
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
        ~sa.exists().where(
            Dispute.community_id == Charge.community_id, Dispute.charge_id == Charge.id, Dispute.closed_at.is_(None)
        ),
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


def _whence(community_id: int, amounts: Mapping[int, Money]) -> dict[int, list[tuple[Holder, Money]]]:
    """For each charge the holders whose wallets cleared it, the latest first, each with what goes back to it."""
    came: dict[int, dict[Holder, Money]] = {charge_id: defaultdict(lambda: ZERO) for charge_id in amounts}
    for some in _in_parts(amounts.keys()):
        query = (
            sa.select(Offset.charge_id, Wallet.unit_id, Wallet.party_id, Wallet.fund, Wallet.item_id, Offset.amount)
            .join(Wallet, sa.and_(Wallet.community_id == Offset.community_id, Wallet.id == Offset.wallet_id))
            .where(Offset.community_id == community_id, Offset.charge_id.in_(some))
            .order_by(Offset.id.desc())
        )
        for row in db.session.execute(query):
            came[row.charge_id][Holder(row.unit_id, row.party_id, row.fund, row.item_id)] += row.amount
    back: dict[int, list[tuple[Holder, Money]]] = {}
    for charge_id, amount in amounts.items():
        left, back[charge_id] = amount, []
        for holder, net in came[charge_id].items():
            part = min(net, left)
            if part > ZERO:
                back[charge_id].append((holder, part))
                left -= part
    return back
