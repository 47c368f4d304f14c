"""Pages of meters: the list, a unit's meters with their readings, and what is done to one."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.access.queries import names_of
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.metering import actions, import_views, listing, queries, readings, round_views
from feeapp.metering.forms import CorrectForm, MeterForm, ReadingForm, RemovalForm, ReplaceForm, RuleForm, StrikeForm
from feeapp.metering.naming import KIND_WORDS
from feeapp.metering.pages import hundredths, pages
from feeapp.metering.rules import MeterKind
from feeapp.registry.queries import get_unit, list_buildings
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import submit
from feeapp.web.keys import as_key
from feeapp.web.paging import asked_page, asked_words

__all__ = ["import_views", "pages", "round_views"]


def asked_kind(typed: str | None) -> MeterKind | None:
    """The kind in an address; None for anything that is none."""
    return next((kind for kind in MeterKind if kind.value == typed), None)


def _wanted() -> listing.Wanted:
    typed = asked_words(request.args.get("q"))
    unread = "unread" in request.args
    return listing.Wanted(
        kind=asked_kind(request.args.get("kind")),
        building_id=request.args.get("building", type=as_key),
        typed=typed,
        serial=actions.plain_serial(typed),
        unread=Period.of(office_day(clock.now())) if unread else None,
        taken_off="off" in request.args,
    )


def _asked(wanted: listing.Wanted) -> dict[str, str]:
    asked = {
        "kind": wanted.kind.value if wanted.kind else "",
        "building": str(wanted.building_id or ""),
        "q": wanted.typed,
        "unread": "1" if wanted.unread else "",
        "off": "1" if wanted.taken_off else "",
    }
    return {name: value for name, value in asked.items() if value}


@pages.get("")
@guard.needs(Power.METERING_SEE)
def meters() -> str:
    """Every meter with its latest figure."""
    wanted = _wanted()
    return render_template(
        "metering/meters.html",
        page=listing.list_lines(g.community.id, wanted, asked_page(request.args.get("page"))),
        wanted=wanted,
        asked=_asked(wanted),
        buildings=list_buildings(g.community.id),
        month=Period.of(office_day(clock.now())),
    )


@pages.get("/meters.xlsx")
@guard.needs(Power.METERING_SEE)
def meters_workbook() -> Response:
    """The list exactly as it is filtered, on all its pages."""
    headers = [
        _("Room"), _("Kind of meter"), _("Number on the meter"), _("Factor"), _("Put up on"), _("Taken off on"),
        _("Last read on"), _("Last figure"), _("Used"),
    ]  # fmt: skip
    rows = [
        (
            line.unit,
            _(KIND_WORDS[line.kind]),
            line.serial,
            line.register.factor,
            line.installed_on,
            line.removed_on,
            line.last.read_on if line.last else None,
            hundredths(line.last.figure if line.last else None),
            hundredths(line.used),
        )
        for line in listing.list_all_lines(g.community.id, _wanted())
    ]
    return workbook(f"meters-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/units/<int:unit_id>")
@guard.needs(Power.METERING_SEE)
def unit(unit_id: int) -> str:
    """The meters of a unit with all their readings."""
    return _unit_page(unit_id)


def _unit_page(unit_id: int, meter_id: int | None = None, form: ReadingForm | None = None) -> str:
    found = get_unit(g.community.id, unit_id)
    hanging = queries.list_meters(g.community.id, unit_id)
    rows = queries.list_readings(g.community.id, [meter.id for meter in hanging])
    people = {row.by_id for each in rows.values() for row in each} | {
        row.voided_by for each in rows.values() for row in each
    }
    today = office_day(clock.now())
    forms = {
        meter.id: ReadingForm(formdata=None, read_on=today, prefix=_prefix(meter.id))
        for meter in hanging
        if meter.removed_on is None
    }
    if meter_id is not None and form is not None:
        forms[meter_id] = form
    return render_template(
        "metering/unit.html",
        unit=found,
        meters=hanging,
        readings=rows,
        used={meter.id: queries.used_by_reading(meter, rows.get(meter.id, [])) for meter in hanging},
        forms=forms,
        names=names_of({person for person in people if person}),
    )


def _prefix(meter_id: int) -> str:
    """Every meter of a unit has its own form on the page."""
    return f"m{meter_id}"


@pages.post("/<int:meter_id>/readings")
@guard.needs(Power.METERING_ENTER)
def enter(meter_id: int) -> AnyResponse | str:
    """One figure at the unit's page."""
    meter = queries.get_meter(g.community.id, meter_id)
    form = ReadingForm(prefix=_prefix(meter_id))
    by = guard.acting()
    if submit(form, lambda: readings.enter(by, meter_id, form.entry())):
        flash(_("The reading is entered."), "ok")
        return redirect(url_for("metering.unit", unit_id=meter.unit_id))
    form.remember()
    return _unit_page(meter.unit_id, meter_id, form)


