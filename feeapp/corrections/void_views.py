"""Asking to void a bill and to issue it anew."""

from __future__ import annotations

import secrets

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp.billing.late import LateFacts
from feeapp.billing.saying import CarriedOver
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.corrections import voids
from feeapp.corrections.forms import VoidForm
from feeapp.corrections.rules import form_key
from feeapp.corrections.views import pages
from feeapp.registry.pages import sight
from feeapp.registry.queries import get_party, get_unit, profile_of
from feeapp.registry.rules import mask_name
from feeapp.web import guard
from feeapp.web.forms import attempt, submit


@pages.route("/units/<int:unit_id>/bills/<month>/void", methods=["GET", "POST"])
@guard.needs(Power.CORRECTIONS_ASK)
def void(unit_id: int, month: str) -> AnyResponse | str:
    """First the old and the new bill are shown side by side, then it is sent to a second person."""
    period = _period(month)
    unit = get_unit(g.community.id, unit_id)
    lines = voids.list_month(g.community.id, unit_id, period)
    names = {line.debtor_id: _named(line.debtor_id) for line in lines}
    form, by = VoidForm.of(names), guard.acting()
    form.key.data = form.key.data or secrets.token_urlsafe(16)
    planned = attempt(form, lambda: voids.plan(by.community_id, unit_id, form.wanted(period)))
    if planned and form.seen.data == planned.result.seen:
        asked = submit(
            form,
            lambda: voids.ask(
                by, unit_id, form.wanted(period), form.reason.data, form.proof.data, form_key(form.key.data)
            ),
        )
        if asked:
            flash(_("The request waits for a second person."), "ok")
            return redirect(url_for("corrections.correction", correction_id=asked.result))
    plan = planned.result if planned else None
    form.seen.data = plan.seen if plan else ""
    for each in plan.drafts if plan else ():
        names.setdefault(each.drafted.debtor_id, _named(each.drafted.debtor_id))
    return render_template(
        "corrections/void.html",
        unit=unit,
        period=period,
        lines=lines,
        form=form,
        plan=plan,
        names=names,
        left=voids.left,
        is_opening=lambda line: isinstance(line.facts, CarriedOver),
        is_late=lambda line: isinstance(line.facts, LateFacts),
        to_jiao=profile_of(g.community.id).bill_to_jiao,
    )


def _named(party_id: int) -> str:
    party = get_party(g.community.id, party_id)
    return mask_name(party.name, sight(), party.kind)


def _period(typed: str) -> Period:
    try:
        return Period.read(typed)
    except ValueError:
        raise NotFound from None
