"""Bill notices with activation codes, printed in bulk in walking order: the job of kind ``notices``."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feeapp.billing.disputes import disputed_ids
from feeapp.billing.queries import ChargeLine, list_open_charges
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import total
from feeapp.portal.actions import issue_codes
from feeapp.portal.rules import VALID_DAYS
from feeapp.printing.notice import IN_DISPUTE, MOST_LINES, Activation, Aside, NoticeLine, NoticePaper
from feeapp.printing.notice_sheets import notice_on
from feeapp.printing.paper import Size, render
from feeapp.registry.models import Building, Community, Ownership, Party, Unit
from feeapp.registry.queries import owners_of
from feeapp.registry.standing import standing
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction

KIND = "notices"
PAY_WITHIN_DAYS = 15

Say = Callable[[ChargeLine], str]


@dataclass(frozen=True, slots=True)
class Press:
    """What printing notices needs to know of this installation."""

    folder: Path
    address: str
    """Where residents open the portal, ``https://fees.example.cn``."""
    pepper: str
    explain: Say

    def __call__(self, by: By, facts: dict[str, Any], progress: Callable[[int, int], None]) -> str:
        """Print the notices of the buildings in ``facts`` and return the file's name: one PDF a building, zipped."""
        buildings = _buildings(by.community_id, facts["buildings"])
        units = {building.id: _units_with_owners(by, building) for building in buildings}
        # One code a person, also where the person owns in several buildings: a later code would undo an earlier.
        parties = sorted({party.id for pairs in units.values() for _, party in pairs})
        codes = transaction(lambda: issue_codes(by, parties, self.pepper))
        community = db.session.get_one(Community, by.community_id)
        name = f"notices-{by.community_id}-{facts['file']}.zip"
        with zipfile.ZipFile(self.folder / name, "w", zipfile.ZIP_STORED) as archive:
            for place, building in enumerate(buildings):
                progress(place, len(buildings))
                papers = self._papers(by, community, units[building.id], codes)
                if papers:
                    archive.writestr(f"{building.name}.pdf", render(notice_on(Size.A4), papers))
        progress(len(buildings), len(buildings))
        return name

    def _papers(
        self, by: By, community: Community, units: Sequence[tuple[Unit, Party]], codes: Mapping[int, str]
    ) -> list[NoticePaper]:
        """One notice a unit: what its owners of today owe on it; what a former owner owes is not theirs (FEE-15)."""
        unit_ids = tuple(unit.id for unit, _ in units)
        owners = owners_of(by.community_id, unit_ids, office_day(by.at))
        owing: dict[int, list[ChargeLine]] = {}
        for charge in list_open_charges(by.community_id, unit_ids):
            if charge.debtor_id in {owner.id for owner in owners.get(charge.unit_id, ())}:
                owing.setdefault(charge.unit_id, []).append(charge)
        disputed = disputed_ids(by.community_id)
        return [
            self._paper(by, community, unit, party, owing.get(unit.id, []), disputed, codes[party.id])
            for unit, party in units
        ]

    def _paper(
        self,
        by: By,
        community: Community,
        unit: Unit,
        party: Party,
        owing: Sequence[ChargeLine],
        disputed: Collection[int],
        code: str,
    ) -> NoticePaper:
        today = office_day(by.at)
        asked = [self._line(each) for each in owing if each.id not in disputed][-MOST_LINES:]
        held_up = tuple(self._line(each) for each in owing if each.id in disputed)[-MOST_LINES:]
        return NoticePaper(
            title="缴费通知单",
            community=community.name,
            body=community.operator,
            number=unit.code,
            issued_on=today,
            addressee=party.name,
            address=(unit.name, community.name),
            lines=tuple(asked),
            total=total(each.amount for each in asked),
            pay_by=today + timedelta(days=PAY_WITHIN_DAYS),
            ways_to_pay=tuple(line.strip()[:60] for line in community.how_to_pay.splitlines() if line.strip())[:5],
            contact=community.phone or None,
            activation=Activation(code, f"{self.address}/my/activate?code={code}", today + timedelta(days=VALID_DAYS)),
            asides=(Aside(*IN_DISPUTE, held_up),) if held_up else (),
        )

    def _line(self, charge: ChargeLine) -> NoticeLine:
        return NoticeLine(charge.unit_code, charge.item_name, str(charge.period), self.explain(charge), charge.open)


def press(config: Mapping[str, Any], explain: Say) -> Press:
    """The press of this installation, from its settings."""
    return Press(config["FEEAPP_DATA"], config["FEEAPP_BASE_URL"], config["SECRET_KEY"], explain)


def _buildings(community_id: int, chosen: Sequence[int]) -> list[Building]:
    query = sa.select(Building).where(Building.community_id == community_id).order_by(Building.position, Building.code)
    return list(db.session.scalars(query.where(Building.id.in_(chosen)) if chosen else query))


def _units_with_owners(by: By, building: Building) -> list[tuple[Unit, Party]]:
    """The units of a building in walking order, each with its first-named owner."""
    found = db.session.execute(
        sa.select(Unit, Party)
        .join(Ownership, sa.and_(Ownership.community_id == Unit.community_id, Ownership.unit_id == Unit.id))
        .join(Party, sa.and_(Party.community_id == Ownership.community_id, Party.id == Ownership.party_id))
        .where(
            Unit.community_id == by.community_id,
            Unit.building_id == building.id,
            Unit.withdrawn_at.is_(None),
            Ownership.position == 1,
            standing(office_day(by.at)),
        )
        .order_by(Unit.walk, Unit.code)
    )
    return [(unit, party) for unit, party in found]