@pages.route("/units/<int:unit_id>/new", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def add_meter(unit_id: int) -> AnyResponse | str:
    """Put up a meter."""
    found = get_unit(g.community.id, unit_id)
    form = MeterForm(installed_on=office_day(clock.now()))
    by = guard.acting()
    if submit(form, lambda: actions.add_meter(by, unit_id, form.kind.data, form.new())):
        flash(_("The meter is put up."), "ok")
        return redirect(url_for("metering.unit", unit_id=unit_id))
    return render_template("metering/add_meter.html", form=form, unit=found)


@pages.route("/<int:meter_id>/replace", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def replace(meter_id: int) -> AnyResponse | str:
    """The old meter's last figure and the new one's first, in one step."""
    meter = queries.get_meter(g.community.id, meter_id)
    form = ReplaceForm(
        removed_on=office_day(clock.now()), digits=meter.digits, decimals=meter.decimals, factor=meter.factor
    )
    by = guard.acting()
    if submit(form, lambda: actions.replace(by, meter_id, form.removal(), form.new())):
        flash(_("The meter is replaced."), "ok")
        return redirect(url_for("metering.unit", unit_id=meter.unit_id))
    form.remember()
    return _meter_page("metering/replace.html", meter, form=form)


@pages.route("/<int:meter_id>/take-off", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def take_off(meter_id: int) -> AnyResponse | str:
    """Take a meter off with its last figure."""
    meter = queries.get_meter(g.community.id, meter_id)
    form = RemovalForm(removed_on=office_day(clock.now()))
    by = guard.acting()
    if submit(form, lambda: actions.take_off(by, meter_id, form.removal())):
        flash(_("The meter is taken off."), "ok")
        return redirect(url_for("metering.unit", unit_id=meter.unit_id))
    form.remember()
    return _meter_page("metering/take_off.html", meter, form=form)


def _meter_page(template: str, meter: queries.Meter, **shown: object) -> str:
    last = queries.latest_readings(g.community.id, [meter.id]).get(meter.id, [])
    return render_template(
        template,
        meter=meter,
        unit=get_unit(g.community.id, meter.unit_id),
        last=last[-1] if last else None,
        **shown,
    )


@pages.route("/readings/<int:reading_id>/correct", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def correct(reading_id: int) -> AnyResponse | str:
    """Put the right figure in place of a wrong one."""
    wrong = queries.get_reading(g.community.id, reading_id)
    meter = queries.get_meter(g.community.id, wrong.meter_id)
    form = CorrectForm(read_on=wrong.read_on)
    by = guard.acting()
    if submit(form, lambda: readings.correct(by, reading_id, form.entry(), form.why.data)):
        flash(_("The reading is corrected. The wrong one is struck out and stays in sight."), "ok")
        return redirect(url_for("metering.unit", unit_id=meter.unit_id))
    form.remember()
    return _meter_page("metering/correct.html", meter, form=form, wrong=wrong)


@pages.route("/readings/<int:reading_id>/strike", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def strike(reading_id: int) -> AnyResponse | str:
    """Strike out a reading with nothing in its place."""
    wrong = queries.get_reading(g.community.id, reading_id)
    meter = queries.get_meter(g.community.id, wrong.meter_id)
    form = StrikeForm()
    by = guard.acting()
    if submit(form, lambda: readings.strike(by, reading_id, form.why.data)):
        flash(_("The reading is struck out and stays in sight."), "ok")
        return redirect(url_for("metering.unit", unit_id=meter.unit_id))
    return _meter_page("metering/strike.html", meter, form=form, wrong=wrong)


@pages.route("/rule", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def rule() -> AnyResponse | str:
    """What is asked about before a figure is kept."""
    now = queries.rule_of(g.community.id)
    form = RuleForm(times=now.times, months=now.months, least=now.least)
    by = guard.acting()
    if submit(form, lambda: readings.set_rule(by, form.rule())):
        flash(_("Saved."), "ok")
        return redirect(url_for("metering.meters"))
    return render_template("metering/rule.html", form=form)
