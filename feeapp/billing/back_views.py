"""Billing a unit afterwards for the months it missed, and the list of units that missed some."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing import missing
from feeapp.billing.explaining import explained
from feeapp.billing.forms import BackBillForm, SinceForm
from feeapp.billing.missed_units import MissedUnit, list_missed_units
from feeapp.billing.views import pages
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, Refused
from feeapp.registry.naming import use_words
from feeapp.registry.queries import get_unit, list_ownerships, profile_of
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit, tell
from feeapp.web.language import short
from feeapp.web.paging import Page, asked_page, asked_words

DUE_AFTER_DAYS = 30
"""How long a household has to pay what is billed afterwards, unless another day is chosen."""

MONTHS_BACK = 12
"""How many billed months the list of missed units looks back, unless another month is chosen."""


@pages.route("/units/<int:unit_id>/back-bill", methods=["GET", "POST"])
@guard.needs(Power.BILLING_RUN)
def back_bill(unit_id: int) -> AnyResponse | str:
    """What a unit should have been charged and never was; sending the hash of what was seen bills it."""
    unit = get_unit(g.community.id, unit_id)
    since, seen = _looked(unit_id)
    form = BackBillForm(due_on=_today() + timedelta(days=DUE_AFTER_DAYS))
    by = guard.acting()
    if seen is not None:
        begin = seen.since
        done = submit(
            form,
            lambda: missing.back_bill(
                by, unit_id, begin, None if form.own_days.data else form.due_on.data, form.seen_hash.data
            ),
        )
        if done:
            months = len(done.result.months)
            flash(
                ngettext(
                    "Billed afterwards: %(num)s month, %(amount)s yuan.",
                    "Billed afterwards: %(num)s months, %(amount)s yuan.",
                    months,
                    amount=str(done.result.amount),
                ),
                "ok",
            )
            return redirect(url_for("billing.unit_charges", unit_id=unit_id))
        if form.errors or form.form_errors:
            seen = _looked(unit_id)[1]
    return render_template(
        "billing/back_bill.html",
        unit=unit,
        since=since,
        seen=seen,
        form=form,
        billed=bool(missing.list_billed_months(g.community.id)),
        owned=bool(list_ownerships(g.community.id, unit_id)),
        carried=missing.carries_arrears(g.community.id, unit_id),
        to_jiao=profile_of(g.community.id).bill_to_jiao,
    )


@pages.get("/units/<int:unit_id>/back-bill.xlsx")
@guard.needs(Power.BILLING_RUN)
def back_bill_workbook(unit_id: int) -> Response:
    """What is missing, as a workbook."""
    unit = get_unit(g.community.id, unit_id)
    seen = _looked(unit_id)[1]
    if seen is None:
        raise NotFound
    headers = [_("Month"), _("Item"), _("Days"), _("How reckoned"), _("Amount"), _("Taken off")]
    name = "name" if short() == "zh" else "name_en"
    rows = [
        [
            str(month.period), getattr(each.item, name),
            f"{each.drafted.line.from_on} – {each.drafted.line.to_on}", explained(each), each.amount, each.relieved,
        ]
        for month in seen.months
        for each in month.drafts
    ]  # fmt: skip
    return workbook(f"back-bill-{unit.code}.xlsx", table(headers, rows))


@pages.get("/missed")
@guard.needs(Power.BILLING_RUN)
def missed() -> str:
    """Units without a charge in months in which others of their use were billed."""
    form, since = _asked_since()
    typed = asked_words(request.args.get("q"))
    page = _missed(since, typed, asked_page(request.args.get("page")))
    return render_template("billing/missed.html", page=page, form=form, since=since, typed=typed)


@pages.get("/missed.xlsx")
@guard.needs(Power.BILLING_RUN)
def missed_workbook() -> Response:
    """The same list as a workbook, in full."""
    since = _asked_since()[1]
    headers = [
        _("Unit"),
        _("Full name"),
        _("Use"),
        _("Months without a charge"),
        _("The first of them"),
        _("The last of them"),
    ]
    rows = [
        [unit.code, unit.name, use_words(unit.use), unit.months, str(unit.first), str(unit.last)]
        for unit in _missed(since, asked_words(request.args.get("q")), None).items
    ]
    return workbook("missed-units.xlsx", table(headers, rows))


def _today() -> date:
    return office_day(clock.now())


def _looked(unit_id: int) -> tuple[SinceForm, missing.Missed | None]:
    """The month in the address, or the one to begin with, and what is missing from it on; None where it is no good."""
    billed = missing.list_billed_months(g.community.id)
    if not billed:
        return SinceForm(), None
    asked = "since" in request.args
    form = SinceForm(request.args) if asked else SinceForm()
    if not asked:
        begun = missing.begin_of(g.community.id, unit_id, _today(), billed[0])
        form.since.data = min(begun, billed[-1])
    elif not form.validate():
        return form, None
    try:
        return form, missing.look(g.community.id, unit_id, form.since.data)
    except Refused as refusal:
        form.since.errors = [tell(refusal)]
        return form, None


def _asked_since() -> tuple[SinceForm, Period | None]:
    """The month from which to look for missed units: a year back unless another is asked for."""
    billed = missing.list_billed_months(g.community.id)
    begin = billed[max(0, len(billed) - MONTHS_BACK)] if billed else None
    if "since" not in request.args:
        form = SinceForm()
        form.since.data = begin
        return form, begin
    form = SinceForm(request.args)
    return (form, form.since.data) if form.validate() else (form, None)


def _missed(since: Period | None, typed: str, page: int | None) -> Page[MissedUnit]:
    if since is None:
        return Page([], page or 1, 0)
    return list_missed_units(g.community.id, since, typed, page)
