"""Changes of owner: the form, the look at what it brings about, the confirmation, the list, and each record."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.access.queries import names_of
from feeapp.clock import office_day
from feeapp.core.money import total
from feeapp.core.powers import Power
from feeapp.metering.naming import KIND_WORDS as METER_WORDS
from feeapp.metering.rules import written
from feeapp.registry import queries as registry
from feeapp.registry.pages import sight
from feeapp.registry.rules import Sight, mask_id, mask_name, mask_phone
from feeapp.registry.wording import USE_WORDS
from feeapp.reliefs.naming import KIND_WORDS as RELIEF_WORDS
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.transfers import actions, noting, queries
from feeapp.transfers.forms import NEW_OWNERS, TransferForm, form_class
from feeapp.transfers.rehearsing import rehearsed
from feeapp.transfers.rules import OWNER_CHANGE_WORDS, WAY_WORDS, Side, due_by_default
from feeapp.transfers.seen import Seen, seen_from
from feeapp.transfers.sheets import sheet_of
from feeapp.web import guard
from feeapp.web.files import pdf_file, workbook
from feeapp.web.forms import attempt, submit
from feeapp.web.keys import as_key
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words

pages = Blueprint("transfers", __name__, url_prefix="/<community:community>")


@pages.context_processor
def words() -> dict[str, object]:
    """What is said of changes of owner, and how much of a person is shown."""
    return {
        "names": registry.names,
        "sight": sight,
        "mask_name": mask_name,
        "mask_id": mask_id,
        "mask_phone": mask_phone,
        "Sight": Sight,
        "use_of": USE_WORDS,
        "relief_of": {kind.value: words for kind, words in RELIEF_WORDS.items()},
        "meter_of": {kind.value: words for kind, words in METER_WORDS.items()},
        "way_words": WAY_WORDS,
        "owner_change_words": OWNER_CHANGE_WORDS,
        "written": written,
        "named": lambda row: row.item if short() == "zh" else row.item_en,
    }


@pages.route("/units/<int:unit_id>/transfer", methods=["GET", "POST"])
@guard.needs(Power.TRANSFERS_MAKE)
def transfer(unit_id: int) -> str | Response:
    """The change of owner of a unit in two steps: who and when, then what it brings about and what is chosen."""
    unit = registry.get_unit(g.community.id, unit_id)
    today = office_day(clock.now())
    owners = registry.list_owners(g.community.id, unit_id, today)
    steps = {"look": _look, "confirm": _confirm}
    step = request.form.get("step", "")
    form = _form(owners=[held.party.id for held in owners], today=today)
    if request.method == "POST" and step in steps:
        answer = steps[step](unit_id, form)
        if answer is not None:
            return answer
    return _first_page(unit, owners, form)


def _form(owners: list[int], today: Any) -> TransferForm:
    """The form with the fields that were sent."""
    known = set(request.form.getlist("known", type=as_key))
    ways = [name[4:] for name in request.form if re.fullmatch(r"way_[0-9A-Z-]{1,80}", name)]
    meters = [int(name[8:]) for name in request.form if re.fullmatch(r"reading_[0-9]{1,18}", name)]
    return form_class(known, ways, meters)(on=today, leave=owners, due_on=due_by_default(today))


def _first_page(unit: Any, owners: list[registry.Holder], form: TransferForm) -> str:
    typed = asked_words(form.find.data)
    ticked = set(form.known.data or ())
    standing = {held.party.id for held in owners}
    found = [party for party in queries.find_people(g.community.id, typed) if party.id not in ticked | standing]
    chosen = queries.list_people(g.community.id, ticked)
    people = [*chosen, *found]
    fields = form_class({party.id for party in people})(formdata=None)
    today = office_day(clock.now())
    return render_template(
        "transfers/transfer.html",
        unit=unit,
        owners=owners,
        form=form,
        typed=typed,
        people=people,
        ticked=ticked,
        units_of=queries.units_of_people(g.community.id, [party.id for party in people]),
        share_of=lambda party: form._fields.get(f"known{party.id}_share", fields[f"known{party.id}_share"]),
        others=registry.list_other_units(g.community.id, unit.id, list(standing), today),
        lines=NEW_OWNERS,
        used=[name for name in NEW_OWNERS if form[f"{name}_name"].data or name == NEW_OWNERS[0]],
        profile=registry.profile_of(g.community.id),
    )


def _look(unit_id: int, form: TransferForm) -> str | None:
    """The second page, or None where the first one must be put right."""
    by = guard.acting()
    done = attempt(form, lambda: rehearsed(lambda: actions.rehearse(by, form.ask(unit_id))))
    return _second_page(unit_id, form, done.result) if done else None


def _confirm(unit_id: int, form: TransferForm) -> str | Response | None:
    """Do it as it was seen; where something has changed or is missing, show the second page again and say so."""
    by = guard.acting()
    done = submit(form, lambda: actions.transfer(by, form.ask(unit_id), form.choices()))
    if done:
        flash(_("The change of owner is entered."), "ok")
        return redirect(url_for("transfers.record", transfer_id=done.result))
    again = type(form)()
    looked = attempt(again, lambda: rehearsed(lambda: actions.rehearse(by, again.ask(unit_id))))
    return _second_page(unit_id, form, looked.result) if looked else None


def _second_page(unit_id: int, sent: TransferForm, seen: Seen) -> str:
    known = sent.known.data or ()
    form = form_class(known, [held.key for held in seen.held], [meter.meter_id for meter in seen.meters])()
    for name, field in form._fields.items():
        if name in sent._fields:
            field.errors = sent._fields[name].errors
    form.form_errors = sent.form_errors
    form.seen.data = seen.hash
    form.key.data = sent.key.data or secrets.token_hex(16)
    carried: Callable[[str], bool] = lambda name: (  # noqa: E731 - a test of one line for the template
        name in {"on", "paper", "leave", "known", "also", "due_on"} or name.startswith(("buyer", "known"))
    )
    return render_template(
        "transfers/look.html",
        unit=registry.get_unit(g.community.id, unit_id),
        form=form,
        seen=seen,
        carried=[(name, value) for name, value in request.form.items(multi=True) if carried(name)],
        taken=set(form.take.data or ()),
        ask=sent.ask(unit_id),
    )


def _wanted() -> tuple[str, int | None]:
    return asked_words(request.args.get("q")), request.args.get("unit", type=as_key)


@pages.get("/transfers")
@guard.needs(Power.TRANSFERS_SEE)
def transfers() -> str:
    """The changes of owner, the newest first."""
    typed, unit_id = _wanted()
    unit = registry.get_unit(g.community.id, unit_id) if unit_id else None
    asked = {name: value for name, value in (("q", typed), ("unit", unit_id)) if value}
    return render_template(
        "transfers/transfers.html",
        page=queries.list_transfers(g.community.id, typed, unit_id, asked_page(request.args.get("page"))),
        typed=typed,
        unit=unit,
        asked=asked,
    )


@pages.get("/transfers.xlsx")
@guard.needs(Power.TRANSFERS_SEE)
def transfers_workbook() -> Response:
    """The list exactly as it is narrowed and shown, on all its pages; that it was taken along is logged."""
    by = guard.acting()
    lines = queries.list_transfers(g.community.id, *_wanted(), page=None).items
    transaction(lambda: noting.note_export(by, len(lines)))
    headers = [
        _("Number"), _("Changed hands on"), _("Room"), _("Units"), _("Former owners"), _("New owners"),
        _("Debts taken over"), _("Handed on"), _("Still to be paid back"), _("Entered"),
    ]  # fmt: skip
    rows = [
        (
            line.transfer.label, line.transfer.on, line.unit.code, line.units, registry.names(line.sellers, sight()),
            registry.names(line.buyers, sight()), line.taken, line.handed_on, line.refund,
            office_day(line.transfer.at),
        )
        for line in lines
    ]  # fmt: skip
    return workbook(f"transfers-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/transfers/<int:transfer_id>")
@guard.needs(Power.TRANSFERS_SEE)
def record(transfer_id: int) -> str:
    """Everything that is on record of a change of owner, before and after."""
    found = queries.get_transfer(g.community.id, transfer_id)
    wallets = queries.list_wallet_lines(g.community.id, transfer_id)
    sides = queries.list_sides(g.community.id, [transfer_id])[transfer_id]
    return render_template(
        "transfers/record.html",
        transfer=found,
        unit=registry.get_unit(g.community.id, found.unit_id),
        units=queries.list_units(g.community.id, transfer_id),
        sellers=sides[Side.SELLER],
        buyers=sides[Side.BUYER],
        seen=seen_from(found.snapshot["seen"]),
        readings={row["meter_id"]: row["figure"] for row in found.snapshot["readings"]},
        debts=queries.list_debts(g.community.id, transfer_id),
        wallets=wallets,
        refund=total(line.rest for line in wallets if line.way.value != "HAND_ON"),
        later=queries.list_later(g.community.id, found),
        people=names_of({found.by_id}),
    )


@pages.get("/transfers/<int:transfer_id>/sheet.pdf")
@guard.needs(Power.TRANSFERS_MAKE)
def sheet(transfer_id: int) -> Response:
    """The clearance sheet on A4, with full names: both sides sign it. That it was printed is logged."""
    found = queries.get_transfer(g.community.id, transfer_id)
    by = guard.acting()
    transaction(lambda: noting.note_sheet(by, transfer_id))
    return pdf_file(f"{found.label}.pdf", sheet_of(g.community, found, office_day(by.at), short()))
