"""A resident's pages, and the office's page that prints the way in."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.access.doors import enter
from feeapp.billing.disputes import disputed_ids
from feeapp.billing.lateness import Memo, list_memos, terms_of
from feeapp.billing.offsets import list_offsets
from feeapp.billing.queries import list_charges, marked
from feeapp.cashier.actions import print_copy
from feeapp.cashier.sheets import get_counted_paper, pdf
from feeapp.cashier.void_rules import FATE_TONES, FATE_WORDS
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.jobs import actions as jobs
from feeapp.portal import queries
from feeapp.portal.activating import activate as activate_with
from feeapp.portal.forms import ActivationForm
from feeapp.portal.notices import KIND
from feeapp.printing.notice_sheets import notice_on
from feeapp.printing.paper import Size, render
from feeapp.printing.receipt import Part, from_json
from feeapp.registry.queries import get_community, get_party, list_buildings
from feeapp.statements.bills import Terms, list_bills
from feeapp.statements.bills import paper_of as bill_paper
from feeapp.statements.forms import DaysForm
from feeapp.statements.queries import books_of, list_owned_pairs, list_unit_names
from feeapp.statements.rules import years_of
from feeapp.statements.sheets import paper_of
from feeapp.statements.sheets import pdf as statement_file
from feeapp.statements.views import portal_address
from feeapp.statements.wording import said
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import pdf_file
from feeapp.web.forms import attempt
from feeapp.web.language import short

pages = Blueprint("portal", __name__)


class StatementAsked:
    """A resident's statement as the address asks for it: what they and their co-owners owe and owed."""

    def __init__(self, holdings: list[queries.Holding]) -> None:
        self.holdings = holdings
        self.today = office_day(clock.now())
        places = dict.fromkeys([*(each.community.id for each in holdings), *(key for key, _ in current_user.parties)])
        self.places = [get_community(key) for key in places]
        self.community = next((each for each in self.places if each.code == request.args.get("community")), None)
        self.community = self.community or next(iter(self.places), None)
        community_id = self.community.id if self.community else 0
        mine = [party for key, party in current_user.parties if key == community_id]
        here = [each for each in holdings if each.community.id == community_id]
        pairs = {(each.unit.id, party) for each in here for party in each.co_owners}
        for party in mine:
            pairs |= list_owned_pairs(community_id, party)
        self.books = books_of(community_id, pairs)
        self.ranges = years_of(self.today, self.books.lines)
        self.form = DaysForm(request.args)
        sound = self.form.validate()
        self.statement = self.books.statement(self.form.days(self.ranges["this"])) if sound else None
        self.unit_names = list_unit_names(community_id, {unit_id for unit_id, _ in pairs})
        self.holder = "、".join(get_party(community_id, party).name for party in mine)

    def args(self, **changed: object) -> dict[str, Any]:
        """What stands in the addresses of this statement."""
        code = self.community.code if self.community and len(self.places) > 1 else None
        return {"community": code, "since": self.form.since.data, "upto": self.form.upto.data, **changed}


def _holdings() -> list[queries.Holding]:
    """What is theirs, and what was: their own bills and receipts stay in sight after a sale."""
    today = office_day(clock.now())
    return [*queries.list_holdings(current_user.parties, today), *queries.list_former(current_user.parties, today)]


def _bills(holdings: list[queries.Holding]) -> list[queries.Bill]:
    charges = [
        charge
        for holding in holdings
        for charge in marked(holding.community.id, list_charges(holding.community.id, (holding.unit.id,)))
        if charge.debtor_id in holding.co_owners
    ]
    ids = [charge.id for charge in charges]
    communities = {holding.community.id for holding in holdings}
    return queries.as_bills(charges, {each for key in communities for each in disputed_ids(key, ids)})


def _prepaid(holdings: list[queries.Holding], bills: list[queries.Bill]) -> dict[int, Money]:
    """What of these bills' charges was paid from prepaid money."""
    charges = [charge.id for bill in bills for charge in bill.charges]
    cleared: dict[int, Money] = {}
    for community_id in {holding.community.id for holding in holdings}:
        cleared |= list_offsets(community_id, charges)
    return cleared


def _memos(holdings: list[queries.Holding]) -> dict[int, Memo]:
    """What has run up by today on each overdue charge of these owners."""
    on = office_day(clock.now())
    return {
        memo.line.id: memo
        for holding in holdings
        for memo in list_memos(holding.community.id, [holding.unit.id], on, terms_of(holding.community.id))
        if memo.line.debtor_id in holding.co_owners
    }


@pages.route("/my/activate", methods=["GET", "POST"])
@guard.public
def activate() -> AnyResponse | str:
    """The code from the paper, a mobile number and a password: then the pages are open."""
    form = ActivationForm(code=request.args.get("code", "")[:40])
    pepper, address = current_app.config["SECRET_KEY"], request.remote_addr or ""
    opened = attempt(
        form,
        lambda: activate_with(form.code.data, form.phone.data, form.password.data, pepper, address, clock.now()),
    )
    if opened:
        enter(opened.result)
        return redirect(url_for("portal.home"))
    return render_template("portal/activate.html", form=form)


