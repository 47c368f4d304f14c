"""Prepaid money: what is held, the offers for paying ahead, and prices that rose meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.money import total
from feeapp.core.powers import Power
from feeapp.prepay import actions, queries
from feeapp.prepay.forms import ChoiceForm, OfferForm
from feeapp.prepay.rises import Rise, choose, list_rises
from feeapp.spreadsheet import table
from feeapp.tariffs.naming import AUTHORITY_WORDS
from feeapp.tariffs.queries import list_priced_items
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import Form, submit
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words

pages = Blueprint("prepay", __name__, url_prefix="/<community:community>/prepaid")


def _typed() -> str:
    return asked_words(request.args.get("q"))


@pages.get("")
@guard.needs(Power.BILLING_SEE)
def held() -> str:
    """All money that is held for households, and the month up to which it was paid."""
    page = queries.list_held(g.community.id, _typed(), asked_page(request.args.get("page")))
    return render_template(
        "prepay/held.html", page=page, typed=_typed(), sum=queries.sum_held(g.community.id, _typed())
    )


@pages.get("/held.xlsx")
@guard.needs(Power.BILLING_SEE)
def held_workbook() -> Response:
    """The list exactly as shown, in full."""
    lines = queries.list_held(g.community.id, _typed(), None).items
    headers = [_("Unit"), _("Full name"), _("Owner"), _("Kept for"), _("Paid ahead up to"), _("Balance")]
    chinese = short() == "zh"
    rows = [
        [
            line.unit_code,
            line.unit_name,
            line.owner,
            (line.item_name if chinese else line.item_name_en) or _("for any item"),
            str(line.through) if line.through else "",
            line.balance,
        ]
        for line in lines
    ]
    return workbook(f"prepaid-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/offers")
@guard.needs(Power.TARIFFS_SEE)
def offers() -> str:
    """Every offer for paying ahead, the newest first."""
    today = office_day(clock.now())
    found = queries.list_offers(g.community.id)
    return render_template("prepay/offers.html", offers=found, today=today, authorities=AUTHORITY_WORDS)


@pages.route("/offers/new", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def new_offer() -> AnyResponse | str:
    form = OfferForm()
    chinese = short() == "zh"
    items = list_priced_items(g.community.id)
    form.item.choices = [(item.id, item.name if chinese else item.name_en) for item in items]
    by = guard.acting()
    if submit(form, lambda: actions.publish_offer(by, form.item.data, form.offered())):
        flash(_("The offer is published."), "ok")
        return redirect(url_for("prepay.offers"))
    return render_template("prepay/new_offer.html", form=form)


@pages.route("/offers/<int:offer_id>/end", methods=["GET", "POST"])
@guard.needs(Power.TARIFFS_SET)
def end_offer(offer_id: int) -> AnyResponse | str:
    """Ask, then let today be the last day."""
    offer = queries.get_offer(g.community.id, offer_id)
    form, by = Form(), guard.acting()
    if submit(form, lambda: actions.end_offer(by, offer_id)):
        flash(_("The offer ends today."), "ok")
        return redirect(url_for("prepay.offers"))
    return render_template("prepay/end_offer.html", form=form, offer=offer)


@pages.get("/rises")
@guard.needs(Power.BILLING_SEE)
def rises() -> str:
    """Who paid ahead past the start of a higher price, all ticked at first."""
    found = list_rises(g.community.id, office_day(clock.now()))
    return _rises(ChoiceForm(), found, {rise.prepayment.id for rise in found})


@pages.post("/rises")
@guard.needs(Power.BILLING_RUN)
def decide_rises() -> AnyResponse | str:
    """The accountant's choice, for one household or for all that are ticked."""
    form, by = ChoiceForm(), guard.acting()
    chosen = submit(form, lambda: choose(by, form.picks.data or (), form.way.data, form.reason.data or ""))
    if chosen:
        flash(ngettext("%(num)s household is decided.", "%(num)s households are decided.", chosen.result), "ok")
        return redirect(url_for("prepay.rises"))
    return _rises(form, list_rises(g.community.id, office_day(clock.now())), set(form.picks.data or ()))


def _rises(form: ChoiceForm, found: Sequence[Rise], ticked: Collection[int]) -> str:
    return render_template(
        "prepay/rises.html",
        rises=found,
        form=form,
        ticked=ticked,
        difference=total(rise.difference for rise in found),
    )


@pages.get("/rises.xlsx")
@guard.needs(Power.BILLING_SEE)
def rises_workbook() -> Response:
    """The list exactly as shown."""
    headers = [
        _("Unit"), _("Owner"), _("Item"), _("From"), _("Paid ahead up to"), _("At the old price"),
        _("At the new price"), _("Difference"),
    ]  # fmt: skip
    chinese = short() == "zh"
    rows = [
        [
            rise.unit.code,
            rise.owner,
            rise.item.name if chinese else rise.item.name_en,
            str(rise.from_period),
            str(rise.prepayment.through_period),
            rise.old,
            rise.new,
            rise.difference,
        ]
        for rise in list_rises(g.community.id, office_day(clock.now()))
    ]
    return workbook(f"price-rises-{g.community.code}.xlsx", table(headers, rows))
