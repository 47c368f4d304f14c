"""The month sheet of numbers: the page, its print and its Excel."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask_babel import gettext as _

from feeapp import clock
from feeapp.cashier.numbers import Numbered, Sheet, list_sheets
from feeapp.cashier.views import pages
from feeapp.cashier.void_rules import FATE_TONES, FATE_WORDS, Fate
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.paging import SIZE, Page, asked_page


@pages.get("/receipts/numbers")
@guard.needs(Power.CASHIER_SEE)
def numbers() -> str:
    """Every number of a month, series by series, and what became of it."""
    month = _month()
    sheets = list_sheets(g.community.id, month)
    chosen = next((sheet for sheet in sheets if sheet.series == request.args.get("series")), None)
    chosen = chosen or (sheets[0] if sheets else None)
    return render_template("cashier/numbers.html", chosen=chosen, page=_page(chosen), **_shown(month, sheets))


@pages.get("/receipts/numbers/print")
@guard.needs(Power.CASHIER_SEE)
def numbers_print() -> str:
    """The same on one page for the printer, every series in full."""
    month = _month()
    sheets = list_sheets(g.community.id, month)
    return render_template("cashier/numbers_print.html", on=office_day(clock.now()), **_shown(month, sheets))


@pages.get("/receipts/numbers.xlsx")
@guard.needs(Power.CASHIER_SEE)
def numbers_workbook() -> Response:
    """Every number of the month, the missing ones too."""
    month = _month()
    headers = [_("Series"), _("Number"), _("Date"), _("Paid by"), _("Amount"), _("State")]
    rows: list[list[object]] = []
    for sheet in list_sheets(g.community.id, month):
        rows += [
            [sheet.series, row.label, row.issued_on, row.payer, row.amount, _(FATE_WORDS[row.fate])]
            for row in sheet.rows
        ]
        rows += [[sheet.series, f"{number:06d}", "", "", "", _("Missing")] for number in sheet.missing]
    return workbook(f"numbers-{g.community.code}-{month}.xlsx", table(headers, rows))


def _month() -> Period:
    """The month in the address; this month where there is none. Raises NotFound for one that cannot be."""
    typed = request.args.get("month")
    try:
        return Period.read(typed) if typed else Period.of(office_day(clock.now()))
    except ValueError:
        raise NotFound from None


def _page(chosen: Sheet | None) -> Page[Numbered] | None:
    """A page of the numbers of a series; None where there is none."""
    if chosen is None:
        return None
    number = asked_page(request.args.get("page"))
    return Page(chosen.rows[(number - 1) * SIZE : number * SIZE], number, len(chosen.rows))


def _shown(month: Period, sheets: list[Sheet]) -> dict[str, object]:
    return {"month": month, "sheets": sheets, "fates": Fate, "fate_words": FATE_WORDS, "fate_tones": FATE_TONES}
