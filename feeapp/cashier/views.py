"""The counter and the receipts."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing.disputes import disputed_ids
from feeapp.cashier import actions, queries
from feeapp.cashier.forms import CounterForm
from feeapp.cashier.households import Household, get_household, list_former
from feeapp.cashier.owing import Owing, look
from feeapp.cashier.recording import Taken
from feeapp.cashier.repeats import check_repeat
from feeapp.cashier.rules import METHOD_WORDS, POLICY_WORDS, Request
from feeapp.cashier.settling import Method, Plan, plan, take
from feeapp.cashier.sheets import SIZES, browser_page, get_counted_paper, pdf
from feeapp.cashier.small_change import small_rest
from feeapp.cashier.void_queries import fates_of, find_void_of
from feeapp.cashier.void_rules import FATE_TONES, FATE_WORDS
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, Refused
from feeapp.prepay.queries import prepaid_through
from feeapp.printing.receipt import from_json
from feeapp.registry.queries import profile_of
from feeapp.registry.searching import find_households
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.queries import list_items
from feeapp.web import guard
from feeapp.web.files import pdf_file, workbook
from feeapp.web.forms import submit, tell
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words

pages = Blueprint("cashier", __name__, url_prefix="/<community:community>")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment would clear and hand back, or why it cannot be taken like this."""

    plan: Plan
    change: Money
    problem: str | None
    let_off: Money = ZERO


def names_of_payments(ids: Collection[int]) -> dict[int, str]:
    """What payments are called in the rooms below: by the numbers of their receipts."""
    return queries.receipt_numbers(g.community.id, ids)


@pages.route("/counter", methods=["GET", "POST"])
@guard.needs(Power.CASHIER_TAKE)
def counter() -> AnyResponse | str:
    """Search, household, open items, payment: the page the office lives on."""
    unit_id = request.args.get("unit", type=int)
    if unit_id is None:
        return _search()
    today = office_day(clock.now())
    household = get_household(g.community.id, unit_id, today)
    owing = look(g.community.id, household.unit_ids, today)
    known = {owner.id for owner in household.owners}
    former = list_former(g.community.id, owing.lines.values(), known, today)
    own = [line.id for line in owing.lines.values() if (line.unit_id, line.debtor_id) not in former]
    disputed = disputed_ids(g.community.id, owing.lines)
    form = _form(household, owing, [each for each in own if each not in disputed], Period.of(today))
    by = guard.acting()
    only_looking = "look" in request.form
    taken = None if only_looking else submit(form, lambda: _take(by, form, household))
    if taken:
        return redirect(url_for("cashier.receipt", receipt_id=taken.result.receipt_id, fresh=1))
    if form.keep.errors:
        form.keep.data = True  # offered: the same again keeps it
    chosen = set(form.items.data or ())
    return render_template(
        "cashier/counter.html",
        household=household,
        owing=owing,
        charges=list(owing.lines.values()),
        chosen=chosen,
        due=owing.due(chosen),
        owed=owing.due(own),
        disputed=disputed,
        in_dispute=owing.due(disputed.intersection(own)),
        former=former,
        preview=_preview(form, owing, chosen),
        order_words=POLICY_WORDS,
        small=profile_of(g.community.id).small_waiver_receipt,
        form=form,
        words=METHOD_WORDS,
        cash=Method.CASH,
        held=queries.list_held(g.community.id, household.unit_ids),
        ahead=_ahead(household, Period.of(today)),
        recent=queries.list_receipts_of(g.community.id, household.unit_ids, 3),
    )


def _take(by: By, form: CounterForm, household: Household) -> Taken:
    """Take the payment; one that looks like the last one is asked about first."""
    wanted = _request(form, household.units[0].id)
    if not form.again.data:
        check_repeat(by, wanted, [owner.id for owner in household.owners])
    return actions.take_payment(by, wanted)


def _ahead(household: Household, this_month: Period) -> list[tuple[str, ChargeItem, Period]]:
    """Up to which month the household has paid ahead: unit, item and month."""
    codes = {unit.id: unit.code for unit in household.units}
    through = prepaid_through(g.community.id, household.unit_ids)
    items = {item.id: item for item in list_items(g.community.id)} if through else {}
    return [
        (codes[unit_id], items[item_id], month) for (unit_id, item_id), month in through.items() if month >= this_month
    ]


def _search() -> AnyResponse | str:
    typed = asked_words(request.args.get("q"))
    hits = find_households(g.community.id, typed) if typed else []
    if len(hits) == 1:
        return redirect(url_for("cashier.counter", unit=hits[0].unit_id))
    last = queries.last_receipt(g.community.id, current_user.id)
    return render_template("cashier/search.html", typed=typed, hits=hits, last=last)


def _form(household: Household, owing: Owing, own: Sequence[int], this_month: Period) -> CounterForm:
    """The form as first shown: what the household owes by this month ticked, paid in cash, in the community's order.

    ``own`` are the charges that the household is asked for: its own, and none that it disputes.
    """
    ticked = [each for each in own if owing.lines[each].period <= this_month]
    due = owing.due(ticked)
    first = {"amount": due if due else None}
    return CounterForm(
        key=secrets.token_urlsafe(18),
        items=ticked,
        payer=household.payer,
        keep=not owing.lines,
        order=owing.policy,
        tenders=[first] + [{} for _method in list(Method)[1:]],
    )


