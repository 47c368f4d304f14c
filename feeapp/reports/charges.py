"""The list of charges: on the screen, for the printer, as a workbook, and what is done with many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import Refused, msg
from feeapp.registry.models import Building, Stair
from feeapp.registry.pages import sight
from feeapp.registry.queries import list_buildings, list_stairs
from feeapp.registry.rules import mask_name
from feeapp.reports import bulk
from feeapp.reports.charge_list import (
    Row,
    Sort,
    State,
    Totals,
    Wanted,
    known_ids,
    list_charge_rows,
    sum_up,
)
from feeapp.reports.forms import ChargeFilterForm
from feeapp.reports.views import pages
from feeapp.spreadsheet import table
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.queries import list_items
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.keys import as_key
from feeapp.web.language import short
from feeapp.web.paging import Page, asked_page

MOST_PRINTED = 2_000
MOST_EXPORTED = 50_000
"""A month of two items in a district of 23,553 units fits into one workbook."""

ROW_WORDS = {
    State.OPEN: msg("Owing"),
    State.PART: msg("Part paid"),
    State.PAID: msg("Paid"),
    State.REDUCED: msg("Reduced"),
}
ROW_CHIPS = {State.OPEN: "owing", State.PART: "part", State.PAID: "paid", State.REDUCED: "void"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. ``wanted`` is None where something typed cannot be read; the form then says so."""

    form: ChargeFilterForm
    buildings: list[Building]
    items: list[ChargeItem]
    sort: Sort
    down: bool
    args: dict[str, str]
    """What narrows the list, as it stands in addresses."""
    wanted: Wanted | None

    @property
    def order(self) -> dict[str, str]:
        """What orders it, as it stands in addresses."""
        return {"sort": self.sort.value, "dir": "desc" if self.down else "asc"}

    @property
    def whole(self) -> dict[str, Any]:
        """Both together."""
        return {**self.args, **self.order}


def _asked(typed: MultiDict[str, str]) -> Asked:
    buildings, items = list_buildings(g.community.id), list_items(g.community.id)
    form = ChargeFilterForm(typed)
    form.place.choices = [SelectChoice(*each) for each in (("", _("All")), *_places(buildings))]
    chinese = short() == "zh"
    names = [(str(item.id), item.name if chinese else item.name_en) for item in items]
    form.item.choices = [SelectChoice(*each) for each in (("", _("All")), *names)]
    sort = next((each for each in Sort if each.value == typed.get("sort")), Sort.MONTH)
    down = typed.get("dir", "desc" if sort is Sort.MONTH else "asc") == "desc"
    sent = {field.name: typed.get(field.name, "").strip()[:64] for field in form}
    args = {name: value for name, value in sent.items() if value}
    wanted = form.wanted(office_day(clock.now())) if form.validate() else None
    return Asked(form, buildings, items, sort, down, args, wanted)


def _places(buildings: list[Building]) -> list[tuple[str, str]]:
    stairs: dict[int, list[Stair]] = {}
    for stair in list_stairs(g.community.id):
        stairs.setdefault(stair.building_id, []).append(stair)
    return [
        place
        for building in buildings
        for place in (
            (f"b{building.id}", building.name),
            *((f"s{stair.id}", f"{building.name} {stair.name}") for stair in stairs.get(building.id, [])),
        )
    ]


@pages.get("/<community:community>/charges")
@guard.needs(Power.BILLING_SEE)
def charges() -> str:
    """The charges wanted, a page at a time, with the totals of all of them."""
    asked = _asked(request.args)
    totals = page = None
    if asked.wanted is not None:
        number = asked_page(request.args.get("page"))
        totals = sum_up(g.community.id, asked.wanted)
        rows = list_charge_rows(g.community.id, asked.wanted, asked.sort, asked.down, number)
        page = Page(rows, number, totals.whole.count)
    deeds = [deed for deed in bulk.deeds if guard.may(deed.power)]
    return render_template("reports/charges.html", asked=asked, page=page, totals=totals, deeds=deeds, **_shown(asked))


@pages.get("/<community:community>/charges/print")
@guard.needs(Power.BILLING_SEE)
def charges_print() -> ResponseReturnValue:
    """The same charges on one page for the printer."""
    asked = _asked(request.args)
    if asked.wanted is None:
        return redirect(url_for("reports.charges", **asked.whole))
    totals = sum_up(g.community.id, asked.wanted)
    _check_many(totals, MOST_PRINTED)
    rows = list_charge_rows(g.community.id, asked.wanted, asked.sort, asked.down, None)
    on = office_day(clock.now())
    return render_template(
        "reports/charges_print.html", asked=asked, rows=rows, totals=totals, on=on, said=_said(asked), **_shown(asked)
    )


