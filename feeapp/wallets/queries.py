"""Looks at wallets and their moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound
from feeapp.storage.db import db
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import MoveKind, gift_left


def get_wallet(community_id: int, wallet_id: int) -> Wallet:
    """A wallet of this community, as it stands now. Raises NotFound."""
    wallet = db.session.get(Wallet, (community_id, wallet_id), populate_existing=True)
    if wallet is None:
        raise NotFound
    return wallet


def list_wallets(community_id: int, unit_ids: Collection[int]) -> list[Wallet]:
    """The wallets of these units that hold anything, those kept for one item before the general ones."""
    return list(
        db.session.scalars(
            sa.select(Wallet)
            .where(
                Wallet.community_id == community_id, Wallet.unit_id.in_(list(unit_ids)), Wallet.balance > sa.literal(0)
            )
            .order_by(Wallet.unit_id, Wallet.fund, Wallet.item_id.is_(None), Wallet.item_id, Wallet.id)
            .execution_options(populate_existing=True)
        )
    )


def balances(community_id: int, unit_ids: Collection[int]) -> dict[int, Money]:
    """What is held for each of these units, of whichever person and fund; units with nothing are left out."""
    held: dict[int, Money] = {}
    for wallet in list_wallets(community_id, unit_ids):
        held[wallet.unit_id] = held.get(wallet.unit_id, ZERO) + wallet.balance
    return held


def list_moves(community_id: int, wallet_ids: Sequence[int]) -> list[WalletMove]:
    """Every move of these wallets, the oldest first."""
    return list(
        db.session.scalars(
            sa.select(WalletMove)
            .where(WalletMove.community_id == community_id, WalletMove.wallet_id.in_(list(wallet_ids)))
            .order_by(WalletMove.at, WalletMove.id)
        )
    )


def gift_in(wallet: Wallet) -> Money:
    """How much of a wallet's balance was never paid, and is taken back before any of it is paid out."""
    gifts = db.session.scalars(
        sa.select(WalletMove.amount).where(
            WalletMove.community_id == wallet.community_id,
            WalletMove.wallet_id == wallet.id,
            WalletMove.kind == MoveKind.GIFT,
        )
    )
    return gift_left(wallet.balance, gifts)
