"""The front door, the first run, and the list of communities; the day's page is in ``today.py``."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from feeapp.access import doors
from feeapp.access.queries import any_user
from feeapp.access.rules import PASSWORD_LEAST
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.registry.queries import list_communities
from feeapp.reports import actions
from feeapp.reports.forms import FirstRunForm, OpeningForm
from feeapp.storage.db import INSTALLATION
from feeapp.web import guard
from feeapp.web.forms import submit

pages = Blueprint("reports", __name__)


@dataclass(frozen=True, slots=True)
class Office:
    """A community somebody works for, and its page of the day."""

    code: str
    name: str
    operator: str
    url: str


@pages.app_context_processor
def community_switch() -> dict[str, list[Office]]:
    """The communities to change between, for whoever works for several."""
    several = g.get("community") and current_user.is_authenticated
    wider = several and (INSTALLATION in current_user.offices or len(current_user.offices) > 1)
    return {"communities": _offices() if wider else []}


@pages.get("/")
@guard.public
def front() -> str | Response:
    """Everybody to where their work is: the day's page, a choice of communities, or the resident's own pages."""
    if not current_user.is_authenticated:
        return redirect(url_for("access.log_in") if any_user() else url_for("reports.first_run"))
    offices = _offices()
    at_home = bool(current_user.parties)
    if at_home and not current_user.offices:
        return redirect(url_for("portal.home"))
    if len(offices) == 1 and not at_home:
        return redirect(offices[0].url)
    return render_template("reports/front.html", offices=offices, at_home=at_home)


@pages.route("/first-run", methods=["GET", "POST"])
@guard.public
def first_run() -> str | Response:
    if any_user():
        raise NotFound
    form = FirstRunForm()
    done = submit(
        form,
        lambda: actions.set_up(guard.acting(), form.login.data, form.person.data, form.password.data, form.opening()),
    )
    if done:
        doors.sign_in(done.result)
        return redirect(url_for("reports.front"))
    guarded = current_app.config["FEEAPP_PRODUCTION"]
    return render_template("reports/first_run.html", form=form, guarded=guarded, least=PASSWORD_LEAST)


@pages.get("/communities")
@guard.needs(Power.ACCESS_INSTALL)
def communities() -> str:
    return render_template("reports/communities.html", offices=_offices())


@pages.route("/communities/new", methods=["GET", "POST"])
@guard.needs(Power.ACCESS_INSTALL)
def add_community() -> str | Response:
    form = OpeningForm()
    done = submit(form, lambda: actions.add_community(guard.acting(), form.opening()).code)
    if done:
        flash(_("The community is open, and so is its book."), "ok")
        return redirect(url_for("reports.today", community=done.result))
    return render_template("reports/add_community.html", form=form)


def _offices() -> list[Office]:
    """The communities this person works for, by name; all of them for an administrator."""
    mine = current_user.offices
    return [
        Office(each.code, each.name, each.operator, url_for("reports.today", community=each.code))
        for each in list_communities()
        if INSTALLATION in mine or each.id in mine
    ]
