"""Reliefs: the list, the application, and one page for each with what can be done next."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.access.queries import names_of
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.registry import queries as registry
from feeapp.registry.pages import masked, sight
from feeapp.registry.profile import VacancyPhase
from feeapp.registry.rules import Sight, mask_id
from feeapp.registry.searching import find_households
from feeapp.reliefs import actions, items, listing, naming, queries, rules
from feeapp.reliefs.forms import CertificateForm, DecideForm, EndForm, InspectForm, VacancyForm
from feeapp.reliefs.listing import Wanted
from feeapp.reliefs.models import Relief
from feeapp.reliefs.rules import RELIEF_MOVES, Phase, ReliefKind
from feeapp.reliefs.sheets import sheet_of
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import pdf_file, workbook
from feeapp.web.forms import submit
from feeapp.web.keys import as_key
from feeapp.web.language import short
from feeapp.web.paging import asked_page, asked_words

pages = Blueprint("reliefs", __name__, url_prefix="/<community:community>/reliefs")


@pages.context_processor
def words() -> dict[str, object]:
    """What is said of reliefs, and how much of a person and of a certificate is shown."""
    return {
        "naming": naming,
        "plain": rules.plain,
        "label": _label,
        "names": registry.names,
        "sight": sight,
        "masked": masked,
        "number_of": _number_of,
    }


def _number_of(relief: Relief, revealed: bool = False) -> str:
    """The number of its paper, masked until it is asked for; a reference number of the office is nobody's secret."""
    return relief.paper_number if revealed or not relief.paper_kind else mask_id(relief.paper_number, Sight.STAFF)


def _label(relief: Relief) -> str:
    return rules.label(g.community.code, relief.year, relief.number)


def _wanted() -> Wanted:
    """What the filter bar asks for; anything that is no choice there narrows nothing."""
    return Wanted(
        phase=next((phase for phase in Phase if phase.value == request.args.get("state")), None),
        expiring=request.args.get("state") == "expiring",
        kind=next((kind for kind in ReliefKind if kind.value == request.args.get("kind")), None),
        building_id=request.args.get("building", type=as_key),
        unit_id=request.args.get("unit", type=as_key),
        typed=asked_words(request.args.get("q")),
    )


def _asked(wanted: Wanted) -> dict[str, str]:
    """The same as arguments of an address."""
    asked = {
        "state": "expiring" if wanted.expiring else wanted.phase.value if wanted.phase else "",
        "kind": wanted.kind.value if wanted.kind else "",
        "building": str(wanted.building_id or ""),
        "unit": str(wanted.unit_id or ""),
        "q": wanted.typed,
    }
    return {name: value for name, value in asked.items() if value}


def _item_names() -> dict[int | None, str]:
    """What each charge item is called on this page."""
    called: dict[int | None, str] = {None: _("Every property-fee item")}
    for item in items.list_items(g.community.id):
        called[item.id] = item.name if short() == "zh" else item.name_en
    return called


@pages.get("")
@guard.needs(Power.RELIEFS_SEE)
def reliefs() -> str:
    wanted = _wanted()
    today = office_day(clock.now())
    unit = registry.get_unit(g.community.id, wanted.unit_id) if wanted.unit_id else None
    counts, expiring = listing.count_phases(g.community.id, today)
    return render_template(
        "reliefs/reliefs.html",
        page=listing.list_reliefs(g.community.id, wanted, today, asked_page(request.args.get("page"))),
        wanted=wanted,
        asked=_asked(wanted),
        unit=unit,
        counts=counts,
        expiring=expiring,
        item_names=_item_names(),
        buildings=registry.list_buildings(g.community.id),
    )


