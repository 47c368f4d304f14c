"""The book: a fund's trial balance, an account's lines, one entry; each as a page and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask_babel import gettext as _

from feeapp import clock, spreadsheet
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, msg
from feeapp.ledger import queries
from feeapp.ledger.queries import AccountLine, AccountLines, Days, Sought
from feeapp.ledger.rules import ACCOUNTS, FUND_WORDS, Fund
from feeapp.ledger.wording import ENTRY_WORDS, SIDE_WORDS
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.filters import day
from feeapp.web.names import names_of
from feeapp.web.paging import asked_day, asked_page, asked_words
from feeapp.web.places import url_of

pages = Blueprint("ledger", __name__)

_BOOK = "/<community:community>/book"

_DOCUMENTS = {
    "payment": msg("Receipt"),
    "bill_run": msg("Bill run"),
    "correction": msg("Correction"),
    "transfer": msg("Change of owner"),
    "import_batch": msg("Ledger import"),
    "charge": msg("Charge of a unit"),
    "offset": msg("Prepaid money"),
    "prepayment": msg("Months paid ahead"),
    "price_choice": msg("Months paid ahead"),
    "bank_line": msg("Bank statement"),
}
"""What the document of an entry is called; ``web/places.py`` says where it can be looked at."""

_NAMED = {"payment"}
"""Documents that have a name of their own: a payment is called by the number of its receipt."""


@dataclass(frozen=True, slots=True)
class Document:
    """What an entry comes from, as it is shown; the name is empty where it comes from no page of the house."""

    name: str
    url: str | None


@pages.get(_BOOK)
@guard.needs(Power.LEDGER_SEE)
def book() -> str:
    """The trial balance of one fund."""
    fund, days = _fund(request.args.get("fund", Fund.OPERATIONS.value)), _days()
    return render_template("ledger/book.html", **_trial(fund, days), spans=_spans(clock.office_day(clock.now())))


@pages.get(_BOOK + "/print")
@guard.needs(Power.LEDGER_SEE)
def book_print() -> str:
    """The same on one page for the printer."""
    fund = _fund(request.args.get("fund", Fund.OPERATIONS.value))
    on = clock.office_day(clock.now())
    return render_template("ledger/book_print.html", **_trial(fund, _days()), on=on)


def _trial(fund: Fund, days: Days) -> dict[str, Any]:
    """What the page and the print of a trial balance share."""
    return {
        "trial": queries.trial_balance(g.community.id, fund, days),
        "fund": fund,
        "funds": FUND_WORDS,
        "days": days,
        "sides": SIDE_WORDS,
    }


def _spans(today: date) -> list[tuple[str, date, date]]:
    """The spans that are asked for most, each with its first and last day."""
    month = Period.of(today)
    before = month.plus(-1)
    return [
        (_("This month"), month.first_day, month.last_day),
        (_("Last month"), before.first_day, before.last_day),
        (_("This year"), date(today.year, 1, 1), date(today.year, 12, 31)),
        (_("Last year"), date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]


@pages.get(_BOOK + ".xlsx")
@guard.needs(Power.LEDGER_SEE)
def book_workbook() -> Response:
    """The trial balance as it is shown."""
    fund = _fund(request.args.get("fund", Fund.OPERATIONS.value))
    trial = queries.trial_balance(g.community.id, fund, _days())
    headers = [_("Account code"), _("Account"), _("Balance before"), _("Debit"), _("Credit"), _("Side"), _("Balance")]
    rows: list[tuple[Any, ...]] = [
        (
            row.account.code, _(row.account.words), row.before, row.debit, row.credit,
            _(SIDE_WORDS[row.account.side]) if row.balance else _("nil"), row.balance,
        )
        for row in trial.rows
    ]  # fmt: skip
    rows.append(("", _("Total"), None, trial.debit, trial.credit, "", None))
    return _workbook(headers, rows, fund.value)


@pages.get(_BOOK + "/<fund>/<code>")
@guard.needs(Power.LEDGER_SEE)
def account(fund: str, code: str) -> str:
    """The lines of one account, oldest first, with the balance after each."""
    pot, days = _fund(fund), _days()
    sought = _sought()
    lines = queries.list_lines(g.community.id, pot, code, days, asked_page(request.args.get("page")), sought)
    return render_template(
        "ledger/account.html",
        lines=lines,
        documents=_documents_of(lines),
        words=ENTRY_WORDS,
        fund=pot,
        funds=FUND_WORDS,
        days=days,
        sought=sought,
        side=SIDE_WORDS[lines.account.side],
        accounts=ACCOUNTS,
    )


@pages.get(_BOOK + "/<fund>/<code>/lines.xlsx")
@guard.needs(Power.LEDGER_SEE)
def account_workbook(fund: str, code: str) -> Response:
    """The lines of the account on all pages."""
    pot = _fund(fund)
    sought = _sought()
    lines = queries.list_lines(g.community.id, pot, code, _days(), None, sought)
    documents = _documents_of(lines)
    headers = [_("Date"), _("Summary"), _("Document"), _("Against"), _("Debit"), _("Credit"), _("Balance"), _("Entry")]
    rows: list[tuple[Any, ...]] = [] if sought else [("", _("Balance before"), "", "", None, None, lines.forward, "")]
    rows += [
        (
            line.happened_on, _summary(line), documents[line.entry_id].name,
            " ".join(line.against), line.debit or None, line.credit or None, line.balance, str(line.entry_id),
        )
        for line in lines.page.items
    ]  # fmt: skip
    rows.append(("", _("Total"), "", "", lines.debit, lines.credit, None if sought else lines.balance, ""))
    return _workbook(headers, rows, f"{fund}-{code}")


@pages.get(_BOOK + "/entries/<int:entry_id>")
@guard.needs(Power.LEDGER_SEE)
def entry(entry_id: int) -> str:
    """One entry: its lines, where it comes from, and what corrects it."""
    found = queries.get_entry(g.community.id, entry_id)
    return render_template(
        "ledger/entry.html",
        entry=found,
        fund=Fund(found.fund),
        funds=FUND_WORDS,
        lines=queries.list_entry_lines(found),
        accounts=ACCOUNTS,
        document=_documents([(found.id, found.source_kind, found.source_id)])[found.id],
        words=ENTRY_WORDS,
        person=names_of("user", [found.posted_by]).get(found.posted_by) if found.posted_by else None,
        reversed_by=queries.find_reversal(found),
    )


@pages.get(_BOOK + "/entries/<int:entry_id>.xlsx")
@guard.needs(Power.LEDGER_SEE)
def entry_workbook(entry_id: int) -> Response:
    """The lines of one entry."""
    found = queries.get_entry(g.community.id, entry_id)
    headers = [_("Account code"), _("Account"), _("Debit"), _("Credit")]
    rows: list[tuple[Any, ...]] = [
        (line.account, _(ACCOUNTS[line.account].words), line.debit or None, line.credit or None)
        for line in queries.list_entry_lines(found)
    ]
    rows.append(("", _("Total"), found.total, found.total))
    return _workbook(headers, rows, f"{day(found.happened_on)}-{found.id}")


def _summary(line: AccountLine) -> str:
    words = _(ENTRY_WORDS.get(line.kind, line.kind))
    return f"{_('Reversal')}: {words}" if line.reversal else words


def _fund(typed: str) -> Fund:
    found = next((fund for fund in Fund if fund.value == typed), None)
    if found is None:
        raise NotFound
    return found


def _sought() -> Sought | None:
    """What somebody looks for on an account: an amount, an entry's number, or words of its summary."""
    typed = asked_words(request.args.get("q"))
    if not typed:
        return None
    try:
        amount = Money.read(typed)
    except (ValueError, ArithmeticError):
        amount = None
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    kinds = tuple(kind for kind, words in ENTRY_WORDS.items() if typed.casefold() in _(words).casefold())
    return Sought(typed, amount, number, kinds)


def _days() -> Days:
    return Days(asked_day(request.args.get("from")), asked_day(request.args.get("to")))


def _documents_of(lines: AccountLines) -> dict[int, Document]:
    return _documents((line.entry_id, line.source_kind, line.source_id) for line in lines.page.items)


def _documents(entries: Iterable[tuple[int, str, int]]) -> dict[int, Document]:
    """The document of each entry, by the entry's id; given are that id and the document's kind and id."""
    sources = {entry_id: (kind, key) for entry_id, kind, key in entries}
    names = {kind: names_of(kind, {key for each, key in sources.values() if each == kind}) for kind in _NAMED}
    return {entry_id: _document(kind, key, names.get(kind, {}).get(key)) for entry_id, (kind, key) in sources.items()}


def _document(kind: str, key: int, name: str | None) -> Document:
    if kind not in _DOCUMENTS:
        return Document("", None)
    return Document(name or _(_DOCUMENTS[kind]), url_of(kind, key))


def _workbook(headers: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> Response:
    return workbook(f"book-{g.community.code}-{name}.xlsx", spreadsheet.table(headers, rows))