@pages.get("/my/")
@guard.resident
def home() -> str:
    holdings = _holdings()
    bills = _bills(holdings)
    disputed = {charge_id for bill in bills for charge_id in bill.disputed}
    return render_template(
        "portal/home.html",
        holdings=holdings,
        owed=total(bill.due for bill in bills),
        reviewed=total(bill.reviewed for bill in bills),
        bills=[bill for bill in bills if bill.due],
        held=queries.sum_held(holdings),
        late=total(memo.amount for memo in _memos(holdings).values() if memo.line.id not in disputed),
        ahead=queries.list_ahead(holdings, Period.of(office_day(clock.now()))),
        receipts=queries.list_own_receipts(holdings)[:3],
    )


@pages.get("/my/bills")
@guard.resident
def bills() -> str:
    holdings = _holdings()
    bills = _bills(holdings)
    prepaid = _prepaid(holdings, bills)
    return render_template("portal/bills.html", bills=bills, prepaid=prepaid, memos=_memos(holdings), holdings=holdings)


@pages.get("/my/bills/<int:unit_id>/<month>.pdf")
@guard.resident
def bill_pdf(unit_id: int, month: str) -> Response:
    """The bill of one of the resident's units for a month, on A4."""
    holding = queries.get_holding(current_user.parties, unit_id, office_day(clock.now()))
    try:
        period = Period.read(month)
    except ValueError:
        raise NotFound from None
    terms = Terms(period, office_day(clock.now()), short() == "en", portal_address())
    bills = list_bills(holding.community.id, [unit_id], terms, riding=False)
    papers = [bill_paper(bill, holding.community, terms) for bill in bills if not bill.former]
    return pdf_file(f"bill-{holding.unit.code}-{period}.pdf", render(notice_on(Size.A4), papers), save=True)


@pages.get("/my/statement")
@guard.resident
def statement() -> str:
    """What was billed and paid in some days, with the balance after each line, and the sum paid in large figures."""
    asked = StatementAsked(_holdings())
    return render_template(
        "portal/statement.html",
        asked=asked,
        holdings=asked.holdings,
        statement=asked.statement,
        said=lambda line: said(line, short(), len(asked.unit_names) > 1),
        address=lambda **changed: url_for("portal.statement", **asked.args(**changed)),
        own={each.id for each in queries.list_own_receipts(asked.holdings)},
    )


@pages.get("/my/statement.pdf")
@guard.resident
def statement_pdf() -> Response:
    """The same on A4."""
    asked = StatementAsked(_holdings())
    if asked.statement is None or asked.community is None:
        raise NotFound
    paper = paper_of(asked.statement, asked.community, asked.holder, asked.unit_names, asked.today, short())
    return pdf_file("statement.pdf", statement_file(paper), save=True)


@pages.get("/my/receipts")
@guard.resident
def receipts() -> str:
    found = queries.list_own_receipts(_holdings())
    return render_template("portal/receipts.html", receipts=found, fates=queries.list_fates(found), words=FATE_WORDS)


@pages.get("/my/receipts/<int:receipt_id>")
@guard.resident
def receipt(receipt_id: int) -> str:
    found = queries.get_own_receipt(_holdings(), receipt_id)
    return render_template(
        "portal/receipt.html",
        receipt=found,
        paper=from_json(found.snapshot),
        fate=queries.list_fates([found])[found.id],
        words=FATE_WORDS,
        tones=FATE_TONES,
    )


@pages.post("/my/receipts/<int:receipt_id>/pdf")
@guard.resident
def receipt_pdf(receipt_id: int) -> Response:
    """The customer's copy; it is counted and marked like every other printing."""
    found = queries.get_own_receipt(_holdings(), receipt_id)
    by = By(found.community_id, current_user.id, clock.now())
    copy = transaction(lambda: print_copy(by, receipt_id))
    paper = get_counted_paper(by.community_id, receipt_id, copy, short(), (Part.CUSTOMER,))
    return pdf_file(f"{paper.number}.pdf", pdf(paper, "a5"), save=True)


@pages.route("/<community:community>/codes", methods=["GET", "POST"])
@guard.needs(Power.PORTAL_CODES)
def codes() -> AnyResponse | str:
    """Print bill notices with a code for each owner, for chosen buildings or all."""
    buildings = list_buildings(g.community.id)
    if request.method == "POST":
        known = {building.id for building in buildings}
        chosen = sorted({value for value in request.form.getlist("building", type=int) if value in known})
        by = guard.acting()
        facts = {"buildings": chosen, "file": secrets.token_hex(8)}
        job_id = transaction(lambda: jobs.start(by, KIND, facts))
        return redirect(url_for("jobs.job", job_id=job_id))
    return render_template("portal/codes.html", buildings=buildings)
