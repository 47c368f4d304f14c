"""The logbook's page: every deed as a sentence, narrowed by what, who and when, and taken along as a workbook."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook

from feeapp.core.deed import By
from feeapp.logbook.actions import log
from feeapp.storage.db import INSTALLATION
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast

HOUR = timedelta(hours=1)


@pytest.fixture
def busy(site: Flask, cast: Cast) -> Cast:
    """A morning in Xihuayuan, one deed next door, one in the installation."""

    def happen() -> None:
        log(cast.by("cashier", AT), "cashier.take", "payment", 7, fen=26248, receipt=8)
        log(cast.by("accountant", AT + HOUR), "registry.edit_unit", "unit", cast.units["G07"], code="G07", changes=[])
        log(cast.by("manager", AT + 2 * HOUR), "access.grant", "user", cast.users["auditor"], role="AUDITOR")
        log(cast.by("manager", AT + 24 * HOUR), "robots.dance", "robot", 1, steps=3)
        log(By(cast.community, None, AT + 25 * HOUR), "access.lock", "user", cast.users["resident"])
        log(By(cast.neighbour, cast.users["outsider"], AT), "registry.edit_unit", "unit", 5, code="ZYL-ONLY")
        log(By(INSTALLATION, cast.users["administrator"], AT), "access.create", "user", cast.users["outsider"])

    transaction(happen)
    return cast


def _page(cast: Cast, who: str = "auditor", language: str = "zh", **wanted: str) -> str:
    answer = cast.client(who, language).get("/XHY/logbook", query_string=wanted)
    assert answer.status_code == 200
    return answer.text.split("<tbody")[1].split("</tbody>")[0] if "<tbody" in answer.text else ""


def test_each_deed_is_a_sentence_in_the_language_of_the_page(busy: Cast) -> None:
    page = _page(busy)
    for sentence in ("收款 262.48 元", "修改房屋 G07", "授予 auditor 同事 角色：街道审计员", "robots.dance"):
        assert sentence in page
    english = _page(busy, language="en")
    assert "Took a payment of 262.48 yuan" in english
    assert "Granted auditor 同事 a role: Sub-district auditor" in english


def test_the_newest_stands_first_and_the_clock_is_the_offices(busy: Cast) -> None:
    page = _page(busy)
    at = [page.index(moment) for moment in ("2026-01-21 10:30", "2026-01-21 09:30", "2026-01-20 11:30", "09:30")]
    assert at[:3] == sorted(at[:3])
    assert page.index("修改房屋 G07") < page.index("收款 262.48")


def test_residents_stand_masked_and_what_nobody_did_is_the_systems(busy: Cast) -> None:
    page = _page(busy)
    assert "1*** 的账号连续输错密码" in page
    assert "系统" in page
    assert "13812345678" not in page


@pytest.mark.parametrize(
    ("wanted", "there", "gone"),
    [
        ({"topic": "money"}, "收款 262.48", "修改房屋"),
        ({"topic": "registry"}, "修改房屋", "收款"),
        ({"topic": "nonsense"}, "收款 262.48", "nothing"),
        ({"from": "2026-01-21"}, "robots.dance", "收款"),
        ({"to": "2026-01-20"}, "收款 262.48", "robots.dance"),
        ({"from": "2026-01-20", "to": "2026-01-20"}, "修改房屋", "robots.dance"),
        ({"from": "9999-12-31", "to": "0001-01-01"}, "收款 262.48", "nothing"),
        ({"person": "x", "page": "-1"}, "收款 262.48", "nothing"),
    ],
)
def test_the_list_is_narrowed(busy: Cast, wanted: dict[str, str], there: str, gone: str) -> None:
    page = _page(busy, **wanted)
    assert there in page
    assert gone not in page


def test_one_persons_deeds_are_a_click_away(busy: Cast) -> None:
    cashier = str(busy.users["cashier"])
    assert f"person={cashier}" in _page(busy)
    page = _page(busy, person=cashier)
    assert "收款 262.48" in page
    assert "修改房屋" not in page


def test_nothing_of_the_neighbours_or_the_installation_is_seen(busy: Cast) -> None:
    for who in ("auditor", "manager", "accountant"):
        assert "ZYL-ONLY" not in _page(busy, who)
        assert "开通账号" not in _page(busy, who, of="all")
    assert "为 outsider 同事 开通账号" in _page(busy, "administrator", of="all")


def test_a_subject_is_a_link_only_for_whoever_may_open_it(busy: Cast) -> None:
    person = f"/XHY/people/{busy.users['auditor']}"
    assert person in _page(busy, "manager")
    assert person not in _page(busy, "auditor")


def test_the_workbook_holds_what_the_filter_shows(busy: Cast) -> None:
    answer = busy.client("auditor").get("/XHY/logbook.xlsx?to=2026-01-20")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert rows[0] == ("时间", "操作人", "操作内容", "操作代码", "记录编号")
    assert [row[2] for row in rows[1:]] == ["授予 auditor 同事 角色：街道审计员", "修改房屋 G07", "收款 262.48 元"]
    assert rows[-1][:2] == ("2026-01-20 09:30", "cashier 同事")
    assert answer.headers["Content-Disposition"] == "attachment; filename=logbook-XHY.xlsx"


def test_a_long_logbook_has_pages(busy: Cast) -> None:
    transaction(
        lambda: [log(busy.by("cashier", AT), "cashier.print", "receipt", number, copy=number) for number in range(120)]
    )
    pages = [_page(busy, topic="money", page=str(number)).count("<tr>") for number in (1, 2, 3, 4)]
    assert pages == [50, 50, 21, 0]


@pytest.mark.parametrize("path", ["/XHY/logbook", "/XHY/logbook.xlsx"])
def test_the_logbook_opens_for_those_who_look_after_others(site: Flask, cast: Cast, path: str) -> None:
    expected = {
        "manager": 200, "accountant": 200, "auditor": 200, "administrator": 200, "cashier": 403, "committee": 403,
        "outsider": 404, "resident": 404,
    }  # fmt: skip
    assert {who: cast.client(who).get(path).status_code for who in expected} == expected
    assert site.test_client().get(path).headers["Location"] == f"/login?next={path}"
