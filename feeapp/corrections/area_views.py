"""Asking to put a wrong area right, with every bill that it changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing.differing import Difference
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.corrections import areas
from feeapp.corrections.forms import AreaErrorForm
from feeapp.corrections.rules import form_key
from feeapp.corrections.views import pages
from feeapp.registry.pages import sight
from feeapp.registry.queries import get_party, get_unit, list_area_changes, profile_of
from feeapp.registry.rules import mask_name
from feeapp.web import guard
from feeapp.web.forms import attempt, submit


@pages.route("/units/<int:unit_id>/area-error", methods=["GET", "POST"])
@guard.needs(Power.CORRECTIONS_ASK)
def area_error(unit_id: int) -> AnyResponse | str:
    """First what the right area would change is shown, then it is sent to a second person."""
    unit = get_unit(g.community.id, unit_id)
    if unit.area is None:
        flash(
            _("This unit has no area on record yet. Enter it; what was not charged is then billed afterwards."), "warn"
        )
        return redirect(url_for("registry.unit", unit_id=unit_id))
    changes = list_area_changes(g.community.id, date.min, [unit_id]).get(unit_id, [])
    form = AreaErrorForm(inner_area=unit.inner_area, from_on=changes[-1].from_on if changes else None)
    form.key.data = form.key.data or secrets.token_urlsafe(16)
    by = guard.acting()
    planned = attempt(form, lambda: areas.plan(by.community_id, unit_id, form.wanted(), office_day(clock.now())))
    if planned and form.seen.data == planned.result.seen:
        asked = submit(
            form,
            lambda: areas.ask(by, unit_id, form.wanted(), form.reason.data, form.proof.data, form_key(form.key.data)),
        )
        if asked:
            flash(_("The request waits for a second person."), "ok")
            return redirect(url_for("corrections.correction", correction_id=asked.result))
    plan = planned.result if planned else None
    form.seen.data = plan.seen if plan else ""
    return render_template(
        "corrections/area_error.html",
        unit=unit,
        form=form,
        plan=plan,
        debtors=_debtors((*plan.within, *plan.older)) if plan else {},
        years=profile_of(g.community.id).look_back_years,
    )


def _debtors(differences: Iterable[Difference]) -> dict[int, str]:
    """Whose charges they are, as far as the viewer may see names."""
    parties = [get_party(g.community.id, key) for key in {each.debtor_id for each in differences}]
    return {party.id: mask_name(party.name, sight(), party.kind) for party in parties}
