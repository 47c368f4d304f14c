"""Until when a charge can be claimed, and noting what makes that time run anew."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing import demanding
from feeapp.billing.forms import DemandForm
from feeapp.billing.limitation import DEMAND_WORDS
from feeapp.billing.queries import get_charge
from feeapp.billing.views import pages
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.web import guard
from feeapp.web.forms import submit


@pages.route("/charges/<int:charge_id>/demands", methods=["GET", "POST"])
@guard.needs(Power.BILLING_DISPUTE)
def demands(charge_id: int) -> AnyResponse | str:
    """The demands noted on a charge, and a form for the next."""
    charge = get_charge(g.community.id, charge_id)
    form, by = DemandForm(), guard.acting()
    noted = submit(
        form,
        lambda: demanding.note_demand(by, charge_id, form.kind.data, form.on.data, form.proof.data, form.every.data),
    )
    if noted:
        count = noted.result
        flash(ngettext("Noted on %(num)s charge.", "Noted on %(num)s charges.", count), "ok")
        return redirect(url_for("billing.demands", charge_id=charge_id))
    return render_template(
        "billing/demands.html",
        charge=charge,
        form=form,
        limitation=demanding.limitation_of(charge, g.community.id),
        debts=demanding.list_same_debts(g.community.id, charge),
        words=DEMAND_WORDS,
        today=office_day(clock.now()),
    )
