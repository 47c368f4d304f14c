"""The exceptions an office lives in, worked in both languages by three people on the demo community.

Paying a year ahead, a dispute answered, a correction approved, a relief decided, a unit that changes hands in a month
already billed: each through the pages a clerk sees, wrong input answered at the field. Every page is looked at.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from feeapp.billing.models import Charge, Dispute
from feeapp.corrections.models import Correction
from feeapp.demo.people import HOME, PASSPHRASE, find_unit
from feeapp.registry.queries import find_community
from feeapp.reliefs.models import Relief
from feeapp.storage.db import db
from feeapp.transfers.rules import WalletWay
from tests.browser.desk import Desk
from tests.browser.serving import Site
from tests.golden import reading

LISTS = (
    "reductions", "charges", "corrections", "disputes", "transfers", "pools", "meters", "reliefs", "late-charges",
    "late-charges/requests", "late-charges/waived", "prepaid", "prepaid/offers", "prepaid/rises", "settings", "prices",
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_of_exceptions(chromium: Browser, served: Site, language: str) -> None:
    with served.app.app_context():
        assert served.app.test_cli_runner().invoke(args=["demo"]).exit_code == 0
        case = Case()
        db.session.remove()
    with Desk(chromium, served.url, language) as cashier:
        cashier.log_in("cashier", PASSPHRASE)
        pay_a_year_ahead(cashier, case)
        see_the_dispute(cashier, case)
    with Desk(chromium, served.url, language) as manager:
        manager.log_in("manager", PASSPHRASE)
        for name in LISTS:
            manager.page.goto(f"/XHY/{name}")
            manager.look()
        approve_the_correction(manager, case)
        answer_the_dispute(manager, case)
        look_into_the_relief(manager, case)
    with Desk(chromium, served.url, language) as accountant:
        accountant.log_in("accountant", PASSPHRASE)
        change_the_owner(accountant, case)
        for name in (
            f"units/{case.home}/back-bill",
            f"units/{case.home}/area-error",
            f"charges/{case.disputed}/adjust",
        ):
            accountant.page.goto(f"/XHY/{name}")
            accountant.look()
    assert served.app.test_cli_runner().invoke(args=["check"]).exit_code == 0


class Case:
    """What the demo leaves on the desks, by its keys."""

    def __init__(self) -> None:
        community = find_community("XHY")
        assert community is not None
        home = find_unit(community.id, HOME)
        assert home is not None
        self.home = home
        self.space = find_unit(community.id, "G03")
        self.disputed = db.session.scalars(sa.select(Dispute.charge_id)).one()
        self.correction = db.session.scalars(sa.select(Correction.id)).one()
        self.relief = db.session.scalars(sa.select(Relief.id)).one()
        self.disputed_unit = db.session.get_one(Charge, (community.id, self.disputed)).unit_id


def pay_a_year_ahead(cashier: Desk, case: Case) -> None:
    """Twelve months for one home; thirteen are refused at the field, the typed number kept."""
    page = cashier.page
    page.goto(f"/XHY/counter/prepay?unit={case.home}")
    cashier.look()
    boxes = page.locator("[name=picks]")
    for number in range(1, boxes.count()):
        boxes.nth(number).uncheck()
    page.locator("[name=months]").fill("13")
    cashier.press("See what it comes to")
    expect(page.locator("[name=months]")).to_have_value("13")
    expect(page.locator(".error").first).to_be_visible()
    page.locator("[name=months]").fill("12")
    cashier.press("See what it comes to")
    cashier.look()
    page.locator("[name='tenders-0-amount']").fill("1000")
    page.locator("form[method=post] .button--primary").last.click()
    page.wait_for_url("**/receipts/*")
    cashier.look()


def see_the_dispute(cashier: Desk, case: Case) -> None:
    """What a household disputes is not ticked at the counter."""
    cashier.page.goto(f"/XHY/counter?unit={case.disputed_unit}")
    expect(cashier.page.locator(f"[name=items][value='{case.disputed}']")).not_to_be_checked()
    expect(cashier.page.get_by_text(cashier.say("In dispute"), exact=True).first).to_be_visible()
    cashier.look()
    cashier.page.goto(f"/XHY/charges/{case.disputed}/demands")
    cashier.look()


def approve_the_correction(manager: Desk, case: Case) -> None:
    page = manager.page
    page.goto(f"/XHY/corrections/{case.correction}")
    manager.look()
    page.locator("button[value=approve]").click()
    page.get_by_role("dialog").locator("button[value=yes]").click()
    expect(page.locator("button[value=approve]")).to_have_count(0)
    manager.look()


def answer_the_dispute(manager: Desk, case: Case) -> None:
    """An empty answer is refused at the field; a written one closes the dispute."""
    page = manager.page
    page.goto(f"/XHY/charges/{case.disputed}/dispute")
    manager.look()
    page.locator("[name=answer]").fill(" ")
    page.locator("button[value=reject]").click()
    expect(page.locator(".field--bad .error").first).to_be_visible()
    page.locator("[name=answer]").fill("已核对电梯运行记录，停运不足一日")
    page.locator("button[value=reject]").click()
    expect(page.locator("button[value=reject]")).to_have_count(0)
    page.goto(f"/XHY/charges/{case.disputed}")
    manager.look()


def look_into_the_relief(manager: Desk, case: Case) -> None:
    manager.page.goto(f"/XHY/reliefs/{case.relief}")
    manager.look()


def change_the_owner(accountant: Desk, case: Case) -> None:
    """A home and its parking space go to a new owner in the middle of the month before last, which is billed."""
    page = accountant.page
    page.goto(f"/XHY/units/{case.home}/transfer")
    accountant.look()
    page.locator(f"[name=also][value='{case.space}']").check()
    name = page.locator("[name$=_name]").first
    name.fill("高明远")
    page.locator("[name=paper]").fill(" ")
    page.locator("button[value=look]").click()
    expect(page.locator(".field--bad").first).to_be_visible()
    expect(name).to_have_value("高明远")
    page.locator("[name=paper]").fill("不动产权第0012345号")
    page.locator("button[value=look]").click()
    expect(page.get_by_text("高明远").first).to_be_visible()
    accountant.look()
    confirm(accountant)
    expect(page.locator(".error").first).to_be_visible()  # what becomes of the year that was paid ahead?
    for choice in page.locator(f"[name^=way_][value='{WalletWay.HAND_ON.value}']").all():
        choice.check()
    confirm(accountant)
    page.wait_for_url("**/transfers/*")
    accountant.look()
    sheet = reading.text(accountant.fetch(page.url.split("?")[0] + "/sheet.pdf"))
    assert "高明远" in sheet
    page.goto(f"/XHY/units/{case.home}/bills")
    accountant.look()


def confirm(accountant: Desk) -> None:
    accountant.page.locator("button[value=confirm]").click()
    accountant.page.get_by_role("dialog").locator("button[value=yes]").click()
