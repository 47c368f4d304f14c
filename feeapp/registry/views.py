"""Pages of the registry: the list of units, the search, the buildings; the rest stands beside this file."""

from __future__ import annotations

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.registry import (
    community_views,
    import_views,
    listing,
    people_views,
    queries,
    setting_views,
    unit_views,
)
from feeapp.registry.actions import note_export
from feeapp.registry.listing import Wanted
from feeapp.registry.pages import pages, sight
from feeapp.registry.rules import UnitUse, UseState
from feeapp.registry.searching import find_households
from feeapp.registry.wording import STATE_WORDS, USE_WORDS
from feeapp.spreadsheet import table
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.keys import as_key
from feeapp.web.paging import asked_page, asked_words

__all__ = ["community_views", "import_views", "pages", "people_views", "setting_views", "unit_views"]


def _wanted() -> Wanted:
    """What the filter bar asks for; anything that is no choice there narrows nothing."""
    return Wanted(
        building_id=request.args.get("building", type=as_key),
        use=next((use for use in UnitUse if use.value == request.args.get("use")), None),
        use_state=next((state for state in UseState if state.value == request.args.get("state")), None),
        without_area=request.args.get("missing") == "area",
        typed=asked_words(request.args.get("q")),
    )


def _asked(wanted: Wanted) -> dict[str, str]:
    """The same as arguments of an address."""
    asked = {
        "building": str(wanted.building_id or ""),
        "use": wanted.use.value if wanted.use else "",
        "state": wanted.use_state.value if wanted.use_state else "",
        "missing": "area" if wanted.without_area else "",
        "q": wanted.typed,
    }
    return {name: value for name, value in asked.items() if value}


@pages.get("/units")
@guard.needs(Power.REGISTRY_SEE)
def units() -> str:
    wanted = _wanted()
    today = office_day(clock.now())
    page = listing.list_units(g.community.id, wanted, today, asked_page(request.args.get("page")))
    return render_template(
        "registry/units.html",
        page=page,
        wanted=wanted,
        asked=_asked(wanted),
        area=listing.total_area(g.community.id, wanted),
        buildings=queries.list_buildings(g.community.id),
        names=queries.names,
    )


@pages.get("/units.xlsx")
@guard.needs(Power.REGISTRY_SEE)
def units_workbook() -> Response:
    """The list exactly as it is filtered and shown, on all its pages; that it was taken along is logged."""
    wanted = _wanted()
    by = guard.acting()
    lines = listing.list_all_units(g.community.id, wanted, office_day(by.at))
    transaction(lambda: note_export(by, len(lines)))
    headers = [
        _("Room"),
        _("Full name"),
        _("Use"),
        _("Floor area (m²)"),
        _("Occupancy"),
        _("Owners"),
        _("Remark"),
    ]
    rows = [
        (
            line.code,
            line.name,
            _(USE_WORDS[line.use]),
            line.area,
            _(STATE_WORDS[line.use_state]),
            queries.names(line.owners, sight()),
            line.remark,
        )
        for line in lines
    ]
    return workbook(f"units-{g.community.code}.xlsx", table(headers, rows))


@pages.get("/search")
@guard.needs(Power.REGISTRY_SEE)
def search() -> AnyResponse | str:
    """One hit opens itself; while somebody types, only the list of hits is sent."""
    typed = asked_words(request.args.get("q"))
    hits = find_households(g.community.id, typed)
    if "HX-Request" in request.headers:
        return render_template("registry/_hits.html", typed=typed, hits=hits)
    if len(hits) == 1:
        return redirect(url_for("registry.unit", unit_id=hits[0].unit_id))
    return render_template("registry/search.html", typed=typed, hits=hits)


@pages.get("/buildings")
@guard.needs(Power.REGISTRY_SEE)
def buildings() -> str:
    return render_template("registry/buildings.html", buildings=listing.list_building_lines(g.community.id))
