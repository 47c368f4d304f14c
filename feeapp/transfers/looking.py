"""What stands once units have changed hands: debts that stayed behind, prepaid money, reliefs, meters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from feeapp.billing.disputes import disputed_ids
from feeapp.billing.models import Charge
from feeapp.billing.queries import ChargeLine, list_open_charges
from feeapp.metering.queries import latest_readings, list_meters
from feeapp.prepay.queries import prepaid_through
from feeapp.registry.models import Party, Unit
from feeapp.registry.queries import get_community, list_occupancies, portions
from feeapp.reliefs.models import Relief
from feeapp.reliefs.queries import list_reliefs_of
from feeapp.reliefs.rules import GRANTED
from feeapp.reliefs.rules import label as relief_label
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.queries import list_items
from feeapp.transfers.seen import Debt, Ending, Held, MeterSeen, Seen, UnitSeen
from feeapp.transfers.staging import Moved, Staged
from feeapp.wallets.models import Wallet
from feeapp.wallets.queries import gift_in, list_wallets


@dataclass(frozen=True, slots=True)
class Left:
    """What the former owners leave behind, by the keys of ``Seen``."""

    debts: Mapping[str, ChargeLine]
    held: Mapping[str, Wallet]


def look(community_id: int, on: date, staged: Staged, leave: Sequence[int]) -> tuple[Seen, Left]:
    """Everything the change brings about, and the charges and wallets that something may be chosen for."""
    moved = staged.moved
    units = {each.unit.id: each.unit for each in moved}
    debts = _debts(community_id, moved)
    held = _wallets(community_id, units, leave)
    items = {item.id: item for item in list_items(community_id)}
    disputed = disputed_ids(community_id, [line.id for line in debts.values()])
    through = prepaid_through(community_id, list(units))
    names = _names(community_id, {*(line.debtor_id for line in debts.values()), *(w.party_id for w in held.values())})
    seen = Seen(
        on=on,
        owner_change=staged.owner_change,
        units=tuple(_unit(community_id, each, on) for each in moved),
        parts=staged.parts,
        debts=tuple(
            Debt(
                key, line.unit_code, line.item_name, line.item_name_en, line.period, line.due_on,
                names[line.debtor_id], line.open, line.id in disputed,
            )
            for key, line in debts.items()
        ),
        held=tuple(
            replace(
                _held(key, wallet, units, items, names), through=through.get((wallet.unit_id, wallet.item_id or 0))
            )
            for key, wallet in held.items()
        ),
        reliefs=_reliefs(community_id, units, staged.ended),
        meters=_meters(community_id, units.values()),
    )  # fmt: skip
    return seen, Left(debts, held)


def _unit(community_id: int, moved: Moved, on: date) -> UnitSeen:
    occupants = [held for held in list_occupancies(community_id, moved.unit.id) if held.stands(on)]
    return UnitSeen(
        moved.unit.code,
        moved.unit.name,
        tuple(party.name for party in moved.before),
        tuple(party.name for party in moved.after),
        tuple(held.party.name for held in occupants),
    )


def _debts(community_id: int, moved: Sequence[Moved]) -> dict[str, ChargeLine]:
    """What is open in the name of anybody who owns the unit no more. The keys name charges that may be made anew."""
    owners = {each.unit.id: set(each.after_ids) for each in moved}
    lines = [
        line for line in list_open_charges(community_id, list(owners)) if line.debtor_id not in owners[line.unit_id]
    ]
    numbers: dict[int, int] = {}
    for some in portions(line.id for line in lines):
        found = db.session.execute(
            sa.select(Charge.id, Charge.seq).where(Charge.community_id == community_id, Charge.id.in_(some))
        )
        numbers |= {row.id: row.seq for row in found}
    return {f"{line.unit_id}-{line.item_id}-{line.period.key}-{numbers[line.id]}": line for line in lines}


def _wallets(community_id: int, units: Mapping[int, Unit], leave: Sequence[int]) -> dict[str, Wallet]:
    wallets = [wallet for wallet in list_wallets(community_id, list(units)) if wallet.party_id in leave]
    return {f"{each.unit_id}-{each.party_id}-{each.fund}-{each.item_id or 0}": each for each in wallets}


def _held(
    key: str, wallet: Wallet, units: Mapping[int, Unit], items: Mapping[int, ChargeItem], names: Mapping[int, str]
) -> Held:
    item = items.get(wallet.item_id or 0)
    return Held(
        key,
        units[wallet.unit_id].code,
        item.name if item else "",
        item.name_en if item else "",
        names[wallet.party_id],
        wallet.fund,
        wallet.balance,
        gift_in(wallet),
    )


def _names(community_id: int, party_ids: set[int]) -> dict[int, str]:
    found = db.session.execute(
        sa.select(Party.id, Party.name).where(Party.community_id == community_id, Party.id.in_(party_ids))
    )
    return {row.id: row.name for row in found}


def _reliefs(community_id: int, units: Mapping[int, Unit], ended: Mapping[int, date]) -> tuple[Ending, ...]:
    code = get_community(community_id).code

    def told(relief: Relief, ends_on: date | None) -> Ending:
        label = relief_label(code, relief.year, relief.number)
        return Ending(label, relief.kind.value, units[relief.unit_id].code, ends_on)

    return tuple(
        told(relief, ended.get(relief.id))
        for relief in list_reliefs_of(community_id, list(units))
        if relief.id in ended or relief.state not in GRANTED
    )


def _meters(community_id: int, units: Iterable[Unit]) -> tuple[MeterSeen, ...]:
    found = [
        (unit, meter) for unit in units for meter in list_meters(community_id, unit.id) if meter.removed_on is None
    ]
    readings = latest_readings(community_id, [meter.id for _, meter in found])
    seen = []
    for unit, meter in found:
        last = readings[meter.id][-1] if readings.get(meter.id) else None
        seen.append(
            MeterSeen(
                meter.id, unit.code, meter.kind.value, meter.serial,
                last.read_on if last else None, last.figure if last else None,
            )
        )  # fmt: skip
    return tuple(seen)
