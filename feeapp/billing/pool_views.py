"""Sums to be shared: the list, and the form for the next."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.billing.forms import PoolForm, WithdrawForm
from feeapp.billing.pools import enter_pool, list_pools, list_shared_items, withdraw_pool
from feeapp.billing.rules import WAY_WORDS
from feeapp.billing.views import pages
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.spreadsheet import table
from feeapp.tariffs.places import Where, names_of
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit
from feeapp.web.language import short


@pages.get("/pools")
@guard.needs(Power.BILLING_SEE)
def pools() -> str:
    """Every sum that was or will be shared."""
    rows = list_pools(g.community.id)
    return render_template(
        "billing/pools.html",
        rows=rows,
        places=names_of(g.community.id, {Where(row.pool.place, row.pool.place_id) for row in rows}),
        where=Where,
        words=WAY_WORDS,
        items=list_shared_items(g.community.id),
    )


@pages.get("/pools.xlsx")
@guard.needs(Power.BILLING_SEE)
def pools_workbook() -> Response:
    """The same list as a workbook."""
    headers = [_("Month"), _("Item"), _("Sum"), _("Shared"), _("Use and price"), _("Proof")]
    name = "name" if short() == "zh" else "name_en"
    rows = [
        [
            str(row.pool.period), getattr(row.item, name), row.pool.amount, _(WAY_WORDS[row.pool.way]), row.pool.used,
            row.pool.proof,
        ]
        for row in list_pools(g.community.id)
    ]  # fmt: skip
    return workbook("pools.xlsx", table(headers, rows))


@pages.route("/pools/new", methods=["GET", "POST"])
@guard.needs(Power.BILLING_RUN)
def new_pool() -> Response | str:
    """Enter a sum from the supplier's bill."""
    items = list_shared_items(g.community.id)
    form = PoolForm.offering(items, short(), Period.of(office_day(clock.now())))
    by = guard.acting()
    done = submit(form, lambda: enter_pool(by, form.wanted(g.community.id)))
    if done:
        flash(_("Entered. The bill run of that month will share it."), "ok")
        return redirect(url_for("billing.pools"))
    return render_template("billing/new_pool.html", form=form, items=items)


@pages.post("/pools/<int:pool_id>/withdraw")
@guard.needs(Power.BILLING_RUN)
def withdraw(pool_id: int) -> Response:
    """Take back a sum that was entered by mistake."""
    form = WithdrawForm()
    by = guard.acting()
    if submit(form, lambda: withdraw_pool(by, pool_id)):
        flash(_("Taken back."), "ok")
    for sentence in form.form_errors:
        flash(sentence, "refused")
    return redirect(url_for("billing.pools"))
