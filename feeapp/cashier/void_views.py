"""Taking receipts back: asking, the list of requests, and the decision."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.cashier import queries, void_queries, voiding
from feeapp.cashier.forms import DecideForm, VoidForm
from feeapp.cashier.rules import METHOD_WORDS
from feeapp.cashier.views import pages
from feeapp.cashier.void_rules import STATE_TONES, STATE_WORDS, WAY_WORDS, VoidState, Way, way_on
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.printing.receipt import ALL_PARTS
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit
from feeapp.web.paging import asked_page, asked_words


@pages.route("/receipts/<int:receipt_id>/void", methods=["GET", "POST"])
@guard.needs(Power.CASHIER_TAKE)
def ask_void(receipt_id: int) -> AnyResponse | str:
    """Ask for a receipt to be taken back: why, and which parts of the paper came back."""
    found = queries.get_receipt(g.community.id, receipt_id)
    if found.reverses_id is not None:
        raise NotFound
    form, by = VoidForm(), guard.acting()
    asked = submit(form, lambda: voiding.ask(by, receipt_id, form.asked()))
    if asked:
        flash(_("The request waits for a second person."), "ok")
        return redirect(url_for("cashier.void", void_id=asked.result))
    return render_template(
        "cashier/ask_void.html",
        receipt=found,
        form=form,
        today=way_on(found.issued_on, office_day(clock.now())) is Way.VOID,
        waiting=void_queries.find_void_of(g.community.id, receipt_id),
    )


@pages.get("/receipt-voids")
@guard.needs(Power.CASHIER_SEE)
def voids() -> str:
    """Every request to take a receipt back, the newest first."""
    state, typed = _state(), asked_words(request.args.get("q"))
    asked = {"state": state.value.lower() if state else "", "q": typed}
    return render_template(
        "cashier/voids.html",
        page=void_queries.list_voids(g.community.id, state, typed, asked_page(request.args.get("page"))),
        counts=void_queries.count_states(g.community.id),
        state=state,
        typed=typed,
        asked={name: value for name, value in asked.items() if value},
        **_shown(),
    )


@pages.get("/receipt-voids.xlsx")
@guard.needs(Power.CASHIER_SEE)
def voids_workbook() -> Response:
    """The list exactly as it is narrowed and shown, on all its pages."""
    rows = void_queries.list_voids(g.community.id, _state(), asked_words(request.args.get("q")), None).items
    headers = [
        _("Asked"), _("Asked by"), _("Number"), _("Date"), _("Paid by"), _("Amount"), _("Reason"), _("State"),
        _("Way"), _("Receipt in red"), _("Decided by"), _("Remark"),
    ]  # fmt: skip
    cells = [
        [
            office_day(row.asked_at), row.asker, row.label, row.issued_on, row.payer, row.amount, row.reason,
            _(STATE_WORDS[row.state]), _(WAY_WORDS[row.way]) if row.way else "", row.red_label or "",
            row.decider or "", row.answer,
        ]
        for row in rows
    ]  # fmt: skip
    return workbook(f"receipts-taken-back-{g.community.code}.xlsx", table(headers, cells))


@pages.get("/receipt-voids/<int:void_id>")
@guard.needs(Power.CASHIER_SEE)
def void(void_id: int) -> str:
    """One request, and its decision."""
    return _page(void_id, DecideForm())


@pages.post("/receipt-voids/<int:void_id>")
@guard.needs(Power.CASHIER_VOID)
def decide_void(void_id: int) -> AnyResponse | str:
    """Take the receipt back as was asked for, or refuse it."""
    form, by = DecideForm(), guard.acting()
    answer = form.answer.data or ""
    if request.form.get("deed") == "approve":
        done = submit(form, lambda: voiding.approve(by, void_id, answer))
        if done:
            in_red = done.result is Way.RED
            flash(_("Reversed by a receipt in red.") if in_red else _("The receipt is void."), "ok")
            return redirect(url_for("cashier.void", void_id=void_id))
    elif submit(form, lambda: voiding.refuse(by, void_id, answer)):
        flash(_("Refused. The receipt stays as it is."), "ok")
        return redirect(url_for("cashier.void", void_id=void_id))
    return _page(void_id, form)


@pages.post("/receipt-voids/<int:void_id>/withdraw")
@guard.needs(Power.CASHIER_TAKE)
def withdraw_void(void_id: int) -> AnyResponse | str:
    """Take one's own request back."""
    form, by = DecideForm(), guard.acting()
    if submit(form, lambda: voiding.withdraw(by, void_id)):
        flash(_("Withdrawn. The receipt stays as it is."), "ok")
        return redirect(url_for("cashier.void", void_id=void_id))
    return _page(void_id, form)


def _page(void_id: int, form: DecideForm) -> str:
    row = void_queries.get_void_row(g.community.id, void_id)
    found = void_queries.get_void(g.community.id, void_id)
    payment = queries.get_payment(g.community.id, found.payment_id)
    mine, waits = row.asked_by == current_user.id, row.state is VoidState.ASKED
    may_decide = waits and not mine and guard.may(Power.CASHIER_VOID) and payment.cashier_id != current_user.id
    return render_template(
        "cashier/void.html",
        row=row,
        form=form,
        lost=found.lost,
        parts=[part for part in ALL_PARTS if part.value in found.parts],
        tenders=queries.list_tenders(g.community.id, payment.id),
        waits=waits,
        may_decide=may_decide,
        may_withdraw=waits and mine,
        today=way_on(row.issued_on, office_day(clock.now())) is Way.VOID,
        **_shown(),
    )


def _state() -> VoidState | None:
    return next((each for each in VoidState if each.value.lower() == request.args.get("state")), None)


def _shown() -> dict[str, object]:
    return {"state_words": STATE_WORDS, "tones": STATE_TONES, "way_words": WAY_WORDS, "words": METHOD_WORDS}
