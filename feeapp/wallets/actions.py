"""Putting money into a wallet and drawing it out. The caller books the entry, on account 2203, and notes the deed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.ledger.actions import Source
from feeapp.storage.columns import Fen, new_id, new_ids
from feeapp.storage.db import among, db, dialect_insert
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import DRAWS, PUTS, MoveKind, too_little


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose money it is, for which unit and fund; kept for one charge item, or for any where that is None."""

    unit_id: int
    party_id: int
    fund: str
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """So much out of one wallet."""

    wallet_id: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Putting:
    """So much for one holder, and the document it comes from."""

    holder: Holder
    amount: Money
    source: Source


def put(by: By, holder: Holder, amount: Money, kind: MoveKind, source: Source, entry_id: int) -> int:
    """Put money into a holder's wallet, opening it where there is none, and return its id.

    Raises ValueError for a sum not above zero or a kind that is not put: faults of the program.
    """
    if amount <= ZERO or kind not in PUTS:
        raise ValueError(f"{amount} {kind} is not put into a wallet")
    wallet_id = _raise(by.community_id, holder, amount)
    if wallet_id is None:
        # Somebody may open the same wallet at this instant: then theirs is the one.
        opened = dialect_insert(Wallet.__table__).values(
            community_id=by.community_id,
            id=new_id(),
            unit_id=holder.unit_id,
            party_id=holder.party_id,
            fund=holder.fund,
            item_id=holder.item_id,
            balance=ZERO,
        )
        db.session.execute(opened.on_conflict_do_nothing())
        wallet_id = _raise(by.community_id, holder, amount)
    if wallet_id is None:
        raise AssertionError("unreachable: the wallet was opened above")
    _move(by, [Drawing(wallet_id, amount)], kind, source, entry_id)
    return wallet_id


def put_all(by: By, puttings: Sequence[Putting], kind: MoveKind, entry_id: int) -> list[int]:
    """Put money into many wallets in a few statements, opening those there are not, and return their ids in order.

    Raises ValueError as ``put`` does.
    """
    if kind not in PUTS or any(one.amount <= ZERO for one in puttings):
        raise ValueError(f"{kind} is not put into a wallet, or a sum is not above zero")
    holders = {one.holder for one in puttings}
    ids = _ids_of(by.community_id, holders)
    missing = [holder for holder in holders if holder not in ids]
    if missing:
        # Somebody may open the same wallet at this instant: then theirs is the one.
        rows = [
            {
                "community_id": by.community_id,
                "id": wallet_id,
                "unit_id": holder.unit_id,
                "party_id": holder.party_id,
                "fund": holder.fund,
                "item_id": holder.item_id,
                "balance": ZERO,
            }
            for wallet_id, holder in zip(new_ids(len(missing)), missing, strict=True)
        ]
        db.session.connection().execute(dialect_insert(_WALLETS).on_conflict_do_nothing(), rows)
        ids = _ids_of(by.community_id, holders)
    parts: dict[int, Money] = defaultdict(lambda: ZERO)
    for one in puttings:
        parts[ids[one.holder]] += one.amount
    db.session.connection().execute(
        _HIGHER,
        [
            {"community": by.community_id, "wallet": wallet_id, "part": part}
            for wallet_id, part in sorted(parts.items())
        ],
    )
    _moves(by, [(Drawing(ids[one.holder], one.amount), one.source) for one in puttings], kind, entry_id)
    return [ids[one.holder] for one in puttings]


def draw(by: By, wallet_id: int, amount: Money, kind: MoveKind, source: Source, entry_id: int) -> None:
    """Take money out of a wallet. Raises Refused where it does not hold so much."""
    draw_all(by, [Drawing(wallet_id, amount)], kind, source, entry_id)


