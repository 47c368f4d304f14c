"""Bills of households: what stands on them, whose they are, and printing many."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.jobs.models import Job, JobState
from feeapp.printing.notice import NoticePaper
from feeapp.registry.models import Community, Ownership, Unit
from feeapp.registry.rules import UnitUse
from feeapp.statements import actions, press
from feeapp.statements.bills import Bill, Terms, find_lead, list_bills, paper_of
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast
from tests.scene import sound_book

TERMS = Terms(Period(2026, 1), date(2026, 1, 20), portal="https://fees.example.cn/my/")


def _bills(cast: Cast, *codes: str, terms: Terms = TERMS, riding: bool = True) -> list[Bill]:
    return list_bills(cast.community, [cast.units[code] for code in codes], terms, riding=riding)


def _paper(cast: Cast, bill: Bill, terms: Terms = TERMS) -> NoticePaper:
    return paper_of(bill, db.session.get_one(Community, cast.community), terms)


def _sell(cast: Cast, code: str, party: str) -> None:
    unit = cast.units[code]
    held = sa.update(Ownership).where(Ownership.community_id == cast.community, Ownership.unit_id == unit)
    db.session.execute(held.values(to_on=date(2026, 1, 1)))
    db.session.add(
        Ownership(
            community_id=cast.community, unit_id=unit, party_id=cast.parties[party], position=1,
            from_on=date(2026, 1, 1), share="",
        )
    )  # fmt: skip


def test_a_bill_has_the_month_and_the_arrears_as_blocks(app: Flask, cast: Cast) -> None:
    for month, yuan in (("2024-12", "50"), ("2025-10", "56.24"), ("2025-11", "56.24"), ("2026-01", "56.24")):
        owe(cast, "1-1-101", month, yuan)
    owe(cast, "1-1-101", "2026-02", "56.24")
    (bill,) = _bills(cast, "1-1-101")
    paper = _paper(cast, bill)
    assert [(line.period, str(line.amount)) for line in paper.lines] == [("2026年1月", "56.24")]
    assert [(line.period, str(line.amount)) for line in paper.arrears] == [
        ("2024年12月", "50.00"),
        ("2025年10月至11月", "112.48"),
    ]
    assert str(paper.total) == "218.72"
    assert "欠缴 2 笔，应收合计 112.48 元" in paper.arrears[1].explanation
    assert (paper.addressee, paper.room, paper.number) == ("欧阳志远", "1-1-101", "1-1-101-202601")


def test_a_paid_line_stays_on_the_bill_and_asks_for_nothing(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    (bill,) = _bills(cast, "3-2-501", riding=False)
    (line,) = _paper(cast, bill).lines
    assert (str(line.amount), "已缴或减免 60.00 元，未缴 0.00 元" in line.explanation) == ("0.00", True)
    assert bill.due == Money(0)


def test_a_parking_space_rides_on_the_only_home(app: Flask, cast: Cast) -> None:
    owe(cast, "G07", "2026-01", "150", "PARK")
    assert [bill.unit.code for bill in _bills(cast, "3-2-501", "3-2-502", "G07")] == ["3-2-501", "3-2-502", "G07"]
    db.session.execute(sa.update(Unit).where(Unit.id == cast.units["3-2-502"]).values(use=UnitUse.STORAGE))
    db.session.commit()
    (bill,) = _bills(cast, "3-2-501", "3-2-502", "G07")
    assert (bill.unit.code, [line.unit_code for line in bill.lines]) == ("3-2-501", ["G07"])
    assert find_lead(cast.community, cast.units["G07"], TERMS.on) == cast.units["3-2-501"]
    assert _bills(cast, "G07") == []


def test_former_owners_get_their_own_bill_and_new_ones_none_of_it(app: Flask, cast: Cast) -> None:
    owe(cast, "1-1-101", "2025-12", "58.50")
    transaction(lambda: _sell(cast, "1-1-101", "company"))
    new, old = _bills(cast, "1-1-101")
    assert (new.names, new.former, new.due) == ("牡丹江宏泰商贸有限公司", False, Money(0))
    assert (old.names, old.former, str(old.due)) == ("欧阳志远", True, "58.50")


def test_english_stands_beside_the_chinese(app: Flask, cast: Cast) -> None:
    owe(cast, "1-1-101", "2026-01", "58.50")
    terms = Terms(TERMS.month, TERMS.on, english=True)
    (bill,) = _bills(cast, "1-1-101", terms=terms)
    (line,) = _paper(cast, bill, terms).lines
    assert "期初结转" in line.explanation
    assert "Carried over from the ledger" in line.explanation
    assert line.item == "物业费 Property fee"


def _printed(cast: Cast, app: Flask, **wanted: object) -> dict[str, str]:
    """The files of a job with the text of their pages."""
    asked = actions.Wanted(Period(2026, 1), "https://fees.example.cn/my/", "f", **wanted)  # type: ignore[arg-type]
    transaction(lambda: actions.print_bills(cast.by("cashier"), asked))
    assert app.extensions["feeapp_worker"].work_once()
    job = db.session.scalars(sa.select(Job).order_by(Job.id.desc())).first()
    assert job.state is JobState.DONE
    with zipfile.ZipFile(Path(app.config["FEEAPP_DATA"]) / job.result) as archive:
        return {
            name: "\f".join(page.extract_text() for page in PdfReader(io.BytesIO(archive.read(name))).pages)
            for name in archive.namelist()
            if name.endswith(".pdf")
        }


def test_many_bills_are_one_file_a_building_and_one_for_former_owners(app: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", "2026-01", "56.24")
    owe(cast, "3-2-502", "2026-01", "40.54")
    owe(cast, "1-1-101", "2026-01", "58.50")
    transaction(lambda: _sell(cast, "1-1-101", "li"))
    files = _printed(cast, app)
    assert list(files) == ["3号楼.pdf", f"{press.FORMER}.pdf"]
    assert files["3号楼.pdf"].index("56.24") < files["3号楼.pdf"].index("40.54")
    assert "欧阳志远" in files[f"{press.FORMER}.pdf"]
    assert list(_printed(cast, app, least=Money.yuan(50))) == ["3号楼.pdf", f"{press.FORMER}.pdf"]
    assert "40.54" not in _printed(cast, app, least=Money.yuan(50))["3号楼.pdf"]
    everybody = _printed(cast, app, owing=False)
    assert set(everybody) == {"1号楼.pdf", "3号楼.pdf", "车库.pdf", "商铺.pdf", f"{press.FORMER}.pdf"}


def test_only_the_places_asked_for_are_printed(app: Flask, cast: Cast) -> None:
    for code in ("3-2-501", "3-2-502", "1-1-101"):
        owe(cast, code, "2026-01", "40.54")
    three = db.session.get_one(Unit, (cast.community, cast.units["3-2-501"]))
    building, stair = three.building_id, three.stair_id
    assert list(_printed(cast, app, buildings=[building])) == ["3号楼.pdf"]
    assert list(_printed(cast, app, stairs=[stair])) == ["3号楼.pdf"]
    assert "3-2-502" not in _printed(cast, app, units=[cast.units["3-2-501"]])["3号楼.pdf"]
    assert _printed(cast, app, units=[]) == {}
