"""The office's whole job on the real ledgers, page by page, on both databases."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feeapp.billing.models import Charge
from feeapp.registry.models import Party, Unit
from feeapp.storage.db import db
from tests.golden import reading
from tests.stories.paper import FAULTY, MESSY, TIDY, Fees, month_of_tidy

PASSPHRASE = "the pears are in bloom"
FEES: Fees = month_of_tidy(home="0.65", shop="1.20", space="150")
CASH, TRANSFER = "tenders-0", "tenders-4"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the office at a browser."""

    client: FlaskClient

    def see(self, path: str) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        return answer.text

    def send(self, path: str, **fields: object) -> str:
        """Send a form and be led on; the page that follows."""
        answer = self.client.post(path, data=fields, follow_redirects=True)
        assert answer.status_code == 200, path
        return answer.text

    def send_away(self, path: str, **fields: object) -> str:
        """Send a form that must do its deed; where it leads."""
        answer = self.client.post(path, data=fields)
        assert answer.status_code == 302, said(answer.text)
        return str(answer.headers["Location"])


def test_the_main_job_on_the_tidy_ledger(app: Flask) -> None:
    admin = found(app)
    staff = {login: join(app, admin, login) for login in ("manager", "accountant", "cashier")}
    refuse_ten_faults(staff["accountant"])
    ledger = import_tidy(staff["accountant"])
    set_prices(staff["manager"])
    bill_january(staff["accountant"])
    staff["accountant"].send(f"{ledger}/undo", sure="1")
    assert count(Unit) == len(FEES), "what was billed can no longer be undone"
    number = pay_two_homes_and_a_space(staff["cashier"])
    open_as_resident(app, staff["cashier"], number)
    checked = app.test_cli_runner().invoke(args=["check"])
    assert (checked.exit_code, checked.output) == (0, "")


def test_the_messy_ledger_brings_its_arrears_into_the_book(app: Flask) -> None:
    admin = found(app)
    admin.send_away("/communities/new", name="子牙里小区", code="ZYL", operator="子牙里社区服务社")
    where = upload(admin, "ZYL", MESSY, units="216", area="12,490.92", arrears="73,429.14")
    admin.send_away(f"{where}/decide", accept="all")
    admin.send_away(f"{where}/confirm", leave_out="1")
    assert count(Unit) == 216
    assert open_fen() == 7_342_914  # 18,987.27 + 25,143.96 + 29,297.91 yuan for 2023 to 2025, by the sheet's subtotals
    checked = app.test_cli_runner().invoke(args=["check"])
    assert (checked.exit_code, checked.output) == (0, "")


def found(app: Flask) -> Person:
    """The first run: a community and its administrator."""
    admin = Person(app.test_client())
    opening = {"name": "西花园小区", "code": "XHY", "operator": "西花园物业服务中心", "address": "", "phone": ""}
    who = {"person": "周建国", "login": "admin", "password": PASSPHRASE, "again": PASSPHRASE}
    assert admin.send_away("/first-run", **opening, **who) == "/"
    return admin


def join(app: Flask, admin: Person, login: str) -> Person:
    """The administrator adds a colleague, who comes in with the password handed out and chooses another."""
    page = admin.send("/XHY/people/new", name=f"{login} 同事", login=login, role=login.upper())
    handed_out = re.search(r"\b[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}\b", page)
    assert handed_out
    person = Person(app.test_client())
    person.send_away("/login", login=login, password=handed_out[0])
    person.send_away("/my-login", old=handed_out[0], password=PASSPHRASE, again=PASSPHRASE)
    return person


def upload(person: Person, community: str, ledger: Path, **totals: str) -> str:
    """Upload a ledger with the sums typed from the paper; the address of its preview."""
    return person.send_away(f"/{community}/imports", file=(io.BytesIO(ledger.read_bytes()), ledger.name), **totals)


def refuse_ten_faults(accountant: Person) -> None:
    where = upload(accountant, "XHY", FAULTY, units="10", area="600", arrears="0")
    page = accountant.see(where)
    assert all(f"Sheet 第 {row} 行" in page for row in range(2, 12))
    accountant.send(f"{where}/confirm", leave_out="1", differ="1")
    assert (count(Unit), count(Party)) == (0, 0)
    accountant.send_away(f"{where}/discard")


def import_tidy(accountant: Person) -> str:
    """Import the tidy ledger; the address of its page."""
    where = upload(accountant, "XHY", TIDY, units="244", area="17,144.68", arrears="0")
    assert count(Unit) == 0, "a preview saves nothing"
    accountant.send_away(f"{where}/decide", accept="all")
    accountant.send_away(f"{where}/confirm")
    assert count(Unit) == 244
    accountant.send_away(f"{where}/confirm")
    assert count(Unit) == 244, "a second press changes nothing"
    return where


