"""Taking a payment back: what it cleared is open again, what it used is held again, its entry is mirrored.

Nothing is deleted. Rules: docs/rules/voids.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import unsettle
from feeapp.billing.lateness import hold
from feeapp.billing.models import Charge, Offset
from feeapp.billing.reducing import Less, give_back, reduce_charges
from feeapp.billing.rules import LATE_CODE, ReductionKind
from feeapp.cashier.models import Payment, Settlement
from feeapp.cashier.rules import PAYMENT
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, reverse
from feeapp.prepay.actions import undo_prepayments
from feeapp.registry.models import Unit
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.wallets.actions import Drawing, Holder, draw_all, put
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import MoveKind

_MOST_NAMED = 3
"""How many bills are named that used the money; the refusal stays one sentence."""


def take_back(by: By, payment: Payment, source: Source) -> int:
    """Undo all that a payment did and return the mirror of its entry.

    Raises Refused where what it cleared was put into prepaid money meanwhile, or what it prepaid was used.
    """
    cleared = db.session.execute(_CLEARED, {"community": by.community_id, "payment": payment.id}).all()
    hold(by.community_id, {row.unit_id for row in cleared})
    if cleared:
        _open_again(by.community_id, cleared)
    entry_id = reverse(by, payment.entry_id, "cashier.void", office_day(by.at), source)
    _undo_moves(by, payment, source, entry_id)
    give_back(by, ReductionKind.SMALL, Source(PAYMENT, payment.id), "cashier.small_back", source)
    late = [
        Less(row.charge_id, row.fund, row.receivable, ReductionKind.UNPAID, row.amount, rests_on=source,
             borne_by=row.receivable)
        for row in cleared
        if row.code == LATE_CODE
    ]  # fmt: skip
    reduce_charges(by, late, "cashier.late_back", source)
    return entry_id


def _open_again(community_id: int, cleared: Sequence[Any]) -> None:
    try:
        unsettle(community_id, {row.charge_id: row.amount for row in cleared})
    except Refused:
        raise Refused(
            "void.released",
            msg(
                "A correction has put what this receipt paid into prepaid money since, "
                "so the receipt can no longer be taken back."
            ),
        ) from None


def _undo_moves(by: By, payment: Payment, source: Source, entry_id: int) -> None:
    moves = db.session.execute(_MOVES, {"community": by.community_id, "payment": payment.id}).all()
    for move in moves:
        if move.amount < ZERO:
            holder = Holder(move.unit_id, move.party_id, move.fund, move.item_id)
            put(by, holder, -move.amount, MoveKind.VOIDED, source, entry_id)
    held = [Drawing(move.wallet_id, move.amount) for move in moves if move.amount > ZERO]
    try:
        draw_all(by, held, MoveKind.VOIDED, source, entry_id)
        undo_prepayments(by, payment.id, source)
    except Refused:
        raise _used(by.community_id, payment, [each.wallet_id for each in held]) from None


def _used(community_id: int, payment: Payment, wallet_ids: Collection[int]) -> Refused:
    """The refusal that says what the prepaid money of this receipt has paid for."""
    asked = {"community": community_id, "wallets": sorted(wallet_ids), "since": payment.received_at}
    found = db.session.execute(_USED_BY, asked).all()
    names = [f"{row.code} {row.name} {row.period}" for row in found[:_MOST_NAMED]]
    more = "…" if len(found) > _MOST_NAMED else ""
    return Refused(
        "void.used",
        msg("What this receipt prepaid is no longer all there. It has paid for: %(bills)s. Put that right first."),
        {"bills": "、".join(names) + more if names else "—"},
    )


_CLEARED = (
    sa.select(
        Settlement.charge_id, Settlement.amount, Charge.unit_id, ChargeItem.code, ChargeItem.fund, ChargeItem.receivable
    )
    .join(Charge, sa.and_(Charge.community_id == Settlement.community_id, Charge.id == Settlement.charge_id))
    .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
    .where(Settlement.community_id == sa.bindparam("community"), Settlement.payment_id == sa.bindparam("payment"))
)

_MOVES = (
    sa.select(WalletMove.wallet_id, WalletMove.amount, Wallet.unit_id, Wallet.party_id, Wallet.fund, Wallet.item_id)
    .join(Wallet, sa.and_(Wallet.community_id == WalletMove.community_id, Wallet.id == WalletMove.wallet_id))
    .where(
        WalletMove.community_id == sa.bindparam("community"),
        WalletMove.source_kind == PAYMENT,
        WalletMove.source_id == sa.bindparam("payment"),
    )
    .order_by(WalletMove.wallet_id)
)

_OF_CHARGE = (Charge.period, ChargeItem.name, Unit.code)
_AROUND = (
    (Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id)),
    (ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id)),
)
_BY_OFFSET = (
    sa.select(*_OF_CHARGE)
    .select_from(Offset)
    .join(Charge, sa.and_(Charge.community_id == Offset.community_id, Charge.id == Offset.charge_id))
    .join(*_AROUND[0])
    .join(*_AROUND[1])
    .where(
        Offset.community_id == sa.bindparam("community"),
        Offset.wallet_id.in_(sa.bindparam("wallets", expanding=True)),
        Offset.amount > sa.literal(0),
        Offset.at >= sa.bindparam("since", type_=WalletMove.at.type),
    )
)
_BY_PAYMENT = (
    sa.select(*_OF_CHARGE)
    .select_from(WalletMove)
    .join(
        Settlement,
        sa.and_(Settlement.community_id == WalletMove.community_id, Settlement.payment_id == WalletMove.source_id),
    )
    .join(Charge, sa.and_(Charge.community_id == Settlement.community_id, Charge.id == Settlement.charge_id))
    .join(*_AROUND[0])
    .join(*_AROUND[1])
    .where(
        WalletMove.community_id == sa.bindparam("community"),
        WalletMove.wallet_id.in_(sa.bindparam("wallets", expanding=True)),
        WalletMove.source_kind == PAYMENT,
        WalletMove.kind == MoveKind.APPLIED,
        WalletMove.at >= sa.bindparam("since", type_=WalletMove.at.type),
    )
)
_USED_BY = sa.union(_BY_OFFSET, _BY_PAYMENT).order_by("period")
