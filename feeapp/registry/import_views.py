"""Uploading a ledger: the list of batches, the preview, and the deeds on it."""

from __future__ import annotations

from collections import defaultdict

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp.access.queries import names_of
from feeapp.core.powers import Power
from feeapp.core.refusal import Refused
from feeapp.registry import batches, importing, undoing
from feeapp.registry.batches import Counted
from feeapp.registry.forms import ConfirmForm, UndoForm, UploadForm
from feeapp.registry.models import ImportBatch
from feeapp.registry.pages import pages
from feeapp.registry.rules import BatchState, Heap
from feeapp.registry.wording import BATCH_WORDS, FIELD_WORDS, HEAP_WORDS, VALUE_WORDS
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.forms import submit, tell
from feeapp.web.paging import asked_page

_CHOICE = "choice:"


@pages.route("/imports", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_IMPORT)
def imports() -> str | Response:
    """Every uploaded ledger, and the form for the next."""
    form = UploadForm()
    if form.validate_on_submit():
        by = guard.acting()
        try:
            upload = importing.read_upload(
                form.file.data.filename, form.file.data.read(), form.units.data, form.area.data, form.arrears.data
            )
        except Refused as refusal:
            form.file.errors = [*form.file.errors, tell(refusal)]
        else:
            batch_id = transaction(lambda: importing.stage_import(by, upload))
            return redirect(url_for("registry.import_batch", batch_id=batch_id))
    found = batches.list_batches(g.community.id)
    return render_template(
        "registry/imports.html",
        form=form,
        batches=[(batch, Counted.of(batch)) for batch in found],
        words=BATCH_WORDS,
        names=names_of({batch.staged_by for batch in found}),
    )


@pages.get("/imports/<int:batch_id>")
@guard.needs(Power.REGISTRY_IMPORT)
def import_batch(batch_id: int) -> str:
    """The preview of a ledger, or what became of it."""
    return _preview(batches.get_batch(g.community.id, batch_id), ConfirmForm(), UndoForm())


def _preview(batch: ImportBatch, confirm_form: ConfirmForm, undo_form: UndoForm) -> str:
    counts = batches.count_heaps(batch.community_id, batch.id)
    heap = _heap(counts)
    counted = Counted.of(batch)
    here = "registry.import_batch"
    applied = batch.state is BatchState.APPLIED
    return render_template(
        "registry/import_batch.html",
        batch=batch,
        counts=counts,
        heap=heap,
        heap_tabs=[
            (_(HEAP_WORDS[each]), url_for(here, batch_id=batch.id, heap=each.value), each is heap, counts[each])
            for each in Heap
        ],
        page=batches.list_rows(batch.community_id, batch.id, heap, asked_page(request.args.get("page"))),
        counted=counted,
        tie=counted.against(batch),
        sheets=batches.sheet_problems(batch),
        subtotals=batches.subtotal_checks(batch),
        staged=batch.state is BatchState.STAGED,
        blocked=undoing.why_not(batch) if applied else None,
        confirm_form=confirm_form,
        undo_form=undo_form,
        batch_words=BATCH_WORDS,
        field_words=FIELD_WORDS,
        value_words=VALUE_WORDS,
        names=names_of({key for key in (batch.staged_by, batch.ended_by, batch.undone_by) if key}),
    )


def _heap(counts: dict[Heap, int]) -> Heap:
    """The heap that was asked for; else the first that needs a person, else the first that holds anything."""
    asked = request.values.get("heap")
    for heap in Heap:
        if heap.value == asked:
            return heap
    order = (Heap.DOUBTFUL, Heap.REFUSED, Heap.NEW, Heap.CHANGED, Heap.SAME)
    return next((heap for heap in order if counts[heap]), Heap.NEW)


@pages.post("/imports/<int:batch_id>/decide")
@guard.needs(Power.REGISTRY_IMPORT)
def decide_import(batch_id: int) -> Response:
    """Take down the choices of the page, and where that was pressed, the proposals of all other rows."""
    by, answers = guard.acting(), _answers()

    def decide() -> None:
        importing.decide_rows(by, batch_id, answers)
        if "accept" in request.form:
            importing.accept_proposals(by, batch_id)

    transaction(decide)
    flash(_("Choices saved. Nothing has been imported yet."), "ok")
    page = asked_page(request.form.get("page"))
    return redirect(url_for("registry.import_batch", batch_id=batch_id, heap=Heap.DOUBTFUL.value, page=page))


def _answers() -> dict[int, dict[str, str]]:
    """``choice:<row>:<place>`` fields by row."""
    answers: dict[int, dict[str, str]] = defaultdict(dict)
    for name, choice in request.form.items():
        if name.startswith(_CHOICE):
            row_id, _colon, place = name.removeprefix(_CHOICE).partition(":")
            if row_id.isascii() and row_id.isdigit():
                answers[int(row_id)][place] = choice
    return answers


@pages.post("/imports/<int:batch_id>/confirm")
@guard.needs(Power.REGISTRY_IMPORT)
def confirm_import(batch_id: int) -> str | Response:
    """Once: a second press leads to the same page and changes nothing."""
    batch = batches.get_batch(g.community.id, batch_id)
    if batch.state is BatchState.APPLIED:
        return redirect(url_for("registry.import_batch", batch_id=batch_id))
    form = ConfirmForm()
    by = guard.acting()
    if submit(form, lambda: importing.confirm_import(by, batch_id, form.leave_out.data, form.differ.data)):
        flash(_("Ledger imported."), "ok")
        return redirect(url_for("registry.import_batch", batch_id=batch_id))
    return _preview(batches.get_batch(g.community.id, batch_id), form, UndoForm(formdata=None))


@pages.post("/imports/<int:batch_id>/discard")
@guard.needs(Power.REGISTRY_IMPORT)
def discard_import(batch_id: int) -> Response:
    """Put an uploaded ledger away."""
    by = guard.acting()
    transaction(lambda: importing.discard_import(by, batch_id))
    flash(_("Upload discarded. Nothing was imported."), "ok")
    return redirect(url_for("registry.imports"))


@pages.post("/imports/<int:batch_id>/undo")
@guard.needs(Power.REGISTRY_IMPORT)
def undo_import(batch_id: int) -> str | Response:
    """Take an imported ledger back, once that is ticked."""
    form = UndoForm()
    by = guard.acting()
    if submit(form, lambda: undoing.undo_import(by, batch_id)):
        flash(_("Import undone. The household ledger is as it was before."), "ok")
        return redirect(url_for("registry.import_batch", batch_id=batch_id))
    return _preview(batches.get_batch(g.community.id, batch_id), ConfirmForm(formdata=None), form)