def _preview(form: CounterForm, owing: Owing, chosen: Collection[int]) -> Preview | None:
    """What the payment as it stands in the form would clear; None where nothing is to be cleared."""
    known = [each for each in chosen if each in owing.lines]
    if not known:
        return None
    try:
        takings = take(form.tendered(), owing.due(known), form.keep.data)
        policy = form.order.data or owing.policy
        parts = plan(owing.items, takings.settle, known, policy)
        let_off = total(small_rest(owing, known, parts).values()) if form.waive.data else ZERO
        return Preview(parts, takings.change, None, let_off)
    except Refused as refusal:
        return Preview(Plan((), ZERO), ZERO, tell(refusal))


def _request(form: CounterForm, unit_id: int) -> Request:
    return Request(
        key=form.key.data,
        unit_id=unit_id,
        charge_ids=tuple(form.items.data or ()),
        tenders=form.tendered(),
        payer=form.payer.data,
        remark=form.remark.data or "",
        keep=form.keep.data,
        policy=form.order.data,
        waive=form.waive.data,
    )


def _wanted() -> queries.Wanted:
    return queries.Wanted(
        typed=asked_words(request.args.get("q")),
        from_on=_day("from"),
        to_on=_day("to"),
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@pages.get("/receipts")
@guard.needs(Power.CASHIER_SEE)
def receipts() -> str:
    wanted = _wanted()
    page = queries.list_receipts(g.community.id, wanted, asked_page(request.args.get("page")))
    return render_template(
        "cashier/receipts.html",
        page=page,
        wanted=wanted,
        sum=queries.sum_receipts(g.community.id, wanted),
        fate_words=FATE_WORDS,
        fate_tones=FATE_TONES,
    )


@pages.get("/receipts.xlsx")
@guard.needs(Power.CASHIER_SEE)
def receipts_workbook() -> Response:
    """The list exactly as shown, in full."""
    rows = queries.list_receipts(g.community.id, _wanted(), None).items
    headers = [_("Number"), _("Date"), _("Paid by"), _("Amount"), _("Cashier"), _("Printed"), _("State")]
    return workbook(
        f"receipts-{g.community.code}.xlsx",
        table(
            headers,
            [
                [row.label, row.issued_on, row.payer, row.amount, row.cashier, row.prints, _(FATE_WORDS[row.fate])]
                for row in rows
            ],
        ),
    )


@pages.get("/receipts/<int:receipt_id>")
@guard.needs(Power.CASHIER_SEE)
def receipt(receipt_id: int) -> str:
    """One receipt: what it says, how it was paid, how often it was printed, and its printing."""
    found = queries.get_receipt(g.community.id, receipt_id)
    payment = queries.get_payment(g.community.id, found.payment_id)
    return render_template(
        "cashier/receipt.html",
        receipt=found,
        payment=payment,
        paper=from_json(found.snapshot),
        tenders=queries.list_tenders(g.community.id, payment.id),
        prints=queries.list_prints(g.community.id, receipt_id),
        words=METHOD_WORDS,
        sizes=SIZES,
        fresh="fresh" in request.args,
        void=find_void_of(g.community.id, receipt_id),
        fate=fates_of(g.community.id, [found])[found.id],
        fate_words=FATE_WORDS,
        fate_tones=FATE_TONES,
    )


@pages.get("/payments/<int:payment_id>")
@guard.needs(Power.CASHIER_SEE)
def payment(payment_id: int) -> AnyResponse:
    """A payment is looked at on its receipt."""
    return redirect(url_for("cashier.receipt", receipt_id=queries.get_receipt_of(g.community.id, payment_id).id))


@pages.post("/receipts/<int:receipt_id>/print")
@guard.needs(Power.CASHIER_REPRINT)
def print_receipt(receipt_id: int) -> AnyResponse:
    """Count the copy, then show it: as PDF, or as a page for the browser's own printing."""
    size = request.form.get("size", "")
    if size not in SIZES:
        raise NotFound
    by = guard.acting()
    copy = transaction(lambda: actions.print_copy(by, receipt_id))
    endpoint = "cashier.receipt_page" if request.form.get("how") == "page" else "cashier.receipt_pdf"
    return redirect(url_for(endpoint, receipt_id=receipt_id, copy=copy, size=size))


@pages.get("/receipts/<int:receipt_id>/<int:copy>/<size>.pdf")
@guard.needs(Power.CASHIER_REPRINT)
def receipt_pdf(receipt_id: int, copy: int, size: str) -> Response:
    """A counted copy as PDF."""
    paper = get_counted_paper(g.community.id, receipt_id, copy, short())
    return pdf_file(f"{paper.number}-{copy}.pdf", pdf(paper, size))


@pages.get("/receipts/<int:receipt_id>/<int:copy>/<size>.html")
@guard.needs(Power.CASHIER_REPRINT)
def receipt_page(receipt_id: int, copy: int, size: str) -> str:
    """A counted copy as a page: the print preview, printed by the browser."""
    return browser_page(get_counted_paper(g.community.id, receipt_id, copy, short()), size)
