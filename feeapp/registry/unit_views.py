"""A unit's own page, and the forms that change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.access.queries import names_of
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.logbook.rules import KINDS, places
from feeapp.registry import actions, followers, queries
from feeapp.registry.forms import AreaForm, EditUnitForm, NewUnitForm, VehicleForm
from feeapp.registry.owning import SINCE_ALWAYS
from feeapp.registry.pages import counter_url, pages
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.filters import period as period_words
from feeapp.web.forms import submit
from feeapp.web.keys import as_key


@pages.get("/units/<int:unit_id>")
@guard.needs(Power.REGISTRY_SEE)
def unit(unit_id: int) -> str:
    """Everything about one unit."""
    return unit_page(unit_id, VehicleForm())


def unit_page(unit_id: int, vehicle_form: VehicleForm, revealed: int | None = None) -> str:
    """The page of a unit; ``revealed`` is the party whose data stand in full on it."""
    community_id = g.community.id
    today = office_day(clock.now())
    found = queries.get_unit(community_id, unit_id)
    ownerships = queries.list_ownerships(community_id, unit_id)
    occupancies = queries.list_occupancies(community_id, unit_id)
    owners = [held for held in ownerships if held.stands(today)]
    history = queries.list_history(community_id, unit_id) if guard.may(Power.REGISTRY_EDIT) else []
    areas = queries.list_area_changes(community_id, date.min, [unit_id]).get(unit_id, [])
    return render_template(
        "registry/unit.html",
        unit=found,
        owners=owners,
        occupants=[held for held in occupancies if held.stands(today)],
        former=[held for held in (*ownerships, *occupancies) if not held.stands(today) and not _goes_on(held, owners)],
        vehicles=queries.list_vehicles(community_id, unit_id),
        others=queries.list_other_units(community_id, unit_id, [held.party.id for held in owners], today),
        areas=areas[::-1],
        history=history,
        kinds=KINDS,
        places=places,
        actors=names_of({who for who in (*(e.actor_id for e in history), *(e.by_id for e in areas)) if who}),
        counter=counter_url(unit_id),
        vehicle_form=vehicle_form,
        revealed=revealed,
        since_always=SINCE_ALWAYS,
    )


def _goes_on(held: queries.Holder, owners: Sequence[queries.Holder]) -> bool:
    """Whether an ownership that ended went on the same day, in another place among the co-owners."""
    return any(each.party.id == held.party.id and each.from_on == held.to_on for each in owners)


@pages.route("/units/new", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def new_unit() -> str | Response:
    """Add a unit by hand."""
    form = NewUnitForm()
    by = guard.acting()
    done = submit(
        form,
        lambda: actions.create_unit(by, form.building.data, form.stair.data or "", form.room.data, form.facts()),
    )
    if done:
        flash(_("Unit added. Now name its owners."), "ok")
        return redirect(url_for("registry.owners", unit_id=done.result))
    return render_template("registry/new_unit.html", form=form)


@pages.route("/units/<int:unit_id>/edit", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def edit_unit(unit_id: int) -> str | Response:
    """Change what is known of a unit."""
    found = queries.get_unit(g.community.id, unit_id)
    form = EditUnitForm.of(found)
    by = guard.acting()
    if submit(form, lambda: actions.edit_unit(by, unit_id, form.facts())):
        flash(_("Saved."), "ok")
        return redirect(url_for("registry.unit", unit_id=unit_id))
    return render_template("registry/edit_unit.html", form=form, unit=found)


@pages.route("/units/<int:unit_id>/area", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def change_area(unit_id: int) -> str | Response:
    """Give a unit another area from a day on; months that are billed already are named, they keep the old one."""
    found = queries.get_unit(g.community.id, unit_id)
    if found.area is None:
        return redirect(url_for("registry.edit_unit", unit_id=unit_id))
    form = AreaForm(from_on=office_day(clock.now()), inner_area=found.inner_area)
    by = guard.acting()
    done = submit(
        form,
        lambda: actions.change_area(
            by, unit_id, form.from_on.data, form.area.data, form.inner_area.data, form.reason.data
        ),
    )
    billed = max((month for ask in followers.billed_upto if (month := ask(by.community_id, unit_id))), default=None)
    if done:
        if billed and form.from_on.data <= billed.last_day:
            flash(
                _(
                    "Saved. Bills up to %(month)s were issued with the old area and have not changed; "
                    "where money is to be given back or claimed, correct them.",
                    month=period_words(billed),
                ),
                "warn",
            )
        else:
            flash(_("Saved. Bills follow the new area from that day on."), "ok")
        return redirect(url_for("registry.unit", unit_id=unit_id))
    return render_template("registry/change_area.html", form=form, unit=found, billed=billed)


@pages.post("/units/<int:unit_id>/plates")
@guard.needs(Power.REGISTRY_EDIT)
def add_vehicle(unit_id: int) -> str | Response:
    """Note a number plate."""
    queries.get_unit(g.community.id, unit_id)
    form = VehicleForm()
    by = guard.acting()
    if submit(form, lambda: actions.add_vehicle(by, unit_id, form.plate.data)):
        return redirect(url_for("registry.unit", unit_id=unit_id))
    return unit_page(unit_id, form)


@pages.post("/units/<int:unit_id>/plates/remove")
@guard.needs(Power.REGISTRY_EDIT)
def remove_vehicle(unit_id: int) -> Response:
    """Take a number plate off."""
    by = guard.acting()
    vehicle_id = request.form.get("vehicle", 0, type=as_key)
    transaction(lambda: actions.remove_vehicle(by, unit_id, vehicle_id))
    return redirect(url_for("registry.unit", unit_id=unit_id))
