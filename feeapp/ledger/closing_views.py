"""The pages on which months are closed: what waits, what keeps a month open, and what was closed when."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock, spreadsheet
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import Refused, msg
from feeapp.ledger import closing
from feeapp.ledger.closings import compare_balances, find_waiting, get_closing, list_closings
from feeapp.ledger.forms import CloseForm, DecideForm, ReopenForm
from feeapp.ledger.rules import ACCOUNTS, CLOSING_STATE_WORDS, CLOSING_WORDS, FUND_WORDS, ClosingKind, Fund
from feeapp.ledger.views import pages
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import attempt, submit
from feeapp.web.names import names_of

_CLOSE = "/<community:community>/book/close"


@pages.get(_CLOSE)
@guard.needs(Power.LEDGER_SEE)
def closings() -> str:
    """The month whose turn it is, what waits, and the history."""
    return _page(CloseForm(formdata=None), ReopenForm(formdata=None), DecideForm(formdata=None))


@pages.post(_CLOSE + "/ask")
@guard.needs(Power.LEDGER_CLOSE)
def ask_to_close() -> AnyResponse | str:
    """Ask for a month to be closed, once everything holds."""
    form, by = CloseForm(), guard.acting()

    def deed() -> int:
        _check(form.period.data)
        return transaction(lambda: closing.ask_to_close(by, form.period.data))

    if attempt(form, deed):
        flash(_("Asked. A second person looks at it and closes the month."), "ok")
        return redirect(url_for("ledger.closings"))
    return _page(form, ReopenForm(formdata=None), DecideForm(formdata=None))


@pages.post(_CLOSE + "/reopen")
@guard.needs(Power.LEDGER_CLOSE)
def ask_to_reopen() -> AnyResponse | str:
    """Ask for the last closed month to be opened again."""
    form, by = ReopenForm(), guard.acting()
    if submit(form, lambda: closing.ask_to_reopen(by, form.period.data, form.reason.data)):
        flash(_("Asked. A second person decides whether the month is opened again."), "ok")
        return redirect(url_for("ledger.closings"))
    return _page(CloseForm(formdata=None), form, DecideForm(formdata=None))


@pages.post(_CLOSE + "/<int:closing_id>/decide")
@guard.needs(Power.LEDGER_CONFIRM_CLOSE)
def decide_closing(closing_id: int) -> AnyResponse | str:
    """Do what was asked for, or refuse it."""
    form, by = DecideForm(), guard.acting()
    asked = get_closing(g.community.id, closing_id)
    kind, period = asked.kind, asked.period

    def deed() -> None:
        if request.form.get("deed") != "confirm":
            transaction(lambda: closing.refuse(by, closing_id, form.answer.data))
            return
        if kind is ClosingKind.CLOSE:
            _check(period)
        transaction(lambda: closing.confirm(by, closing_id))

    if attempt(form, deed):
        flash(_("Decided."), "ok")
        return redirect(url_for("ledger.closings"))
    return _page(CloseForm(formdata=None), ReopenForm(formdata=None), form)


@pages.post(_CLOSE + "/<int:closing_id>/withdraw")
@guard.needs(Power.LEDGER_CLOSE)
def withdraw_closing(closing_id: int) -> AnyResponse | str:
    """Take one's own request back."""
    form, by = DecideForm(), guard.acting()
    if submit(form, lambda: closing.withdraw(by, closing_id)):
        flash(_("Taken back."), "ok")
        return redirect(url_for("ledger.closings"))
    return _page(CloseForm(formdata=None), ReopenForm(formdata=None), form)


@pages.get(_CLOSE + "/<int:closing_id>")
@guard.needs(Power.LEDGER_SEE)
def one_closing(closing_id: int) -> str:
    """What stood on every account when the month was closed, beside what stands on that day now."""
    found = get_closing(g.community.id, closing_id)
    people = [each for each in (found.asked_by, found.decided_by) if each]
    return render_template(
        "ledger/closing.html",
        closing=found,
        rows=compare_balances(found),
        people=names_of("user", people),
        words=CLOSING_WORDS,
        states=CLOSING_STATE_WORDS,
        funds=FUND_WORDS,
        Fund=Fund,
        accounts=ACCOUNTS,
    )


@pages.get(_CLOSE + "/<int:closing_id>.xlsx")
@guard.needs(Power.LEDGER_SEE)
def one_closing_workbook(closing_id: int) -> Response:
    """The same as a workbook."""
    found = get_closing(g.community.id, closing_id)
    headers = [_("Fund"), _("Account code"), _("Account"), _("When it was closed"), _("Now"), ""]
    rows: list[list[object]] = [
        [
            _(FUND_WORDS[Fund(row.fund)]), row.account, _(ACCOUNTS[row.account].words), row.kept, row.now,
            "" if row.holds else _("Does not add up"),
        ]
        for row in compare_balances(found)
    ]  # fmt: skip
    return workbook(f"close-{g.community.code}-{found.period}.xlsx", spreadsheet.table(headers, rows))


def _check(period: Period) -> None:
    """Raises Refused where something keeps the month from being closed, and names the first of it."""
    problems = closing.look_for_problems(g.community.id, period)
    if problems:
        raise Refused(
            "ledger.problems",
            msg("The month cannot be closed: %(count)s checks fail. Run the checks on this page to see which."),
            {"count": len(problems)},
        )


def _page(close: CloseForm, reopen: ReopenForm, decide: DecideForm) -> str:
    community_id = g.community.id
    waiting, turn = find_waiting(community_id), closing.next_to_close(community_id)
    over = turn is not None and turn.last_day < office_day(clock.now())
    looked_at = waiting.period if waiting else turn
    checked = "check" in request.args and looked_at is not None
    history = list_closings(community_id)
    people = {each for row in history for each in (row.asked_by, row.decided_by) if each}
    return render_template(
        "ledger/closings.html",
        close=close,
        reopen=reopen,
        decide=decide,
        waiting=waiting,
        mine=waiting is not None and waiting.asked_by == current_user.id,
        turn=turn,
        over=over,
        upto=closing.closed_upto(community_id),
        last=closing.last_closed(community_id),
        looked_at=looked_at,
        problems=closing.look_for_problems(community_id, looked_at) if checked and looked_at else None,
        history=history,
        people=names_of("user", people),
        words=CLOSING_WORDS,
        states=CLOSING_STATE_WORDS,
    )
