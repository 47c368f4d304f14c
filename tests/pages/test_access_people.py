"""The people page: who sees whom, who grants what, and what is said when the answer is no."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feeapp.access.models import User
from feeapp.access.queries import find_user, list_roles
from feeapp.core.powers import NEVER_TOGETHER, Power, Role
from feeapp.storage.db import INSTALLATION, db
from tests.people import Cast

LOOK = ("/XHY/people", "/XHY/people/new", "/XHY/people/powers", "/XHY/people/{cashier}")
DEEDS = (
    "/XHY/people/new", "/XHY/people/{cashier}", "/XHY/people/{cashier}/revoke", "/XHY/people/{cashier}/password",
    "/XHY/people/{cashier}/disable", "/XHY/people/{cashier}/enable",
)  # fmt: skip


@pytest.fixture
def manager(site: Flask, cast: Cast) -> FlaskClient:
    return cast.client("manager")


def _roles(cast: Cast, who: str) -> frozenset[Role]:
    return list_roles(cast.users[who]).get(cast.community, frozenset())


def _said(client: FlaskClient, answer_path: str) -> str:
    """What stands in the boxes of the page somebody was sent to."""
    return " ".join(re.findall(r'class="notice.*?</div></div>', client.get(answer_path).text, re.S))


@pytest.mark.parametrize("path", LOOK)
def test_the_pages_open_for_whoever_looks_after_people_alone(site: Flask, cast: Cast, path: str) -> None:
    path = path.format(**cast.users)
    expected = {
        "manager": 200, "administrator": 200, "cashier": 403, "accountant": 403, "committee": 403, "auditor": 403,
        "outsider": 404, "resident": 404,
    }  # fmt: skip
    assert {who: cast.client(who).get(path).status_code for who in expected} == expected
    assert site.test_client().get(path).headers["Location"].startswith("/login?next=/XHY/people")


@pytest.mark.parametrize("path", DEEDS)
def test_a_deed_is_done_for_whoever_looks_after_people_alone(site: Flask, cast: Cast, path: str) -> None:
    path = path.format(**cast.users)
    data = {"role": "AUDITOR", "party_id": "0", "login": "somebody", "name": "某人"}
    for who, status in {"cashier": 403, "accountant": 403, "auditor": 403, "outsider": 404, "resident": 404}.items():
        assert cast.client(who).post(path, data=data).status_code == status, who
    assert site.test_client().post(path, data=data).headers["Location"] == "/login"
    assert _roles(cast, "cashier") == frozenset({Role.CASHIER})
    assert db.session.get_one(User, cast.users["cashier"]).disabled_at is None
    assert find_user("somebody") is None


@pytest.mark.parametrize("path", DEEDS)
def test_a_press_without_the_token_does_nothing(manager: FlaskClient, cast: Cast, path: str) -> None:
    manager.application.config["WTF_CSRF_ENABLED"] = True
    data = {"role": "CASHIER", "party_id": "0", "login": "somebody", "name": "某人"}
    assert manager.post(path.format(**cast.users), data=data).status_code == 400
    assert _roles(cast, "cashier") == frozenset({Role.CASHIER})
    assert find_user("somebody") is None


@pytest.mark.parametrize("deed", ["", "/revoke", "/password", "/disable", "/enable"])
@pytest.mark.parametrize("who", ["outsider", "administrator", "nobody"])
def test_people_of_other_communities_are_not_found(manager: FlaskClient, cast: Cast, who: str, deed: str) -> None:
    user_id = cast.users.get(who, 4711)
    before = list_roles(user_id)
    data = {"role": "MANAGER" if who == "outsider" else "CASHIER", "party_id": "0"}
    answers = [manager.post(f"/XHY/people/{user_id}{deed}", data=data)]
    if not deed:
        answers.append(manager.get(f"/XHY/people/{user_id}"))
    assert {answer.status_code for answer in answers} == {404}
    assert list_roles(user_id) == before


def test_the_list_shows_ones_own_people_and_nobody_elses(manager: FlaskClient, cast: Cast) -> None:
    page = manager.get("/XHY/people").text
    assert "cashier 同事" in page
    assert "outsider" not in page
    assert "administrator" not in page
    assert "of=all" not in page
    assert manager.get("/XHY/people?of=all").text.count("outsider") == 0
    everybody = cast.client("administrator").get("/XHY/people?of=all").text
    assert "outsider" in everybody
    assert "administrator" in everybody


def test_residents_stand_apart_and_masked(manager: FlaskClient, cast: Cast) -> None:
    staff, residents = manager.get("/XHY/people").text, manager.get("/XHY/people?of=residents").text
    person = manager.get(f"/XHY/people/{cast.users['resident']}").text
    assert "138****5678" in residents
    assert "138****5678" not in staff
    assert "13812345678" not in staff + residents + person
    assert "业主" in person
    assert 'name="role"' not in person.split("<main")[1].split("revoke")[0]


def test_the_list_is_searched(manager: FlaskClient) -> None:
    assert "cashier 同事" in manager.get("/XHY/people?q=CASH").text
    assert "auditor 同事" not in manager.get("/XHY/people?q=cash").text
    for nothing in ("%25", "_", "'", "%00", "x" * 500, "<b>"):
        page = manager.get(f"/XHY/people?q={nothing}")
        assert page.status_code == 200
        assert "没有符合条件的人员" in page.text or "%00" in nothing
        assert "<b>" not in page.text


def test_a_colleague_is_added_and_the_password_shown_once(manager: FlaskClient, cast: Cast) -> None:
    answer = manager.post("/XHY/people/new", data={"name": "刘芳", "login": "LiuFang", "role": "ACCOUNTANT"})
    password = re.search(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", answer.text)
    assert password is not None
    assert answer.headers["Cache-Control"] == "no-store"
    found = find_user("liufang")
    assert found is not None
    assert list_roles(found.id) == {cast.community: frozenset({Role.ACCOUNTANT})}
    assert password.group() not in manager.get(f"/XHY/people/{found.id}").text
    browser = manager.application.test_client()
    log_in = browser.post("/login", data={"login": "liufang", "password": password.group()})
    assert log_in.status_code == 302


def test_pressed_twice_one_colleague_is_added(manager: FlaskClient) -> None:
    data = {"name": "刘芳", "login": "liufang", "role": "ACCOUNTANT"}
    manager.post("/XHY/people/new", data=data)
    again = manager.post("/XHY/people/new", data=data)
    assert "登录名已被使用" in again.text
    assert 'value="刘芳"' in again.text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "login": "liufang", "role": "CASHIER"}, "name"),
        ({"name": "刘芳", "login": "刘芳", "role": "CASHIER"}, "login"),
        ({"name": "刘芳", "login": "13800000000", "role": "CASHIER"}, "login"),
        ({"name": "刘芳", "login": "liufang", "role": "EMPEROR"}, "role"),
        ({"name": "刘芳", "login": "liufang"}, "role"),
        ({"name": "刘芳", "login": "liufang", "role": "ADMINISTRATOR"}, "role"),
        ({"name": "刘芳", "login": "liufang", "role": "RESIDENT"}, "role"),
        ({"name": "刘\u202e芳", "login": "liufang", "role": "CASHIER"}, "name"),
    ],
)
def test_a_bad_form_is_said_at_the_field_and_adds_nobody(
    manager: FlaskClient, form: dict[str, str], field: str
) -> None:
    answer = manager.post("/XHY/people/new", data=form)
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert find_user("liufang") is None


def test_a_role_is_granted_and_taken_away(manager: FlaskClient, cast: Cast) -> None:
    person = f"/XHY/people/{cast.users['accountant']}"
    assert manager.post(person, data={"role": "AUDITOR"}).headers["Location"] == person
    assert "已授予角色：街道审计员" in _said(manager, person)
    assert _roles(cast, "accountant") == {Role.ACCOUNTANT, Role.AUDITOR}
    answer = manager.post(f"{person}/revoke", data={"role": "AUDITOR", "party_id": "0"})
    assert answer.headers["Location"] == person
    assert _roles(cast, "accountant") == {Role.ACCOUNTANT}
    assert manager.post(f"{person}/revoke", data={"role": "AUDITOR", "party_id": "0"}).status_code == 404


def test_whoever_loses_the_last_role_here_is_gone_from_the_page(manager: FlaskClient, cast: Cast) -> None:
    person = f"/XHY/people/{cast.users['auditor']}"
    answer = manager.post(f"{person}/revoke", data={"role": "AUDITOR", "party_id": "0"})
    assert answer.headers["Location"] == "/XHY/people"
    assert manager.get(person).status_code == 404
    assert cast.client("administrator").get(person).status_code == 200


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "“收款”与“作废票据”不能由同一人兼任"), ("en", "may not hold both “Take payments” and “Void a receipt”")],
)
def test_a_forbidden_pair_is_refused_by_its_name(site: Flask, cast: Cast, language: str, sentence: str) -> None:
    manager = cast.client("manager", language)
    answer = manager.post(f"/XHY/people/{cast.users['cashier']}", data={"role": "MANAGER"})
    assert answer.status_code == 200
    assert sentence in answer.text
    assert _roles(cast, "cashier") == {Role.CASHIER}


def test_an_administrator_is_made_by_an_administrator_alone(manager: FlaskClient, cast: Cast) -> None:
    person = f"/XHY/people/{cast.users['auditor']}"
    assert "ADMINISTRATOR" not in manager.get(person).text
    assert "只有系统管理员" in manager.post(person, data={"role": "ADMINISTRATOR"}).text
    admin = cast.client("administrator")
    assert admin.post(person, data={"role": "ADMINISTRATOR"}).status_code == 302
    assert list_roles(cast.users["auditor"])[INSTALLATION] == {Role.ADMINISTRATOR}
    assert "整个系统" in admin.get(person).text
    assert "整个系统" not in manager.get(person).text


def test_a_log_in_is_closed_and_opened_again(manager: FlaskClient, cast: Cast) -> None:
    cashier = cast.client("cashier")
    person = f"/XHY/people/{cast.users['cashier']}"
    for _ in range(2):
        assert manager.post(f"{person}/disable").headers["Location"] == person
    assert cashier.get("/XHY/receipts").status_code == 302
    assert "已停用" in manager.get(person).text
    for _ in range(2):
        assert manager.post(f"{person}/enable").headers["Location"] == person
    assert cashier.get("/XHY/receipts").status_code == 302
    assert cast.client("cashier").get("/XHY/receipts").status_code == 200


def test_a_new_password_is_shown_once_and_ends_the_sessions(manager: FlaskClient, cast: Cast) -> None:
    cashier = cast.client("cashier")
    answer = manager.post(f"/XHY/people/{cast.users['cashier']}/password")
    assert re.search(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", answer.text)
    assert cashier.get("/XHY/receipts").status_code == 302


@pytest.mark.parametrize("deed", ["", "/revoke", "/password", "/disable"])
def test_nobody_changes_their_own_powers(manager: FlaskClient, cast: Cast, deed: str) -> None:
    person = f"/XHY/people/{cast.users['manager']}"
    page = manager.get(person).text
    assert "不能更改自己的权限" in page
    assert "/revoke" not in page
    answer = manager.post(person + deed, data={"role": "MANAGER", "party_id": "0"})
    if deed:
        assert answer.headers["Location"] == person
        assert "不能更改自己的权限，请由其他" in _said(manager, person)
    else:
        assert "不能更改自己的权限，请由其他" in answer.text
    assert _roles(cast, "manager") == {Role.MANAGER}
    assert manager.get("/XHY/people").status_code == 200


def test_nothing_beyond_the_form_is_taken_from_a_request(manager: FlaskClient, cast: Cast) -> None:
    manager.post(
        "/XHY/people/new",
        data={
            "name": "刘芳", "login": "liufang", "role": "CASHIER", "id": "1", "community_id": "0", "party_id": "7",
            "password_hash": "x", "password_until": "", "disabled_at": "", "roles": "ADMINISTRATOR",
        },
    )  # fmt: skip
    found = find_user("liufang")
    assert found is not None
    assert found.id != 1
    assert found.password_until is not None
    assert found.password_hash.startswith("$argon2id$")
    assert list_roles(found.id) == {cast.community: frozenset({Role.CASHIER})}


def test_all_powers_stand_on_one_page_with_what_is_never_in_one_hand(site: Flask, cast: Cast) -> None:
    page = cast.client("manager", "en").get("/XHY/people/powers").text
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr>") == len(Power)
    assert body.count("hidden-visually") == len(Power) * len(Role)
    assert page.split("<tbody>")[2].split("</tbody>")[0].count("<tr>") == len(NEVER_TOGETHER)
    row = next(row for row in body.split("<tr>") if "Take payments" in row)
    assert row.index("yes") < row.index("no")
    assert row.count(">yes<") == 1
