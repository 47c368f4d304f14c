"""Bill runs: look, confirm, look it up again; and what one unit was billed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing import listing
from feeapp.billing.disputes import disputed_ids
from feeapp.billing.explaining import explained
from feeapp.billing.forms import ConfirmForm, MonthForm
from feeapp.billing.lateness import Memo, list_memos, terms_of
from feeapp.billing.offsets import list_offsets
from feeapp.billing.previewing import SHOWN
from feeapp.billing.previewing import preview as look_at
from feeapp.billing.queries import ChargeLine, list_charges, marked
from feeapp.billing.rules import CANNOT_WORDS
from feeapp.billing.runs import confirm
from feeapp.clock import office_day
from feeapp.core.money import ZERO, total
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.registry.queries import get_unit
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words

pages = Blueprint("billing", __name__, url_prefix="/<community:community>")


@pages.get("/bill-runs")
@guard.needs(Power.BILLING_SEE)
def runs() -> AnyResponse | str:
    """Every bill run, and the month to bill next."""
    form = MonthForm(request.args) if "period" in request.args else MonthForm()
    if "period" in request.args and form.validate():
        return redirect(url_for("billing.preview", period=form.period.data))
    this_month = Period.of(office_day(clock.now()))
    page = listing.list_runs(g.community.id, asked_page(request.args.get("page")))
    return render_template("billing/runs.html", page=page, form=form, this_month=this_month)


@pages.route("/bill-runs/<period>", methods=["GET", "POST"])
@guard.needs(Power.BILLING_RUN)
def preview(period: str) -> AnyResponse | str:
    """A month before it is billed; sending the hash of what was seen bills it."""
    month = _month(period)
    form = ConfirmForm()
    by = guard.acting()
    run = submit(form, lambda: confirm(by, month, form.seen_hash.data))
    if run:
        flash(_("The month is billed."), "ok")
        return redirect(url_for("billing.run", run_id=run.result))
    return render_template(
        "billing/preview.html", seen=look_at(g.community.id, month), form=form, cannot_words=CANNOT_WORDS, shown=SHOWN
    )


@pages.get("/bill-runs/run/<int:run_id>")
@guard.needs(Power.BILLING_SEE)
def run(run_id: int) -> str:
    """One run: its prices with their sums, and its charges."""
    found = listing.get_run(g.community.id, run_id)
    typed = asked_words(request.args.get("q"))
    page = listing.list_run_charges(found, typed, asked_page(request.args.get("page")))
    return render_template("billing/run.html", run=found, parts=listing.list_parts(found), page=page, typed=typed)


@pages.get("/bill-runs/run/<int:run_id>/charges.xlsx")
@guard.needs(Power.BILLING_SEE)
def run_workbook(run_id: int) -> Response:
    """The charges of a run exactly as listed, in full."""
    found = listing.get_run(g.community.id, run_id)
    lines = listing.list_run_charges(found, asked_words(request.args.get("q")), None).items
    return workbook(f"bill-run-{found.period}.xlsx", _sheet(lines))


@pages.get("/units/<int:unit_id>/bills")
@guard.needs(Power.BILLING_SEE)
def unit_charges(unit_id: int) -> str:
    """Everything one unit was ever billed, each charge with its arithmetic."""
    unit = get_unit(g.community.id, unit_id)
    charges = marked(g.community.id, list_charges(g.community.id, (unit_id,)))[::-1]
    memos = _memos(unit_id)
    return render_template(
        "billing/unit_charges.html",
        unit=unit,
        charges=charges,
        memos=memos,
        late=total(memo.amount for memo in memos.values()),
        prepaid=list_offsets(g.community.id, [charge.id for charge in charges]),
        disputed=disputed_ids(g.community.id, [charge.id for charge in charges]),
        billed=total(charge.amount for charge in charges if not charge.voided),
        reduced=total(charge.reduced for charge in charges if not charge.voided),
        open=total(charge.open for charge in charges),
    )


@pages.get("/units/<int:unit_id>/bills.xlsx")
@guard.needs(Power.BILLING_SEE)
def unit_charges_workbook(unit_id: int) -> Response:
    """The same list as a workbook."""
    unit = get_unit(g.community.id, unit_id)
    charges = marked(g.community.id, list_charges(g.community.id, (unit_id,)))[::-1]
    disputed = disputed_ids(g.community.id, [charge.id for charge in charges])
    return workbook(f"bills-{unit.code}.xlsx", _sheet(charges, _memos(unit_id), disputed))


def _memos(unit_id: int) -> dict[int, Memo]:
    """What has run up by today on each charge of a unit."""
    on = office_day(clock.now())
    found = list_memos(g.community.id, [unit_id], on, terms_of(g.community.id))
    return {memo.line.id: memo for memo in found}


def _month(typed: str) -> Period:
    try:
        return Period.read(typed)
    except ValueError:
        raise NotFound from None


def _sheet(
    lines: Sequence[ChargeLine], memos: Mapping[int, Memo] | None = None, disputed: Collection[int] = ()
) -> bytes:
    """The lines as shown; with what has run up on them, and which are in dispute, where that is shown."""
    headers = [
        _("Unit"),
        _("Full name"),
        _("Item"),
        _("Month"),
        _("Due on"),
        _("Amount"),
        _("Reduced"),
        _("Unpaid"),
        _("How reckoned"),
        *([_("Late charge to date")] if memos else []),
        *([_("In dispute")] if disputed else []),
    ]
    chinese = short() == "zh"
    rows = [
        [
            line.unit_code,
            line.unit_name,
            line.item_name if chinese else line.item_name_en,
            str(line.period),
            line.due_on,
            line.amount,
            line.reduced,
            line.open,
            f"{_('Void')}: {explained(line)}" if line.voided else explained(line),
            *([memos[line.id].amount if line.id in memos else ZERO] if memos else []),
            *([_("Yes") if line.id in disputed else ""] if disputed else []),
        ]
        for line in lines
    ]
    return table(headers, rows)
