"""The pictures of docs/guide, taken from the demo in both languages: ``python -m tools.guide_shots``.

They show the months before today, so take them all anew when one is out of date.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.demo.loading import load
from feeapp.demo.people import PASSPHRASE
from tests.browser.desk import Desk
from tests.browser.serving import Site, chromium_of_this_machine, serving
from tests.databases import SECRET, migrated
from tests.stories.paper import MESSY
from tools.environment import ROOT

PICTURES = ROOT / "docs" / "guide" / "pictures"
SIZE = {"width": 1280, "height": 800}
COLOURS = 128
SOLD = "5-1-201"
"""The home that is about to change hands."""

PAYING = {"zh": "4-2-302", "en": "5-2-302"}
"""Who comes to the counter in each language: a home and a parking space with two months open."""


def main() -> None:
    """Load the demo into a scratch database, serve it, and take every picture."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/demo.sqlite"
        migrated(address, Path(folder))
        with serving(address, Path(folder)) as site, chromium_of_this_machine() as browser:
            with site.app.app_context():
                phone = load(clock.now(), SECRET)[-1][0]
            for language in ("zh", "en"):
                take_all(browser, site, language, phone)


def take_all(browser: Browser, site: Site, language: str, phone: str) -> None:
    """Every picture in one language."""
    for login, shots in (("admin", importing), ("manager", prices), ("accountant", billing), ("cashier", counter)):
        with Desk(browser, site.url, language) as desk:
            desk.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
            desk.log_in(login, PASSPHRASE)
            for name in shots(desk):
                keep(desk.page, f"{name}.{language}")
    with Desk(browser, site.url, language, phone=True) as desk:
        desk.log_in(phone, PASSPHRASE)
        for name in resident(desk):
            keep(desk.page, f"{name}.{language}")


def importing(admin: Desk) -> Iterator[str]:
    """An untidy ledger before it is taken over."""
    page = admin.page
    page.goto("/communities")
    if not page.get_by_text("子牙里小区").count():
        page.goto("/communities/new")
        for name, text in {"name": "子牙里小区", "code": "ZYL", "operator": "子牙里社区服务社"}.items():
            page.locator(f"[name={name}]").fill(text)
        page.locator("main form button[type=submit]").click()
    page.goto("/ZYL/imports")
    page.locator("[name=file]").set_input_files(MESSY)
    for name, text in {"units": "216", "area": "12490.92", "arrears": "73429.14"}.items():
        page.locator(f"[name={name}]").fill(text)
    admin.press("Read and preview")
    page.locator(".tiebar").wait_for()
    yield "import-preview"


def prices(manager: Desk) -> Iterator[str]:
    manager.page.goto("/XHY/prices")
    yield "prices"


def billing(accountant: Desk) -> Iterator[str]:
    """A month before it is billed, a charge in dispute, and a home about to change hands."""
    page = accountant.page
    page.goto(f"/XHY/bill-runs/{Period.of(office_day(clock.now()))}")
    yield "bill-preview"
    page.goto("/XHY/disputes")
    page.locator("tbody a").first.click()
    page.locator("a[href^='/XHY/charges/']").first.click()
    yield "charge"
    page.goto(f"/XHY/units?q={SOLD}")
    page.locator("tbody a").first.click()
    page.locator("a[href$='/transfer']").first.click()
    page.locator("[name=on]").fill(f"{Period.of(office_day(clock.now())).plus(-1)}-16")
    page.locator("[name=paper]").fill("不动产权第 0012345 号")
    page.locator("[name$=_name]").first.fill("高明远")
    page.locator("button[value=look]").click()
    yield "transfer"


def counter(cashier: Desk) -> Iterator[str]:
    """The day's page, a household at the counter, and its receipt on paper."""
    page = cashier.page
    yield "today"
    page.goto(f"/XHY/counter?q={PAYING[cashier.language]}")
    page.locator("[data-cash]").fill("400")
    yield "counter"
    page.keyboard.press("Enter")
    page.locator("[name=how][value=page]").wait_for()
    yield "receipt"
    with page.expect_popup() as opened:
        page.locator("[name=how][value=page]").click()
    paper = opened.value
    paper.wait_for_load_state()
    paper.set_viewport_size({"width": 1000, "height": 620})
    keep(paper, f"paper.{cashier.language}")


def resident(owner: Desk) -> Iterator[str]:
    """What is owed, how it was reckoned, and what was paid, on a phone."""
    page = owner.page
    yield "phone-home"
    page.goto("/my/bills")
    yield "phone-bills"
    page.goto("/my/receipts")
    page.get_by_role("link", name="XHYOP").first.click()
    page.wait_for_load_state()
    yield "phone-receipt"


def keep(page: Page, name: str) -> None:
    """A picture of what the window shows, in few colours, so that it stays small."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate("document.activeElement && document.activeElement.matches('input') || document.activeElement.blur()")
    taken = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    small = taken.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