@pages.get("/list.xlsx")
@guard.needs(Power.RELIEFS_SEE)
def reliefs_workbook() -> Response:
    """The list exactly as it is filtered and shown, on all its pages; that it was taken along is logged."""
    by = guard.acting()
    lines = listing.list_all_reliefs(g.community.id, _wanted(), office_day(by.at))
    transaction(lambda: actions.note_export(by, len(lines)))
    names = _item_names()
    headers = [
        _("Number"), _("Room"), _("Owners"), _("Kind of relief"), _("Item"), _("Still to be paid, in percent"),
        _("First day"), _("Last day"), _("Certificate"), _("Certificate number"), _("Valid until"), _("State"),
    ]  # fmt: skip
    rows = [
        (
            _label(each),
            line.unit.code,
            registry.names(line.owners, sight()),
            _(naming.KIND_WORDS[each.kind]),
            names.get(each.item_id, ""),
            rules.plain(each.percent),
            each.from_on,
            each.last_on,
            _(naming.PAPER_WORDS[each.paper_kind]) if each.paper_kind else "",
            _number_of(each),
            each.valid_until,
            _(naming.PHASE_WORDS[line.phase]),
        )
        for line in lines
        for each in [line.relief]
    ]
    return workbook(f"reliefs-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/new")
@guard.needs(Power.RELIEFS_APPLY)
def new_relief() -> AnyResponse | str:
    """Which unit, and which kind of relief."""
    unit_id = request.args.get("unit", type=as_key)
    typed = asked_words(request.args.get("q"))
    hits = find_households(g.community.id, typed) if typed else []
    if unit_id is None and len(hits) == 1:
        return redirect(url_for("reliefs.new_relief", unit=hits[0].unit_id))
    unit = registry.get_unit(g.community.id, unit_id) if unit_id else None
    return render_template(
        "reliefs/new.html",
        typed=typed,
        hits=hits,
        unit=unit,
        profile=registry.profile_of(g.community.id),
        kinds=list(ReliefKind),
    )


@pages.route("/new/<int:unit_id>/<kind>", methods=["GET", "POST"])
@guard.needs(Power.RELIEFS_APPLY)
def apply_for(unit_id: int, kind: str) -> AnyResponse | str:
    """An application for a unit, with what its kind needs."""
    wanted = next((each for each in ReliefKind if each.value.lower() == kind), None)
    if wanted is None:
        raise NotFound
    unit = registry.get_unit(g.community.id, unit_id)
    profile = registry.profile_of(g.community.id)
    today = office_day(clock.now())
    vacancy = wanted is ReliefKind.VACANCY
    form = (
        VacancyForm(applied_on=today, from_on=today, percent=profile.vacancy_percent if profile.has_vacancy else None)
        if vacancy
        else CertificateForm(applied_on=today, from_on=today)
    )
    form.item.offer(items.list_items(g.community.id))
    by = guard.acting()
    done = submit(form, lambda: actions.apply_for(by, form.application(unit_id, wanted)))
    if done:
        flash(_("The application is entered. Next comes the inspection."), "ok")
        return redirect(url_for("reliefs.relief", relief_id=done.result))
    return render_template(
        "reliefs/apply.html",
        form=form,
        unit=unit,
        kind=wanted,
        vacancy=vacancy,
        profile=profile,
        early=profile.vacancy_phase is VacancyPhase.EARLY_STAGE,
        lived_in=vacancy and queries.is_lived_in(g.community.id, unit_id, today),
    )


@pages.get("/<int:relief_id>")
@guard.needs(Power.RELIEFS_SEE)
def relief(relief_id: int) -> str:
    return relief_page(relief_id)


def relief_page(
    relief_id: int, inspect: InspectForm | None = None, decide: DecideForm | None = None, revealed: bool = False
) -> str:
    """The page of a relief: what it says, its steps, and the form of the next one."""
    found = queries.get_relief(g.community.id, relief_id)
    today = office_day(clock.now())
    steps = queries.list_steps(g.community.id, relief_id)
    vacancy = found.kind is ReliefKind.VACANCY
    months = registry.profile_of(g.community.id).vacancy_min_months
    phase = rules.phase_of(found.state, found.from_on, found.end, today)
    return render_template(
        "reliefs/relief.html",
        relief=found,
        unit=registry.get_unit(g.community.id, found.unit_id),
        owners=[held.party for held in registry.list_owners(g.community.id, found.unit_id, today)],
        steps=steps,
        people=names_of({step.by_id for step in steps if step.by_id}),
        phase=phase,
        expiring=rules.is_expiring(phase, found.end, today),
        deeds=RELIEF_MOVES.deeds(found.state),
        may_end=_may_end() and found.end > found.from_on,
        inspect=inspect or InspectForm(day=today),
        decide=decide or DecideForm(from_on=max(found.from_on, today)),
        item_name=_item_names().get(found.item_id, ""),
        lived_in=vacancy
        and phase not in (Phase.OVER, Phase.REFUSED)
        and queries.is_lived_in(g.community.id, found.unit_id, today),
        changed_on=None
        if vacancy or phase in (Phase.OVER, Phase.REFUSED)
        else queries.find_change_of_owner(g.community.id, found.unit_id, found.applied_on, today),
        short=vacancy and found.ended_on is not None and rules.falls_short(found.since_on, found.end, months),
        months=months,
        revealed=revealed,
    )