def set_prices(manager: Person) -> None:
    items = {
        ("PROPERTY_FEE", "FEE", "物业费", "Property fee"): (("HOME", "0.65", "AREA"), ("SHOP", "1.20", "AREA")),
        ("PARKING", "PARK", "停车费", "Parking fee"): (("PARKING", "150.00", "UNIT"),),
    }
    for (kind, code, name, name_en), prices in items.items():
        where = manager.send_away("/XHY/prices/new", kind=kind, code=code, name=name, name_en=name_en, due_day="31")
        for use, rate, basis in prices:
            manager.send_away(
                where, use=use, rate=rate, basis=basis, from_on="2025-01-01", authority="CONTRACT",
                authority_text="前期物业服务合同第十二条", proration="ACTUAL_DAYS", rounding="HALF_UP", round_to="1",
                round_at="PER_MONTH",
            )  # fmt: skip


def bill_january(accountant: Person) -> None:
    page = accountant.see("/XHY/bill-runs/2026-01")
    assert f"{sum(FEES.values()) / 100:,.2f}" in page
    seen = value_of(page, "seen_hash")
    accountant.send_away("/XHY/bill-runs/2026-01", seen_hash=seen)
    billed = dict(db.session.execute(amounts()).all())
    assert billed == FEES
    accountant.send("/XHY/bill-runs/2026-01", seen_hash=seen)
    assert count(Charge) == len(FEES), "a second press bills nothing"


def pay_two_homes_and_a_space(cashier: Person) -> str:
    """Zheng Lan pays both homes and one of two spaces, 150 yuan in cash and the rest by transfer; the number."""
    page = cashier.see("/XHY/counter?q=1-1-502")
    unit_id = db.session.scalar(sa.select(Unit.id).filter_by(code="1-1-502"))
    wanted = ["1-1-502", "1-3-602", "G03"]
    due = sum(FEES[code] for code in wanted)
    items = dict(db.session.execute(sa.select(Unit.code, Charge.id).join(Charge, Charge.unit_id == Unit.id)).all())
    form = {
        "key": value_of(page, "key"), "payer": "郑兰", "items": [items[code] for code in wanted],
        f"{CASH}-amount": "150", f"{TRANSFER}-amount": f"{(due - 10_000) / 100:.2f}",
        f"{TRANSFER}-reference": "ABC20260131007",
    }  # fmt: skip
    where = cashier.send_away(f"/XHY/counter?unit={unit_id}", **form)
    receipt = cashier.see(where)
    assert f"{due / 100:.2f}" in receipt
    assert "50.00" in receipt, "the change"
    assert open_fen() == sum(FEES.values()) - due
    number = re.search(r"XHYOP\d{4}-000001", receipt)
    assert number
    printed = cashier.send_away(where.partition("?")[0] + "/print", size="a5", how="pdf")
    text = reading.text(cashier.client.get(printed).data)
    assert number[0] in text
    assert f"{due / 100:.2f}" in text
    return number[0]


def open_as_resident(app: Flask, cashier: Person, number: str) -> None:
    """The notice of the first building carries the code; the resident sees what is open, and the receipt."""
    building = re.search(r'name="building" value="(\d+)"', cashier.see("/XHY/codes"))
    assert building
    job = cashier.send_away("/XHY/codes", building=building[1])
    assert app.extensions["feeapp_worker"].work_once()
    archive = zipfile.ZipFile(io.BytesIO(cashier.client.get(f"{job}/file").data))
    notices = [sheet.extract_text() for sheet in reading.pages(archive.read("1号楼.pdf"))]
    assert len(notices) == 36, "each home of the building has one, also those that owe nothing"
    (mine,) = [notice for notice in notices if "1-1-502" in notice]
    code = re.search(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b", mine)
    assert code
    resident = Person(app.test_client())
    resident.send_away("/my/activate", code=code[0], phone="15824932739", password=PASSPHRASE)
    home = resident.see("/my/")
    assert "郑兰" in home
    assert "150.00" in home, "the second space is still open"
    assert "1号楼1单元502" in resident.see("/my/bills")
    receipts = resident.see("/my/receipts")
    assert number in receipts
    one = re.search(r'href="(/my/receipts/\d+)"', receipts)
    assert one
    assert number in reading.text(resident.client.post(f"{one[1]}/pdf").data)
    assert Person(app.test_client()).client.get(one[1]).status_code == 302, "nobody else sees it"


def said(page: str) -> list[str]:
    """What a page refuses."""
    return re.findall(r'<div class="errors".*?</div>', page, re.DOTALL)


def value_of(page: str, name: str) -> str:
    """What a hidden field holds."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag
    found = re.search(r'value="([^"]*)"', tag[0])
    assert found
    return found[1]


def count(model: type) -> int:
    """How many there are; units that were withdrawn are not counted."""
    db.session.rollback()
    query = sa.select(sa.func.count()).select_from(model)
    return db.session.scalar(query.where(Unit.withdrawn_at.is_(None)) if model is Unit else query) or 0


def amounts() -> sa.Select[tuple[str, int]]:
    return sa.select(Unit.code, sa.type_coerce(Charge.amount, sa.BigInteger)).join(Unit, Unit.id == Charge.unit_id)


def open_fen() -> int:
    db.session.rollback()
    whole, settled = (sa.type_coerce(column, sa.BigInteger) for column in (Charge.amount, Charge.settled))
    return int(db.session.scalar(sa.select(sa.func.sum(whole - settled))) or 0)
