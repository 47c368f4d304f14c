"""The pages of the tie-out: figures that open to their lines, workbooks and print that say the same, and to whom."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask

from tests.actions.test_tie_out import four_months
from tests.breaking import run_sql
from tests.people import Cast


def _text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _page(cast: Cast, path: str, language: str = "en", who: str = "accountant") -> str:
    answer = cast.client(who, language).get(f"/XHY/tie-out{path}")
    assert answer.status_code == 200, path
    return answer.text


def _sheet(cast: Cast, path: str) -> list[tuple[object, ...]]:
    answer = cast.client("accountant", "en").get(f"/XHY/tie-out{path}")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    return list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)


def test_the_equation_stands_on_the_page_and_on_paper(site: Flask, cast: Cast) -> None:
    four_months(cast)
    for path in ("?from=2026-02&to=2026-02", "/print?from=2026-02&to=2026-02"):
        page = _page(cast, path)
        assert (
            "Owed before 190.00 + Billed 0.00 − Reduced 10.00 − Collected 0.00 − Prepaid money used 30.00 "
            "+ Put back 30.00 = Owed after 180.00"
        ) in _text(page)
        assert "1122.01 Receivable: property fee 40.00 40.00 30.00 30.00" in _text(page)
        assert "identity--broken" not in page
    assert "期初欠费 190.00" in _text(_page(cast, "?from=2026-02&to=2026-02", "zh"))


def test_every_figure_opens_to_its_lines(site: Flask, cast: Cast) -> None:
    scene = four_months(cast)
    page = _page(cast, "?from=2026-02&to=2026-02")
    link = re.search(rf'href="(/XHY/tie-out/reduced\?[^"]*item={scene.item("FEE")}[^"]*)"', page)
    assert link
    lines = cast.client("accountant", "en").get(link[1].replace("&amp;", "&")).text
    assert "2026-02-03 3-2-502 Property fee" in _text(lines)
    assert "Sum of all 1 10.00" in _text(lines)
    assert re.search(r"/XHY/book/entries/\d+", lines)
    owed = _text(_page(cast, "/closing?from=2026-02&to=2026-02"))
    assert "G07 Parking fee" in owed
    assert "180.00" in owed
    assert "No line" in _page(cast, "/billed?from=2026-02&to=2026-02")


def test_the_workbooks_say_what_the_pages_say(site: Flask, cast: Cast) -> None:
    four_months(cast)
    rows = _sheet(cast, ".xlsx?from=2026-02&to=2026-02")
    assert rows[1][:8] == ("Sum", 190, 0, 10, 0, 30, 30, 180)
    assert ("Property fee", 40, 0, 10, 0, 30, 30, 30, None) in rows
    assert ("1122.01 Receivable: property fee (in the book)", 40, None, None, None, None, None, 30, None) in rows
    lines = _sheet(cast, "/collected.xlsx?from=2026-01&to=2026-01")
    assert [row[4] for row in lines[1:]] == [100, 60, 60, 220]


@pytest.mark.broken_book
def test_figures_that_fail_are_red_everywhere(site: Flask, cast: Cast) -> None:
    scene = four_months(cast)
    run_sql("UPDATE charges SET settled = settled - 100 WHERE id = :id", id=scene.charges["c"])
    for path in ("?from=2026-03&to=2026-03", "/print?from=2026-03&to=2026-03"):
        page = _page(cast, path)
        assert "identity--broken" in page
        assert "Property fee ≠" in _text(page)
        assert "close no month" in page
    assert _sheet(cast, ".xlsx?from=2026-03&to=2026-03")[1][8] == "Does not add up"


def test_nonsense_in_the_address_is_left_out(site: Flask, cast: Cast) -> None:
    four_months(cast)
    assert "180.00" in _page(cast, "?from=2026-02&to=2026-01")
    assert "Nothing was billed yet" in _page(cast, "?item=7")
    for path in ("?from=soon&to=2026-13&item=x&building=99999999999999999999", "/opening?page=x&from=2026-01"):
        _page(cast, path)
    assert cast.client("accountant").get("/XHY/tie-out/magic").status_code == 404
    assert cast.client("accountant").get("/XHY/tie-out/magic.xlsx").status_code == 404


def test_it_is_for_those_who_may_see_the_book(site: Flask, cast: Cast) -> None:
    four_months(cast)
    for path in ("", "/print", ".xlsx", "/billed", "/billed.xlsx"):
        assert cast.client("auditor").get(f"/XHY/tie-out{path}").status_code == 200, path
        assert cast.client("cashier").get(f"/XHY/tie-out{path}").status_code == 403, path
        assert cast.client("outsider").get(f"/XHY/tie-out{path}").status_code == 404, path
        assert cast.client("resident").get(f"/XHY/tie-out{path}").status_code == 404, path
    assert "3-2-501" not in cast.client("outsider").get("/ZYL/tie-out/billed?from=2026-01&to=2026-03").text
