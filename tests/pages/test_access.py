"""The door: logging in and out, one's own log-in, and what a cookie is worth."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp import clock
from feeapp.access.actions import add_person, disable_user, reset_password, revoke_role
from feeapp.access.models import User
from feeapp.access.passwords import make_hash
from feeapp.access.rules import NAME_GUESSES
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import Cast

GOOD = "walking by the river"
OTHER = "the pears are in bloom"


@pytest.fixture
def browser(site: Flask, cast: Cast) -> FlaskClient:
    """A browser nobody has logged in from; the cashier has a password."""

    def give_password() -> None:
        db.session.get_one(User, cast.users["cashier"]).password_hash = make_hash(GOOD)

    transaction(give_password)
    return site.test_client()


def _log_in(browser: FlaskClient, login: str = "cashier", password: str = GOOD, after: str = "") -> tuple[int, str]:
    answer = browser.post(f"/login{after}", data={"login": login, "password": password})
    return answer.status_code, answer.headers.get("Location", "")


def _is_in(browser: FlaskClient) -> bool:
    return browser.get("/my-login").status_code == 200


def _plain(page: str, login: str) -> str:
    """A page without what differs by nature: the typed name and the token."""
    return re.sub(r'name="csrf_token" type="hidden" value="[^"]+"|name="csrf_token" value="[^"]+"', "", page).replace(
        login, "·"
    )


def _session_cookie(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("feeapp")
    return cookie.value if cookie else ""


@pytest.mark.parametrize(("language", "title"), [("zh-CN", "登录"), ("en", "Log in")])
def test_the_log_in_page_speaks_the_browsers_language_and_offers_the_other(
    site: Flask, language: str, title: str
) -> None:
    page = site.test_client().get("/login", headers={"Accept-Language": language}).text
    assert f"<h1>{title}</h1>" in page
    assert 'action="/language"' in page
    assert 'autocomplete="current-password"' in page


def test_logging_in_leads_to_the_front_door_and_the_page_of_the_day(browser: FlaskClient) -> None:
    assert _log_in(browser) == (302, "/")
    assert browser.get("/").headers["Location"] == "/XHY/today"


def test_a_page_that_needs_a_log_in_is_opened_after_it(browser: FlaskClient) -> None:
    sent = browser.get("/XHY/receipts?q=1").headers["Location"]
    assert sent == "/login?next=/XHY/receipts?q%3D1"
    assert _log_in(browser, after=sent.removeprefix("/login")) == (302, "/XHY/receipts?q=1")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "https:evil.example", "http:///evil.example", "javascript:alert(1)", "evil.example", "/\t/evil.example",
        "/%09/evil.example\n", "\t//evil.example", " //evil.example", "@evil.example", "/\x00/evil.example",
        "/ok\r\nSet-Cookie: a=b",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(browser: FlaskClient, target: str) -> None:
    answer = browser.post("/login", query_string={"next": target}, data={"login": "cashier", "password": GOOD})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("target", ["/XHY/people?of=residents", "/my-login", "/%09/somewhere", "/a//b"])
def test_a_path_of_this_site_is_kept(browser: FlaskClient, target: str) -> None:
    answer = browser.post("/login", query_string={"next": target}, data={"login": "cashier", "password": GOOD})
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith("//")
    assert answer.headers["Location"] != "/"


def test_an_unknown_name_and_a_wrong_password_get_the_same_page(browser: FlaskClient) -> None:
    pages = {}
    for login in ("cashier", "nobodyx"):
        answer = browser.post("/login", data={"login": login, "password": OTHER})
        pages[login] = (answer.status_code, _plain(answer.text, login), sorted(answer.headers.keys()))
    assert pages["cashier"] == pages["nobodyx"]
    assert "登录名或密码不正确" in pages["cashier"][1]
    assert OTHER not in pages["cashier"][1]
    assert not _is_in(browser)


def test_too_many_guesses_get_the_same_page_for_a_name_that_exists_and_one_that_does_not(browser: FlaskClient) -> None:
    pages = []
    for login in ("cashier", "nobodyx"):
        stranger = browser.application.test_client()
        for _ in range(NAME_GUESSES):
            _log_in(stranger, login, OTHER)
        answer = stranger.post("/login", data={"login": login, "password": GOOD})
        pages.append((answer.status_code, _plain(answer.text, login)))
    assert pages[0] == pages[1]
    assert "15 分钟" in pages[0][1]


def test_guesses_from_elsewhere_do_not_shut_out_the_browser_the_cashier_knows(browser: FlaskClient) -> None:
    _log_in(browser)
    browser.post("/logout")
    stranger = browser.application.test_client()
    for _ in range(NAME_GUESSES + 1):
        _log_in(stranger, "cashier", OTHER)
    assert _log_in(stranger)[0] == 200
    assert _log_in(browser) == (302, "/")


def test_a_made_up_device_cookie_is_as_good_as_none(browser: FlaskClient) -> None:
    _log_in(browser)
    cookie = browser.get_cookie("feeapp_device")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    stranger = browser.application.test_client()
    for forged in ("", "x", cookie.value[:-2], cookie.value.replace(".", "", 1)):
        stranger.set_cookie("feeapp_device", forged)
        _log_in(stranger, "cashier", OTHER)
    _log_in(stranger, "cashier", OTHER)
    assert "15 分钟" in stranger.post("/login", data={"login": "cashier", "password": GOOD}).text


@pytest.mark.parametrize("missing", ["login", "password"])
def test_an_empty_field_is_said_at_the_field(browser: FlaskClient, missing: str) -> None:
    answer = browser.post("/login", data={"login": "cashier", "password": GOOD, missing: " "})
    assert answer.status_code == 200
    assert f'id="{missing}-error"' in answer.text


def test_a_session_that_was_planted_before_the_log_in_is_gone_after_it(browser: FlaskClient) -> None:
    with browser.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["csrf_token"] = "known to somebody else"
        session["language"] = "en"
    _log_in(browser)
    with browser.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "known to somebody else"
        assert session["language"] == "en"
        assert session.permanent


def test_a_copied_cookie_dies_with_the_log_out(browser: FlaskClient) -> None:
    _log_in(browser)
    thief = browser.application.test_client()
    thief.set_cookie("feeapp", _session_cookie(browser))
    assert _is_in(thief)
    assert browser.post("/logout").headers["Location"] == "/login"
    assert not _is_in(browser)
    assert not _is_in(thief)


def test_logging_out_takes_a_press_not_a_visit(browser: FlaskClient) -> None:
    _log_in(browser)
    assert browser.get("/logout").status_code == 405
    assert _is_in(browser)


def test_the_session_cookie_cannot_be_read_by_scripts_nor_sent_across_sites(browser: FlaskClient) -> None:
    _log_in(browser)
    cookie = browser.get_cookie("feeapp")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_a_log_in_that_is_closed_ends_in_the_middle_of_the_day(browser: FlaskClient, cast: Cast) -> None:
    _log_in(browser)
    transaction(lambda: disable_user(cast.by("manager"), cast.users["cashier"]))
    assert browser.get("/XHY/receipts").headers["Location"].startswith("/login")
    assert _log_in(browser)[0] == 200


def test_the_own_password_is_changed_here_and_every_other_browser_is_out(browser: FlaskClient) -> None:
    _log_in(browser)
    phone = browser.application.test_client()
    _log_in(phone)
    answer = browser.post("/my-login", data={"old": GOOD, "password": OTHER, "again": OTHER})
    assert answer.headers["Location"] == "/"
    assert _is_in(browser)
    assert not _is_in(phone)
    assert _log_in(phone, password=OTHER) == (302, "/")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"old": OTHER, "password": OTHER, "again": OTHER}, "old"),
        ({"old": GOOD, "password": "short", "again": "short"}, "password"),
        ({"old": GOOD, "password": "password123", "again": "password123"}, "password"),
        ({"old": GOOD, "password": GOOD, "again": GOOD}, "password"),
        ({"old": GOOD, "password": OTHER, "again": GOOD}, "again"),
        ({"old": "", "password": OTHER, "again": OTHER}, "old"),
    ],
)
def test_a_bad_change_of_password_is_said_at_the_field_and_changes_nothing(
    browser: FlaskClient, form: dict[str, str], field: str
) -> None:
    _log_in(browser)
    answer = browser.post("/my-login", data=form)
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert not any(f'value="{typed}"' in answer.text for typed in form.values() if typed)
    assert _log_in(browser.application.test_client()) == (302, "/")


def test_logging_out_everywhere_ends_every_session(browser: FlaskClient) -> None:
    phone = browser.application.test_client()
    _log_in(browser)
    _log_in(phone)
    assert phone.post("/my-login/everywhere").headers["Location"] == "/login"
    assert not _is_in(browser)
    assert not _is_in(phone)


def test_the_language_chosen_for_oneself_holds_on_every_device(browser: FlaskClient) -> None:
    _log_in(browser)
    assert "我的账号" in browser.get("/my-login").text
    browser.post("/my-login/language", data={"language": "en"})
    assert "<h1>My log-in</h1>" in browser.get("/my-login").text
    phone = browser.application.test_client()
    _log_in(phone)
    assert "<h1>My log-in</h1>" in phone.get("/my-login").text
    browser.post("/my-login/language", data={"language": "tlh"})
    assert "<h1>My log-in</h1>" in browser.get("/my-login").text


def test_whoever_was_handed_a_password_chooses_another_before_anything_else(browser: FlaskClient, cast: Cast) -> None:
    handed = transaction(lambda: add_person(_by(cast, None), "liufang", "刘芳", [Role.ACCOUNTANT]))
    assert _log_in(browser, "liufang", handed.password) == (302, "/")
    for path in ("/", "/XHY/receipts", "/XHY/logbook", "/communities", "/my/"):
        assert browser.get(path).headers["Location"] == "/my-login", path
    page = browser.get("/my-login").text
    assert "由他人代设" in page
    assert "/my-login/everywhere" not in page
    browser.post("/my-login", data={"old": handed.password, "password": OTHER, "again": OTHER})
    assert browser.get("/").headers["Location"] == "/XHY/today"


def test_a_password_made_anew_by_the_office_ends_the_sessions(browser: FlaskClient, cast: Cast) -> None:
    _log_in(browser)
    handed = transaction(lambda: reset_password(_by(cast, "manager"), cast.users["cashier"]))
    assert not _is_in(browser)
    assert _log_in(browser)[0] == 200
    assert _log_in(browser, password=handed.password) == (302, "/")


def test_a_resident_comes_to_the_own_pages_and_keeps_them_apart_from_the_office(site: Flask, cast: Cast) -> None:
    resident = cast.client("resident")
    assert resident.get("/").headers["Location"] == "/my/"
    page = resident.get("/my-login").text
    assert 'class="portal' in page
    for path in ("/XHY/people", "/XHY/logbook", "/XHY/today"):
        assert resident.get(path).status_code == 404, path
    assert resident.get("/communities").status_code == 404


def test_staff_of_several_communities_choose_and_change_between_them(site: Flask, cast: Cast) -> None:
    admin = cast.client("administrator")
    page = admin.get("/").text
    assert "西花园小区" in page
    assert "子牙里小区" in page
    assert 'href="/ZYL/today"' in admin.get("/XHY/people").text
    cashier = cast.client("cashier")
    assert 'href="/ZYL/today"' not in cashier.get("/XHY/receipts").text


def test_a_log_in_without_any_role_is_told_so(site: Flask, cast: Cast) -> None:
    cashier = cast.client("cashier")
    transaction(lambda: revoke_role(cast.by("manager"), cast.users["cashier"], Role.CASHIER))
    assert "没有角色" in cashier.get("/").text


@pytest.mark.parametrize("path", ["/login", "/logout", "/my-login", "/my-login/language", "/my-login/everywhere"])
def test_a_press_without_the_token_does_nothing(browser: FlaskClient, path: str) -> None:
    _log_in(browser)
    browser.application.config["WTF_CSRF_ENABLED"] = True
    data = {"old": GOOD, "password": OTHER, "again": OTHER, "login": "cashier", "language": "en"}
    assert browser.post(path, data=data).status_code == 400
    other = browser.application.test_client()
    token = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', other.get("/login").text)
    assert token is not None
    assert browser.post(path, data={**data, "csrf_token": token.group(1)}).status_code == 400
    browser.application.config["WTF_CSRF_ENABLED"] = False
    assert _is_in(browser)


def test_the_log_in_page_leads_on_whoever_is_in_already(browser: FlaskClient) -> None:
    _log_in(browser)
    assert browser.get("/login?next=/XHY/receipts").headers["Location"] == "/XHY/receipts"


def _by(cast: Cast, who: str | None) -> By:
    """Somebody acting now, by the clock that the pages go by."""
    return By(cast.community, cast.users[who] if who else None, clock.now())
