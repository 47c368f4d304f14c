"""One story in both languages: from an empty server to a resident who looks at the receipt on a phone.

Six people at six browsers. At every stop the page is looked at: its language, its fit on a phone, axe, the console.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.browser.serving import Site
from tests.golden import reading
from tests.stories.paper import MESSY, TIDY, month_of_tidy

PASSPHRASE = "the pears are in bloom"
FEES = month_of_tidy(home="0.65", shop="1.20", space="150")


@dataclass(frozen=True, slots=True)
class Town:
    """Where the story plays."""

    browser: Browser
    site: Site
    language: str

    def desk(self, phone: bool = False) -> Desk:
        return Desk(self.browser, self.site.url, self.language, phone)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_an_empty_server_to_a_receipt_on_a_phone(chromium: Browser, served: Site, language: str) -> None:
    town = Town(chromium, served, language)
    handed_out = set_up_and_import(town)
    publish_prices(town, handed_out["manager"])
    bill_january(town, handed_out["accountant"])
    with town.desk() as cashier:
        come_in(cashier, "cashier", handed_out["cashier"])
        number = take_money(cashier)
        code = give_out_codes(cashier, served)
    open_as_resident(town, code, number)
    assert served.app.test_cli_runner().invoke(args=["check"]).exit_code == 0


def set_up_and_import(town: Town) -> dict[str, str]:
    """First run, people, and the ledger by upload; returns the passwords that were handed out."""
    with town.desk() as admin:
        page = admin.page
        page.goto("/")
        admin.look()
        for name, text in {
            "name": "西花园小区", "code": "XHY", "operator": "西花园物业服务中心", "address": "西花园路 18 号",
            "phone": "0453-6912345", "person": "周建国", "login": "admin", "password": PASSPHRASE, "again": PASSPHRASE,
        }.items():  # fmt: skip
            page.locator(f"[name={name}]").fill(text)
        admin.press("Set up and log in")
        expect(page.get_by_role("heading", level=1)).to_have_text(admin.say("Today"))
        admin.look()
        handed_out = {login: hand_out(admin, login) for login in ("manager", "accountant", "cashier")}
        import_ledger(admin)
        import_messy_ledger(admin)
    return handed_out


def hand_out(admin: Desk, login: str) -> str:
    """Add a colleague; the password that is shown once."""
    page = admin.page
    page.goto("/XHY/people/new")
    admin.look()
    admin.fill("Name", {"manager": "孙丽华", "accountant": "李会敏", "cashier": "王桂芳"}[login])
    page.locator("[name=login]").fill(login)
    page.locator("[name=role]").select_option(login.upper())
    admin.press("Add a person")
    admin.look()
    found = re.search(r"\b[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}\b", page.locator("main").inner_text())
    assert found
    return found[0]


def import_ledger(admin: Desk) -> None:
    page = admin.page
    admin.follow("Import")
    admin.look()
    page.locator("[name=file]").set_input_files(TIDY)
    for name, text in {"units": "244", "area": "17,144.68", "arrears": "0"}.items():
        page.locator(f"[name={name}]").fill(text)
    admin.press("Read and preview")
    expect(page.get_by_role("heading", level=1)).to_have_text(TIDY.name)
    admin.look()
    admin.press("Accept all proposals")
    admin.press("Import into the household ledger")
    expect(page.get_by_text(admin.say("Ledger imported."))).to_be_visible()
    admin.look()
    page.goto("/XHY/units")
    expect(page.get_by_role("link", name="1-1-101")).to_be_visible()
    admin.look()


def import_messy_ledger(admin: Desk) -> None:
    """The second community's ledger: subtotals, merged cells and arrears, tied out by the paper's own sums."""
    page = admin.page
    page.goto("/communities/new")
    admin.look()
    for name, text in {"name": "子牙里小区", "code": "ZYL", "operator": "子牙里社区服务社"}.items():
        page.locator(f"[name={name}]").fill(text)
    admin.press("Add the community")
    admin.follow("Import")
    page.locator("[name=file]").set_input_files(MESSY)
    for name, text in {"units": "216", "area": "12,490.92", "arrears": "73,429.14"}.items():
        page.locator(f"[name={name}]").fill(text)
    admin.press("Read and preview")
    expect(page.get_by_role("heading", level=1)).to_have_text(MESSY.name)
    admin.look()
    admin.press("Accept all proposals")
    page.locator("[name=leave_out]").check()
    admin.press("Import into the household ledger")
    expect(page.get_by_text(admin.say("Ledger imported."))).to_be_visible()
    page.goto("/ZYL/units")
    admin.look()


def come_in(desk: Desk, login: str, handed_out: str) -> None:
    """Log in with the password that was handed out, and choose another."""
    desk.log_in(login, handed_out)
    desk.look()
    for name, text in {"old": handed_out, "password": PASSPHRASE, "again": PASSPHRASE}.items():
        desk.page.locator(f"[name={name}]").fill(text)
    desk.press("Change the password")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text(desk.say("Today"))


def publish_prices(town: Town, handed_out: str) -> None:
    with town.desk() as manager:
        come_in(manager, "manager", handed_out)
        manager.follow("Prices")
        manager.look()
        add_item(manager, "FEE", "PROPERTY_FEE", "物业费", "Property fee")
        publish(manager, use="HOME", rate="0.65", basis="AREA")
        manager.page.get_by_role("link", name=manager.say("New price")).click()
        publish(manager, use="SHOP", rate="1.20", basis="AREA")
        add_item(manager, "PARK", "PARKING", "停车费", "Parking fee")
        publish(manager, use="PARKING", rate="150", basis="UNIT")
        manager.look()


def add_item(manager: Desk, code: str, kind: str, name: str, name_en: str) -> None:
    manager.follow("New charge item")
    manager.page.locator("[name=kind]").select_option(kind)
    for field, text in {"name": name, "name_en": name_en, "code": code}.items():
        manager.page.locator(f"[name={field}]").fill(text)
    manager.look()
    manager.press("Add the item")


def publish(manager: Desk, use: str, rate: str, basis: str) -> None:
    """Look at an example, then publish."""
    page = manager.page
    for tick in page.locator("[name=use]").all():
        tick.set_checked(tick.get_attribute("value") == use)
    page.locator("[name=basis]").select_option(basis)
    for field, text in {"rate": rate, "from_on": "2025-01-01", "authority_text": "前期物业服务合同第十二条"}.items():
        page.locator(f"[name={field}]").fill(text)
    manager.press("See an example")
    manager.look()
    manager.press("Publish")
    expect(page.get_by_text(manager.say("The price is published."))).to_be_visible()


def bill_january(town: Town, handed_out: str) -> None:
    with town.desk() as accountant:
        page = accountant.page
        come_in(accountant, "accountant", handed_out)
        accountant.follow("Bill runs")
        accountant.look()
        page.locator("[name=period]").fill("2026-01")
        accountant.press("Look at the month")
        expect(page.locator(".sum__figure").first).to_contain_text(yuan(sum(FEES.values())))
        accountant.look()
        accountant.press("Bill the month")
        page.get_by_role("dialog").get_by_role("button", name=accountant.say("Bill the month")).click()
        expect(page.get_by_text(accountant.say("The month is billed."))).to_be_visible()
        accountant.look()


def take_money(cashier: Desk) -> str:
    """Two homes and a parking space of one owner, in cash and by transfer, with the keyboard alone; the number."""
    page, keys = cashier.page, cashier.page.keyboard
    due = FEES["1-1-502"] + FEES["1-3-602"] + FEES["G03"]
    cashier.follow("Counter")
    cashier.look()
    keys.type("1-1-502")
    keys.press("Enter")
    expect(page.locator("[data-due]").first).to_have_text(yuan(due + FEES["G17"]))
    cashier.look()
    type_back_to(page, "G17")
    keys.press("Space")
    expect(page.locator("[data-due]").first).to_have_text(yuan(due))
    keys.press("F2")
    keys.type("150")
    tab_on_to(page, "summary")
    keys.press("Enter")
    tab_on_to(page, "[name='tenders-4-amount']")
    keys.type(yuan(due - 100_00))
    keys.press("Tab")
    keys.type("ABC20260131007")
    expect(page.locator("[data-change]")).to_have_text("50.00")
    cashier.look()
    keys.press("Enter")
    expect(page.get_by_text(cashier.say("The payment is booked."))).to_be_visible()
    cashier.look()
    number = page.get_by_role("heading", level=1).inner_text().split()[-1]
    print_receipt(cashier, number)
    return number


def yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def type_back_to(page: Page, unit: str) -> None:
    """Shift+Tab until the tick of this unit's line has the focus."""
    for _ in range(10):
        page.keyboard.press("Shift+Tab")
        here = page.locator(":focus")
        if here.get_attribute("type") == "checkbox" and page.locator("li", has=here).get_by_text(unit).count():
            return
    raise AssertionError(f"{unit} is not reached with the keyboard")


