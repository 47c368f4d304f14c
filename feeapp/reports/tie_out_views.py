"""The tie-out: on the screen, for the printer, as a workbook, and the lines behind each of its figures."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.ledger.rules import FUND_WORDS
from feeapp.reports.tie_out import (
    FIGURE_WORDS,
    Figure,
    Sums,
    TieOut,
    Wanted,
    list_lines,
    list_places,
    sum_lines,
    tie_out,
)
from feeapp.reports.views import pages
from feeapp.spreadsheet import table
from feeapp.tariffs.queries import list_items
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.keys import as_key
from feeapp.web.language import short
from feeapp.web.paging import asked_page
from feeapp.web.places import url_of

_TIE_OUT = "/<community:community>/tie-out"


@pages.get(_TIE_OUT)
@guard.needs(Power.LEDGER_SEE)
def tied() -> str:
    """Every figure of the months asked for, by item and by building."""
    return render_template("reports/tie_out.html", **_shown())


@pages.get(_TIE_OUT + "/print")
@guard.needs(Power.LEDGER_SEE)
def tied_print() -> str:
    """The same on one page for the printer."""
    return render_template("reports/tie_out_print.html", on=office_day(clock.now()), **_shown())


@pages.get(_TIE_OUT + ".xlsx")
@guard.needs(Power.LEDGER_SEE)
def tied_workbook() -> Response:
    """The same as a workbook: the whole, the items, the buildings, the accounts."""
    wanted = _wanted()
    found, items, places = _looked(wanted)
    headers = ["", *(_(words) for words in FIGURE_WORDS.values()), ""]
    rows: list[list[object]] = [_cells(_("Sum"), found.whole)]
    rows += [[_("By item"), *_NOTHING], *(_cells(name, found.by_item[key]) for key, name in items)]
    rows += [[_("By building"), *_NOTHING], *(_cells(name, found.by_building[key]) for key, name in places)]
    if found.accounts:
        rows.append([_("Beside the book"), *_NOTHING])
    for each in found.accounts:
        name = f"{each.account.code} {_(each.account.words)}"
        wrong = "" if each.holds else _("Does not add up")
        rows.append([name, each.owed_before, *[None] * 5, each.owed_after, wrong])
        rows.append([f"{name} ({_('in the book')})", each.book_before, *[None] * 5, each.book_after, wrong])
    return workbook(f"tie-out-{g.community.code}-{wanted.since}-{wanted.upto}.xlsx", table(headers, rows))


@pages.get(_TIE_OUT + "/<figure>")
@guard.needs(Power.LEDGER_SEE)
def tied_lines(figure: str) -> str:
    """The lines behind one figure."""
    wanted, kind = _wanted(), _figure(figure)
    found = list_lines(g.community.id, wanted, kind, asked_page(request.args.get("page")))
    return render_template(
        "reports/tie_out_lines.html",
        page=found,
        whole=sum_lines(g.community.id, wanted, kind),
        figure=kind,
        words=FIGURE_WORDS,
        owed=kind in (Figure.OPENING, Figure.CLOSING),
        narrowed=_names(wanted),
        args=_args(wanted),
        url_of=url_of,
        wanted=wanted,
    )


@pages.get(_TIE_OUT + "/<figure>.xlsx")
@guard.needs(Power.LEDGER_SEE)
def tied_lines_workbook(figure: str) -> Response:
    """The same lines in full, with their sum."""
    wanted, kind = _wanted(), _figure(figure)
    chinese = short() == "zh"
    rows: list[list[object]] = [
        [
            row.day, row.unit_code, row.item_name if chinese else row.item_name_en, str(row.period), row.amount,
        ]
        for row in list_lines(g.community.id, wanted, kind, None).items
    ]  # fmt: skip
    day = _("Due on") if kind in (Figure.OPENING, Figure.CLOSING) else _("Booked on")
    headers = [day, _("Unit"), _("Item"), _("Month"), _("Amount")]
    rows.append([None, _("Sum"), "", "", sum_lines(g.community.id, wanted, kind)])
    return workbook(f"tie-out-{g.community.code}-{figure}.xlsx", table(headers, rows))


_NOTHING: list[object] = [None] * len(Figure) + [""]


def _cells(name: str, sums: Sums) -> list[object]:
    return [name, *sums.of.values(), "" if sums.holds else _("Does not add up")]


def _figure(typed: str) -> Figure:
    found = next((figure for figure in Figure if figure.value == typed), None)
    if found is None:
        raise NotFound
    return found


def _wanted() -> Wanted:
    """What the address asks for: this month where it says none, and never the later month first."""
    now = Period.of(office_day(clock.now()))
    since, upto = sorted((_month("from", now), _month("to", now)))
    return Wanted(since, upto, request.args.get("item", type=as_key), request.args.get("building", type=as_key))


def _month(name: str, otherwise: Period) -> Period:
    try:
        return Period.read(request.args.get(name, ""))
    except ValueError:
        return otherwise


def _looked(wanted: Wanted) -> tuple[TieOut, list[tuple[int, str]], list[tuple[int, str]]]:
    """The figures, and the names of the items and buildings that have any, in their order."""
    found = tie_out(g.community.id, wanted)
    items = [(key, name) for key, name in _items() if key in found.by_item]
    places = [(key, name) for key, name in list_places(g.community.id) if key in found.by_building]
    return found, items, places


def _items() -> list[tuple[int, str]]:
    chinese = short() == "zh"
    return [(item.id, item.name if chinese else item.name_en) for item in list_items(g.community.id)]


def _names(wanted: Wanted) -> list[str]:
    """What the lines are narrowed to, in words."""
    items, places = dict(_items()), dict(list_places(g.community.id))
    return [
        name
        for names, key in ((items, wanted.item_id), (places, wanted.building_id))
        if key is not None and (name := names.get(key))
    ]


def _args(wanted: Wanted) -> dict[str, Any]:
    return {"from": wanted.since, "to": wanted.upto, "item": wanted.item_id, "building": wanted.building_id}


def _shown() -> dict[str, Any]:
    """What the page and the print share."""
    wanted = _wanted()
    found, items, places = _looked(wanted)
    return {
        "wanted": wanted,
        "found": found,
        "items": items,
        "places": places,
        "all_items": _items(),
        "all_places": list_places(g.community.id),
        "words": FIGURE_WORDS,
        "funds": FUND_WORDS,
        "Figure": Figure,
        "args": _args(wanted),
        "narrowed": _names(wanted),
    }
