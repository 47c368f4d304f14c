"""Looking up what speaks for which household, for all the lines of a page at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.banking.models import BankClaim, BankLine
from feeapp.banking.suggesting import Reason, Suggestion, choose, names_in, spots, sums_of
from feeapp.billing.disputes import disputed_ids
from feeapp.billing.queries import ChargeLine, list_open_charges
from feeapp.cashier.households import list_former
from feeapp.core.money import ZERO, Money, total
from feeapp.registry.finding import Found
from feeapp.registry.keys import normalise_query
from feeapp.registry.models import Ownership, Party, SearchKey, Unit
from feeapp.registry.standing import standing
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem

Units = Mapping[str, set[int]]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion as it is shown: the unit, its owners, and what the money would clear and prepay."""

    suggestion: Suggestion
    unit: Unit
    owners: tuple[str, ...]
    clears: Money
    prepays: Money


def suggest(community_id: int, lines: Sequence[BankLine], fund_of: Mapping[int, str], on: date) -> dict[int, Offered]:
    """The best household for each of these lines that has one. ``fund_of`` is by own account."""
    found: dict[int, dict[int, set[Reason]]] = {line.id: defaultdict(set) for line in lines}
    _by_room(community_id, lines, found)
    _by_name(community_id, lines, found, on)
    _by_payer(community_id, lines, found)
    units = {unit_id for reasons in found.values() for unit_id in reasons}
    open_ = claimable(community_id, sorted(units), on)
    others = _items_by_fund(community_id)
    for line in lines:
        fund = fund_of[line.account_id]
        named = {other for name, other in others if name in line.memo}
        for unit_id, reasons in found[line.id].items():
            told = [(each.period.year, each.period.month, each.open) for each in open_[unit_id] if each.fund == fund]
            fit = sums_of(told).fits(line.amount)
            if fit:
                reasons.add(fit)
            if named and fund not in named:
                reasons.add(Reason.OTHER_FUND)
    chosen = {line_id: best for line_id, reasons in found.items() if (best := choose(reasons))}
    return _offered(community_id, lines, chosen, open_, fund_of, on)


def claimable(community_id: int, unit_ids: Sequence[int], on: date) -> dict[int, list[ChargeLine]]:
    """The open charges that money claimed for a unit clears: its owners' own, none in dispute."""
    open_: dict[int, list[ChargeLine]] = defaultdict(list)
    if not unit_ids:
        return open_
    lines = list_open_charges(community_id, unit_ids)
    former = list_former(community_id, lines, (), on)
    disputed = disputed_ids(community_id, [line.id for line in lines])
    for line in lines:
        if line.id not in disputed and (line.unit_id, line.debtor_id) not in former:
            open_[line.unit_id].append(line)
    return open_


def _by_room(community_id: int, lines: Sequence[BankLine], found: Mapping[int, dict[int, set[Reason]]]) -> None:
    said = {line.id: spots(line.memo) for line in lines}
    keys = {normalise_query(spot) for parts in said.values() for spot in (*parts[0], *parts[1])} - {""}
    units: dict[str, set[int]] = defaultdict(set)
    for some in _parts(keys):
        rows = db.session.execute(
            sa.select(SearchKey.key, SearchKey.unit_id).where(
                SearchKey.community_id == community_id, SearchKey.kind == Found.ROOM, SearchKey.key.in_(some)
            )
        )
        for key, unit_id in rows:
            units[key].add(unit_id)
    for line_id, (written, digits) in said.items():
        for reason, spelled in ((Reason.ROOM, written), (Reason.ROOM_DIGITS, digits)):
            for spot in spelled:
                for unit_id in units.get(normalise_query(spot), ()):
                    found[line_id][unit_id].add(reason)


def _by_name(
    community_id: int, lines: Sequence[BankLine], found: Mapping[int, dict[int, set[Reason]]], on: date
) -> None:
    names = {line.payer for line in lines if line.payer} | {name for line in lines for name in names_in(line.memo)}
    owned = _owned_by_name(community_id, names, on)
    for line in lines:
        for unit_id in owned.get(line.payer, ()):
            found[line.id][unit_id].add(Reason.OWNER_PAYS)
        for name in names_in(line.memo):
            for unit_id in owned.get(name, ()):
                found[line.id][unit_id].add(Reason.OWNER_NAMED)


