"""The office's pages of a household's papers: its statement of account, and its bill."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.printing.certificate import CERTIFICATE, from_facts
from feeapp.printing.notice_sheets import notice_on
from feeapp.printing.paper import Size, render
from feeapp.registry.models import Unit
from feeapp.registry.pages import sight
from feeapp.registry.queries import get_unit, list_buildings, list_stairs, names
from feeapp.registry.rules import Sight
from feeapp.statements import actions, queries
from feeapp.statements.bills import Terms, find_lead, list_bills
from feeapp.statements.bills import paper_of as bill_paper
from feeapp.statements.forms import BillsForm, CertificateForm, DaysForm
from feeapp.statements.rules import CERTIFICATE_WORDS, Statement, years_of
from feeapp.statements.sheets import paper_of, pdf, workbook_of
from feeapp.statements.voided import list_voided_papers
from feeapp.statements.wording import said
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import pdf_file, workbook
from feeapp.web.forms import submit
from feeapp.web.keys import as_key
from feeapp.web.language import short

pages = Blueprint("statements", __name__, url_prefix="/<community:community>")


class Asked:
    """A statement as the address asks for it: whose, over which units, of which days."""

    def __init__(self, unit_id: int) -> None:
        self.today = office_day(clock.now())
        self.unit: Unit = get_unit(g.community.id, unit_id)
        self.households = queries.list_households(g.community.id, unit_id, self.today)
        key = request.args.get("whose", 0, type=as_key)
        self.household = next((each for each in self.households if each.key == key), None) or _nobody()
        self.wide = request.args.get("units") != "one"
        self.books = queries.open_books(g.community.id, unit_id, self.household, self.wide)
        self.ranges = years_of(self.today, self.books.lines)
        self.form = DaysForm(request.args)
        sound = self.form.validate()
        days = self.form.days(self.ranges["this"]) if sound else self.ranges["this"]
        self.statement: Statement | None = self.books.statement(days) if sound else None
        self.unit_names = queries.list_unit_names(g.community.id, queries.list_charged_units(self.books) or [unit_id])

    def args(self, **changed: Any) -> dict[str, Any]:
        """What stands in the addresses of this statement."""
        asked = {
            "unit_id": self.unit.id,
            "whose": self.household.key or None,
            "units": None if self.wide else "one",
            "since": self.form.since.data,
            "upto": self.form.upto.data,
        }
        return {**asked, **changed}


def _nobody() -> queries.Household:
    raise NotFound


@pages.get("/units/<int:unit_id>/statement")
@guard.needs(Power.BILLING_SEE)
def statement(unit_id: int) -> str:
    """Everything that moved what a household owes, with the balance after each line."""
    asked = Asked(unit_id)
    return render_template(
        "statements/statement.html",
        asked=asked,
        statement=asked.statement,
        said=lambda line: said(line, short(), len(asked.unit_names) > 1),
        holder=lambda household: names(household.parties, sight()),
        address=lambda **changed: url_for("statements.statement", **asked.args(**changed)),
    )


@pages.get("/units/<int:unit_id>/statement.pdf")
@guard.needs(Power.STATEMENTS_PRINT)
def statement_pdf(unit_id: int) -> Response:
    """The statement on A4, with full names: it is handed to the household."""
    asked = Asked(unit_id)
    if asked.statement is None:
        raise NotFound
    holder = names(asked.household.parties, Sight.FULL)
    paper = paper_of(asked.statement, g.community, holder, asked.unit_names, asked.today, short())
    return pdf_file(f"statement-{asked.unit.code}.pdf", pdf(paper))


@pages.get("/units/<int:unit_id>/statement.xlsx")
@guard.needs(Power.BILLING_SEE)
def statement_workbook(unit_id: int) -> Response:
    """The statement as a workbook."""
    asked = Asked(unit_id)
    if asked.statement is None:
        raise NotFound
    return workbook(
        f"statement-{asked.unit.code}.xlsx", workbook_of(asked.statement, short(), len(asked.unit_names) > 1)
    )


def portal_address() -> str:
    """Where residents open their own pages: the address that is set, else the one this page was opened at."""
    return f"{current_app.config['FEEAPP_BASE_URL'] or request.host_url.rstrip('/')}{url_for('portal.home')}"


def asked_month() -> Period:
    """The month in the address; this month where there is none. Raises NotFound for one that cannot be."""
    typed = request.args.get("month")
    try:
        return Period.read(typed) if typed else Period.of(office_day(clock.now()))
    except ValueError:
        raise NotFound from None


@pages.get("/units/<int:unit_id>/bill.pdf")
@guard.needs(Power.STATEMENTS_PRINT)
def bill_pdf(unit_id: int) -> Response:
    """The bill of the household of a unit for a month; former owners' bills follow it."""
    unit = get_unit(g.community.id, unit_id)
    terms = Terms(asked_month(), office_day(clock.now()), short() == "en", portal_address())
    bills = list_bills(g.community.id, [find_lead(g.community.id, unit_id, terms.on)], terms)
    if not bills:
        raise Refused("statement.nobody", msg("This unit has no owner on the ledger, so nobody can be billed."))
    papers = [bill_paper(bill, g.community, terms) for bill in bills]
    return pdf_file(f"bill-{unit.code}-{terms.month}.pdf", render(notice_on(Size.A4), papers))


