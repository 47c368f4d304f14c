"""Looks at changes of owner, and at people who might become owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.models import BilledMonth, Charge
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Building, Ownership, Party, SearchKey, Unit
from feeapp.registry.queries import portions
from feeapp.registry.rules import id_form
from feeapp.registry.searching import key_range
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.transfers.models import Transfer, TransferDebt, TransferParty, TransferUnit, TransferWallet
from feeapp.transfers.rules import Side, WalletWay
from feeapp.wallets.models import Wallet
from feeapp.web.paging import SIZE, Page

MOST_FOUND = 20
LONGEST_NUMBER = 32
"""The longest identity number, unit code or number of a record."""


def find_by_key(community_id: int, key: str) -> Transfer | None:
    """The change of owner that a submission led to."""
    return db.session.scalars(
        sa.select(Transfer).filter_by(community_id=community_id, submission_key=key)
    ).one_or_none()


def get_transfer(community_id: int, transfer_id: int) -> Transfer:
    """A change of owner of this community. Raises NotFound."""
    found = db.session.get(Transfer, (community_id, transfer_id))
    if found is None:
        raise NotFound
    return found


def find_people(community_id: int, typed: str) -> list[Party]:
    """Persons and companies whose name begins like that, with that identity number, or with a unit of that number."""
    if not typed:
        return []
    owned = sa.select(Ownership.party_id).join(
        Unit, sa.and_(Unit.community_id == Ownership.community_id, Unit.id == Ownership.unit_id)
    )
    wanted = [_named(typed)]
    number = id_form(typed)
    if len(number) <= LONGEST_NUMBER:
        wanted += [
            Party.id_number == number,
            Party.id.in_(owned.where(Ownership.community_id == community_id, Unit.code == typed)),
        ]
    return list(
        db.session.scalars(
            sa.select(Party)
            .where(Party.community_id == community_id, sa.or_(*wanted))
            .order_by(Party.name, Party.id)
            .limit(MOST_FOUND)
        )
    )


def _named(typed: str) -> sa.ColumnElement[bool]:
    """Whether a person's name begins like that."""
    return sa.func.substr(Party.name, 1, len(typed)) == sa.literal(typed, sa.Text())


def list_people(community_id: int, party_ids: Collection[int]) -> list[Party]:
    """These persons, those of other communities left out."""
    query = sa.select(Party).where(Party.community_id == community_id, Party.id.in_(list(party_ids)))
    return list(db.session.scalars(query.order_by(Party.name, Party.id)))


def units_of_people(community_id: int, party_ids: Collection[int]) -> dict[int, list[str]]:
    """The short forms of the units that persons own today, so that two of one name can be told apart."""
    owned: dict[int, list[str]] = defaultdict(list)
    for party_id, code in db.session.execute(
        sa.select(Ownership.party_id, Unit.code)
        .join(Unit, sa.and_(Unit.community_id == Ownership.community_id, Unit.id == Ownership.unit_id))
        .where(
            Ownership.community_id == community_id,
            Ownership.party_id.in_(list(party_ids)),
            Ownership.to_on.is_(None),
            Unit.withdrawn_at.is_(None),
        )
        .order_by(Unit.use, Unit.code)
    ):
        owned[party_id].append(code)
    return owned


