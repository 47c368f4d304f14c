"""The counter's page for months to come: how far, what that comes to, and the money for it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.cashier.forms import PrepayForm, TermForm
from feeapp.cashier.households import Household, get_household
from feeapp.cashier.prepaying import PrepayRequest, prepay
from feeapp.cashier.rules import METHOD_WORDS
from feeapp.cashier.settling import Method
from feeapp.cashier.views import pages
from feeapp.clock import office_day
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, Refused
from feeapp.prepay.quoting import Pick, Quoted, first_months, list_picks, quote
from feeapp.registry.queries import profile_of
from feeapp.tariffs.queries import list_priced_items
from feeapp.web import guard
from feeapp.web.forms import submit, tell


@pages.route("/counter/prepay", methods=["GET", "POST"], endpoint="prepay")
@guard.needs(Power.CASHIER_TAKE)
def prepay_page() -> Response | str:
    """Choose how far, look at what it comes to, take the money: one page, the choice in its address."""
    unit_id = request.args.get("unit", type=int)
    if unit_id is None:
        return redirect(url_for("cashier.counter"))
    today = office_day(clock.now())
    household = get_household(g.community.id, unit_id, today)
    this_month = Period.of(today)
    picks = list_picks(g.community.id, household.unit_ids, this_month)
    starts = first_months(g.community.id, picks, this_month)
    asked = "term" in request.args
    own = [f"{unit}-{item}" for unit, item in starts if unit == unit_id]
    term = TermForm(request.args if asked else None, picks=own)
    quoted = _quoted(term, today) if asked and term.validate() else []
    form = _pay_form(household, quoted)
    by = guard.acting()
    taken = submit(form, lambda: prepay(by, _request(form, term, unit_id))) if quoted else None
    if taken:
        return redirect(url_for("cashier.receipt", receipt_id=taken.result.receipt_id, fresh=1))
    form.seen.data = str(total(each.paid for each in quoted))
    return render_template(
        "cashier/prepay.html",
        household=household,
        rows=_rows(household, starts),
        ticked=set(term.chosen()),
        term=term,
        form=form,
        quoted=quoted,
        due=total(each.paid for each in quoted),
        words=METHOD_WORDS,
        cash=Method.CASH,
        profile=profile_of(g.community.id),
    )


def _quoted(term: TermForm, today: date) -> list[Quoted]:
    """What the wish comes to; a refusal stands at its field."""
    try:
        return quote(g.community.id, term.chosen(), term.wish(), today)
    except NotFound:
        raise
    except Refused as refusal:
        field = term._fields.get(refusal.field or "", term.picks)
        field.errors = [*field.errors, tell(refusal)]
        return []


def _pay_form(household: Household, quoted: Sequence[Quoted]) -> PrepayForm:
    due = total(each.paid for each in quoted)
    return PrepayForm(
        key=secrets.token_urlsafe(18),
        seen=str(due),
        payer=household.payer,
        tenders=[{"amount": due or None}] + [{} for _method in list(Method)[1:]],
    )


def _request(form: PrepayForm, term: TermForm, unit_id: int) -> PrepayRequest:
    try:
        seen = Money.read(form.seen.data)
    except ValueError:
        seen = Money(0)
    return PrepayRequest(
        key=form.key.data,
        unit_id=unit_id,
        picks=term.chosen(),
        wish=term.wish(),
        seen=seen,
        tenders=form.tendered(),
        payer=form.payer.data,
        remark=form.remark.data or "",
    )


def _rows(household: Household, starts: dict[Pick, Period]) -> list[tuple[object, ...]]:
    """Each unit and item that can be paid ahead, with the month from which it can."""
    units = {unit.id: unit for unit in household.units}
    items = {item.id: item for item in list_priced_items(g.community.id)}
    return [(units[unit_id], items[item_id], first) for (unit_id, item_id), first in starts.items()]
