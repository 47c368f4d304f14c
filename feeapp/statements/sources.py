"""Where the lines of a statement come from: one function for each kind of row, all in ``SOURCES``.

A new kind of line is one more function in that list. Each is told the account and its charges, and answers with lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import BilledMonth, BillPart, BillRun, Charge, Offset, Reduction
from feeapp.billing.rules import REDUCTION_WORDS
from feeapp.cashier.models import Payment, Receipt, Settlement, Void
from feeapp.cashier.standing import OWN_RECEIPT, SETTLED, UNDONE
from feeapp.clock import office_day
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import msg
from feeapp.registry.models import ImportBatch, Unit
from feeapp.registry.queries import portions
from feeapp.statements.rules import Kind, Line
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import MOVE_WORDS, MoveKind

PAYMENT = "payment"
"""The source of wallet moves that belong to a payment, as the cashier names it."""

Pair = tuple[int, int]
"""A unit and a debtor: whose debts on what."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a statement is about: pairs of a unit and a debtor of one community."""

    community_id: int
    pairs: frozenset[Pair]

    @property
    def unit_ids(self) -> list[int]:
        return sorted({unit_id for unit_id, _ in self.pairs})


@dataclass(frozen=True, slots=True)
class Gathered:
    """The charges of an account by id, and the wallets."""

    account: Account
    charges: dict[int, Any]
    wallets: dict[int, Any]

    @property
    def known(self) -> Money:
        """What is owed less what is held, as the charges and the wallets say it today."""
        owed = sum(row.amount.fen - row.settled.fen - row.reduced.fen for row in self.charges.values())
        return Money(owed - sum(row.balance.fen for row in self.wallets.values()))


def gather(account: Account) -> Gathered:
    """Look the charges and wallets of an account up."""
    charges = {
        row.id: row
        for some in portions(account.unit_ids)
        for row in db.session.execute(_CHARGES, {"community": account.community_id, "units": some})
        if (row.unit_id, row.debtor_id) in account.pairs
    }
    wallets = {
        row.id: row
        for some in portions(account.unit_ids)
        for row in db.session.execute(
            sa.select(Wallet.id, Wallet.unit_id, Wallet.party_id, Wallet.balance, Unit.code)
            .join(Unit, sa.and_(Unit.community_id == Wallet.community_id, Unit.id == Wallet.unit_id))
            .where(Wallet.community_id == account.community_id, Wallet.unit_id.in_(some))
        )
        if (row.unit_id, row.party_id) in account.pairs
    }
    return Gathered(account, charges, wallets)


def lines_of(gathered: Gathered) -> list[Line]:
    """Every line there ever was, of every source."""
    return [line for source in SOURCES for line in source(gathered)]


def billed_days(gathered: Gathered) -> dict[int, date]:
    """When each charge was billed; what a ledger brought along counts from the day it fell due before that."""
    batches = _import_days(gathered)
    return {
        row.id: office_day(row.posted_at)
        if row.posted_at is not None
        else min(row.due_on, batches.get((row.note or {}).get("batch", 0), row.due_on))
        for row in gathered.charges.values()
    }


def clearings(gathered: Gathered) -> Iterable[tuple[int, date, Money]]:
    """What lowered what is open of each charge, and on which day: payments, held money and reductions."""
    for model in (Reduction, Offset):
        for row in _of_charges(gathered, model, model.amount, model.at):
            yield row.charge_id, office_day(row.at), row.amount
    for row in _of_charges(gathered, SETTLED.c, SETTLED.c.amount, SETTLED.c.day):
        yield row.charge_id, row.day, row.amount


def _billed(gathered: Gathered) -> Iterable[Line]:
    for key, on in billed_days(gathered).items():
        row = gathered.charges[key]
        words = msg("Billed afterwards") if row.supplementary else msg("Billed")
        yield Line(on, Kind.CHARGE, words, charged=row.amount, **_what(row))


def _reduced(gathered: Gathered) -> Iterable[Line]:
    for row in _of_charges(gathered, Reduction, Reduction.amount, Reduction.at, Reduction.kind, Reduction.reason):
        yield Line(
            office_day(row.at), Kind.REDUCTION, msg("Reduced"), sort=REDUCTION_WORDS[row.kind], remark=row.reason,
            reduced=row.amount, **_what(gathered.charges[row.charge_id]),
        )  # fmt: skip


