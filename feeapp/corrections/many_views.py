"""Many charges changed at once: how much each, what it would do, and the request."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.corrections import many
from feeapp.corrections.forms import ChangeForm, ReasonForm
from feeapp.corrections.many import Many, ManyRow
from feeapp.corrections.queries import find_sent
from feeapp.corrections.rules import CANNOT_WORDS
from feeapp.corrections.views import pages
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import look, submit
from feeapp.web.language import short
from feeapp.web.paging import SIZE, Page, asked_page


def choose(charge_ids: Sequence[int]) -> AnyResponse:
    """A deed of the list of charges: keep what was chosen, and ask by how much each is changed."""
    by = guard.acting()
    draft_id = transaction(lambda: many.choose(by, charge_ids))
    return redirect(url_for("corrections.change_many", draft_id=draft_id))


@pages.post("/corrections/<int:correction_id>/again")
@guard.needs(Power.CORRECTIONS_ASK)
def ask_again(correction_id: int) -> AnyResponse:
    """Choose the charges of a correction that came to nothing once more."""
    by = guard.acting()
    draft_id = transaction(lambda: many.choose_again(by, correction_id))
    return redirect(url_for("corrections.change_many", draft_id=draft_id))


@pages.route("/corrections/choice/<int:draft_id>", methods=["GET", "POST"])
@guard.needs(Power.CORRECTIONS_ASK)
def change_many(draft_id: int) -> AnyResponse | str:
    """By how much the chosen charges are changed; what each would be; the request."""
    sent = find_sent(g.community.id, draft_id, current_user.id)
    if sent is not None:
        return redirect(url_for("corrections.correction", correction_id=sent))
    by = guard.acting()
    draft = many.get_choice(g.community.id, draft_id, by.actor_id)
    change, form = ChangeForm(request.args), ReasonForm()
    looked = _looked(draft.charge_ids, change) if _asked() else None
    if looked is not None and request.method == "POST":
        wanted = change.wanted()
        asked = submit(
            form,
            lambda: many.ask_many(by, draft_id, wanted, form.seen.data or "", form.reason.data, form.proof.data or ""),
        )
        if asked:
            flash(_("The request waits for a second person."), "ok")
            return redirect(url_for("corrections.correction", correction_id=asked.result))
    number = asked_page(request.args.get("page"))
    if looked is not None:
        form.seen.data = looked.seen
    return render_template(
        "corrections/change_many.html",
        draft_id=draft_id,
        count=len(draft.charge_ids),
        change=change,
        form=form,
        looked=looked,
        page=Page(looked.rows[(number - 1) * SIZE : number * SIZE], number, len(looked.rows)) if looked else None,
        asked=_asked(),
        cannot_words=CANNOT_WORDS,
    )


def _looked(charge_ids: Sequence[int], change: ChangeForm) -> Many | None:
    done = look(change, lambda: many.plan_many(g.community.id, charge_ids, change.wanted()))
    return done.result if done else None


def _asked() -> dict[str, str]:
    """By how much, as it stands in the address; empty before anything was asked."""
    names = ("direction", "way", "percent", "amount", "ground")
    return {name: request.args[name][:64] for name in names if request.args.get(name)}


@pages.get("/corrections/choice/<int:draft_id>.xlsx")
@guard.needs(Power.CORRECTIONS_ASK)
def change_many_workbook(draft_id: int) -> Response:
    """What each of the chosen charges would be, in full."""
    draft = many.get_choice(g.community.id, draft_id, current_user.id)
    change = ChangeForm(request.args)
    looked = _looked(draft.charge_ids, change)
    if looked is None:
        raise NotFound
    headers = [
        _("Unit"), _("Item"), _("Month"), _("Billed"), _("Asked for now"), _("Paid"), _("Difference"), _("Should be"),
        _("Back as credit"), _("Cannot be changed"),
    ]  # fmt: skip
    rows = [*(_cells(row) for row in looked.rows), _total_cells(looked)]
    return workbook(f"correction-{g.community.code}.xlsx", table(headers, rows))


def _cells(row: ManyRow) -> list[object]:
    item = row.item_name if short() == "zh" else row.item_name_en
    effect, stands = row.effect, row.standing
    said = _(CANNOT_WORDS[row.cannot]) if row.cannot else ""
    head: list[object] = [row.unit_code, item, str(row.period), stands.amount, stands.asked, stands.settled]
    return [*head, *((effect.change, effect.should, effect.credit) if effect else ("", "", "")), said]


def _total_cells(looked: Many) -> list[object]:
    said = _("Sum of %(n)s lines", n=f"{len(looked.effects):,}")
    return [said, "", "", "", "", "", looked.raised - looked.lowered, "", looked.credit, ""]