def _owned_by_name(community_id: int, names: Collection[str], on: date) -> Units:
    owned: dict[str, set[int]] = defaultdict(set)
    for some in _parts(names):
        rows = db.session.execute(
            sa.select(Party.name, Ownership.unit_id)
            .join(Ownership, sa.and_(Ownership.community_id == Party.community_id, Ownership.party_id == Party.id))
            .join(Unit, sa.and_(Unit.community_id == Ownership.community_id, Unit.id == Ownership.unit_id))
            .where(Party.community_id == community_id, Party.name.in_(some), standing(on), Unit.withdrawn_at.is_(None))
        )
        for name, unit_id in rows:
            owned[name].add(unit_id)
    return owned


def _by_payer(community_id: int, lines: Sequence[BankLine], found: Mapping[int, dict[int, set[Reason]]]) -> None:
    """Who paid from this account, under this name, for which unit before."""
    payers = {(line.payer, line.payer_account) for line in lines if line.payer and line.payer_account}
    before: dict[tuple[str, str], set[int]] = defaultdict(set)
    for some in _parts({name for name, _ in payers}):
        rows = db.session.execute(
            sa.select(BankLine.payer, BankLine.payer_account, BankClaim.unit_id)
            .join(
                BankClaim,
                sa.and_(BankClaim.community_id == BankLine.community_id, BankClaim.line_id == BankLine.id),
            )
            .where(BankLine.community_id == community_id, BankLine.payer.in_(some))
        )
        for payer, account, unit_id in rows:
            if unit_id is not None:
                before[payer, account].add(unit_id)
    for line in lines:
        for unit_id in before.get((line.payer, line.payer_account), ()) if line.payer_account else ():
            found[line.id][unit_id].add(Reason.PAID_BEFORE)


def _items_by_fund(community_id: int) -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(ChargeItem.name, ChargeItem.fund).where(ChargeItem.community_id == community_id)
    )
    return [(row.name, row.fund) for row in rows]


def _parts(values: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(values)
    return (ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE))


def _offered(
    community_id: int,
    lines: Sequence[BankLine],
    chosen: Mapping[int, Suggestion],
    open_: Mapping[int, Sequence[ChargeLine]],
    fund_of: Mapping[int, str],
    on: date,
) -> dict[int, Offered]:
    units = find_units(community_id, {each.unit_id for each in chosen.values()})
    owners = owners_of(community_id, units, on)
    offered = {}
    for line in lines:
        best = chosen.get(line.id)
        if best is None or best.unit_id not in units:
            continue
        due = total(each.open for each in open_.get(best.unit_id, ()) if each.fund == fund_of[line.account_id])
        clears = min(due, line.amount)
        offered[line.id] = Offered(
            best, units[best.unit_id], owners.get(best.unit_id, ()), clears, max(line.amount - clears, ZERO)
        )
    return offered


def find_units(community_id: int, unit_ids: Collection[int]) -> dict[int, Unit]:
    """These units, those that are withdrawn left out."""
    rows = db.session.scalars(
        sa.select(Unit).where(Unit.community_id == community_id, Unit.id.in_(unit_ids), Unit.withdrawn_at.is_(None))
    )
    return {unit.id: unit for unit in rows}


def owners_of(community_id: int, unit_ids: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    """The names of the owners of these units on a day, the first-named first."""
    rows = db.session.execute(
        sa.select(Ownership.unit_id, Party.name)
        .join(Party, sa.and_(Party.community_id == Ownership.community_id, Party.id == Ownership.party_id))
        .where(Ownership.community_id == community_id, Ownership.unit_id.in_(unit_ids), standing(on))
        .order_by(Ownership.unit_id, Ownership.position)
    )
    names: dict[int, tuple[str, ...]] = {}
    for unit_id, name in rows:
        names[unit_id] = (*names.get(unit_id, ()), name)
    return names