def named_in_money(community_id: int, unit_id: int, party_ids: Sequence[int]) -> bool:
    """Whether a charge or prepaid money of a unit stands in one of these persons' names."""
    charged = sa.exists().where(
        Charge.community_id == BilledMonth.community_id,
        Charge.period == BilledMonth.period,
        Charge.item_id == BilledMonth.item_id,
        Charge.unit_id == unit_id,
        Charge.debtor_id.in_(party_ids),
    )
    billed = sa.select(BilledMonth.period).where(BilledMonth.community_id == community_id, charged).limit(1)
    held = sa.select(Wallet.id).where(
        Wallet.community_id == community_id, Wallet.unit_id == unit_id, Wallet.party_id.in_(party_ids)
    )
    return db.session.execute(billed).first() is not None or db.session.execute(held.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class DebtLine:
    """What became of one debt: whose it was, and the charge that the new owner owes instead, if any."""

    charge_id: int
    unit: str
    item: str
    item_en: str
    period: Any
    due_on: Any
    debtor: Party
    amount: Money
    open: Money
    new_charge_id: int | None


def list_debts(community_id: int, transfer_id: int) -> list[DebtLine]:
    """The debts of a change of owner, oldest due first, with what is open of the original charge today."""
    found = db.session.execute(
        sa.select(TransferDebt, Charge, Unit.code, ChargeItem.name, ChargeItem.name_en, Party)
        .join(Charge, sa.and_(Charge.community_id == TransferDebt.community_id, Charge.id == TransferDebt.charge_id))
        .join(Unit, sa.and_(Unit.community_id == Charge.community_id, Unit.id == Charge.unit_id))
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .join(Party, sa.and_(Party.community_id == Charge.community_id, Party.id == Charge.debtor_id))
        .where(TransferDebt.community_id == community_id, TransferDebt.transfer_id == transfer_id)
        .order_by(Charge.due_on, ChargeItem.position, Unit.code, Charge.seq)
    )
    return [
        DebtLine(
            charge.id, code, name, name_en, charge.period, charge.due_on, party, line.amount,
            charge.amount - charge.settled - charge.reduced, line.new_charge_id,
        )
        for line, charge, code, name, name_en, party in found
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class WalletLine:
    """What became of one sum of prepaid money."""

    unit: str
    item: str | None
    item_en: str | None
    holder: Party
    way: WalletWay
    gift: Money
    rest: Money


def list_wallet_lines(community_id: int, transfer_id: int) -> list[WalletLine]:
    """The prepaid money of a change of owner."""
    found = db.session.execute(
        sa.select(TransferWallet, Unit.code, ChargeItem.name, ChargeItem.name_en, Party)
        .join(
            Wallet, sa.and_(Wallet.community_id == TransferWallet.community_id, Wallet.id == TransferWallet.wallet_id)
        )
        .join(Unit, sa.and_(Unit.community_id == Wallet.community_id, Unit.id == Wallet.unit_id))
        .join(Party, sa.and_(Party.community_id == Wallet.community_id, Party.id == Wallet.party_id))
        .outerjoin(ChargeItem, sa.and_(ChargeItem.community_id == Wallet.community_id, ChargeItem.id == Wallet.item_id))
        .where(TransferWallet.community_id == community_id, TransferWallet.transfer_id == transfer_id)
        .order_by(Unit.code, Wallet.item_id.is_(None), Wallet.item_id)
    )
    return [
        WalletLine(code, name, name_en, party, line.way, line.gift, line.rest)
        for line, code, name, name_en, party in found
    ]


def list_units(community_id: int, transfer_id: int) -> list[Unit]:
    """The units that changed hands, homes first."""
    query = (
        sa.select(Unit)
        .join(TransferUnit, sa.and_(TransferUnit.community_id == Unit.community_id, TransferUnit.unit_id == Unit.id))
        .where(TransferUnit.community_id == community_id, TransferUnit.transfer_id == transfer_id)
    )
    return list(db.session.scalars(query.order_by(Unit.use, Unit.code)))


def list_sides(community_id: int, transfer_ids: Collection[int]) -> dict[int, dict[Side, list[tuple[Party, str]]]]:
    """Who left and who came, with their shares, in the order in which they are named."""
    sides: dict[int, dict[Side, list[tuple[Party, str]]]] = defaultdict(lambda: {side: [] for side in Side})
    for some in portions(transfer_ids):
        for transfer_id, side, share, party in db.session.execute(
            sa.select(TransferParty.transfer_id, TransferParty.side, TransferParty.share, Party)
            .join(Party, sa.and_(Party.community_id == TransferParty.community_id, Party.id == TransferParty.party_id))
            .where(TransferParty.community_id == community_id, TransferParty.transfer_id.in_(some))
            .order_by(TransferParty.transfer_id, TransferParty.side, TransferParty.position)
        ):
            sides[transfer_id][side].append((party, share))
    return sides


def list_later(community_id: int, transfer: Transfer) -> list[Transfer]:
    """The changes of owner of the same units that were entered after this one, the first of them first."""
    units = sa.select(TransferUnit.unit_id).filter_by(community_id=community_id, transfer_id=transfer.id)
    touching = sa.select(TransferUnit.transfer_id).where(
        TransferUnit.community_id == community_id, TransferUnit.unit_id.in_(units)
    )
    query = sa.select(Transfer).where(
        Transfer.community_id == community_id, Transfer.id.in_(touching), Transfer.at > transfer.at
    )
    return list(db.session.scalars(query.order_by(Transfer.at)))


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One line of the list: ``units`` changed hands together, ``refund`` is still to be paid back."""

    transfer: Transfer
    unit: Unit
    units: int
    sellers: tuple[Party, ...]
    buyers: tuple[Party, ...]
    taken: Money
    handed_on: Money
    refund: Money


def list_transfers(community_id: int, typed: str, unit_id: int | None, page: int | None) -> Page[TransferLine]:
    """The changes of owner, the newest first; all of them where ``page`` is None (for the export)."""
    query = (
        sa.select(Transfer, Unit)
        .join(Unit, sa.and_(Unit.community_id == Transfer.community_id, Unit.id == Transfer.unit_id))
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .where(Transfer.community_id == community_id)
    )
    if typed:
        query = query.where(_found(community_id, typed))
    if unit_id is not None:
        here = sa.select(TransferUnit.transfer_id).filter_by(community_id=community_id, unit_id=unit_id)
        query = query.where(Transfer.id.in_(here))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Transfer.year.desc(), Transfer.number.desc())
    if page is not None:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page(
        _lines(community_id, [(transfer, unit) for transfer, unit in db.session.execute(query)]), page or 1, count
    )


def _found(community_id: int, typed: str) -> sa.ColumnElement[bool]:
    """By the number of the change, by somebody who left or came, or by a unit as the search box finds it."""
    people = (
        sa.select(TransferParty.transfer_id)
        .join(Party, sa.and_(Party.community_id == TransferParty.community_id, Party.id == TransferParty.party_id))
        .where(TransferParty.community_id == community_id, _named(typed))
    )
    wanted: list[sa.ColumnElement[bool]] = [Transfer.id.in_(people)]
    if len(typed) <= LONGEST_NUMBER:
        wanted.append(Transfer.label == typed.upper())
    keys = key_range(community_id, typed)
    if keys is not None:
        units = sa.select(SearchKey.unit_id).where(keys)
        wanted.append(
            Transfer.id.in_(
                sa.select(TransferUnit.transfer_id).where(
                    TransferUnit.community_id == community_id, TransferUnit.unit_id.in_(units)
                )
            )
        )
    return sa.or_(*wanted)


def _lines(community_id: int, rows: Sequence[tuple[Transfer, Unit]]) -> list[TransferLine]:
    ids = [transfer.id for transfer, _ in rows]
    sides = list_sides(community_id, ids)
    units: dict[int, int] = defaultdict(int)
    taken: dict[int, list[Money]] = defaultdict(list)
    parted: dict[int, list[tuple[WalletWay, Money]]] = defaultdict(list)
    for some in portions(ids):
        for (transfer_id,) in _of(community_id, some, TransferUnit):
            units[transfer_id] += 1
        for transfer_id, new_charge_id, amount in _of(
            community_id, some, TransferDebt, TransferDebt.new_charge_id, TransferDebt.amount
        ):
            taken[transfer_id].append(amount if new_charge_id else ZERO)
        for transfer_id, way, rest in _of(community_id, some, TransferWallet, TransferWallet.way, TransferWallet.rest):
            parted[transfer_id].append((way, rest))
    return [
        TransferLine(
            transfer,
            unit,
            units[transfer.id],
            tuple(party for party, _ in sides[transfer.id][Side.SELLER]),
            tuple(party for party, _ in sides[transfer.id][Side.BUYER]),
            total(taken[transfer.id]),
            total(rest for way, rest in parted[transfer.id] if way is WalletWay.HAND_ON),
            total(rest for way, rest in parted[transfer.id] if way is not WalletWay.HAND_ON),
        )
        for transfer, unit in rows
    ]


def _of(community_id: int, ids: Sequence[int], model: Any, *columns: Any) -> Any:
    query = sa.select(model.transfer_id, *columns)
    return db.session.execute(query.where(model.community_id == community_id, model.transfer_id.in_(ids)))
