"""Charges in dispute: the list, and the page on which one is noted and answered."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp.billing import disputes, disputing
from feeapp.billing.disputes import Wanted
from feeapp.billing.forms import AnswerForm, DisputeForm
from feeapp.billing.queries import get_charge
from feeapp.billing.rules import DISPUTE_TONES, DISPUTE_WORDS, DisputeState
from feeapp.billing.views import pages
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words


def _wanted() -> Wanted:
    state = next((each for each in DisputeState if each.value == request.args.get("state")), None)
    return Wanted(asked_words(request.args.get("q")), state)


@pages.get("/disputes")
@guard.needs(Power.BILLING_SEE)
def disputed() -> str:
    """Every dispute, those still open first."""
    wanted = _wanted()
    page = disputes.list_rows(g.community.id, wanted, asked_page(request.args.get("page")))
    return render_template("billing/disputes.html", page=page, wanted=wanted, words=DISPUTE_WORDS, tones=DISPUTE_TONES)


@pages.get("/disputes.xlsx")
@guard.needs(Power.BILLING_SEE)
def disputes_workbook() -> Response:
    """The same list, in full."""
    headers = [
        _("State"), _("Unit"), _("Full name"), _("Item"), _("Month"), _("Amount"), _("Unpaid"), _("Reason"),
        _("Raised"), _("Noted by"), _("Answered"), _("Answered by"), _("Answer"),
    ]  # fmt: skip
    chinese = short() == "zh"
    rows = [
        [
            _(DISPUTE_WORDS[row.state]), row.unit_code, row.unit_name, row.item_name if chinese else row.item_name_en,
            str(row.period), row.amount, row.open, row.reason, office_day(row.opened_at), row.opener,
            office_day(row.closed_at) if row.closed_at else "", row.closer or "", row.answer,
        ]
        for row in disputes.list_rows(g.community.id, _wanted(), None).items
    ]  # fmt: skip
    return workbook(f"disputes-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/disputes/<int:dispute_id>")
@guard.needs(Power.BILLING_SEE)
def one_dispute(dispute_id: int) -> AnyResponse:
    """A dispute is looked at on the page of its charge."""
    found = disputes.get_dispute(g.community.id, dispute_id)
    return redirect(url_for("billing.dispute", charge_id=found.charge_id))


@pages.get("/charges/<int:charge_id>/dispute")
@guard.needs(Power.BILLING_SEE)
def dispute(charge_id: int) -> str:
    """What a household objected to over one charge, and what it was answered."""
    return _page(charge_id, DisputeForm(), AnswerForm())


@pages.post("/charges/<int:charge_id>/dispute")
@guard.needs(Power.BILLING_DISPUTE)
def open_dispute(charge_id: int) -> AnyResponse | str:
    """Put the charge in dispute."""
    form, by = DisputeForm(), guard.acting()
    if submit(form, lambda: disputing.open_dispute(by, charge_id, form.reason.data)):
        flash(_("Noted. Until it is answered this charge is not asked for and bears no late charge."), "ok")
        return redirect(url_for("billing.dispute", charge_id=charge_id))
    return _page(charge_id, form, AnswerForm(formdata=None))


@pages.post("/disputes/<int:dispute_id>")
@guard.needs(Power.BILLING_ANSWER_DISPUTE)
def close_dispute(dispute_id: int) -> AnyResponse | str:
    """Answer the dispute: the household is right, or it is not."""
    charge_id = disputes.get_dispute(g.community.id, dispute_id).charge_id
    form, by = AnswerForm(), guard.acting()
    upheld = request.form.get("deed") == "uphold"
    if submit(form, lambda: disputing.close_dispute(by, dispute_id, form.answer.data, upheld)):
        flash(_("Answered. The charge is asked for again, as far as it is unpaid."), "ok")
        return redirect(url_for("billing.dispute", charge_id=charge_id))
    return _page(charge_id, DisputeForm(formdata=None), form)


def _page(charge_id: int, form: DisputeForm, answer: AnswerForm) -> str:
    charge = get_charge(g.community.id, charge_id)
    rows = disputes.list_of_charge(g.community.id, charge_id)
    now = next((row for row in rows if row.state is DisputeState.OPEN), None)
    return render_template(
        "billing/dispute.html",
        charge=charge,
        rows=rows,
        now=now,
        mine=now is not None and now.opener_id == current_user.id,
        form=form,
        answer=answer,
        words=DISPUTE_WORDS,
        tones=DISPUTE_TONES,
    )
