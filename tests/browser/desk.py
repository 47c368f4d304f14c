"""Somebody at a browser: what they see is read for faults wherever they stop to look."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from feeapp.web.language import chinese

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Desk:
    """One person's browser, with cookies of its own, in one language.

    Leaving it fails where the browser complained meanwhile: a script error, a breach of the content policy, a page
    that broke.
    """

    def __init__(self, browser: Browser, url: str, language: str, phone: bool = False) -> None:
        self.language = language
        self.phone = phone
        self.faults: list[str] = []
        self._context = browser.new_context(
            base_url=url,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            accept_downloads=True,
            reduced_motion="reduce",
        )
        self._context.set_default_timeout(15_000)
        self.page: Page = self._context.new_page()
        self._context.on("console", self._hear)
        self._context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self._context.on("response", self._receive)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._context.close()
        if error is None:
            assert not self.faults, "\n".join(self.faults)

    def _hear(self, message: ConsoleMessage) -> None:
        where = message.location["url"]
        if message.type in ("error", "warning") and not where.endswith("/favicon.ico"):  # asked for beside a bare PDF
            self.faults.append(f"{where}: {message.text}")

    def _receive(self, response: Response) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            self.faults.append(f"{response.status} {response.url}")

    def say(self, english: str, **facts: object) -> str:
        """A sentence of the pages in this person's language."""
        text = chinese().gettext(english) if self.language == "zh" else english
        assert self.language == "en" or text != english, f"no Chinese for {english!r}"
        return text % facts if facts else text

    def look(self) -> None:
        """Read the page as it stands: its language, its fit on a phone, and what axe finds."""
        assert self.page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[self.language]
        assert self.page.locator("h1").count() == 1
        found = Axe().run(self.page).response["violations"]
        grave = [
            f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not grave, f"{self.page.url}: " + "\n".join(grave)
        self._fit_a_phone()

    def _fit_a_phone(self) -> None:
        if not self.phone:
            self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if not self.phone:
            self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        assert wide <= PHONE["width"], f"{self.page.url} is {wide} pixels wide on a phone"

    def log_in(self, login: str, password: str) -> None:
        """Come in by the front door."""
        self.page.goto("/")
        self.page.get_by_label(self.say("Log-in name")).fill(login)
        self.page.get_by_label(self.say("Password"), exact=False).first.fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda address: "/login" not in address)

    def press(self, english: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=self.say(english), exact=True).click()

    def follow(self, english: str) -> None:
        """Follow the link of this name."""
        self.page.get_by_role("link", name=self.say(english), exact=True).first.click()

    def choose(self, english_label: str, english_choice: str) -> None:
        """Choose one of a list."""
        self.page.get_by_label(self.say(english_label), exact=True).select_option(label=self.say(english_choice))

    def fill(self, english_label: str, text: str) -> None:
        """Type into the field of this name."""
        self.page.get_by_label(self.say(english_label)).first.fill(text)

    def fetch(self, url: str) -> bytes:
        """What the server answers to this person's browser."""
        answer = self._context.request.get(url)
        assert answer.ok, f"{answer.status} {url}"
        return answer.body()
