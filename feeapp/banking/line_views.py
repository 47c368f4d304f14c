"""What came in and what went out, line by line: suggestions confirmed at a keystroke, claims by hand, the rest."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.access.queries import names_of
from feeapp.banking import claiming, looking, queries
from feeapp.banking.forms import NoteForm, PayoutForm
from feeapp.banking.rules import LINE_WORDS, LineState
from feeapp.banking.suggesting import REASON_WORDS
from feeapp.banking.views import pages, payer_shown
from feeapp.cashier.queries import get_receipt_of
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, Refused
from feeapp.registry.searching import find_households
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit, tell
from feeapp.web.keys import as_key
from feeapp.web.paging import asked_page, asked_words


def _asked() -> tuple[LineState, str]:
    state = next((each for each in LineState if each.value == request.args.get("state")), LineState.UNCLAIMED)
    return state, asked_words(request.args.get("q"))


@pages.get("/lines")
@guard.needs(Power.BANKING_SEE)
def lines() -> str:
    """The lines of all statements by what became of them; the unclaimed ones with their best suggestion."""
    return _list([])


def _list(problems: list[str]) -> str:
    state, typed = _asked()
    page = queries.list_lines(g.community.id, state, typed, asked_page(request.args.get("page")))
    accounts = {account.id: account for account in queries.list_accounts(g.community.id)}
    counts = queries.count_lines(g.community.id)
    today = office_day(clock.now())
    waiting = state is LineState.UNCLAIMED
    fund_of = {account.id: account.fund for account in accounts.values()}
    transfers = queries.list_counter_transfers(g.community.id, {line.amount for line in page.items}) if waiting else []
    tabs_shown = [
        (_(words), url_for("banking.lines", state=each.value), each is state, counts.get(each, (0, None))[0])
        for each, words in LINE_WORDS.items()
        if each in counts or each is LineState.UNCLAIMED
    ]
    return render_template(
        "banking/lines.html",
        page=page,
        state=state,
        typed=typed,
        sum=counts.get(state, (0, None))[1],
        accounts=accounts,
        tabs_shown=tabs_shown,
        offers=looking.suggest(g.community.id, page.items, fund_of, today) if waiting else {},
        counted={each.amount for each in transfers},
        notes=queries.list_notes(g.community.id, [line.id for line in page.items]),
        reasons=REASON_WORDS,
        problems=problems,
    )


@pages.post("/lines/claim")
@guard.needs(Power.BANKING_CLAIM)
def claim_lines() -> str | AnyResponse:
    """Confirm the ticked suggestions, each in a transaction of its own; what cannot be is named."""
    by = guard.acting()
    problems, done = [], 0
    for line_id in dict.fromkeys(request.form.getlist("line", type=as_key)):
        unit_id = request.form.get(f"unit-{line_id}", type=as_key)
        if unit_id is None:
            raise NotFound
        try:
            transaction(partial(claiming.claim, by, line_id, unit_id))
        except Refused as refusal:
            line = queries.get_line(g.community.id, line_id)
            problems.append(f"{line.happened_on} {line.amount} {line.memo}: {tell(refusal)}")
        else:
            done += 1
    if not done and not problems:
        problems.append(_("Nothing is ticked. Tick the lines whose household is right."))
    if done:
        flash(_("%(n)s lines claimed; their receipts are issued.", n=done), "ok")
    if problems:
        return _list(problems)
    return redirect(url_for("banking.lines"))


@pages.get("/lines.xlsx")
@guard.needs(Power.BANKING_SEE)
def lines_workbook() -> Response:
    """The list exactly as shown, in full, by name: what the statements and the book do not share yet."""
    state, typed = _asked()
    accounts = {account.id: account.name for account in queries.list_accounts(g.community.id)}
    headers = [
        _("Day"), _("Time"), _("Own account"), _("Amount"), _("Other side"), _("Note"), _("Number given by the bank"),
        _("State"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            line.happened_on, line.at_time, accounts[line.account_id], line.amount, payer_shown(line.payer), line.memo,
            line.reference, _(LINE_WORDS[line.state]),
        ]
        for line in queries.list_lines(g.community.id, state, typed, None).items
    ]  # fmt: skip
    return workbook(f"bank-lines-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/differences")
@guard.needs(Power.BANKING_SEE)
def differences() -> str:
    """What the statements and the book do not share yet, each by name."""
    return render_template(
        "banking/differences.html",
        transfers=queries.list_counter_transfers(g.community.id),
        counts=queries.count_lines(g.community.id),
        line_words=LINE_WORDS,
        LineState=LineState,
    )


@pages.get("/lines/<int:line_id>")
@guard.needs(Power.BANKING_SEE)
def line(line_id: int) -> str:
    """One line: what it became, or every way to say what it is."""
    return _page(line_id, PayoutForm(), NoteForm(formdata=None))


def _page(line_id: int, payout: PayoutForm, note: NoteForm, problem: str | None = None) -> str:
    found = queries.get_line(g.community.id, line_id)
    account = queries.get_account(g.community.id, found.account_id)
    today = office_day(clock.now())
    typed = asked_words(request.args.get("q"))
    claim = queries.find_claim(g.community.id, line_id)
    unclaimed = found.state is LineState.UNCLAIMED
    notes = queries.list_notes(g.community.id, [line_id])[line_id]
    return render_template(
        "banking/line.html",
        line=found,
        account=account,
        offer=looking.suggest(g.community.id, [found], {account.id: account.fund}, today).get(line_id)
        if unclaimed
        else None,
        typed=typed,
        hits=find_households(g.community.id, typed) if typed and unclaimed else [],
        transfers=queries.list_counter_transfers(g.community.id, {found.amount}) if unclaimed else [],
        receipt=get_receipt_of(g.community.id, claim.payment_id) if claim else None,
        units=looking.find_units(g.community.id, {claim.unit_id}) if claim and claim.unit_id else {},
        claim=claim,
        notes=notes,
        names=names_of(
            {person for person in [*(each.by_id for each in notes), claim.by_id if claim else None] if person}
        ),
        payout=payout,
        note=note,
        problem=problem,
        line_words=LINE_WORDS,
        reasons=REASON_WORDS,
        LineState=LineState,
    )


@pages.post("/lines/<int:line_id>/claim")
@guard.needs(Power.BANKING_CLAIM)
def claim_line(line_id: int) -> str | AnyResponse:
    """Claim a line for the household that was chosen by hand."""
    unit_id = request.form.get("unit", type=as_key)
    if unit_id is None:
        raise NotFound
    by = guard.acting()
    try:
        taken = transaction(lambda: claiming.claim(by, line_id, unit_id))
    except Refused as refusal:
        return _page(line_id, PayoutForm(formdata=None), NoteForm(formdata=None), tell(refusal))
    return redirect(url_for("cashier.receipt", receipt_id=taken.receipt_id))


@pages.post("/lines/<int:line_id>/counted")
@guard.needs(Power.BANKING_CLAIM)
def count_line(line_id: int) -> str | AnyResponse:
    """Match a line with a transfer that was taken at the counter before."""
    payment_id = request.form.get("payment", type=as_key)
    if payment_id is None:
        raise NotFound
    by = guard.acting()
    try:
        transaction(lambda: claiming.match_counted(by, line_id, payment_id))
    except Refused as refusal:
        return _page(line_id, PayoutForm(formdata=None), NoteForm(formdata=None), tell(refusal))
    flash(_("Matched. The money stands in the book once."), "ok")
    return redirect(url_for("banking.lines"))


@pages.post("/lines/<int:line_id>/payout")
@guard.needs(Power.BANKING_CLAIM)
def payout_line(line_id: int) -> str | AnyResponse:
    """Say that a channel paid out, with what payers had paid before its fee."""
    form = PayoutForm()
    by = guard.acting()
    if submit(form, lambda: claiming.book_payout(by, line_id, form.gross.data)):
        flash(_("Payout booked."), "ok")
        return redirect(url_for("banking.lines"))
    return _page(line_id, form, NoteForm(formdata=None))


@pages.post("/lines/<int:line_id>/fee")
@guard.needs(Power.BANKING_CLAIM)
def fee_line(line_id: int) -> str | AnyResponse:
    """Say that money which went out is the bank's fee."""
    by = guard.acting()
    try:
        transaction(lambda: claiming.book_fee(by, line_id))
    except Refused as refusal:
        return _page(line_id, PayoutForm(formdata=None), NoteForm(formdata=None), tell(refusal))
    flash(_("Bank fee booked."), "ok")
    return redirect(url_for("banking.lines", state=LineState.WAITING.value))


@pages.post("/lines/<int:line_id>/note")
@guard.needs(Power.BANKING_CLAIM)
def note_line(line_id: int) -> str | AnyResponse:
    """Leave a line as it is, with what is known of it."""
    form = NoteForm()
    by = guard.acting()
    if submit(form, lambda: claiming.note(by, line_id, form.note.data)):
        return redirect(url_for("banking.line", line_id=line_id))
    return _page(line_id, PayoutForm(formdata=None), form)
