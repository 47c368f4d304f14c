"""Nonsense in addresses and uploads is answered on the page, never by a fault."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.people import Cast

LISTS = (
    "units", "search", "counter", "receipts", "receipts.xlsx", "meters", "reliefs", "late-charges",
    "late-charges/waived", "prepaid", "people", "charges", "transfers", "corrections",
)  # fmt: skip
NONSENSE = ("\u202e\x00", "x" * 200, "%_\\'", "=1+1")


@pytest.mark.parametrize("typed", NONSENSE)
@pytest.mark.parametrize("page", LISTS)
def test_whatever_is_searched_for_is_answered(app: Flask, cast: Cast, page: str, typed: str) -> None:
    who = "cashier" if page in ("counter", "receipts", "receipts.xlsx") else "manager"
    answer = cast.client(who).get(f"/XHY/{page}", query_string={"q": typed})
    assert answer.status_code == 200


@pytest.mark.parametrize("page", ["imports", "meters/imports"])
def test_words_where_a_file_belongs_are_no_file(site: Flask, cast: Cast, page: str) -> None:
    form = {"file": "no file", "units": "1", "area": "1", "arrears": "0"}
    answer = cast.client("accountant", "en").post(f"/XHY/{page}", data=form)
    assert answer.status_code == 200
    assert "Choose the file" in answer.text
