"""The first run and the list of communities: how a new house gets its first person and its first community."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.access.models import Grant, User
from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.core.refusal import NotFound
from feeapp.ledger.models import Account
from feeapp.registry.models import Community
from feeapp.registry.queries import find_community
from feeapp.reports.actions import Opening, set_up
from feeapp.reports.rules import is_setup_code, setup_code
from feeapp.storage.db import INSTALLATION, db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

FORM = {
    "name": "西花园小区", "code": "XHY", "operator": "西花园物业服务中心", "address": "西花园街1号", "phone": "6221234",
    "person": "王丽", "login": "wangli", "password": "walking by the river", "again": "walking by the river",
}  # fmt: skip


def _count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_an_empty_house_leads_to_the_first_run(site: Flask) -> None:
    browser = site.test_client()
    assert browser.get("/").headers["Location"] == "/first-run"
    assert "初始设置" in browser.get("/first-run").text


def test_the_first_run_makes_the_administrator_the_community_and_its_book_and_logs_in(app: Flask) -> None:
    browser = app.test_client()
    assert browser.post("/first-run", data=FORM).headers["Location"] == "/"
    assert browser.get("/").headers["Location"] == "/XHY/today"
    assert browser.get("/XHY/people").status_code == 200
    community = find_community("XHY")
    assert community is not None
    assert (community.name, community.operator, community.phone) == ("西花园小区", "西花园物业服务中心", "6221234")
    assert _count(Account) > 10
    grant = db.session.scalars(sa.select(Grant)).one()
    assert (grant.community_id, grant.role) == (INSTALLATION, Role.ADMINISTRATOR)


def test_the_page_is_gone_once_anybody_can_log_in(site: Flask, cast: Cast) -> None:
    browser = site.test_client()
    assert browser.get("/first-run").status_code == 404
    assert browser.post("/first-run", data={**FORM, "code": "NEW"}).status_code == 404
    assert find_community("NEW") is None
    assert browser.get("/").headers["Location"] == "/login"


def test_of_two_that_set_up_at_the_same_time_one_does(app: Flask) -> None:
    """The second has seen an empty house, as the page does, and still comes too late."""
    opening = Opening("西花园小区", "XHY", "西花园物业服务中心", "", "")
    by = By(INSTALLATION, None, AT)
    transaction(lambda: set_up(by, "first", "甲", "walking by the river", opening))
    with pytest.raises(NotFound):
        transaction(lambda: set_up(by, "second", "乙", "walking by the river", opening))
    assert (_count(User), _count(Community)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "x"}, "code"),
        ({"code": "1AB"}, "code"),
        ({"name": ""}, "name"),
        ({"operator": " "}, "operator"),
        ({"login": "13800000000"}, "login"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "wangli2026", "again": "wangli2026"}, "password"),
        ({"again": "something else"}, "again"),
        ({"person": ""}, "person"),
    ],
)
def test_a_bad_form_is_said_at_the_field_and_sets_nothing_up(site: Flask, change: dict[str, str], field: str) -> None:
    answer = site.test_client().post("/first-run", data={**FORM, **change})
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert "walking by the river" not in answer.text
    assert (_count(User), _count(Community), _count(Account)) == (0, 0, 0)


def test_on_a_real_server_only_whoever_runs_it_sets_it_up(site: Flask) -> None:
    site.config["FEEAPP_PRODUCTION"] = True
    browser = site.test_client()
    assert 'name="setup"' in browser.get("/first-run").text
    for wrong in ("", "AAAA-BBBB-CCCC", setup_code("another secret key of another server")):
        assert 'id="setup-error"' in browser.post("/first-run", data={**FORM, "setup": wrong}).text
    assert _count(User) == 0
    shown = site.test_cli_runner().invoke(args=["setup-code"]).output
    code = setup_code(site.config["SECRET_KEY"])
    assert code in shown
    answer = browser.post("/first-run", data={**FORM, "setup": code.lower().replace("-", " ")})
    assert answer.headers["Location"] == "/"
    assert site.test_cli_runner().invoke(args=["setup-code"]).output == ""


@pytest.mark.parametrize("path", ["/first-run", "/communities/new"])
def test_a_press_without_the_token_does_nothing(site: Flask, cast: Cast, path: str) -> None:
    admin = cast.client("administrator")
    site.config["WTF_CSRF_ENABLED"] = True
    assert admin.post(path, data={**FORM, "code": "DFL"}).status_code == 400
    assert find_community("DFL") is None


def test_a_set_up_code_is_drawn_from_the_servers_key() -> None:
    assert setup_code("a") != setup_code("b")
    assert len(setup_code("a")) == 14
    assert is_setup_code(setup_code("a"), "a")
    assert not is_setup_code("密码", "a")


def test_an_administrator_adds_a_community_with_its_own_book(site: Flask, cast: Cast) -> None:
    admin = cast.client("administrator")
    listed = admin.get("/communities").text
    assert "西花园小区" in listed
    assert "子牙里小区" in listed
    accounts = _count(Account)
    answer = admin.post("/communities/new", data={"name": "东风里", "code": "DFL", "operator": "东风里物业"})
    assert answer.headers["Location"] == "/DFL/today"
    assert _count(Account) == accounts // 2 * 3
    again = admin.post("/communities/new", data={"name": "东风里", "code": "DFL", "operator": "东风里物业"})
    assert 'id="code-error"' in again.text
    assert _count(Community) == 3


@pytest.mark.parametrize("path", ["/communities", "/communities/new"])
def test_communities_are_the_administrators_alone(site: Flask, cast: Cast, path: str) -> None:
    for who in ("manager", "cashier", "outsider", "resident"):
        client = cast.client(who)
        assert client.get(path).status_code == 404, who
    assert site.test_client().get(path).headers["Location"] == f"/login?next={path}"
    cast.client("manager").post("/communities/new", data={"name": "东风里", "code": "DFL", "operator": "x"})
    assert find_community("DFL") is None
