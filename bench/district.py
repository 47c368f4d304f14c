"""A district to bill: homes with one owner each, and prices for them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.registry.models import Building, Ownership, Party, Unit
from feeapp.registry.rules import PartyKind, UnitUse, UseState
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind, MeterKind
from feeapp.tariffs.places import EVERYWHERE, Where
from feeapp.tariffs.rules import Authority, Basis, Price


def settle_units(by: By, code: str, count: int) -> tuple[int, list[int], list[int]]:
    """A building of so many homes, one owner to each, areas between 40.00 and 139.99 m²; ids of it, them and owners."""
    building = new_id()
    db.session.execute(
        sa.insert(Building),
        {"community_id": by.community_id, "id": building, "code": code, "name": code, "position": int(code)},
    )
    units, parties, owned = new_ids(count), new_ids(count), new_ids(count)
    db.session.execute(
        sa.insert(Unit.__table__),
        [
            {
                "community_id": by.community_id, "id": key, "building_id": building, "stair_id": None, "floor": 1,
                "room": str(number), "code": f"{code}-{number}", "name": f"{code}号楼{number}", "use": UnitUse.HOME,
                "area": Area(4000 + number * 7919 % 10_000), "inner_area": None, "use_state": UseState.SELF,
                "moved_in_on": None, "remark": "", "walk": number, "withdrawn_at": None,
            }
            for number, key in enumerate(units)
        ],
    )  # fmt: skip
    db.session.execute(
        sa.insert(Party.__table__),
        [
            {
                "community_id": by.community_id, "id": key, "kind": PartyKind.PERSON, "name": "住户", "id_kind": None,
                "id_number": None, "phones": [],
            }
            for key in parties
        ],
    )  # fmt: skip
    db.session.execute(
        sa.insert(Ownership.__table__),
        [
            {
                "community_id": by.community_id, "id": key, "unit_id": unit, "party_id": party, "position": 1,
                "from_on": date(2014, 1, 1), "to_on": None, "share": "",
            }
            for key, unit, party in zip(owned, units, parties, strict=True)
        ],
    )  # fmt: skip
    return building, units, parties


def price_homes(by: By, kind: ItemKind, code: str, price: Price) -> int:
    """An item with a price for all homes from 2026 on; its id."""
    meter = MeterKind.WATER if price.basis is Basis.METER else None
    item_id = add_item(by, kind, code, code, code, 31, meter)
    publish_for(by, item_id, price, date(2026, 1, 1))
    return item_id


def publish_for(by: By, item_id: int, price: Price, on: date, where: Where = EVERYWHERE) -> None:
    """A price for homes from a day on."""
    wanted = Published(UnitUse.HOME, price, on, Authority.CONTRACT, "合同", True, where.place, where.id)
    publish(by, item_id, wanted)
