"""Who may open a page. A view without a guard stops the app from starting.

Other people's things do not exist: a community in which a person has no role is a 404, and so is every object that
a query, always scoped to ``g.community``, does not find there. A missing power in one's own community is a 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.core.deed import By
from feeapp.core.powers import Power
from feeapp.storage.db import INSTALLATION
from feeapp.web.keys import KeyConverter

View = TypeVar("View", bound=Callable[..., Any])

MARK = "feeapp_guard"


class Unguarded(Exception):
    """A route without a guard: the app must not start."""


def public(view: View) -> View:
    """Anybody may open this page."""
    return _marked(view, "public")


def signed_in(view: View) -> View:
    """Anybody with a log-in may open this page."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        return view(*args, **values) if current_user.is_authenticated else _to_log_in()

    return _marked(guarded, "signed_in")


def resident(view: View) -> View:
    """A resident's own page; staff log-ins, which own nothing, do not find it."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if not current_user.is_authenticated:
            return _to_log_in()
        if not current_user.parties:
            abort(404)
        return view(*args, **values)

    return _marked(guarded, Power.PORTAL_OWN)


def needs(power: Power) -> Callable[[View], View]:
    """A page of the office: in the community of the address, or of the installation when the address has none."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if not current_user.is_authenticated:
                return _to_log_in()
            community = g.get("community")
            held = current_user.powers_in(community.id if community else INSTALLATION)
            if not held or held == {Power.PORTAL_OWN}:
                abort(404)
            if power not in held:
                abort(403)
            return view(*args, **values)

        return _marked(guarded, power)

    return guard


def may(power: Power) -> bool:
    """Whether the person has a power here: pages ask it before they draw a button."""
    if not current_user.is_authenticated:
        return False
    community = g.get("community")
    return power in current_user.powers_in(community.id if community else INSTALLATION)


def acting() -> By:
    """The person, the community of the page and this instant: what an action is told first."""
    community = g.get("community")
    return By(
        community_id=community.id if community else INSTALLATION,
        actor_id=current_user.id if current_user.is_authenticated else None,
        at=clock.now(),
    )


def _marked(view: Any, mark: Any) -> Any:
    setattr(view, MARK, mark)
    return view


def _to_log_in() -> Response:
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("access.log_in", next=back))


class _CommunityCode(BaseConverter):
    """The community in an address: its code in capitals, ``/XHY/counter``."""

    regex = r"[A-Z][A-Z0-9]{1,7}"


def init_app(app: Flask, find_community: Callable[[str], Any]) -> None:
    """Put the community of the address into ``g.community`` and out of every view's arguments."""
    app.url_map.converters.update(community=_CommunityCode, int=KeyConverter)

    @app.url_value_preprocessor
    def find(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "community" in values:
            g.community = find_community(values.pop("community"))
            if g.community is None:
                abort(404)

    @app.url_defaults
    def keep(endpoint: str, values: dict[str, Any]) -> None:
        community = g.get("community")
        if community and "community" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "community"):
            values["community"] = community.code

    app.jinja_env.globals.update(may=may, Power=Power)


def check_every_route(app: Flask) -> None:
    """Raises Unguarded, naming each view that says nothing of who may open it."""
    bare = sorted(name for name, view in app.view_functions.items() if name != "static" and not hasattr(view, MARK))
    if bare:
        raise Unguarded(f"these views have no guard: {', '.join(bare)}")
