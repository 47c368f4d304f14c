"""The standing cast: Xihuayuan with its office, a neighbour estate with its own, and nobody in both.

Xihuayuan (XHY) has homes 3-2-501 and 3-2-502 and the parking space G07, all of Zhang Xiaoming and Li Na, home
1-1-101 of Ouyang Zhiyuan, and shop S01 of a company. The neighbour (ZYL) has home 1-1-101 of Wang Wei.
Every office person is named after the role; ``outsider`` is the neighbour's manager.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from flask import Flask
from flask.testing import FlaskClient

from feeapp import clock
from feeapp.access.models import Grant, User
from feeapp.access.sessions import open_session
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.ledger.actions import open_book
from feeapp.registry.models import Building, Community, Ownership, Party, Stair, Unit
from feeapp.registry.rules import PartyKind, UnitUse, UseState
from feeapp.storage.db import INSTALLATION, db
from feeapp.storage.transaction import transaction

AT = datetime(2026, 1, 20, 1, 30, tzinfo=UTC)
"""A Tuesday morning, 09:30 in the office."""


@dataclass
class Cast:
    """Who and what every test may count on."""

    app: Flask
    community: int = 0
    neighbour: int = 0
    users: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    parties: dict[str, int] = field(default_factory=dict)

    def client(self, who: str, language: str = "zh") -> FlaskClient:
        """A browser in which this person has logged in: a role's name in lower case, ``outsider`` or ``resident``."""
        opened = transaction(lambda: open_session(self.users[who], clock.now()))
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = opened.key
            session["_fresh"] = True
            session["language"] = {"zh": "zh_Hans_CN", "en": "en"}[language]
        return client

    def by(self, who: str, at: datetime = AT) -> By:
        """This person acting for Xihuayuan."""
        return By(self.community, self.users[who], at)


def settle_in(app: Flask) -> Cast:
    """Put the cast into an empty, migrated database."""
    cast = Cast(app)
    transaction(lambda: _settle(cast))
    return cast


def _settle(cast: Cast) -> None:
    cast.community = _community("XHY", "西花园小区", "西花园物业服务中心")
    cast.neighbour = _community("ZYL", "子牙里小区", "子牙里社区服务社")
    for role in Role:
        where = INSTALLATION if role is Role.ADMINISTRATOR else cast.community
        if role is not Role.RESIDENT:
            cast.users[role.value.lower()] = _user(role.value.lower(), role, where)
    cast.users["outsider"] = _user("outsider", Role.MANAGER, cast.neighbour)
    three = _building(cast.community, "3", "3号楼", 3)
    one = _building(cast.community, "1", "1号楼", 1)
    garage = _building(cast.community, "车库", "车库", 8)
    shops = _building(cast.community, "商铺", "商铺", 9)
    zhang = _party(cast.community, "张小明", ["13812345678"])
    li = _party(cast.community, "李娜", ["13987654321"])
    ouyang = _party(cast.community, "欧阳志远", ["13700001111"])
    company = _party(cast.community, "牡丹江宏泰商贸有限公司", ["13955332664"], PartyKind.COMPANY)
    for code, building, stair, area, use, owners in (
        ("3-2-501", three, "2", Area(8653), UnitUse.HOME, (zhang, li)),
        ("3-2-502", three, "2", Area(6237), UnitUse.HOME, (zhang,)),
        ("1-1-101", one, "1", Area(9000), UnitUse.HOME, (ouyang,)),
        ("G07", garage, None, Area(1325), UnitUse.PARKING, (zhang,)),
        ("S01", shops, None, Area(5235), UnitUse.SHOP, (company,)),
    ):
        cast.units[code] = _unit(cast.community, code, building, stair, area, use, owners)
    next_door = _building(cast.neighbour, "1", "1号楼", 1)
    wang = _party(cast.neighbour, "王伟", ["13600002222"])
    cast.units["ZYL 1-1-101"] = _unit(cast.neighbour, "1-1-101", next_door, "1", Area(4889), UnitUse.HOME, (wang,))
    cast.parties.update(zhang=zhang, li=li, ouyang=ouyang, company=company, wang=wang)
    cast.users["resident"] = _user("13812345678", Role.RESIDENT, cast.community, zhang)


def _community(code: str, name: str, operator: str) -> int:
    community = Community(code=code, name=name, operator=operator, created_at=AT, address="", phone="", how_to_pay="")
    db.session.add(community)
    db.session.flush()
    open_book(By(community.id, None, AT))
    return community.id


def _user(login: str, role: Role, community_id: int, party_id: int = 0) -> int:
    user = User(login=login, name=f"{login} 同事", password_hash="-", created_at=AT)
    db.session.add(user)
    db.session.flush()
    db.session.add(Grant(community_id=community_id, user_id=user.id, role=role, party_id=party_id))
    return user.id


def _building(community_id: int, code: str, name: str, position: int) -> int:
    return _added(Building(community_id=community_id, code=code, name=name, position=position))


def _party(community_id: int, name: str, phones: list[str], kind: PartyKind = PartyKind.PERSON) -> int:
    return _added(Party(community_id=community_id, kind=kind, name=name, phones=phones))


def _unit(
    community_id: int, code: str, building: int, stair: str | None, area: Area, use: UnitUse, owners: tuple[int, ...]
) -> int:
    stair_id = _stair(community_id, building, stair) if stair else None
    unit_id = _added(
        Unit(
            community_id=community_id, building_id=building, stair_id=stair_id, floor=1, room=code.split("-")[-1],
            code=code, name=code, use=use, area=area, use_state=UseState.SELF, remark="", walk=0,
        )
    )  # fmt: skip
    for position, party_id in enumerate(owners, start=1):
        _added(
            Ownership(
                community_id=community_id, unit_id=unit_id, party_id=party_id, position=position,
                from_on=date(2014, 11, 1), share="",
            )
        )  # fmt: skip
    return unit_id


def _stair(community_id: int, building_id: int, code: str) -> int:
    stands = db.session.query(Stair).filter_by(community_id=community_id, building_id=building_id, code=code).first()
    if stands:
        return stands.id
    return _added(
        Stair(community_id=community_id, building_id=building_id, code=code, name=f"{code}单元", position=int(code))
    )


def _added(row: object) -> int:
    db.session.add(row)
    db.session.flush()
    return row.id  # type: ignore[attr-defined]
