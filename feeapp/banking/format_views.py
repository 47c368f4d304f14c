"""The formats of statements: which there are, and setting one up from a sample without code."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import spreadsheet
from feeapp.banking import accounts, queries, sampling
from feeapp.banking.formats import COLUMN_WORDS, Column, Format
from feeapp.banking.forms import FormatForm, SampleForm
from feeapp.banking.lining import Line
from feeapp.banking.shipped import SHIPPED
from feeapp.banking.views import pages
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound, Refused
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.forms import tell


@pages.get("/formats")
@guard.needs(Power.BANKING_IMPORT)
def formats() -> str:
    """Every format a statement may be in."""
    return render_template(
        "banking/formats.html",
        own=queries.list_own_formats(g.community.id),
        shipped=SHIPPED,
        column_words=COLUMN_WORDS,
        column_of=Column,
    )


@pages.route("/formats/new", methods=["GET", "POST"], defaults={"code": ""})
@pages.route("/formats/<code>", methods=["GET", "POST"])
@guard.needs(Power.BANKING_IMPORT)
def edit_format(code: str) -> str | Response:
    """Upload a sample, say which heading is which, see the first lines read, save."""
    before = queries.find_own_format(g.community.id, code) if code else None
    if code and before is None:
        raise NotFound
    if "sample" not in request.form:
        return _ask_for_sample(before)
    return _set_up(before)


def _ask_for_sample(before: Format | None) -> str:
    form = SampleForm()
    if form.validate_on_submit():
        try:
            sheets = [sheet for sheet in spreadsheet.read(form.file.data.read()) if not sheet.hidden and sheet.rows]
            if sheets:
                return _first_look(before, sampling.sample_of(sheets[0]))
            form.file.errors = [*form.file.errors, _("The workbook has no sheet with rows.")]
        except Refused as refusal:
            form.file.errors = [*form.file.errors, tell(refusal)]
    return render_template("banking/sample.html", form=form, before=before)


def _known(before: Format | None) -> list[Format]:
    """The formats a guess goes by: the one that is edited before all others."""
    return [*([before] if before else []), *queries.list_formats(g.community.id)]


def _first_look(before: Format | None, rows: list[list[str | None]]) -> str:
    form = FormatForm(
        formdata=None,
        name=before.name if before else "",
        header_row=sampling.guess_header_row(rows, _known(before)),
        of_channel=before.of_channel if before else False,
        sample=json.dumps(rows, ensure_ascii=False),
    )
    return _show(form, before, rows, {})


def _set_up(before: Format | None) -> str | Response:
    form = FormatForm()
    rows = form.rows()
    said = {
        int(name.removeprefix("means-")): next((each for each in Column if each.value == value), None)
        for name, value in request.form.items()
        if name.startswith("means-") and name.removeprefix("means-").isascii() and name[6:].isdigit()
    }
    if "again" in request.form:  # another row was named as the one with the headings
        return _show(form, before, rows, {})
    if form.validate_on_submit() and "save" in request.form:
        by = guard.acting()
        try:
            headings = sampling.list_headings(rows, form.header_row.data, _known(before), said)
            headers = sampling.headers_of(headings)
            sampling.first_lines(rows, Format("sample", form.name.data, headers, of_channel=form.of_channel.data))
            transaction(
                lambda: accounts.save_format(
                    by, before.code if before else "", form.name.data, headers, form.of_channel.data
                )
            )
        except Refused as refusal:
            form.form_errors.append(tell(refusal))
        else:
            flash(_("Format saved. It is tried from now on for every statement."), "ok")
            return redirect(url_for("banking.formats"))
    return _show(form, before, rows, said)


def _show(form: FormatForm, before: Format | None, rows: list[list[str | None]], said: dict[int, Column | None]) -> str:
    headings: list[sampling.Heading] = []
    lines: Sequence[Line] = ()
    refused: Sequence[tuple[int, Refused]] = ()
    problem = None
    try:
        headings = sampling.list_headings(rows, form.header_row.data or 0, _known(before), said)
        made = Format("sample", "sample", sampling.headers_of(headings))
        lines, refused = sampling.first_lines(rows, made)
    except Refused as refusal:
        problem = tell(refusal)
    return render_template(
        "banking/format.html",
        form=form,
        before=before,
        headings=headings,
        lines=lines,
        refused=[(row, tell(each)) for row, each in refused],
        problem=problem,
        column_words=COLUMN_WORDS,
    )