@pages.get("/<community:community>/charges.xlsx")
@guard.needs(Power.BILLING_SEE)
def charges_workbook() -> ResponseReturnValue:
    """The same charges as a workbook, with the line of totals."""
    asked = _asked(request.args)
    if asked.wanted is None:
        return redirect(url_for("reports.charges", **asked.whole))
    return _workbook(asked.wanted, asked.sort, asked.down)


@pages.post("/<community:community>/charges/do")
@guard.needs(Power.BILLING_SEE)
def charges_do() -> ResponseReturnValue:
    """Do one deed with the ticked charges, or with all that match."""
    asked = _asked(request.form)
    deed = bulk.find_deed(request.form.get("deed", ""))
    if deed is None:
        abort(404)
    if not guard.may(deed.power):
        abort(403)
    back = redirect(url_for("reports.charges", **asked.whole))
    if asked.wanted is None:
        return back
    wanted = asked.wanted
    if "all" not in request.form:
        ticked = known_ids(g.community.id, request.form.getlist("charge", type=as_key))
        if not ticked:
            flash(_("Tick at least one line first, or choose all that match."), "warn")
            return back
        wanted = Wanted(on=wanted.on, ids=ticked)
    return deed.do(bulk.Chosen(g.community.id, wanted))


def export(chosen: bulk.Chosen) -> Response:
    """A deed of the list: the chosen charges as a workbook."""
    return _workbook(chosen.wanted, Sort.MONTH, down=True)


def _workbook(wanted: Wanted, sort: Sort, down: bool) -> Response:
    totals = sum_up(g.community.id, wanted)
    _check_many(totals, MOST_EXPORTED)
    rows = list_charge_rows(g.community.id, wanted, sort, down, None)
    return workbook(f"charges-{g.community.code}.xlsx", table(_headers(), [*map(_cells, rows), _total_cells(totals)]))


def _check_many(totals: Totals, most: int) -> None:
    if totals.whole.count > most:
        raise Refused(
            "reports.too_many",
            msg("These are %(count)s lines, and one file or print holds %(most)s. Narrow the list, month by month."),
            {"count": f"{totals.whole.count:,}", "most": f"{most:,}"},
        )


def _headers() -> list[str]:
    return [
        _("Unit"), _("Item"), _("Month"), _("Due on"), _("Debtor"), _("Billed"), _("Reduced"), _("Collected"),
        _("Outstanding"), _("State"),
    ]  # fmt: skip


def _cells(row: Row) -> list[object]:
    item = row.item_name if short() == "zh" else row.item_name_en
    debtor = mask_name(row.debtor, sight(), row.debtor_kind)
    return [
        row.unit_code, item, str(row.period), row.due_on, debtor, row.amount, row.reduced, row.settled, row.open,
        _state(row),
    ]  # fmt: skip


def _state(row: Row) -> str:
    state = _(ROW_WORDS[row.state])
    return f"{state}, {_('In dispute')}" if row.disputed else state


def _total_cells(totals: Totals) -> list[object]:
    whole = totals.whole
    said = _("Sum of %(n)s lines", n=f"{whole.count:,}")
    holds = "" if whole.holds else _("Does not add up")
    return [said, "", "", None, "", whole.billed, whole.reduced, whole.collected, whole.open, holds]


def _said(asked: Asked) -> list[tuple[str, str]]:
    """What the list is narrowed to, in words."""
    said = []
    for field in asked.form:
        if asked.args.get(field.name):
            choices = {each.value: each.label for each in getattr(field, "choices", None) or []}
            value = _("Yes") if field.name == "overdue" else choices.get(field.data, asked.args[field.name])
            said.append((str(field.label.text), str(value)))
    return said


def _shown(asked: Asked) -> dict[str, object]:
    """What the templates of the list share."""
    chinese = short() == "zh"
    return {
        "items": [(item.id, item.name if chinese else item.name_en) for item in asked.items],
        "buildings": [(building.id, building.name) for building in asked.buildings],
        "headers": _headers(),
        "chips": ROW_CHIPS,
        "row_words": ROW_WORDS,
        "state_of": _state,
        "Sort": Sort,
        "masked": lambda row: mask_name(row.debtor, sight(), row.debtor_kind),
    }
