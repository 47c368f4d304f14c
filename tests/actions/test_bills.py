"""Bills of households: what stands on them, whose they are, and printing many."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from feeapp.billing import disputing
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
from tests.lateness import ask_for, noon
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


def test_what_is_in_dispute_is_told_and_not_asked_for(app: Flask, cast: Cast) -> None:
    disputed, paid = owe(cast, "1-1-101", "2025-11", "50"), owe(cast, "1-1-101", "2026-01", "58.50")
    owe(cast, "1-1-101", "2025-12", "58.50")
    for charge in (disputed, paid):
        by = cast.by("cashier")
        transaction(lambda charge=charge, by=by: disputing.open_dispute(by, charge, "面积不对"))
    (bill,) = _bills(cast, "1-1-101")
    paper = _paper(cast, bill)
    assert (paper.lines, [str(line.amount) for line in paper.arrears]) == ((), ["58.50"])
    (aside,) = paper.asides
    assert (aside.title[:8], sorted(str(line.amount) for line in aside.lines)) == (
        "有异议，暂不催缴",
        ["50.00", "58.50"],
    )
    assert (bill.due, str(paper.total)) == (Money.yuan("58.50"), "58.50")


def test_late_charges_are_told_with_base_days_and_rate_and_fall_due_on_payment(app: Flask, cast: Cast) -> None:
    """The whole sum unpaid 69 days: 13.97, the vector of BL-14."""
    ask_for(cast)
    late, disputed = owe(cast, "1-1-101", "2024-12", "674.88"), owe(cast, "1-1-101", "2024-11", "30")
    by = cast.by("cashier", noon("2025-01-15"))
    transaction(lambda: disputing.open_dispute(by, disputed, "面积不对"))
    terms = Terms(Period(2025, 3), date(2025, 3, 10), english=True)
    (bill,) = _bills(cast, "1-1-101", terms=terms)
    assert [memo.line.id for memo in bill.late] == [late]
    paper = _paper(cast, bill, terms)
    assert (str(paper.total), [aside.title_en for aside in paper.asides]) == (
        "674.88",
        ["In dispute, not asked for yet", "Late charges, due on payment"],
    )
    (line,) = paper.asides[1].lines
    assert (str(line.amount), line.explanation.split("　")) == (
        "13.97",
        ["674.88 元×69 天×每日 0.03%＝13.97 元", "674.88 yuan × 69 days × 0.03% a day = 13.97 yuan"],
    )
    assert paper.asides[1].title.startswith("截至 2025-03-10 违约金")


def test_many_late_charges_are_one_line_a_year(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    for month in range(1, 13):
        owe(cast, "1-1-101", f"2024-{month:02}", "50")
    owe(cast, "1-1-101", "2025-01", "50")
    terms = Terms(Period(2025, 3), date(2025, 3, 10))
    (bill,) = _bills(cast, "1-1-101", terms=terms)
    (aside,) = _paper(cast, bill, terms).asides
    assert [(line.period, line.explanation) for line in aside.lines] == [
        ("2024年1月至12月", "12 笔，未缴合计 600.00 元，逾期 69 至 404 天，按每日 0.03%逐笔计算"),
        ("2025年1月", "50.00 元×38 天×每日 0.03%＝0.57 元"),
    ]
    assert sum(line.amount.fen for line in aside.lines) == sum(memo.amount.fen for memo in bill.late)


def test_a_former_owner_is_told_of_their_own_late_charges_alone(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    owe(cast, "1-1-101", "2025-11", "58.50")
    transaction(lambda: _sell(cast, "1-1-101", "company"))
    owe(cast, "S01", "2025-11", "100")
    new, old, shop = _bills(cast, "1-1-101", "S01")
    assert [len(bill.late) for bill in (new, old, shop)] == [0, 1, 1]


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
