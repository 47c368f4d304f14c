"""Checks of wallets: each is the sum of its moves, none is below zero, and together they are what the book says."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.ledger.models import EntryLine
from feeapp.ledger.rules import PREPAYMENTS
from feeapp.storage.checking import Check
from feeapp.wallets.models import Wallet, WalletMove


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_MOVED = (
    sa.select(WalletMove.community_id, WalletMove.wallet_id, sa.func.sum(_fen(WalletMove.amount)).label("sum"))
    .group_by(WalletMove.community_id, WalletMove.wallet_id)
    .subquery()
)
_SUM = sa.func.coalesce(_MOVED.c.sum, sa.literal(0, sa.BigInteger))

_NOT_ITS_MOVES = (
    sa.select(Wallet.community_id, Wallet.id, Wallet.balance, _SUM.label("moves"))
    .outerjoin(_MOVED, sa.and_(_MOVED.c.community_id == Wallet.community_id, _MOVED.c.wallet_id == Wallet.id))
    .where(_fen(Wallet.balance) != _SUM)
)

_BELOW_ZERO = sa.select(Wallet.community_id, Wallet.id, Wallet.balance).where(_fen(Wallet.balance) < 0)

_HELD = sa.union_all(
    sa.select(Wallet.community_id, Wallet.fund, _fen(Wallet.balance).label("x")),
    sa.select(EntryLine.community_id, EntryLine.fund, _fen(EntryLine.debit) - _fen(EntryLine.credit)).where(
        EntryLine.account == PREPAYMENTS
    ),
).subquery()

_NOT_THE_BOOK = (
    sa.select(_HELD.c.community_id, _HELD.c.fund, sa.func.sum(_HELD.c.x).label("wallets_less_book"))
    .group_by(_HELD.c.community_id, _HELD.c.fund)
    .having(sa.func.sum(_HELD.c.x) != 0)
)

CHECKS: tuple[Check, ...] = (
    Check("W1", "The balance of a wallet is the sum of its moves.", _NOT_ITS_MOVES),
    Check("W2", "The wallets of a fund come to its account of prepayments in the book.", _NOT_THE_BOOK),
    Check("W3", "No wallet is below zero.", _BELOW_ZERO),
)