def tab_on_to(page: Page, wanted: str) -> None:
    """Tab until something like this has the focus."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator(f"{wanted}:focus").count():
            return
    raise AssertionError(f"{wanted} is not reached with the keyboard")


def print_receipt(cashier: Desk, number: str) -> None:
    """Enter on the button that has the focus; the PDF carries the number."""
    with (
        cashier.page.expect_popup() as opened,
        cashier.page.context.expect_event("response", lambda response: response.url.endswith(".pdf")) as printed,
    ):
        cashier.page.keyboard.press("Enter")
    assert number in reading.text(cashier.fetch(printed.value.url))
    opened.value.close()


def give_out_codes(cashier: Desk, site: Site) -> str:
    """Print the notices of the first building; the code on the resident's own."""
    page = cashier.page
    cashier.follow("Residents' codes")
    cashier.look()
    page.get_by_label("1号楼").check()
    cashier.press("Print the notices")
    cashier.look()
    site.work()
    with page.expect_download() as downloaded:
        page.get_by_role("link", name=cashier.say("Download the file")).click()
    cashier.look()
    archive = zipfile.ZipFile(io.BytesIO(downloaded.value.path().read_bytes()))
    notices = [sheet.extract_text() for sheet in reading.pages(archive.read("1号楼.pdf"))]
    (mine,) = [notice for notice in notices if "1-1-502" in notice]
    found = re.search(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b", mine)
    assert found
    return found[0]


def open_as_resident(town: Town, code: str, number: str) -> None:
    """On a phone: the code, a password, what is still owed, and the receipt."""
    with town.desk(phone=True) as resident:
        page = resident.page
        page.goto(f"/my/activate?code={code}")
        resident.look()
        page.locator("[name=phone]").fill("158 2493 2739")
        page.locator("[name=password]").fill(PASSPHRASE)
        resident.press("Open my pages")
        expect(page.locator(".owed-card")).to_contain_text(yuan(FEES["G17"]))
        resident.look()
        resident.follow("Bills")
        expect(page.get_by_text("1号楼1单元502").first).to_be_visible()
        resident.look()
        resident.follow("Receipts")
        resident.look()
        page.get_by_role("link", name=number).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(number)
        resident.look()
        with page.expect_download() as downloaded:
            page.locator("main form button").click()
        assert number in reading.text(downloaded.value.path().read_bytes())
        page.goto("/my-login")
        resident.look()