@pages.post("/<int:relief_id>/inspect")
@guard.needs(Power.RELIEFS_APPLY)
def inspect(relief_id: int) -> AnyResponse | str:
    form = InspectForm()
    by = guard.acting()
    if submit(form, lambda: actions.inspect(by, relief_id, form.day.data, form.person.data, form.words.data)):
        flash(_("The inspection is noted. A second person decides."), "ok")
        return redirect(url_for("reliefs.relief", relief_id=relief_id))
    return relief_page(relief_id, inspect=form)


@pages.post("/<int:relief_id>/decide")
@guard.needs(Power.RELIEFS_APPROVE)
def decide(relief_id: int) -> AnyResponse | str:
    """Approve or refuse, whichever button was pressed."""
    form = DecideForm()
    by = guard.acting()
    deeds = {
        "approve": lambda: actions.approve(by, relief_id, form.from_on.data, form.words.data),
        "refuse": lambda: actions.refuse(by, relief_id, form.words.data),
    }
    pressed = request.form.get("deed", "")
    if pressed not in deeds:
        raise NotFound
    if submit(form, deeds[pressed]):
        flash(_("The relief is approved.") if pressed == "approve" else _("The application is refused."), "ok")
        return redirect(url_for("reliefs.relief", relief_id=relief_id))
    return relief_page(relief_id, decide=form)


def _may_end() -> bool:
    """Whoever enters applications or decides on them may end a relief: it takes nothing from the community."""
    return guard.may(Power.RELIEFS_APPLY) or guard.may(Power.RELIEFS_APPROVE)


@pages.route("/<int:relief_id>/end", methods=["GET", "POST"])
@guard.needs(Power.RELIEFS_SEE)
def end(relief_id: int) -> AnyResponse | str:
    """End a relief before its last day; asked on a page of its own."""
    found = queries.get_relief(g.community.id, relief_id)
    if not _may_end():
        abort(403)
    form = EndForm(ended_on=max(found.from_on, min(office_day(clock.now()), found.last_on)))
    by = guard.acting()
    if submit(form, lambda: actions.end(by, relief_id, form.ended_on.data, form.words.data)):
        flash(_("The relief ends on that day."), "ok")
        return redirect(url_for("reliefs.relief", relief_id=relief_id))
    unit = registry.get_unit(g.community.id, found.unit_id)
    return render_template("reliefs/end.html", form=form, relief=found, unit=unit)


@pages.post("/<int:relief_id>/reveal")
@guard.needs(Power.REGISTRY_REVEAL)
def reveal(relief_id: int) -> str:
    """The number of a certificate in full; that it was looked at is logged."""
    by = guard.acting()
    transaction(lambda: actions.reveal(by, relief_id))
    return relief_page(relief_id, revealed=True)


@pages.get("/<int:relief_id>/sheet.pdf")
@guard.needs(Power.REGISTRY_REVEAL)
def sheet(relief_id: int) -> Response:
    """The approval sheet on A4, with the full number of the certificate; that it was printed is logged."""
    found = queries.get_relief(g.community.id, relief_id)
    by = guard.acting()
    transaction(lambda: actions.note_sheet(by, relief_id))
    return pdf_file(f"{_label(found)}.pdf", sheet_of(g.community, found, office_day(by.at), short()))
