"""Notices with activation codes: each asks its addressee for what they owe, and nobody for another's debt (FEE-15)."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

from flask import Flask
from pypdf import PdfReader

from feeapp.billing import disputing
from feeapp.portal.notices import Press
from feeapp.storage.transaction import transaction
from tests.actions.test_former_owners import sell
from tests.owing import owe
from tests.people import Cast


def _pages(cast: Cast, folder: Path) -> dict[str, str]:
    """The text of each notice by its addressee's unit."""
    press = Press(folder, "https://fees.example.cn", "pepper", lambda charge: f"第 {charge.period} 期")
    name = press(cast.by("accountant"), {"buildings": [], "file": "f"}, lambda done, count: None)
    with zipfile.ZipFile(folder / name) as archive:
        pages = [
            page.extract_text()
            for each in archive.namelist()
            for page in PdfReader(io.BytesIO(archive.read(each))).pages
        ]
    return {code: page for code in cast.units for page in pages if f"No. {code}\n" in page}


def test_the_new_owner_is_asked_only_for_what_they_owe(app: Flask, cast: Cast, tmp_path: Path) -> None:
    owe(cast, "1-1-101", "2025-11", "41.11")
    sell(cast, "1-1-101", date(2026, 1, 1), "company")
    owe(cast, "1-1-101", "2026-01", "58.50")
    notice = _pages(cast, tmp_path)["1-1-101"]
    assert "牡丹江宏泰商贸有限公司" in notice
    assert ("¥58.50" in notice, "41.11" in notice, "99.61" in notice) == (True, False, False)


def test_a_household_that_disputes_all_it_owes_is_asked_for_nothing(app: Flask, cast: Cast, tmp_path: Path) -> None:
    charge = owe(cast, "3-2-501", "2025-11", "56.24")
    by = cast.by("cashier")
    transaction(lambda: disputing.open_dispute(by, charge, "面积不对"))
    notice = _pages(cast, tmp_path)["3-2-501"]
    assert ("有异议，暂不催缴" in notice, "¥0.00" in notice, "均已缴清" in notice) == (True, True, False)


def test_a_disputed_charge_is_told_apart_and_not_summed_up(app: Flask, cast: Cast, tmp_path: Path) -> None:
    disputed = owe(cast, "1-1-101", "2025-11", "41.11")
    owe(cast, "1-1-101", "2025-12", "58.50")
    by = cast.by("cashier")
    transaction(lambda: disputing.open_dispute(by, disputed, "面积不对"))
    notice = _pages(cast, tmp_path)["1-1-101"]
    asked, apart = notice.split("有异议，暂不催缴")
    assert ("41.11" in asked, "41.11" in apart, "99.61" in notice) == (False, True, False)
