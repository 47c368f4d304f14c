"""Checks of receipts that were taken back: all their payment did is undone, by a second person, and nothing else is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.billing.models import Charge, Reduction
from feeapp.billing.rules import LATE_CODE, ReductionKind
from feeapp.cashier.models import Payment, Receipt, Settlement, Void
from feeapp.cashier.rules import PAYMENT
from feeapp.cashier.standing import UNDONE
from feeapp.cashier.void_rules import VOID, VoidState, Way
from feeapp.ledger.models import Entry
from feeapp.logbook.models import LogEntry
from feeapp.storage.checking import Check
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.models import WalletMove
from feeapp.wallets.rules import MoveKind


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_APPROVED = Void.state == VoidState.APPROVED
_PAYMENT_OF = sa.and_(Payment.community_id == Void.community_id, Payment.id == Void.payment_id)
_MIRROR_OF = sa.and_(Entry.community_id == Void.community_id, Entry.id == Void.entry_id)

_NOT_MIRRORED = sa.union_all(
    sa.select(Void.community_id, Void.id, Void.entry_id)
    .join(Payment, _PAYMENT_OF)
    .outerjoin(Entry, _MIRROR_OF)
    .where(
        _APPROVED,
        sa.or_(
            Entry.id.is_(None),
            Entry.reverses_id != Payment.entry_id,
            Entry.happened_on != Void.done_on,
            Entry.total != Payment.amount,
            Entry.source_kind != VOID,
            Entry.source_id != Void.id,
            Void.way.is_(None),
        ),
    ),
    sa.select(Entry.community_id, Entry.id, Entry.reverses_id)
    .join(Payment, sa.and_(Payment.community_id == Entry.community_id, Payment.entry_id == Entry.reverses_id))
    .where(~sa.exists().where(Void.community_id == Entry.community_id, Void.entry_id == Entry.id, _APPROVED)),
)

_BACK_AND_FORTH = sa.union_all(
    sa.select(Void.community_id, Void.id, WalletMove.wallet_id, _fen(WalletMove.amount).label("x"))
    .join(
        WalletMove,
        sa.and_(
            WalletMove.community_id == Void.community_id,
            WalletMove.source_kind == PAYMENT,
            WalletMove.source_id == Void.payment_id,
        ),
    )
    .where(_APPROVED),
    sa.select(WalletMove.community_id, WalletMove.source_id, WalletMove.wallet_id, _fen(WalletMove.amount)).where(
        WalletMove.source_kind == VOID, WalletMove.kind == MoveKind.VOIDED
    ),
).subquery()

_HELD_OTHERWISE = (
    sa.select(
        _BACK_AND_FORTH.c.community_id, _BACK_AND_FORTH.c.id, _BACK_AND_FORTH.c.wallet_id,
        sa.func.sum(_BACK_AND_FORTH.c.x).label("still_moved"),
    )
    .group_by(_BACK_AND_FORTH.c.community_id, _BACK_AND_FORTH.c.id, _BACK_AND_FORTH.c.wallet_id)
    .having(sa.func.sum(_BACK_AND_FORTH.c.x) != 0)
)  # fmt: skip

_STILL_LET_OFF = (
    sa.select(Reduction.community_id, Reduction.source_id, Reduction.charge_id, sa.func.sum(_fen(Reduction.amount)))
    .join(
        Void,
        sa.and_(Void.community_id == Reduction.community_id, Void.payment_id == Reduction.source_id, _APPROVED),
    )
    .where(Reduction.source_kind == PAYMENT, Reduction.kind == ReductionKind.SMALL)
    .group_by(Reduction.community_id, Reduction.source_id, Reduction.charge_id)
    .having(sa.func.sum(_fen(Reduction.amount)) != 0)
)

_ITS_VOID = aliased(Void)
_RED_WRONG: sa.CompoundSelect[Any] = sa.union_all(
    sa.select(Void.community_id, Void.id, Void.receipt_id)
    .join(Payment, _PAYMENT_OF)
    .outerjoin(Receipt, sa.and_(Receipt.community_id == Void.community_id, Receipt.id == Void.red_id))
    .where(
        Void.way == Way.RED,
        sa.or_(
            Receipt.id.is_(None),
            Receipt.reverses_id != Void.receipt_id,
            _fen(Receipt.amount) != -_fen(Payment.amount),
            Receipt.issued_on != Void.done_on,
            Receipt.series != Payment.fund,
            Void.done_on <= Payment.received_on,
        ),
    ),
    sa.select(Void.community_id, Void.id, Void.receipt_id)
    .join(Payment, _PAYMENT_OF)
    .where(Void.way == Way.VOID, Void.done_on != Payment.received_on),
    sa.select(Receipt.community_id, Receipt.id, Receipt.reverses_id).where(
        Receipt.reverses_id.is_not(None),
        ~sa.exists().where(_ITS_VOID.community_id == Receipt.community_id, _ITS_VOID.red_id == Receipt.id),
    ),
)

_ALONE = (
    sa.select(Void.community_id, Void.id, Void.asked_by, Void.decided_by)
    .join(Payment, _PAYMENT_OF)
    .where(
        sa.or_(
            sa.and_(_APPROVED, sa.or_(Void.decided_by == Void.asked_by, Void.decided_by == Payment.cashier_id)),
            sa.and_(Void.state == VoidState.WITHDRAWN, Void.decided_by != Void.asked_by),
        )
    )
)

_LATE_OPEN = (
    sa.select(Charge.community_id, Charge.id, Charge.amount, Charge.settled, Charge.reduced)
    .select_from(Payment)
    .join(Void, UNDONE)
    .join(Settlement, sa.and_(Settlement.community_id == Payment.community_id, Settlement.payment_id == Payment.id))
    .join(Charge, sa.and_(Charge.community_id == Settlement.community_id, Charge.id == Settlement.charge_id))
    .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .where(ChargeItem.code == LATE_CODE, sa.or_(Charge.settled != sa.literal(0), Charge.reduced != Charge.amount))
)

_NOT_NOTED = sa.select(Void.community_id, Void.id, Void.receipt_id).where(
    _APPROVED,
    ~sa.exists().where(
        LogEntry.community_id == Void.community_id,
        LogEntry.subject_kind == "receipt",
        LogEntry.subject_id == Void.receipt_id,
        LogEntry.kind.in_(("cashier.void", "cashier.red")),
    ),
)

CHECKS: tuple[Check, ...] = (
    Check("V1", "The entry of a payment that was taken back is mirrored once, on that day.", _NOT_MIRRORED),
    Check("V2", "A payment that was taken back leaves nothing moved in any wallet.", _HELD_OTHERWISE),
    Check("V3", "Small change that a payment let off is asked for again once it is taken back.", _STILL_LET_OFF),
    Check("V4", "A receipt is voided on its own day, or reversed later by one in red for the same sum.", _RED_WRONG),
    Check("V5", "A receipt is taken back by somebody else than asked for it or took the money.", _ALONE),
    Check("V6", "A late charge whose payment was taken back is closed; its days run up anew.", _LATE_OPEN),
    Check("V7", "Every receipt that was taken back is in the logbook.", _NOT_NOTED),
)
