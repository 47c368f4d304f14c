"""Prices: what is charged, at what rate, from when, and by what authority."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.tariffs import actions, naming, queries
from feeapp.tariffs.forms import EndForm, ItemForm, VersionForm
from feeapp.web import guard
from feeapp.web.forms import attempt, submit

pages = Blueprint("tariffs", __name__, url_prefix="/<community:community>/prices")


@pages.get("")
@guard.needs(Power.TARIFFS_SEE)
def items() -> str:
    """Every item with its prices, those in force marked, each with what a usual unit pays."""
    today = office_day(clock.now())
    shown = []
    for item in queries.list_priced_items(g.community.id):
        versions = [
            (
                version,
                queries.is_in_force(version, today),
                queries.find_example(g.community.id, version.use, queries.price_of(version)),
            )
            for version in queries.list_versions(g.community.id, item.id)
        ]
        shown.append((item, versions))
    return render_template("tariffs/items.html", items=shown, naming=naming, today=today)


@pages.route("/new", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def new_item() -> Response | str:
    form = ItemForm()
    by = guard.acting()
    added = submit(
        form,
        lambda: actions.add_item(
            by, form.kind.data, form.code.data, form.name.data, form.name_en.data, form.due_day.data
        ),
    )
    if added:
        flash(_("The item is added. Now publish its first price."), "ok")
        return redirect(url_for("tariffs.new_version", item_id=added.result))
    return render_template("tariffs/new_item.html", form=form)


@pages.route("/<int:item_id>/new", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def new_version(item_id: int) -> Response | str:
    """A price is looked at first, with what a usual unit would pay, and then published."""
    item = queries.get_priced_item(g.community.id, item_id)
    form = VersionForm()
    by = guard.acting()
    if "check" in request.form:
        looked = attempt(form, lambda: queries.find_example(g.community.id, form.use.data, form.price()))
        return render_template("tariffs/new_version.html", form=form, item=item, looked=looked)
    if submit(form, lambda: actions.publish(by, item_id, form.published())):
        flash(_("The price is published."), "ok")
        return redirect(url_for("tariffs.items"))
    return render_template("tariffs/new_version.html", form=form, item=item, looked=None)


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
    return render_template("tariffs/end_version.html", form=form, version=version, item=item)
