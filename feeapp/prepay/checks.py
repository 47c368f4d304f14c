"""Checks of what was paid ahead: the money and the gift are in the wallet, and every choice did what it says."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.prepay.actions import PREPAYMENT
from feeapp.prepay.models import Prepayment, PriceChoice
from feeapp.prepay.rules import CHOICE, Way
from feeapp.storage.checking import Check
from feeapp.wallets.models import WalletMove
from feeapp.wallets.rules import MoveKind


def _fen(amount: Any) -> sa.ColumnElement[int]:
    return sa.type_coerce(amount, sa.BigInteger)


_IS_PREPAID = sa.exists().where(
    Prepayment.community_id == WalletMove.community_id,
    Prepayment.payment_id == WalletMove.source_id,
    Prepayment.wallet_id == WalletMove.wallet_id,
)
_MONEY = sa.union_all(
    sa.select(
        Prepayment.community_id, Prepayment.payment_id.label("source_id"), Prepayment.wallet_id,
        _fen(Prepayment.paid).label("x"),
    ),
    sa.select(WalletMove.community_id, WalletMove.source_id, WalletMove.wallet_id, -_fen(WalletMove.amount)).where(
        WalletMove.source_kind == "payment", WalletMove.kind == MoveKind.PREPAID, _IS_PREPAID
    ),
    sa.select(Prepayment.community_id, Prepayment.id, Prepayment.wallet_id, _fen(Prepayment.gift)),
    sa.select(WalletMove.community_id, WalletMove.source_id, WalletMove.wallet_id, -_fen(WalletMove.amount)).where(
        WalletMove.source_kind == PREPAYMENT
    ),
).subquery()  # fmt: skip

_NOT_IN_ITS_WALLET = (
    sa.select(
        _MONEY.c.community_id, _MONEY.c.source_id, _MONEY.c.wallet_id, sa.func.sum(_MONEY.c.x).label("paid_less_moves")
    )
    .group_by(_MONEY.c.community_id, _MONEY.c.source_id, _MONEY.c.wallet_id)
    .having(sa.func.sum(_MONEY.c.x) != 0)
)

_KEPT = sa.union_all(
    sa.select(PriceChoice.community_id, PriceChoice.id, _fen(PriceChoice.difference).label("x")).where(
        PriceChoice.way == Way.KEEP
    ),
    sa.select(WalletMove.community_id, WalletMove.source_id, -_fen(WalletMove.amount)).where(
        WalletMove.source_kind == CHOICE
    ),
).subquery()

_NOT_AS_CHOSEN = (
    sa.select(_KEPT.c.community_id, _KEPT.c.id, sa.func.sum(_KEPT.c.x).label("difference_less_moves"))
    .group_by(_KEPT.c.community_id, _KEPT.c.id)
    .having(sa.func.sum(_KEPT.c.x) != 0)
)

CHECKS: tuple[Check, ...] = (
    Check("Y1", "What was paid ahead, and what was given with it, went into its wallet.", _NOT_IN_ITS_WALLET),
    Check("Y2", "Where the old price is kept, the difference went into the wallet, and nowhere else.", _NOT_AS_CHOSEN),
)
