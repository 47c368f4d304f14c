"""Xihuayuan itself: its book, its household ledger, its prices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.money import ZERO
from feeapp.core.powers import Role
from feeapp.demo.people import OFFICE, PASSPHRASE, add_office, find_unit
from feeapp.registry.actions import add_vehicle
from feeapp.registry.communities import edit_community
from feeapp.registry.importing import accept_proposals, confirm_import, read_upload, stage_import
from feeapp.registry.queries import find_community
from feeapp.registry.rules import UnitUse
from feeapp.reports.actions import Opening, set_up
from feeapp.storage.db import INSTALLATION
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.rules import Authority, Basis, Price

CODE = "XHY"
NAME = "西花园小区"
OPERATOR = "西花园物业服务中心"
ADDRESS = "牡丹江市西安区西花园路 18 号"
PHONE = "0453-6912345"
HOW_TO_PAY = "收费处：1 号楼一层，每日 8:30—17:00\n转账：西花园物业服务中心，中国农业银行西花园支行，备注房号"

LEDGER = Path(__file__).with_name("xihuayuan.xlsx")
UNITS, AREA = 244, Area.read("17,144.68")
"""What the paper under the ledger says, typed beside it to tie out."""

CONTRACT = "前期物业服务合同第十二条"
NOTICE = "物价部门批复〔2024〕31 号"
FROM = date(2025, 1, 1)

PLATES = {
    "G01": "黑C3K217", "G02": "黑C90A35", "G03": "黑C12345", "G05": "黑C7H028", "G08": "黑C55N61", "G11": "黑CD12345",
    "G14": "黑C8Q716",
}  # fmt: skip


def found(at: datetime) -> tuple[int, dict[Role, int]]:
    """Do what the first-run page does, then bring the office in; the community's id and the people's by role."""
    opening = Opening(NAME, CODE, OPERATOR, ADDRESS, PHONE)
    admin = set_up(By(INSTALLATION, None, at), OFFICE[0].login, OFFICE[0].name, PASSPHRASE, opening)
    community = find_community(CODE)
    assert community is not None, "it has just been founded"  # noqa: S101
    by = By(community.id, admin, at)
    edit_community(by, NAME, OPERATOR, ADDRESS, PHONE, HOW_TO_PAY)
    return community.id, {OFFICE[0].role: admin, **add_office(by)}


def import_ledger(by: By) -> None:
    """Take the household ledger over: upload, every proposal accepted, confirmed."""
    upload = read_upload(LEDGER.name, LEDGER.read_bytes(), UNITS, AREA, ZERO)
    batch_id = stage_import(by, upload)
    accept_proposals(by, batch_id)
    confirm_import(by, batch_id, leave_refused_out=False, sums_differ=False)
    for code, plate in PLATES.items():
        unit_id = find_unit(by.community_id, code)
        if unit_id is not None:
            add_vehicle(by, unit_id, plate)


def set_prices(by: By) -> None:
    """Publish the three prices."""
    fee = add_item(by, ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31)
    parking = add_item(by, ItemKind.PARKING, "PARK", "停车费", "Parking fee", 31)
    for item_id, use, rate, basis, authority, text in (
        (fee, UnitUse.HOME, "0.65", Basis.AREA, Authority.NOTICE, NOTICE),
        (fee, UnitUse.SHOP, "1.20", Basis.AREA, Authority.CONTRACT, CONTRACT),
        (parking, UnitUse.PARKING, "150.00", Basis.UNIT, Authority.CONTRACT, CONTRACT),
    ):
        publish(by, item_id, Published(use, Price(Decimal(rate), basis), FROM, authority, text, end_running=False))
