"""Late charges: what has run up, who asks to waive it, who decides, and what was waived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing import waivers, waiving
from feeapp.billing.forms import AskForChargeForm, AskForUnitsForm, DecideForm
from feeapp.billing.lateness import Memo, find_memo, list_memos, terms_of
from feeapp.billing.rules import WAIVER_WORDS, WaiverState
from feeapp.billing.views import pages
from feeapp.billing.waivers import WantedWaived
from feeapp.clock import office_day
from feeapp.core.money import Money, total
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import Done, submit
from feeapp.web.language import short
from feeapp.web.paging import SIZE, Page, asked_day, asked_page, asked_words


@dataclass(frozen=True, slots=True)
class UnitLate:
    """What has run up on one unit."""

    id: int
    code: str
    name: str
    charges: int
    open: Money
    amount: Money


def _today() -> date:
    return office_day(clock.now())


def _asked() -> tuple[str, date]:
    """What is searched for, and the day to which late charges are reckoned: never one to come."""
    typed = asked_words(request.args.get("q"))
    return typed, min(asked_day(request.args.get("on")) or _today(), _today())


def _units(typed: str, on: date) -> list[UnitLate]:
    by_unit: dict[int, list[Memo]] = {}
    for memo in list_memos(g.community.id, None, on, terms_of(g.community.id)):
        if typed.lower() in memo.line.unit_code.lower() or typed in memo.line.unit_name:
            by_unit.setdefault(memo.line.unit_id, []).append(memo)
    units = [
        UnitLate(
            unit_id,
            memos[0].line.unit_code,
            memos[0].line.unit_name,
            len(memos),
            total(memo.line.open for memo in memos),
            total(memo.amount for memo in memos),
        )
        for unit_id, memos in by_unit.items()
    ]
    return sorted(units, key=lambda unit: unit.code)


@pages.get("/late-charges")
@guard.needs(Power.BILLING_SEE)
def late() -> str:
    """What has run up on each unit by a day."""
    typed, on = _asked()
    return _list(AskForUnitsForm(), _units(typed, on))


@pages.post("/late-charges")
@guard.needs(Power.BILLING_WAIVE)
def ask_waivers() -> AnyResponse | str:
    """Ask to waive what has run up on the ticked units, or on all that the list shows."""
    typed, on = _asked()
    form, units, by = AskForUnitsForm(), _units(typed, on), guard.acting()
    ticked = set(form.units.data or ())
    chosen = [unit.id for unit in units if form.every.data or unit.id in ticked]
    asked = submit(form, lambda: waiving.ask_for_units(by, chosen, on, form.reason.data))
    if asked:
        flash(_("The request waits for a second person."), "ok")
        return redirect(url_for("billing.late_request", waiver_id=asked.result))
    return _list(form, units)


def _list(form: AskForUnitsForm, units: Sequence[UnitLate]) -> str:
    typed, on = _asked()
    number = asked_page(request.args.get("page"))
    return render_template(
        "billing/late.html",
        page=Page(units[(number - 1) * SIZE : number * SIZE], number, len(units)),
        sums=(total(unit.open for unit in units), total(unit.amount for unit in units)),
        typed=typed,
        on=on,
        terms=terms_of(g.community.id),
        form=form,
        waiting=waivers.count_open(g.community.id),
    )


@pages.get("/late-charges.xlsx")
@guard.needs(Power.BILLING_SEE)
def late_workbook() -> Response:
    """The list exactly as shown, in full."""
    typed, on = _asked()
    headers = [_("Unit"), _("Full name"), _("Charges"), _("Unpaid"), _("Late charge to date")]
    rows = [[unit.code, unit.name, unit.charges, unit.open, unit.amount] for unit in _units(typed, on)]
    return workbook(f"late-charges-{g.community.code}-{on}.xlsx", table(headers, rows))


@pages.route("/late-charges/of/<int:charge_id>", methods=["GET", "POST"])
@guard.needs(Power.BILLING_WAIVE)
def ask_waiver(charge_id: int) -> AnyResponse | str:
    """Ask to waive the late charge of one charge, or a part of it."""
    memo = find_memo(g.community.id, charge_id, _today())
    if memo is None:
        raise NotFound
    form = AskForChargeForm(amount=memo.amount)
    by = guard.acting()
    asked = submit(form, lambda: waiving.ask_for_charge(by, charge_id, form.amount.data, form.reason.data))
    if asked:
        flash(_("The request waits for a second person."), "ok")
        return redirect(url_for("billing.late_request", waiver_id=asked.result))
    return render_template("billing/ask_waiver.html", memo=memo, form=form)


@pages.get("/late-charges/requests")
@guard.needs(Power.BILLING_SEE)
def late_requests() -> str:
    """Every request to waive late charges, those that wait first."""
    page = waivers.list_requests(g.community.id, asked_page(request.args.get("page")))
    waiting = waivers.count_open(g.community.id)
    return render_template("billing/late_requests.html", page=page, waiting=waiting, words=WAIVER_WORDS)


@pages.get("/late-charges/requests/<int:waiver_id>")
@guard.needs(Power.BILLING_SEE)
def late_request(waiver_id: int) -> str:
    """One request, charge by charge, and its decision."""
    return _request(waiver_id, DecideForm())


@pages.post("/late-charges/requests/<int:waiver_id>")
@guard.needs(Power.BILLING_APPROVE_WAIVER)
def decide_waiver(waiver_id: int) -> AnyResponse | str:
    """Waive what was asked for, or leave it."""
    form, by = DecideForm(), guard.acting()
    answer = form.answer.data or ""
    decided: Done[object] | None
    if request.form.get("deed") == "approve":
        decided = submit(form, lambda: waiving.approve(by, waiver_id, answer))
    else:
        decided = submit(form, lambda: waiving.refuse(by, waiver_id, answer))
    if decided:
        flash(_("The request is decided."), "ok")
        return redirect(url_for("billing.late_request", waiver_id=waiver_id))
    return _request(waiver_id, form)


def _request(waiver_id: int, form: DecideForm) -> str:
    row = waivers.request_row(g.community.id, waiver_id)
    page = waivers.list_lines(g.community.id, waiver_id, asked_page(request.args.get("page")))
    return render_template(
        "billing/late_request.html", row=row, page=page, form=form, words=WAIVER_WORDS, state=WaiverState
    )


@pages.get("/late-charges/requests/<int:waiver_id>.xlsx")
@guard.needs(Power.BILLING_SEE)
def late_request_workbook(waiver_id: int) -> Response:
    """The charges of a request exactly as listed, in full."""
    waivers.get_request(g.community.id, waiver_id)
    return workbook(f"waiver-{waiver_id}.xlsx", _sheet(waivers.list_lines(g.community.id, waiver_id, None).items))


def _wanted() -> WantedWaived:
    return WantedWaived(
        asked_words(request.args.get("q")), asked_day(request.args.get("from")), asked_day(request.args.get("to"))
    )


@pages.get("/late-charges/waived")
@guard.needs(Power.BILLING_SEE)
def late_waived() -> str:
    """What was waived, with who asked, who decided and why."""
    wanted = _wanted()
    return render_template(
        "billing/late_waived.html",
        page=waivers.list_waived(g.community.id, wanted, asked_page(request.args.get("page"))),
        sum=waivers.sum_waived(g.community.id, wanted),
        wanted=wanted,
        waiting=waivers.count_open(g.community.id),
    )


@pages.get("/late-charges/waived.xlsx")
@guard.needs(Power.BILLING_SEE)
def late_waived_workbook() -> Response:
    """The same list, in full."""
    rows = waivers.list_waived(g.community.id, _wanted(), None).items
    return workbook(f"waived-late-charges-{g.community.code}.xlsx", _sheet(rows))


def _sheet(rows: Sequence[waivers.WaivedRow]) -> bytes:
    headers = [
        _("Unit"), _("Full name"), _("Item"), _("Month"), _("Run up to"), _("Sum asked for"), _("Waived"), _("Reason"),
        _("Asked by"), _("Decided by"), _("Decided"),
    ]  # fmt: skip
    chinese = short() == "zh"
    body = [
        [
            row.unit_code, row.unit_name, row.item_name if chinese else row.item_name_en, str(row.period), row.upto_on,
            row.asked, row.waived, row.reason, row.asker, row.decider or "",
            office_day(row.decided_at) if row.decided_at else "",
        ]
        for row in rows
    ]  # fmt: skip
    return table(headers, body)
