"""Prices: what is charged, at what rate, from when, and by what authority."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock, spreadsheet
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.printing.paper import render
from feeapp.printing.price_list import PRICE_LIST
from feeapp.registry.rules import UnitUse
from feeapp.tariffs import actions, listing, naming, posting, queries
from feeapp.tariffs.forms import ContentForm, EndForm, ItemForm, VersionForm
from feeapp.tariffs.places import Where, names_of, read_where
from feeapp.web import guard
from feeapp.web.files import pdf_file, workbook
from feeapp.web.forms import attempt, submit
from feeapp.web.language import short

pages = Blueprint("tariffs", __name__, url_prefix="/<community:community>/prices")


@pages.get("")
@guard.needs(Power.TARIFFS_SEE)
def items() -> str:
    """Every item with its prices, those in force marked, each with what a usual unit pays; ended ones below."""
    listed = listing.list_prices(g.community.id, office_day(clock.now()))
    to_post = any(not one.ended for _item, prices in listed for one in prices)
    return render_template("tariffs/items.html", items=listed, to_post=to_post, naming=naming, listing=listing)


@pages.get("/prices.xlsx")
@guard.needs(Power.TARIFFS_SEE)
def items_workbook() -> Response:
    """The price list, the ended prices included."""
    prices = listing.list_prices(g.community.id, office_day(clock.now()))
    headers, rows = listing.as_table(prices, chinese=short() == "zh")
    return workbook(f"prices-{g.community.code}.xlsx", spreadsheet.table(headers, rows))


@pages.get("/posted.pdf")
@guard.needs(Power.TARIFFS_SEE)
def posted() -> Response:
    """The public price list on A4, with English beside for whoever reads the pages in English."""
    paper = posting.price_list(g.community, office_day(clock.now()), "zh" if short() == "zh" else "en")
    return pdf_file(f"posted-prices-{g.community.code}.pdf", render(PRICE_LIST, paper))


@pages.route("/new", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def new_item() -> Response | str:
    form = ItemForm()
    by = guard.acting()
    added = submit(
        form,
        lambda: actions.add_item(
            by,
            form.kind.data,
            form.code.data,
            form.name.data,
            form.name_en.data,
            form.due_day.data,
            form.meter.data,
            form.content.data,
            form.bill_months.data or 1,
        ),
    )
    if added:
        flash(_("The item is added. Now publish its first price."), "ok")
        return redirect(url_for("tariffs.new_version", item_id=added.result))
    return render_template("tariffs/new_item.html", form=form)


@pages.route("/<int:item_id>/content", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def describe_item(item_id: int) -> Response | str:
    item = queries.get_priced_item(g.community.id, item_id)
    form = ContentForm(content=item.content)
    by = guard.acting()
    if submit(form, lambda: actions.describe_item(by, item_id, form.content.data)):
        flash(_("The price list now says so."), "ok")
        return redirect(url_for("tariffs.items"))
    return render_template("tariffs/describe_item.html", form=form, item=item)


@pages.route("/<int:item_id>/new", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def new_version(item_id: int) -> Response | str:
    """A price is looked at first, with what usual units would pay, and then published."""
    item = queries.get_priced_item(g.community.id, item_id)
    form = VersionForm()
    by = guard.acting()
    looked = None
    if "check" in request.form:
        looked = attempt(form, lambda: _examples(form))
    elif submit(form, lambda: actions.publish_all(by, item_id, form.published(_where(form)))):
        flash(_("The price is published."), "ok")
        return redirect(url_for("tariffs.items"))
    form.keep_spare()
    return render_template("tariffs/new_version.html", form=form, item=item, looked=looked, listing=listing)


def _where(form: VersionForm) -> Where:
    return read_where(g.community.id, form.place.data, form.where.data)


def _examples(form: VersionForm) -> list[tuple[UnitUse, queries.Example | None]]:
    """What a usual unit of each use would pay."""
    price, where = form.price(), _where(form)
    return [(use, queries.find_example(g.community.id, use, price, where)) for use in form.uses()]


@pages.route("/versions/<int:version_id>/end", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def end_version(version_id: int) -> Response | str:
    version = queries.get_version(g.community.id, version_id)
    form = EndForm()
    by = guard.acting()
    if submit(form, lambda: actions.end_version(by, version_id, form.last_on.data)):
        flash(_("The price has its last day."), "ok")
        return redirect(url_for("tariffs.items"))
    item = queries.get_item(g.community.id, version.item_id)
    at = queries.where_of(version)
    where = names_of(g.community.id, [at]).get(at)
    return render_template("tariffs/end_version.html", form=form, version=version, item=item, where=where)
