"""The page of one charge, and asking for another amount for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.billing.demanding import limitation_of
from feeapp.billing.disputes import list_of_charge
from feeapp.billing.explaining import explained
from feeapp.billing.lateness import find_memo
from feeapp.billing.rules import DISPUTE_TONES, DISPUTE_WORDS, REDUCTION_WORDS, WAIVER_WORDS
from feeapp.clock import office_day
from feeapp.core.money import ZERO
from feeapp.core.powers import Power
from feeapp.core.refusal import msg
from feeapp.corrections import adjusting
from feeapp.corrections.forms import AdjustForm
from feeapp.corrections.history import History, Moved, get_history, get_line
from feeapp.corrections.rules import STATE_WORDS, CorrectionState, form_key
from feeapp.registry.pages import sight
from feeapp.registry.rules import mask_name
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import attempt, submit

pages = Blueprint("corrections", __name__, url_prefix="/<community:community>")

_PAPERS = {
    "relief": (msg("Relief"), "reliefs.relief", "relief_id"),
    "bill_run": (msg("Bill run"), "billing.run", "run_id"),
    "import_batch": (msg("Ledger import"), "registry.import_batch", "batch_id"),
    "correction": (msg("Correction"), "corrections.correction", "correction_id"),
    "transfer": (msg("Change of owner"), "transfers.record", "transfer_id"),
}
"""What the paper behind a reduction is called, and where it can be looked at by whoever may open that page."""

STATE_TONES = {
    CorrectionState.ASKED: "promised",
    CorrectionState.APPROVED: "paid",
    CorrectionState.REFUSED: "vacant",
    CorrectionState.WITHDRAWN: "void",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What something rests on, as it is shown."""

    name: str
    url: str | None


def paper(kind: str | None, key: int | None) -> Paper | None:
    """The paper of a kind; None where the house has no page for it."""
    if kind not in _PAPERS or key is None:
        return None
    words, endpoint, argument = _PAPERS[kind]
    power = getattr(current_app.view_functions[endpoint], guard.MARK)
    return Paper(_(words), url_for(endpoint, **{argument: key}) if guard.may(power) else None)  # type: ignore[arg-type]


@pages.get("/charges/<int:charge_id>")
@guard.needs(Power.CORRECTIONS_SEE)
def charge(charge_id: int) -> str:
    """Everything about one charge: how it was reckoned, what cleared it, and what is asked about it."""
    found = get_history(g.community.id, charge_id)
    return render_template(
        "corrections/charge.html",
        found=found,
        line=found.line,
        debtor=_debtor(found),
        limitation=limitation_of(found.line, g.community.id),
        memo=find_memo(g.community.id, charge_id, office_day(clock.now())),
        disputes=list_of_charge(g.community.id, charge_id),
        dispute_words=DISPUTE_WORDS,
        dispute_tones=DISPUTE_TONES,
        paper=paper,
        reduction_words=REDUCTION_WORDS,
        waiver_words=WAIVER_WORDS,
        tones=STATE_TONES,
        state_words=STATE_WORDS,
    )


@pages.get("/charges/<int:charge_id>.xlsx")
@guard.needs(Power.CORRECTIONS_SEE)
def charge_workbook(charge_id: int) -> Response:
    """What was billed and all that cleared it, line by line, down to what is still open."""
    found = get_history(g.community.id, charge_id)
    line = found.line
    headers = [_("Day"), _("What"), _("Reason"), _("By"), _("Second person"), _("Amount")]
    rows: list[list[object]] = [[line.due_on, _("Billed"), explained(line), "", "", line.amount]]
    rows += [[each.on, each.label or _("Payment"), "", "", "", -each.amount] for each in found.paid]
    rows += [[office_day(each.at), _moved(each), "", each.by or "", "", -each.amount] for each in found.moved]
    rows += [
        [office_day(each.at), _(REDUCTION_WORDS[each.kind]), each.reason, each.by, each.approver or "", -each.amount]
        for each in found.reduced
    ]
    rows.append(["", _("Outstanding"), "", "", "", line.open])
    return workbook(f"charge-{line.unit_code}-{line.period}.xlsx", table(headers, rows))


def _moved(each: Moved) -> str:
    return _("From money held for the household") if each.amount > ZERO else _("Back to the household as credit")


def _debtor(found: History) -> str:
    return mask_name(found.debtor, sight(), found.debtor_kind)


@pages.route("/charges/<int:charge_id>/adjust", methods=["GET", "POST"])
@guard.needs(Power.CORRECTIONS_ASK)
def adjust(charge_id: int) -> AnyResponse | str:
    """Ask for another amount: first what it would do is shown, then it is sent to a second person."""
    line = get_line(g.community.id, charge_id)
    form, by = AdjustForm(), guard.acting()
    form.key.data = form.key.data or secrets.token_urlsafe(16)
    planned = attempt(form, lambda: adjusting.plan(by.community_id, charge_id, form.wanted()))
    if planned and form.seen.data == planned.result.seen:
        asked = submit(
            form,
            lambda: adjusting.ask(
                by, charge_id, form.wanted(), form.reason.data, form.proof.data or "", form_key(form.key.data)
            ),
        )
        if asked:
            flash(_("The request waits for a second person."), "ok")
            return redirect(url_for("corrections.correction", correction_id=asked.result))
    form.seen.data = planned.result.seen if planned else ""
    standing = adjusting.standing_of(line)
    return render_template(
        "corrections/adjust.html", line=line, standing=standing, form=form, plan=planned.result if planned else None
    )