def _paid(gathered: Gathered) -> Iterable[Line]:
    """One line for each payment: what it cleared of these charges, and what of it was or had been held.

    One more below zero for a payment that was taken back.
    """
    parts: dict[int, Money] = defaultdict(lambda: ZERO)
    units: dict[int, set[str]] = defaultdict(set)
    for row in _of_charges(gathered, Settlement, Settlement.amount, Settlement.payment_id):
        parts[row.payment_id] += row.amount
        units[row.payment_id].add(gathered.charges[row.charge_id].code)
    for move in _moves(gathered):
        if move.source_kind == PAYMENT:
            parts[move.source_id] += move.amount
            units[move.source_id].add(gathered.wallets[move.wallet_id].code)
    for some in portions(parts):
        query = (
            sa.select(Payment.id, Payment.received_on, Receipt.label, Receipt.id.label("receipt_id"))
            .add_columns(Void.done_on)
            .outerjoin(Receipt, OWN_RECEIPT)
            .outerjoin(Void, UNDONE)
            .where(Payment.community_id == gathered.account.community_id, Payment.id.in_(some))
        )
        for row in db.session.execute(query):
            yield Line(
                row.received_on, Kind.PAYMENT, msg("Paid"), unit="、".join(sorted(units[row.id])),
                number=row.label or "", receipt_id=row.receipt_id, paid=parts[row.id],
            )  # fmt: skip
            if row.done_on is not None:
                yield Line(
                    row.done_on, Kind.PAYMENT, msg("Payment taken back"), unit="、".join(sorted(units[row.id])),
                    number=row.label or "", receipt_id=row.receipt_id, paid=-parts[row.id],
                )  # fmt: skip


def _held(gathered: Gathered) -> Iterable[Line]:
    """Held money that came or went without a payment: gifts lower what is owed, the rest is money itself."""
    for move in _moves(gathered):
        if move.source_kind == PAYMENT or move.kind in _WITH_CHARGES:
            continue
        given = move.kind in (MoveKind.GIFT, MoveKind.CREDITED)
        yield Line(
            office_day(move.at), Kind.HELD, MOVE_WORDS[move.kind], unit=gathered.wallets[move.wallet_id].code,
            reduced=move.amount if given else ZERO, paid=ZERO if given else move.amount,
        )  # fmt: skip


def _used(gathered: Gathered) -> Iterable[Line]:
    """Held money moved on to a charge or back: nothing more is owed or held together for it."""
    for row in _of_charges(gathered, Offset, Offset.amount, Offset.at):
        words = MOVE_WORDS[MoveKind.APPLIED if row.amount > ZERO else MoveKind.RELEASED]
        moved = row.amount if row.amount > ZERO else -row.amount
        yield Line(office_day(row.at), Kind.USED, words, moved=moved, **_what(gathered.charges[row.charge_id]))


SOURCES: list[Callable[[Gathered], Iterable[Line]]] = [_billed, _reduced, _paid, _held, _used]
"""Every kind of line; what they change adds up to what the charges and the wallets say."""

_WITH_CHARGES = {MoveKind.APPLIED, MoveKind.RELEASED, MoveKind.VOIDED}
"""Moves that an offset of the same sum stands against, or the line of a payment that was taken back."""


def _what(row: Any) -> dict[str, Any]:
    return {"unit": row.code, "item": row.name, "item_en": row.name_en, "period": row.period}


def _of_charges(gathered: Gathered, model: Any, *columns: Any) -> Iterable[Any]:
    for some in portions(gathered.charges):
        yield from db.session.execute(
            sa.select(model.charge_id, *columns).where(
                model.community_id == gathered.account.community_id, model.charge_id.in_(some)
            )
        )


def _moves(gathered: Gathered) -> Iterable[Any]:
    for some in portions(gathered.wallets):
        yield from db.session.execute(
            sa.select(
                WalletMove.wallet_id, WalletMove.amount, WalletMove.kind, WalletMove.at, WalletMove.source_kind,
                WalletMove.source_id,
            ).where(WalletMove.community_id == gathered.account.community_id, WalletMove.wallet_id.in_(some))
        )  # fmt: skip


def _import_days(gathered: Gathered) -> dict[int, date]:
    """The days on which the ledgers that brought arrears along were taken over."""
    ids = {
        row.note["batch"] for row in gathered.charges.values() if row.posted_at is None and "batch" in (row.note or {})
    }
    found = db.session.execute(
        sa.select(ImportBatch.id, ImportBatch.ended_at).where(
            ImportBatch.community_id == gathered.account.community_id, ImportBatch.id.in_(sorted(ids))
        )
    )
    return {key: office_day(at) for key, at in found if at}


_CHARGES = (
    sa.select(
        Charge.id, Charge.unit_id, Charge.debtor_id, Charge.period, Charge.due_on, Charge.amount, Charge.settled,
        Charge.reduced, Charge.note, Unit.code, ChargeItem.name, ChargeItem.name_en, BillRun.posted_at,
        BillRun.supplementary,
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
    .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
    .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .outerjoin(BillPart, sa.and_(BillPart.community_id == Charge.community_id, BillPart.id == Charge.part_id))
    .outerjoin(BillRun, sa.and_(BillRun.community_id == BillPart.community_id, BillRun.id == BillPart.run_id))
    .where(Charge.community_id == sa.bindparam("community"), Charge.unit_id.in_(sa.bindparam("units", expanding=True)))
)  # fmt: skip
