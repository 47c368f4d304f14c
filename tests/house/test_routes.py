"""Every route is guarded, every view has its template, every menu entry leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from feeapp import create_app
from feeapp.core.powers import Power
from feeapp.web import guard, menu
from tests.databases import environment

TEMPLATES = Path(__file__).parents[2] / "templates"
HOUSE = Path(__file__).parents[2] / "feeapp"

PUBLIC = {
    "static",
    "web.language",
    "web.alive",
    "access.log_in",
    "reports.front",
    "reports.first_run",
    "portal.activate",
}
"""What anybody may open, without a log-in: a new name here is a decision."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(environment("sqlite://", tmp_path_factory.mktemp("data")))


def test_the_app_does_not_start_with_an_unguarded_route(house: Flask) -> None:
    bare = Flask("bare")
    pages = Blueprint("bare", __name__)
    pages.add_url_rule("/open", "open", lambda: "")
    bare.register_blueprint(pages)
    with pytest.raises(guard.Unguarded, match=r"bare\.open"):
        guard.check_every_route(bare)


def test_the_public_pages_are_exactly_these(house: Flask) -> None:
    public = {name for name, view in house.view_functions.items() if getattr(view, guard.MARK, None) == "public"}
    assert public | {"static"} == PUBLIC


def test_a_route_that_changes_something_takes_no_get(house: Flask) -> None:
    """A view's name says what it does; one that only does, not shows, is POST alone."""
    deeds = ("print", "confirm", "undo", "discard", "reveal", "log_out", "revoke", "disable", "enable", "decide")
    for rule in house.url_map.iter_rules():
        name = rule.endpoint.partition(".")[2]
        if name.startswith(deeds):
            assert "GET" not in (rule.methods or ()), rule


def test_a_page_of_the_office_is_a_page_of_one_community(house: Flask) -> None:
    for rule in house.url_map.iter_rules():
        mark = getattr(house.view_functions[rule.endpoint], guard.MARK, None)
        if isinstance(mark, Power) and mark not in {Power.PORTAL_OWN, Power.ACCESS_INSTALL}:
            assert rule.rule.startswith("/<community:community>/"), rule


def test_every_menu_entry_leads_to_a_page_its_power_opens(house: Flask) -> None:
    for _, entries in menu.OFFICE:
        for entry in entries:
            assert getattr(house.view_functions[entry.endpoint], guard.MARK) is entry.power, entry
    for _, endpoint, _ in menu.RESIDENT:
        assert endpoint in house.view_functions, endpoint


def test_every_template_named_in_a_view_exists_and_every_page_template_is_named() -> None:
    named = {
        found
        for path in HOUSE.rglob("*.py")
        for found in re.findall(r'"((?:[a-z_]+/)[a-z_0-9]+\.html)"', path.read_text(encoding="utf-8"))
    }
    used_by_templates = {
        found
        for path in TEMPLATES.rglob("*.html")
        for found in re.findall(r'["\']([a-z_]+/[a-z_0-9]+\.html)["\']', path.read_text(encoding="utf-8"))
    }
    stand = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    errors = {name for name in stand if name.startswith(("errors/", "paper/"))}
    assert named - stand == set()
    assert stand - named - used_by_templates - errors == set()
