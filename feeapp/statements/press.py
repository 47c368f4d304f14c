"""Bills of many households, printed in walking order: the job of kind ``bills``, one PDF a building, zipped."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.printing.notice import NoticePaper
from feeapp.printing.notice_sheets import notice_on
from feeapp.printing.paper import MOST_SHEETS, Size, render
from feeapp.registry.models import Building, Community, Unit
from feeapp.statements.bills import Bill, Terms, list_bills, paper_of
from feeapp.storage.db import db

KIND = "bills"
FORMER = "原业主"
"""The file of former owners: their bills are not for the letter boxes of those who live there now."""
NOTHING = "没有需要打印的账单.txt"


@dataclass(frozen=True, slots=True)
class Press:
    """Prints into the data folder of this installation."""

    folder: Path

    def __call__(self, by: By, facts: dict[str, Any], progress: Callable[[int, int], None]) -> str:
        """Print the bills that ``facts`` ask for and return the name of the zip file."""
        terms = Terms(Period.read(facts["month"]), office_day(by.at), facts["english"], facts["portal"])
        community = db.session.get_one(Community, by.community_id)
        places = _places(by.community_id, facts)
        name = f"bills-{by.community_id}-{facts['file']}.zip"
        former: list[NoticePaper] = []
        with zipfile.ZipFile(self.folder / name, "w", zipfile.ZIP_STORED) as archive:
            for done, (building, unit_ids) in enumerate(places):
                progress(done, len(places))
                bills = [bill for bill in list_bills(by.community_id, unit_ids, terms) if _asked_for(bill, facts)]
                bills.sort(key=lambda bill: (bill.unit.walk, bill.unit.code))
                former += [paper_of(bill, community, terms) for bill in bills if bill.former]
                _put(archive, building, [paper_of(bill, community, terms) for bill in bills if not bill.former])
            _put(archive, FORMER, former)
            if not archive.namelist():
                archive.writestr(NOTHING, "")
        progress(len(places), len(places))
        return name


def press(config: Mapping[str, Any]) -> Press:
    """The press of this installation, from its settings."""
    return Press(config["FEEAPP_DATA"])


def _asked_for(bill: Bill, facts: Mapping[str, Any]) -> bool:
    least = Money(facts["least"]) if facts["least"] else ZERO
    return (bill.due > ZERO or not facts["owing"]) and bill.due >= least


def _put(archive: zipfile.ZipFile, name: str, papers: Sequence[NoticePaper]) -> None:
    documents = list(_documents(papers))
    for at, some in enumerate(documents, start=1):
        part = f"-{at}" if len(documents) > 1 else ""
        archive.writestr(f"{name.replace('/', '-')}{part}.pdf", render(notice_on(Size.A4), some))


def _documents(papers: Sequence[NoticePaper]) -> Iterator[list[NoticePaper]]:
    """The papers in documents of at most as many sheets as the press takes."""
    paper, some, sheets = notice_on(Size.A4), list[NoticePaper](), 0
    for each in papers:
        count = len(paper.cut(each, Size.A4))
        if some and sheets + count > MOST_SHEETS:
            yield some
            some, sheets = [], 0
        some.append(each)
        sheets += count
    if some:
        yield some


def _places(community_id: int, facts: Mapping[str, Any]) -> list[tuple[str, list[int]]]:
    """The buildings in walking order with the units asked for; all units where nothing narrows them."""
    query = (
        sa.select(Building.name, Building.id, Unit.id)
        .join(Unit, sa.and_(Unit.community_id == Building.community_id, Unit.building_id == Building.id))
        .where(Building.community_id == community_id, Unit.withdrawn_at.is_(None))
        .order_by(Building.position, Building.id, Unit.walk, Unit.code)
    )
    if facts["buildings"] or facts["stairs"]:
        query = query.where(sa.or_(Unit.building_id.in_(facts["buildings"]), Unit.stair_id.in_(facts["stairs"])))
    wanted = None if facts["units"] is None else set(facts["units"])
    places: dict[tuple[str, int], list[int]] = {}
    for name, building_id, unit_id in db.session.execute(query):
        if wanted is None or unit_id in wanted:
            places.setdefault((name, building_id), []).append(unit_id)
    return [(name, unit_ids) for (name, _), unit_ids in places.items()]
