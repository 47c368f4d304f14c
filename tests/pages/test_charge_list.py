"""The list of charges: narrowed, ordered, printed and exported by one query, with totals that must add up."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.registry.models import Party
from feeapp.reports import charges
from feeapp.reports.charge_list import Sort, State, Wanted, list_charge_rows, list_wanted_units, sum_up
from feeapp.storage.db import db
from tests.breaking import past_the_guards
from tests.owing import owe
from tests.pages.test_counter import _pay
from tests.people import Cast

TODAY = date(2026, 1, 20)


@pytest.fixture
def billed(request: pytest.FixtureRequest, cast: Cast) -> dict[str, int]:
    """Four charges: one paid, one paid in part, two open, on three debtors in three buildings."""
    made = {
        "paid": owe(cast, "3-2-501", "2025-11", "56.24"),
        "part": owe(cast, "3-2-501", "2025-12", "56.24"),
        "open": owe(cast, "1-1-101", "2026-01", "58.50"),
        "parking": owe(cast, "G07", "2026-01", "150.00", "PARK"),
    }
    cashier = cast.client("cashier")
    _pay(cashier, cast, [made["paid"], made["part"]], **{"tenders-0-amount": "76.24"})
    return made


def _codes(cast: Cast, sort: Sort = Sort.MONTH, down: bool = True, **wanted: object) -> list[tuple[str, str]]:
    rows = list_charge_rows(cast.community, Wanted(TODAY, **wanted), sort, down, None)  # type: ignore[arg-type]
    return [(row.unit_code, str(row.period)) for row in rows]


def test_what_narrows_the_list_narrows_its_totals_alike(app: Flask, cast: Cast, billed: dict[str, int]) -> None:
    every = [("1-1-101", "2026-01"), ("G07", "2026-01"), ("3-2-501", "2025-12"), ("3-2-501", "2025-11")]
    building = db.session.execute(sa.text("SELECT building_id, stair_id FROM units WHERE code = '3-2-501'")).one()
    cases: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
        ({}, every),
        ({"building_id": building[0]}, every[2:]),
        ({"stair_id": building[1]}, every[2:]),
        ({"since": Period(2026, 1)}, every[:2]),
        ({"upto": Period(2025, 11)}, every[3:]),
        ({"state": State.OWING}, every[:3]),
        ({"state": State.OPEN}, every[:2]),
        ({"state": State.PART}, every[2:3]),
        ({"state": State.PAID}, every[3:]),
        ({"state": State.REDUCED}, []),
        ({"state": State.COLLECTED}, every[2:]),
        ({"typed": "欧阳"}, every[:1]),
        ({"typed": "g0"}, every[1:2]),
        ({"typed": "%"}, []),
        ({"least": Money.yuan(100)}, every[1:2]),
        ({"overdue": True}, every[2:3]),
        ({"ids": (billed["paid"],)}, every[3:]),
    ]
    for narrowed, expected in cases:
        assert _codes(cast, **narrowed) == expected, narrowed
        totals = sum_up(cast.community, Wanted(TODAY, **narrowed))  # type: ignore[arg-type]
        assert totals.whole.count == len(expected), narrowed
        assert totals.holds
    whole = sum_up(cast.community, Wanted(TODAY)).whole
    assert [str(each) for each in (whole.billed, whole.collected, whole.reduced, whole.open)] == [
        "320.98", "76.24", "0.00", "244.74",
    ]  # fmt: skip
    assert list_wanted_units(cast.community, Wanted(TODAY, state=State.PAID)) == [cast.units["3-2-501"]]


def test_every_order_has_both_directions(app: Flask, cast: Cast, billed: dict[str, int]) -> None:
    for sort in Sort:
        up, down = _codes(cast, sort, down=False), _codes(cast, sort, down=True)
        assert sorted(up) == sorted(down)
        assert up != down, sort
    assert _codes(cast, Sort.OPEN, down=True)[0] == ("G07", "2026-01")
    assert [code for code, _ in _codes(cast, Sort.UNIT, down=False)] == ["1-1-101", "3-2-501", "3-2-501", "G07"]


def test_the_neighbours_charges_are_not_in_it(app: Flask, cast: Cast, billed: dict[str, int]) -> None:
    assert list_charge_rows(cast.neighbour, Wanted(TODAY), Sort.MONTH, True, None) == []
    assert sum_up(cast.neighbour, Wanted(TODAY)).whole.count == 0


def test_statements_do_not_grow_with_the_list(app: Flask, cast: Cast, billed: dict[str, int]) -> None:
    """Totals take one statement a kind of row, the page one: for four charges and for half a million."""
    seen: list[str] = []

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    sum_up(cast.community, Wanted(TODAY))
    list_charge_rows(cast.community, Wanted(TODAY), Sort.MONTH, True, 1)
    assert len([each for each in seen if each.startswith("SELECT")]) == 6


def test_months_are_looked_up_by_the_key_of_the_charges(site: Flask, cast: Cast, billed: dict[str, int]) -> None:
    seen: list[tuple[str, object]] = []

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        seen.append((statement, parameters))

    list_charge_rows(cast.community, Wanted(TODAY, since=Period(2026, 1), upto=Period(2026, 1)), Sort.UNIT, True, 1)
    statement, parameters = seen[-1]
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
    steps = [row[3] for row in plan]
    assert any("uq_charges" in step or "sqlite_autoindex_charges" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN")], steps


def test_the_page_says_that_the_figures_add_up(site: Flask, cast: Cast, billed: dict[str, int]) -> None:
    page = cast.client("accountant", "en").get("/XHY/charges").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Billed ¥320.98 = Collected ¥76.24 + Reduced ¥0.00 + Outstanding ¥244.74" in text
    assert "do not add up" not in page
    assert "By building" in page


@pytest.mark.broken_book
def test_figures_that_do_not_add_up_are_red_and_say_so(site: Flask, cast: Cast, billed: dict[str, int]) -> None:
    with past_the_guards() as connection:
        connection.exec_driver_sql(f"UPDATE charges SET settled = settled - 100 WHERE id = {billed['paid']}")
    page = cast.client("accountant", "en").get("/XHY/charges").text
    assert "The figures do not add up" in page
    assert "identity--broken" in page
    book = openpyxl.load_workbook(io.BytesIO(cast.client("accountant", "en").get("/XHY/charges.xlsx").data))
    assert [*book.active.values][-1][-1] == "Does not add up"


def _plain(page: str) -> list[list[str]]:
    """The cells of a page's first table, tags taken off."""
    table = re.search(r"<table.*?</table>", page, re.S)[0]  # type: ignore[index]
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    return [
        [re.sub(r"\s+|<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.S)]
        for row in rows
    ]


def test_screen_print_and_workbook_hold_the_same_lines(site: Flask, cast: Cast, billed: dict[str, int]) -> None:
    accountant = cast.client("accountant")
    for asked in ("", "?state=owing&sort=amount&dir=desc", "?q=张小明&sort=unit&dir=asc", "?since=2026-01"):
        screen = [row[1:] for row in _plain(accountant.get(f"/XHY/charges{asked}").text)[1:-1]]
        printed = _plain(accountant.get(f"/XHY/charges/print{asked}").text)[1:-1]
        book = openpyxl.load_workbook(io.BytesIO(accountant.get(f"/XHY/charges.xlsx{asked}").data))
        sheet = [list(row) for row in book.active.values][1:-1]
        assert [(row[0], row[5:9]) for row in screen] == [(row[0], row[5:9]) for row in printed]
        assert [(row[0], [f"{float(cell or 0):,.2f}" for cell in row[5:9]]) for row in sheet] == [
            (row[0], row[5:9]) for row in screen
        ]


@pytest.mark.parametrize("name", ["=1+1", "+86", "-5", "@SUM(A1)", "＝cmd|' /C calc'!A0"])
def test_a_name_that_looks_like_a_formula_stays_text(
    site: Flask, cast: Cast, billed: dict[str, int], name: str
) -> None:
    db.session.execute(sa.update(Party).where(Party.id == cast.parties["ouyang"]).values(name=name))
    db.session.commit()
    answer = cast.client("accountant").get("/XHY/charges.xlsx?q=1-1-101")
    cell = openpyxl.load_workbook(io.BytesIO(answer.data)).active["E2"]
    assert (cell.data_type, cell.value) == ("s", f"'{name}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("least=abc", "这不是金额"),
        ("since=2026-13", "这不是月份"),
        ("since=2026-02&upto=2026-01", "截止月份早于起始月份"),
        ("place=b999", "Not a valid choice"),
        ("item=x", "Not a valid choice"),
        ("state=x", "Not a valid choice"),
        ("q=" + "长" * 65, "最多"),
    ],
)
def test_what_cannot_be_read_is_answered_at_the_field(site: Flask, cast: Cast, typed: str, said: str) -> None:
    answer = cast.client("accountant").get(f"/XHY/charges?{typed}")
    assert answer.status_code == 200
    assert "field--bad" in answer.text
    assert cast.client("accountant").get(f"/XHY/charges.xlsx?{typed}").status_code == 302


def test_ticked_lines_go_to_the_deed_and_nothing_else(site: Flask, cast: Cast, billed: dict[str, int]) -> None:
    accountant = cast.client("accountant")
    answer = accountant.post("/XHY/charges/do", data={"deed": "export", "charge": [billed["open"], "7", "x"]})
    assert [row[0] for row in openpyxl.load_workbook(io.BytesIO(answer.data)).active.values][1:-1] == ["1-1-101"]
    all_that_match = accountant.post("/XHY/charges/do", data={"deed": "export", "all": "y", "state": "owing"})
    assert len([*openpyxl.load_workbook(io.BytesIO(all_that_match.data)).active.values]) == 3 + 2
    none = accountant.post("/XHY/charges/do", data={"deed": "export", "state": "owing"})
    assert none.headers["Location"].startswith("/XHY/charges?state=owing")
    assert accountant.post("/XHY/charges/do", data={"deed": "burn", "all": "y"}).status_code == 404


def test_overseers_see_masked_names_and_residents_nothing(site: Flask, cast: Cast, billed: dict[str, int]) -> None:
    assert "欧阳志远" in cast.client("cashier").get("/XHY/charges").text
    overseer = cast.client("committee")
    assert "欧阳志远" not in overseer.get("/XHY/charges").text
    assert "欧阳志远".encode() not in overseer.get("/XHY/charges.xlsx").data
    assert cast.client("resident").get("/XHY/charges").status_code == 404
    assert cast.client("outsider").get("/XHY/charges").status_code == 404
    assert cast.client("outsider").get("/ZYL/charges").status_code == 200


def test_pages_past_the_end_and_empty_lists_have_a_way_out(site: Flask, cast: Cast) -> None:
    accountant = cast.client("accountant", "en")
    assert "Nothing billed yet" in accountant.get("/XHY/charges").text
    owe(cast, "3-2-501", "2025-11", "56.24")
    assert "past the end" in accountant.get("/XHY/charges?page=9").text
    assert "No charge fits" in accountant.get("/XHY/charges?q=zzz").text


def test_too_many_for_one_print_is_refused_in_words(
    site: Flask, cast: Cast, billed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charges, "MOST_PRINTED", 3)
    monkeypatch.setattr(charges, "MOST_EXPORTED", 3)
    accountant = cast.client("accountant", "en")
    for where in ("/XHY/charges/print", "/XHY/charges.xlsx"):
        answer = accountant.get(where)
        assert (answer.status_code, "Narrow the list" in answer.text) == (409, True)
