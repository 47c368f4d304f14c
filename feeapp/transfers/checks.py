"""Checks of changes of owner: what a record says became of debts and prepaid money is what was booked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import Charge, Reduction
from feeapp.billing.rules import ReductionKind
from feeapp.ledger.models import Entry, EntryLine
from feeapp.ledger.rules import REFUNDS_PAYABLE
from feeapp.logbook.models import LogEntry
from feeapp.storage.checking import Check
from feeapp.transfers.models import Transfer, TransferDebt, TransferWallet
from feeapp.transfers.rules import TRANSFER, WalletWay
from feeapp.wallets.models import WalletMove


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_TAKEN = TransferDebt.new_charge_id.is_not(None)

_LOWERED = sa.union_all(
    sa.select(
        TransferDebt.community_id, TransferDebt.transfer_id, TransferDebt.charge_id,
        _fen(TransferDebt.amount).label("x"),
    ).where(_TAKEN),
    sa.select(Reduction.community_id, Reduction.source_id, Reduction.charge_id, -_fen(Reduction.amount)).where(
        Reduction.source_kind == TRANSFER, Reduction.kind == ReductionKind.TAKEN_OVER
    ),
).subquery()  # fmt: skip

_TAKEN_OFF_OTHERWISE = (
    sa.select(
        _LOWERED.c.community_id, _LOWERED.c.transfer_id, _LOWERED.c.charge_id,
        sa.func.sum(_LOWERED.c.x).label("lines_less_reductions"),
    )
    .group_by(_LOWERED.c.community_id, _LOWERED.c.transfer_id, _LOWERED.c.charge_id)
    .having(sa.func.sum(_LOWERED.c.x) != 0)
)  # fmt: skip

_OLD, _NEW = sa.orm.aliased(Charge), sa.orm.aliased(Charge)
_CHARGED_OTHERWISE = (
    sa.select(
        TransferDebt.community_id, TransferDebt.transfer_id, TransferDebt.charge_id, TransferDebt.amount,
        _NEW.amount.label("charged"),
    )
    .join(_OLD, sa.and_(_OLD.community_id == TransferDebt.community_id, _OLD.id == TransferDebt.charge_id))
    .join(_NEW, sa.and_(_NEW.community_id == TransferDebt.community_id, _NEW.id == TransferDebt.new_charge_id))
    .where(
        sa.or_(
            _fen(_NEW.amount) != _fen(TransferDebt.amount),
            _NEW.unit_id != _OLD.unit_id,
            _NEW.item_id != _OLD.item_id,
            _NEW.period != _OLD.period,
            _NEW.debtor_id == _OLD.debtor_id,
        )
    )
)  # fmt: skip

_SUM = _fen(TransferWallet.gift) + _fen(TransferWallet.rest)
_MOVED = sa.union_all(
    sa.select(TransferWallet.community_id, TransferWallet.transfer_id, TransferWallet.wallet_id, _SUM.label("x")),
    sa.select(
        TransferWallet.community_id, TransferWallet.transfer_id, TransferWallet.to_wallet_id, -_fen(TransferWallet.rest)
    ).where(TransferWallet.to_wallet_id.is_not(None)),
    sa.select(WalletMove.community_id, WalletMove.source_id, WalletMove.wallet_id, _fen(WalletMove.amount)).where(
        WalletMove.source_kind == TRANSFER
    ),
).subquery()

_MOVED_OTHERWISE = (
    sa.select(
        _MOVED.c.community_id, _MOVED.c.transfer_id, _MOVED.c.wallet_id, sa.func.sum(_MOVED.c.x).label("difference")
    )
    .group_by(_MOVED.c.community_id, _MOVED.c.transfer_id, _MOVED.c.wallet_id)
    .having(sa.func.sum(_MOVED.c.x) != 0)
)

_REFUNDS = sa.union_all(
    sa.select(TransferWallet.community_id, TransferWallet.transfer_id, _fen(TransferWallet.rest).label("x")).where(
        TransferWallet.way != WalletWay.HAND_ON
    ),
    sa.select(Entry.community_id, Entry.source_id, _fen(EntryLine.debit) - _fen(EntryLine.credit))
    .join(EntryLine, sa.and_(EntryLine.community_id == Entry.community_id, EntryLine.entry_id == Entry.id))
    .where(Entry.source_kind == TRANSFER, Entry.kind == "transfers.refund", EntryLine.account == REFUNDS_PAYABLE),
).subquery()

_REFUNDED_OTHERWISE = (
    sa.select(_REFUNDS.c.community_id, _REFUNDS.c.transfer_id, sa.func.sum(_REFUNDS.c.x).label("lines_less_book"))
    .group_by(_REFUNDS.c.community_id, _REFUNDS.c.transfer_id)
    .having(sa.func.sum(_REFUNDS.c.x) != 0)
)

_NOT_NOTED = sa.select(Transfer.community_id, Transfer.id, Transfer.label).where(
    ~sa.exists().where(
        LogEntry.community_id == Transfer.community_id,
        LogEntry.subject_kind == TRANSFER,
        LogEntry.subject_id == Transfer.id,
        LogEntry.kind == "transfers.make",
    )
)

CHECKS: tuple[Check, ...] = (
    Check("X1", "What a change of owner says was taken over is what was taken off the charges.", _TAKEN_OFF_OTHERWISE),
    Check(
        "X2",
        "A debt that was taken over is charged to the new owner for the same unit, item, month and sum.",
        _CHARGED_OTHERWISE,
    ),
    Check("X3", "What a change of owner says became of prepaid money is what its wallets moved.", _MOVED_OTHERWISE),
    Check("X4", "What is to be paid back after a change of owner stands in the book.", _REFUNDED_OTHERWISE),
    Check("X5", "Every change of owner is in the logbook.", _NOT_NOTED),
)
