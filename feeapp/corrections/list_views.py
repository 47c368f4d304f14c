"""The list of corrections, one of them, and its decision."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.corrections import correcting, queries
from feeapp.corrections.forms import DecideForm
from feeapp.corrections.queries import CorrectionRow, LineRow, WantedList
from feeapp.corrections.rules import (
    CAME_TO_NOTHING,
    CORRECTION_MOVES,
    GROUND_WORDS,
    KIND_WORDS,
    STATE_WORDS,
    CorrectionKind,
    CorrectionState,
    Ground,
)
from feeapp.corrections.telling import told
from feeapp.corrections.views import STATE_TONES, pages
from feeapp.registry.pages import sight
from feeapp.registry.rules import mask_name
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.filters import yuan
from feeapp.web.forms import submit
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words


def _wanted() -> WantedList:
    state = next((each for each in CorrectionState if each.value.lower() == request.args.get("state")), None)
    return WantedList(state, asked_words(request.args.get("q")))


@pages.get("/corrections")
@guard.needs(Power.CORRECTIONS_SEE)
def corrections() -> str:
    """Every correction, the newest first."""
    wanted = _wanted()
    return render_template(
        "corrections/corrections.html",
        page=queries.list_corrections(g.community.id, wanted, asked_page(request.args.get("page"))),
        counts=queries.count_states(g.community.id),
        wanted=wanted,
        asked=_asked(wanted),
        **_shown(),
    )


def _asked(wanted: WantedList) -> dict[str, str]:
    """What narrows the list, as it stands in addresses."""
    asked = {"state": wanted.state.value.lower() if wanted.state else "", "q": wanted.typed}
    return {name: value for name, value in asked.items() if value}


@pages.get("/corrections.xlsx")
@guard.needs(Power.CORRECTIONS_SEE)
def corrections_workbook() -> Response:
    """The list exactly as it is narrowed and shown, on all its pages."""
    rows = queries.list_corrections(g.community.id, _wanted(), None).items
    headers = [
        _("Asked"), _("Asked by"), _("Kind of correction"), _("Unit"), _("Lines"), _("Lowered by"), _("Raised by"),
        _("Back as credit"), _("Why"), _("Reason"), _("Proof"), _("State"), _("Decided"), _("Decided by"), _("Remark"),
    ]  # fmt: skip
    return workbook(f"corrections-{g.community.code}.xlsx", table(headers, [_cells(row) for row in rows]))


def _cells(row: CorrectionRow) -> list[object]:
    return [
        office_day(row.asked_at), row.asker, _(KIND_WORDS[row.kind]), row.unit_code or _("several units"), row.lines,
        row.lowered, row.raised, row.credited if row.credited is not None else "",
        _(GROUND_WORDS[Ground.GOODWILL if row.goodwill else Ground.WRONG]), row.reason, row.proof,
        _(STATE_WORDS[row.state]), office_day(row.decided_at) if row.decided_at else "", row.decider or "", row.answer,
    ]  # fmt: skip


@pages.get("/corrections/<int:correction_id>")
@guard.needs(Power.CORRECTIONS_SEE)
def correction(correction_id: int) -> str:
    """One correction, charge by charge, and its decision."""
    return _page(correction_id, DecideForm())


@pages.get("/corrections/<int:correction_id>.xlsx")
@guard.needs(Power.CORRECTIONS_SEE)
def correction_workbook(correction_id: int) -> Response:
    """The lines of a correction exactly as listed, in full."""
    queries.get_correction(g.community.id, correction_id)
    headers = [_("Unit"), _("Item"), _("Month"), _("Debtor"), _("Was"), _("Difference"), _("Should be"), _("Charge")]
    rows = queries.list_lines(g.community.id, correction_id, None).items
    return workbook(f"correction-{correction_id}.xlsx", table(headers, _line_cells(rows)))


def _line_cells(rows: Sequence[LineRow]) -> list[list[object]]:
    chinese = short() == "zh"
    return [
        [
            row.unit_code, row.item_name if chinese else row.item_name_en, str(row.period), _masked(row), row.was,
            row.change, row.should, str(row.charge_id or ""),
        ]
        for row in rows
    ]  # fmt: skip


@pages.post("/corrections/<int:correction_id>")
@guard.needs(Power.CORRECTIONS_APPROVE)
def decide(correction_id: int) -> AnyResponse | str:
    """Approve what was asked for, or refuse it."""
    form, by = DecideForm(), guard.acting()
    answer = form.answer.data or ""
    if request.form.get("deed") == "approve":
        approved = submit(form, lambda: correcting.approve(by, correction_id, answer))
        if approved:
            credit = approved.result
            said = _("Approved and booked. %(credit)s went back to households as credit.", credit=yuan(credit))
            flash(said if credit else _("Approved and booked."), "ok")
            return redirect(url_for("corrections.correction", correction_id=correction_id))
    elif submit(form, lambda: correcting.refuse(by, correction_id, answer)):
        flash(_("Refused. The charges stay as they are."), "ok")
        return redirect(url_for("corrections.correction", correction_id=correction_id))
    return _page(correction_id, form)


@pages.post("/corrections/<int:correction_id>/withdraw")
@guard.needs(Power.CORRECTIONS_ASK)
def withdraw(correction_id: int) -> AnyResponse | str:
    """Take one's own request back."""
    form, by = DecideForm(), guard.acting()
    if submit(form, lambda: correcting.withdraw(by, correction_id)):
        flash(_("Withdrawn. The charges stay as they are."), "ok")
        return redirect(url_for("corrections.correction", correction_id=correction_id))
    return _page(correction_id, form)


def _page(correction_id: int, form: DecideForm) -> str:
    row = queries.correction_row(g.community.id, correction_id)
    waits = row.state is CorrectionState.ASKED
    deeds = CORRECTION_MOVES.deeds(row.state)
    mine = row.asked_by == current_user.id
    return render_template(
        "corrections/correction.html",
        row=row,
        told=told(queries.get_correction(g.community.id, correction_id)),
        page=queries.list_lines(g.community.id, correction_id, asked_page(request.args.get("page"))),
        form=form,
        waits=waits,
        back=queries.sum_back(g.community.id, correction_id) if waits else row.credited,
        changed=queries.count_changed(g.community.id, correction_id) if waits else 0,
        may_decide="approve" in deeds and not mine and guard.may(Power.CORRECTIONS_APPROVE),
        may_withdraw="withdraw" in deeds and mine and guard.may(Power.CORRECTIONS_ASK),
        may_ask_again=row.state in CAME_TO_NOTHING
        and row.kind is CorrectionKind.ADJUSTMENT
        and guard.may(Power.CORRECTIONS_ASK),
        masked=_masked,
        **_shown(),
    )


def _masked(row: LineRow) -> str:
    return mask_name(row.debtor, sight(), row.debtor_kind)


def _shown() -> dict[str, object]:
    """What the templates of corrections share."""
    return {
        "kind_words": KIND_WORDS,
        "state_words": STATE_WORDS,
        "ground_words": {True: GROUND_WORDS[Ground.GOODWILL], False: GROUND_WORDS[Ground.WRONG]},
        "tones": STATE_TONES,
        "State": CorrectionState,
    }
