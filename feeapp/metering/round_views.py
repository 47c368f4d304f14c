"""A whole round on one page, the sheet that is carried along, and what was used in a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, g, render_template, request
from flask_babel import gettext as _

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.metering import listing, readings
from feeapp.metering.forms import RoundForm
from feeapp.metering.judging import Entry
from feeapp.metering.listing import MeterLine, Wanted
from feeapp.metering.naming import HEADERS, KIND_WORDS
from feeapp.metering.pages import hundredths, pages
from feeapp.metering.readings import Outcome
from feeapp.metering.rules import MeterKind, read_figure
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.forms import tell
from feeapp.web.keys import as_key
from feeapp.web.paging import SIZE, Page, asked_day, asked_page


@dataclass(frozen=True, slots=True)
class Place:
    """Where a round goes: a kind, a building and, where one is chosen, a stair."""

    kind: MeterKind
    building_id: int
    stair_id: int | None

    def asked(self, on: date) -> dict[str, str]:
        """The same as arguments of an address."""
        asked = {"kind": self.kind.value, "building": str(self.building_id), "on": on.isoformat()}
        return asked | ({"stair": str(self.stair_id)} if self.stair_id else {})

    def wanted(self) -> Wanted:
        """The meters that are read there."""
        return Wanted(kind=self.kind, building_id=self.building_id, stair_id=self.stair_id)


@dataclass(slots=True)
class Row:
    """One line of the round: the meter, what was typed, and what is said about it."""

    line: MeterLine
    typed: str = ""
    problem: str = ""
    asks: bool = False
    confirmed: bool = False
    reason: str = ""


def _place(kinds: list[MeterKind], places: list[Any]) -> Place | None:
    """What the address asks for, or the first there is."""
    if not kinds or not places:
        return None
    kind = _kind(kinds)
    asked, stair = request.args.get("building", type=as_key), request.args.get("stair", type=as_key)
    building, stairs = next((each for each in places if each[0].id == asked), places[0])
    return Place(kind, building.id, stair if stair in {each.id for each in stairs} else None)


def _kind(kinds: list[MeterKind]) -> MeterKind:
    return next((kind for kind in kinds if kind.value == request.args.get("kind")), kinds[0])


@pages.route("/round", methods=["GET", "POST"])
@guard.needs(Power.METERING_ENTER)
def walk() -> str:
    """A round in walking order: figures are typed one after the other; bad ones stay with their sentence."""
    kinds = listing.list_kinds(g.community.id)
    places = listing.list_places(g.community.id, _kind(kinds)) if kinds else []
    place = _place(kinds, places)
    form = RoundForm(on=asked_day(request.args.get("on")) or office_day(clock.now()))
    said: dict[int, Row] = {}
    done: Mapping[int, Outcome] = {}
    if place and form.validate_on_submit():
        done = _save(place, form.on.data, said)
    lines = listing.list_all_lines(g.community.id, place.wanted()) if place else []
    rows = [_row(line, said) for line in lines]
    return render_template(
        "metering/round.html",
        form=form,
        kinds=kinds,
        places=places,
        place=place,
        on=form.on.data or office_day(clock.now()),
        rows=rows,
        saved=sum(1 for outcome in done.values() if not outcome.refusal and not outcome.same),
        problems=sum(1 for row in rows if row.problem),
    )


def _row(line: MeterLine, said: Mapping[int, Row]) -> Row:
    row = said.get(line.id, Row(line))
    row.line = line
    return row


def _save(place: Place, on: date, said: dict[int, Row]) -> Mapping[int, Outcome]:
    """Enter what was typed; what stays open is noted in ``said``."""
    entries: dict[int, Entry] = {}
    for line in listing.list_all_lines(g.community.id, place.wanted()):
        typed = request.form.get(f"figure-{line.id}", "").strip()[:32]
        if not typed:
            continue
        row = said[line.id] = Row(line, typed, reason=request.form.get(f"reason-{line.id}", "").strip()[:200])
        same = request.form.get(f"asked-{line.id}") == f"{typed} {on}"
        row.confirmed = same and f"confirm-{line.id}" in request.form
        try:
            entries[line.id] = Entry(read_figure(typed), on, row.confirmed, row.reason)
        except ValueError:
            row.problem = _("This is not a figure. Write it like 1234 or 1234.5.")
    by = guard.acting()
    done = transaction(lambda: readings.enter_round(by, entries)) if entries else {}
    for meter_id, outcome in done.items():
        if outcome.refusal is None:
            del said[meter_id]
        else:
            said[meter_id].problem = tell(outcome.refusal)
            said[meter_id].asks = outcome.refusal.field in ("confirmed", "reason")
    return done


@pages.get("/round.xlsx")
@guard.needs(Power.METERING_ENTER)
def round_sheet() -> Response:
    """The round to be filled in on foot; the import reads it back."""
    kinds = listing.list_kinds(g.community.id)
    place = _place(kinds, listing.list_places(g.community.id, _kind(kinds)) if kinds else [])
    on = asked_day(request.args.get("on")) or office_day(clock.now())
    whole = "whole" in request.args
    wanted = Wanted(kind=_kind(kinds)) if whole and kinds else place.wanted() if place else None
    rows = [
        (
            line.unit,
            _(KIND_WORDS[line.kind]),
            line.serial,
            line.last.read_on if line.last else None,
            hundredths(line.last.figure if line.last else None),
            on,
            None,
        )
        for line in (listing.list_all_lines(g.community.id, wanted) if wanted else [])
    ]
    headers = [_(HEADERS[name]) for name in ("unit", "kind", "serial", "last_on", "last", "on", "figure")]
    return workbook(f"round-{g.community.code}-{on}.xlsx", table(headers, rows))


@pages.get("/usage")
@guard.needs(Power.METERING_SEE)
def usage() -> str:
    """What every unit used in a month, segment by segment."""
    kind, period = _asked_usage()
    lines = listing.list_usage(g.community.id, kind, period)
    number = asked_page(request.args.get("page"))
    return render_template(
        "metering/usage.html",
        kind=kind,
        period=period,
        page=Page(lines[(number - 1) * SIZE : number * SIZE], number, len(lines)),
        total=sum(line.usage.quantity for line in lines),
    )


@pages.get("/usage.xlsx")
@guard.needs(Power.METERING_SEE)
def usage_workbook() -> Response:
    """The same, one row for each segment."""
    kind, period = _asked_usage()
    headers = [
        _("Room"), _("Number on the meter"), _("From"), _("To"), _("Figure before"), _("Figure"), _("Used"),
    ]  # fmt: skip
    rows = [
        (
            line.unit,
            part.serial,
            part.from_on,
            part.to_on,
            hundredths(part.from_figure),
            hundredths(part.to_figure),
            hundredths(part.quantity),
        )
        for line in listing.list_usage(g.community.id, kind, period)
        for part in line.usage.segments
    ]
    return workbook(f"usage-{kind.value.lower()}-{g.community.code}-{period}.xlsx", table(headers, rows))


def _asked_usage() -> tuple[MeterKind, Period]:
    kinds = listing.list_kinds(g.community.id) or [MeterKind.WATER]
    kind = next((kind for kind in MeterKind if kind.value == request.args.get("kind")), kinds[0])
    try:
        period = Period.read(request.args.get("month", ""))
    except ValueError:
        period = Period.of(office_day(clock.now()))
    return kind, period