def draw_all(by: By, drawings: Sequence[Drawing], kind: MoveKind, source: Source, entry_id: int) -> None:
    """Take money out of many wallets at once, each named once; all of it or nothing.

    The UPDATE itself asks whether a wallet holds so much, so two deeds at the same instant cannot both have it.
    Raises Refused where one does not.
    """
    if not drawings:
        return
    if kind not in DRAWS or any(one.amount <= ZERO for one in drawings):
        raise ValueError(f"{kind} of {min(one.amount for one in drawings)} is not drawn from a wallet")
    if len({one.wallet_id for one in drawings}) != len(drawings):
        raise ValueError("a wallet is named twice")
    parts = [
        {"community": by.community_id, "wallet": one.wallet_id, "part": one.amount}
        for one in sorted(drawings, key=lambda one: one.wallet_id)
    ]
    if db.session.connection().execute(_LOWER, parts).rowcount != len(parts):
        raise too_little()
    _move(by, [Drawing(one.wallet_id, -one.amount) for one in drawings], kind, source, entry_id)


def _raise(community_id: int, holder: Holder, amount: Money) -> int | None:
    """Add to the balance of a holder's wallet; its id, or None where there is no wallet yet."""
    of_item = _WALLETS.c.item_id.is_(None) if holder.item_id is None else _WALLETS.c.item_id == holder.item_id
    change = (
        sa.update(_WALLETS)
        .where(
            _WALLETS.c.community_id == community_id,
            _WALLETS.c.unit_id == holder.unit_id,
            _WALLETS.c.party_id == holder.party_id,
            _WALLETS.c.fund == holder.fund,
            of_item,
        )
        .values(balance=_WALLETS.c.balance + sa.literal(amount, Fen()))
        .returning(_WALLETS.c.id)
    )
    return db.session.connection().execute(change).scalar()


def _ids_of(community_id: int, holders: Collection[Holder]) -> dict[Holder, int]:
    """The wallets that these holders have."""
    columns = (_WALLETS.c[name] for name in ("unit_id", "party_id", "fund", "item_id", "id"))
    found = db.session.connection().execute(
        sa.select(*columns).where(
            _WALLETS.c.community_id == community_id,
            _WALLETS.c.unit_id.in_(among({holder.unit_id for holder in holders})),
        )
    )
    ids = {Holder(*row[:-1]): row[-1] for row in found}
    return {holder: ids[holder] for holder in holders if holder in ids}


def _move(by: By, signed: Sequence[Drawing], kind: MoveKind, source: Source, entry_id: int) -> None:
    _moves(by, [(one, source) for one in signed], kind, entry_id)


def _moves(by: By, signed: Sequence[tuple[Drawing, Source]], kind: MoveKind, entry_id: int) -> None:
    db.session.connection().execute(
        _INSERT_MOVE,
        [
            {
                "community_id": by.community_id,
                "id": move_id,
                "wallet_id": one.wallet_id,
                "amount": one.amount,
                "kind": kind,
                "entry_id": entry_id,
                "source_kind": source.kind,
                "source_id": source.id,
                "at": by.at,
                "by_id": by.actor_id,
            }
            for move_id, (one, source) in zip(new_ids(len(signed)), signed, strict=True)
        ],
    )


_WALLETS = Wallet.__table__
_INSERT_MOVE = sa.insert(WalletMove.__table__)
_HIGHER = (
    sa.update(_WALLETS)
    .where(
        _WALLETS.c.community_id == sa.bindparam("community"),
        _WALLETS.c.id == sa.bindparam("wallet"),
    )
    .values(balance=_WALLETS.c.balance + sa.bindparam("part", type_=Fen()))
)
_LEFT = _WALLETS.c.balance - sa.bindparam("part", type_=Fen())
_LOWER = (
    sa.update(_WALLETS)
    .where(
        _WALLETS.c.community_id == sa.bindparam("community"),
        _WALLETS.c.id == sa.bindparam("wallet"),
        _WALLETS.c.balance >= sa.bindparam("part", type_=Fen()),
    )
    .values(balance=_LEFT)
)
