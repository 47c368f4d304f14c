"""Owners and occupants of a unit, and what is known of a person."""

from __future__ import annotations

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.registry import people, queries
from feeapp.registry.forms import OccupantForm, OwnersForm, PartyForm, VehicleForm
from feeapp.registry.owning import SINCE_ALWAYS
from feeapp.registry.pages import pages
from feeapp.registry.unit_views import unit_page
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.forms import submit
from feeapp.web.keys import as_key


@pages.post("/parties/<int:party_id>/reveal")
@guard.needs(Power.REGISTRY_REVEAL)
def reveal(party_id: int) -> str:
    """A person's data in full, on the page of a unit that is theirs; that it was looked at is logged."""
    unit_id = request.form.get("unit", 0, type=as_key)
    queries.get_unit(g.community.id, unit_id)
    if party_id not in queries.list_party_ids(g.community.id, unit_id):
        raise NotFound
    by = guard.acting()
    transaction(lambda: people.reveal(by, party_id))
    return unit_page(unit_id, VehicleForm(), revealed=party_id)


@pages.route("/units/<int:unit_id>/owners", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def owners(unit_id: int) -> str | Response:
    """Name the first owners of a unit, or put a wrong entry right; who sells has a page of its own (transfers)."""
    unit = queries.get_unit(g.community.id, unit_id)
    today = office_day(clock.now())
    standing = queries.list_owners(g.community.id, unit_id, today)
    form = OwnersForm(on=today, stay=[held.party.id for held in standing])
    if standing:
        del form.on
    by = guard.acting()

    def deed() -> None:
        on = None if standing else form.on.data
        people.correct_owners(by, unit_id, on, _staying(form, standing), form.joining())

    if submit(form, deed):
        flash(_("Saved."), "ok")
        return redirect(url_for("registry.unit", unit_id=unit_id))
    since = max((held.from_on for held in standing), default=None)
    return render_template(
        "registry/owners.html", form=form, unit=unit, standing=standing, since=since, since_always=SINCE_ALWAYS
    )


def _staying(form: OwnersForm, standing: list[queries.Holder]) -> list[int]:
    """Those who were ticked, in the order they stand."""
    ticked = set(form.stay.data or ())
    known = [held.party.id for held in standing if held.party.id in ticked]
    return known + sorted(ticked - set(known))


@pages.route("/units/<int:unit_id>/occupant", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def occupant(unit_id: int) -> str | Response:
    """Who uses the unit without owning it."""
    unit = queries.get_unit(g.community.id, unit_id)
    today = office_day(clock.now())
    form = OccupantForm(on=today)
    by = guard.acting()
    if submit(form, lambda: people.set_occupant(by, unit_id, form.on.data, form.person.form.facts())):
        flash(_("Saved."), "ok")
        return redirect(url_for("registry.unit", unit_id=unit_id))
    standing = [held for held in queries.list_occupancies(g.community.id, unit_id) if held.stands(today)]
    return render_template("registry/occupant.html", form=form, unit=unit, standing=standing)


@pages.route("/parties/<int:party_id>/edit", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def edit_party(party_id: int) -> str | Response:
    """The form shows everything in full, so opening it takes the power to see that, and is logged."""
    if not guard.may(Power.REGISTRY_REVEAL):
        abort(403)
    by = guard.acting()
    if request.method == "GET":
        transaction(lambda: people.reveal(by, party_id))
    party = queries.get_party(g.community.id, party_id)
    form = PartyForm.of(party)
    unit_id = request.args.get("unit", 0, type=as_key)
    if submit(form, lambda: people.edit_party(by, party_id, form.facts())):
        flash(_("Saved."), "ok")
        return redirect(url_for("registry.unit", unit_id=unit_id) if unit_id else url_for("registry.units"))
    return render_template("registry/edit_party.html", form=form, party=party, unit_id=unit_id)
