"""Uploading a file of readings: the list, the preview, and the deeds on it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.access.queries import names_of
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import Refused
from feeapp.metering import importing
from feeapp.metering.forms import ConfirmForm, FileForm
from feeapp.metering.importing import Counted
from feeapp.metering.models import ReadingBatch
from feeapp.metering.pages import pages
from feeapp.registry.rules import BatchState, Heap
from feeapp.registry.wording import BATCH_WORDS, HEAP_WORDS
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.forms import submit, tell
from feeapp.web.keys import as_key
from feeapp.web.paging import asked_page

_HEAPS = (Heap.NEW, Heap.DOUBTFUL, Heap.REFUSED, Heap.SAME)


@pages.route("/imports", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def imports() -> str | Response:
    """Every uploaded file of readings, and the form for the next."""
    form = FileForm(on=office_day(clock.now()))
    if form.validate_on_submit():
        by = guard.acting()
        try:
            reading = importing.read_file(form.file.data.read(), form.on.data)
        except Refused as refusal:
            form.file.errors = [*form.file.errors, tell(refusal)]
        else:
            batch_id = transaction(lambda: importing.stage(by, form.file.data.filename, reading))
            return redirect(url_for("metering.import_batch", batch_id=batch_id))
    page = importing.list_batches(g.community.id, asked_page(request.args.get("page")))
    return render_template(
        "metering/imports.html",
        form=form,
        page=page,
        words=BATCH_WORDS,
        names=names_of({batch.staged_by for batch in page.items if batch.staged_by}),
    )


@pages.get("/imports/<int:batch_id>")
@guard.needs(Power.METERING_ENTER)
def import_batch(batch_id: int) -> str:
    """The preview of a file, or what became of it."""
    return _preview(importing.get_batch(g.community.id, batch_id), ConfirmForm())


def _preview(batch: ReadingBatch, form: ConfirmForm) -> str:
    counted = importing.count_rows(batch.community_id, batch.id)
    heap = _heap(counted)
    return render_template(
        "metering/import_batch.html",
        batch=batch,
        counted=counted,
        heap=heap,
        heap_tabs=[
            (
                _(HEAP_WORDS[each]),
                url_for("metering.import_batch", batch_id=batch.id, heap=each.value),
                each is heap,
                counted.heaps[each],
            )
            for each in _HEAPS
        ],
        page=importing.list_rows(batch.community_id, batch.id, heap, asked_page(request.args.get("page"))),
        is_answered=importing.is_answered,
        staged=batch.state is BatchState.STAGED,
        form=form,
        words=BATCH_WORDS,
        names=names_of({person for person in (batch.staged_by, batch.ended_by) if person}),
    )


def _heap(counted: Counted) -> Heap:
    """The heap that was asked for; else the first that needs a person, else the first that holds anything."""
    asked = next((heap for heap in _HEAPS if heap.value == request.args.get("heap")), None)
    order = (Heap.DOUBTFUL, Heap.REFUSED, Heap.NEW, Heap.SAME)
    return asked or next((heap for heap in order if counted.heaps[heap]), Heap.NEW)


@pages.post("/imports/<int:batch_id>/decide")
@guard.needs(Power.METERING_ENTER)
def decide_import(batch_id: int) -> Response:
    """Take down what was answered about the rows of the page."""
    by = guard.acting()
    row_ids = request.form.getlist("row", type=as_key)
    answers = {
        row_id: (f"confirm-{row_id}" in request.form, request.form.get(f"reason-{row_id}", "").strip()[:200])
        for row_id in row_ids
    }
    transaction(lambda: importing.decide(by, batch_id, answers))
    flash(_("Answers saved. Nothing has been entered yet."), "ok")
    page = asked_page(request.form.get("page"))
    return redirect(url_for("metering.import_batch", batch_id=batch_id, heap=Heap.DOUBTFUL.value, page=page))


@pages.post("/imports/<int:batch_id>/confirm")
@guard.needs(Power.METERING_ENTER)
def confirm_import(batch_id: int) -> str | Response:
    """Once: a second press leads to the same page and changes nothing."""
    batch = importing.get_batch(g.community.id, batch_id)
    if batch.state is BatchState.APPLIED:
        return redirect(url_for("metering.import_batch", batch_id=batch_id))
    form = ConfirmForm()
    by = guard.acting()
    done = submit(form, lambda: importing.confirm(by, batch_id, form.leave_out.data))
    if done:
        flash(_("%(n)s readings entered.", n=done.result), "ok")
        return redirect(url_for("metering.import_batch", batch_id=batch_id))
    return _preview(importing.get_batch(g.community.id, batch_id), form)


@pages.post("/imports/<int:batch_id>/discard")
@guard.needs(Power.METERING_ENTER)
def discard_import(batch_id: int) -> Response:
    """Put an uploaded file away."""
    by = guard.acting()
    transaction(lambda: importing.discard(by, batch_id))
    flash(_("Upload discarded. Nothing was imported."), "ok")
    return redirect(url_for("metering.imports"))