@pages.get("/units/<int:unit_id>/bills/<month>/voided.pdf")
@guard.needs(Power.STATEMENTS_PRINT)
def voided_pdf(unit_id: int, month: str) -> Response:
    """The voided bills of a unit for a month, marked as voided."""
    unit = get_unit(g.community.id, unit_id)
    try:
        period = Period.read(month)
    except ValueError:
        raise NotFound from None
    papers = list_voided_papers(g.community, unit, Terms(period, office_day(clock.now()), short() == "en"))
    if not papers:
        raise NotFound
    return pdf_file(f"voided-bill-{unit.code}-{period}.pdf", render(notice_on(Size.A4), papers))


@pages.route("/bills/print", methods=["GET", "POST"])
@guard.needs(Power.STATEMENTS_PRINT)
def bills() -> Response | str:
    """Bills of chosen buildings and stairs as one file a building, in walking order."""
    buildings, stairs = list_buildings(g.community.id), list_stairs(g.community.id)
    form = BillsForm(month=Period.of(office_day(clock.now())), owing=True)
    known = {f"b{each.id}" for each in buildings} | {f"s{each.id}" for each in stairs}
    ticked = [place for place in request.form.getlist("place") if place in known]
    by = guard.acting()
    places = {sort: [int(each[1:]) for each in ticked if each[0] == sort] for sort in "bs"}
    done = submit(
        form,
        lambda: actions.print_bills(
            by,
            actions.Wanted(
                month=form.month.data,
                portal=portal_address(),
                file=secrets.token_hex(8),
                buildings=places["b"],
                stairs=places["s"],
                owing=form.owing.data,
                least=form.least.data,
                english=form.english.data,
            ),
        ),
    )
    if done:
        return redirect(url_for("jobs.job", job_id=done.result))
    return render_template("statements/bills.html", form=form, buildings=buildings, stairs=stairs, ticked=ticked)


def print_bills_of(unit_ids: Sequence[int]) -> Response:
    """Start printing this month's bills of some units, and go to the page of the work."""
    by, month = guard.acting(), Period.of(office_day(clock.now()))
    wanted = actions.Wanted(month, portal_address(), secrets.token_hex(8), units=unit_ids, english=short() == "en")
    job_id = transaction(lambda: actions.print_bills(by, wanted))
    return redirect(url_for("jobs.job", job_id=job_id))


@pages.route("/units/<int:unit_id>/certificates", methods=["GET", "POST"])
@guard.needs(Power.STATEMENTS_CERTIFY)
def certificates(unit_id: int) -> Response | str:
    """Issue a certificate of what is owed on a unit, and look the issued ones up."""
    unit, today = get_unit(g.community.id, unit_id), office_day(clock.now())
    form = CertificateForm(on=today)
    households = queries.list_households(g.community.id, unit_id, today)
    form.whose.choices = [SelectChoice(each.key, names(each.parties, Sight.FULL)) for each in households]
    by = guard.acting()
    done = submit(form, lambda: actions.certify(by, unit_id, form.whose.data, form.kind.data, form.on.data))
    if done:
        flash(_("The certificate is issued. Print it and set the seal on it."), "ok")
        return redirect(url_for("statements.certificates", unit_id=unit_id))
    issued = queries.list_certificates(g.community.id, unit_id)
    return render_template("statements/certificates.html", unit=unit, form=form, issued=issued, words=CERTIFICATE_WORDS)


@pages.get("/certificates/<int:certificate_id>.pdf")
@guard.needs(Power.STATEMENTS_CERTIFY)
def certificate_pdf(certificate_id: int) -> Response:
    """A certificate as it was issued, on A4."""
    found = queries.get_certificate(g.community.id, certificate_id)
    return pdf_file(f"{found.label}.pdf", render(CERTIFICATE, from_facts(found.snapshot, short())))
