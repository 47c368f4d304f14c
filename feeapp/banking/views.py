"""Own accounts and uploaded statements."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp.access.queries import names_of
from feeapp.banking import accounts, importing, queries
from feeapp.banking.forms import AccountForm, StatementForm
from feeapp.banking.models import BankFile
from feeapp.banking.rules import ACCOUNT_WORDS, ROW_WORDS, RowKind
from feeapp.core.powers import Power
from feeapp.core.refusal import Refused
from feeapp.ledger.rules import FUND_WORDS, Fund
from feeapp.registry.pages import sight
from feeapp.registry.rules import BatchState, mask_name
from feeapp.registry.wording import BATCH_WORDS
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.forms import submit, tell
from feeapp.web.keys import as_key
from feeapp.web.paging import asked_page

pages = Blueprint("banking", __name__, url_prefix="/<community:community>/bank")


@pages.context_processor
def banking_words() -> dict[str, object]:
    """What kinds are called, and the names of payers as far as this person may see them (domain rule PD-8)."""
    return {
        "account_words": ACCOUNT_WORDS,
        "row_words": ROW_WORDS,
        "fund_words": {fund.value: words for fund, words in FUND_WORDS.items()},
        "payer_shown": payer_shown,
        "payers_shown": lambda names: "、".join(payer_shown(name) for name in names),
        "RowKind": RowKind,
    }


def payer_shown(name: str) -> str:
    """Who paid, as far as this person may see it."""
    return mask_name(name, sight()) if name else ""


@pages.route("/statements", methods=["GET", "POST"])
@guard.needs(Power.BANKING_SEE)
def statements() -> str | Response:
    """Every uploaded statement, and the form for the next."""
    form = _statement_form()
    if form.is_submitted() and not guard.may(Power.BANKING_IMPORT):
        return redirect(url_for("banking.statements"))
    if form.validate_on_submit():
        file_id = _stage(form)
        if file_id:
            return redirect(url_for("banking.statement", file_id=file_id))
    page = queries.list_files(g.community.id, asked_page(request.args.get("page")))
    return render_template(
        "banking/statements.html",
        form=form,
        page=page,
        accounts={account.id: account for account in queries.list_accounts(g.community.id)},
        words=BATCH_WORDS,
        names=names_of({file.staged_by for file in page.items if file.staged_by}),
    )


def _statement_form() -> StatementForm:
    form = StatementForm()
    form.account.choices = [(str(account.id), account.name) for account in queries.list_accounts(g.community.id)]
    form.format.choices = [
        ("", _("Find it out from the file")),
        *((made.code, _(made.name)) for made in queries.list_formats(g.community.id)),
    ]
    return form


def _stage(form: StatementForm) -> int | None:
    """Read and keep the file; None, with the reason at its field, where that cannot be."""
    by = guard.acting()
    formats = queries.list_formats(g.community.id)
    chosen = next((made for made in formats if made.code == form.format.data), None)
    try:
        reading = importing.read_file(form.file.data.read(), formats, chosen)
        account_id = as_key(form.account.data)
        return transaction(
            lambda: importing.stage(by, account_id, form.file.data.filename, reading.format.name, reading)
        )
    except Refused as refusal:
        field = form.account if refusal.field == "account" else form.file
        field.errors = [*field.errors, tell(refusal)]
        return None


@pages.get("/statements/<int:file_id>")
@guard.needs(Power.BANKING_SEE)
def statement(file_id: int) -> str:
    """The preview of a statement, or what became of it."""
    return _preview(queries.get_file(g.community.id, file_id), None)


def _preview(file: BankFile, problem: str | None) -> str:
    sums = queries.sum_rows(file.community_id, file.id)
    asked = next((kind for kind in RowKind if kind.value == request.args.get("kind")), None)
    order = (RowKind.REPEATED, RowKind.REFUSED, RowKind.NEW, RowKind.KNOWN)
    kind = asked or next((each for each in order if sums[each].count), RowKind.NEW)
    here = url_for("banking.statement", file_id=file.id)
    return render_template(
        "banking/statement.html",
        file=file,
        account=queries.get_account(file.community_id, file.account_id),
        sums=sums,
        kind=kind,
        tabs_shown=[
            (_(ROW_WORDS[each]), f"{here}?kind={each.value}", each is kind, sums[each].count) for each in RowKind
        ],
        page=queries.list_rows(file.community_id, file.id, kind, asked_page(request.args.get("page"))),
        repeated=queries.list_rows(file.community_id, file.id, RowKind.REPEATED, None).items,
        staged=file.state is BatchState.STAGED,
        problem=problem,
        words=BATCH_WORDS,
        names=names_of({person for person in (file.staged_by, file.ended_by) if person}),
    )


@pages.post("/statements/<int:file_id>/confirm")
@guard.needs(Power.BANKING_IMPORT)
def confirm_statement(file_id: int) -> str | Response:
    """Once: a second press leads to the same page and changes nothing."""
    file = queries.get_file(g.community.id, file_id)
    if file.state is BatchState.APPLIED:
        return redirect(url_for("banking.statement", file_id=file_id))
    by = guard.acting()
    repeated = request.form.getlist("repeated", type=as_key)
    try:
        count = transaction(lambda: importing.confirm(by, file_id, repeated))
    except Refused as refusal:
        return _preview(queries.get_file(g.community.id, file_id), tell(refusal))
    flash(_("%(n)s lines imported.", n=count), "ok")
    return redirect(url_for("banking.statement", file_id=file_id))


@pages.post("/statements/<int:file_id>/discard")
@guard.needs(Power.BANKING_IMPORT)
def discard_statement(file_id: int) -> Response:
    """Put an uploaded statement away."""
    by = guard.acting()
    transaction(lambda: importing.discard(by, file_id))
    flash(_("Upload discarded. Nothing was imported."), "ok")
    return redirect(url_for("banking.statements"))


@pages.route("/accounts", methods=["GET", "POST"])
@guard.needs(Power.BANKING_IMPORT)
def own_accounts() -> str | Response:
    """The community's own accounts, and the form for another."""
    form = AccountForm()
    by = guard.acting()
    done = submit(
        form,
        lambda: accounts.add_account(by, form.kind.data, Fund(form.fund.data), form.name.data, form.number.data or ""),
    )
    if done:
        flash(_("Account added."), "ok")
        return redirect(url_for("banking.own_accounts"))
    return render_template("banking/own_accounts.html", form=form, accounts=queries.list_accounts(g.community.id))
