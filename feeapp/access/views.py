"""Pages of the access room: the door, one's own log-in, people and their powers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.access import actions, doors, entrance, queries
from feeapp.access.forms import LanguageForm, LogInForm, NewPasswordForm, PersonForm, RevokeForm, RoleForm
from feeapp.access.rules import (
    HANDED_OUT_DAYS,
    PASSWORD_LEAST,
    POWER_WORDS,
    STAFF,
    masked_login,
)
from feeapp.core.powers import NEVER_TOGETHER, POWERS_OF, ROLE_WORDS, Power, Role
from feeapp.storage.transaction import transaction
from feeapp.web import guard
from feeapp.web.forms import Form, attempt, submit
from feeapp.web.names import names_of
from feeapp.web.paging import asked_page, asked_words
from feeapp.web.views import safe_path

pages = Blueprint("access", __name__)

_OPEN_TO_HANDED_OUT = {"access.my_login", "access.log_out", "web.language", "web.alive", "static"}


@pages.before_app_request
def replace_handed_out_password() -> Response | None:
    """Whoever logged in with a password that somebody else has seen chooses another before anything else."""
    if request.endpoint in _OPEN_TO_HANDED_OUT or not current_user.is_authenticated or not current_user.must_change:
        return None
    return redirect(url_for("access.my_login"))


@pages.route("/login", methods=["GET", "POST"])
@guard.public
def log_in() -> str | Response:
    target = safe_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    form = LogInForm()
    address = request.remote_addr or ""
    opened = attempt(
        form,
        lambda: entrance.log_in(form.login.data, form.password.data, doors.this_device(), address, clock.now()),
    )
    if opened:
        doors.enter(opened.result)
        return redirect(target)
    return render_template("access/log_in.html", form=form)


@pages.post("/logout")
@guard.signed_in
def log_out() -> Response:
    doors.leave()
    flash(_("You are logged out."), "ok")
    return redirect(url_for("access.log_in"))


@pages.route("/my-login", methods=["GET", "POST"])
@guard.signed_in
def my_login() -> str | Response:
    form = NewPasswordForm()
    changed = attempt(form, lambda: entrance.change_password(guard.acting(), form.old.data, form.password.data))
    if changed:
        doors.enter(changed.result)
        flash(_("The new password is in use. All other devices are logged out."), "ok")
        return redirect(url_for("reports.front"))
    language = LanguageForm(formdata=None, language=session.get("language") or current_user.language)
    return render_template(
        "access/my_login.html",
        form=form,
        language=language,
        least=PASSWORD_LEAST,
        roles=ROLE_WORDS,
        places=names_of("community", {each.community_id for each in current_user.grants}),
    )


@pages.post("/my-login/language")
@guard.signed_in
def choose_language() -> Response:
    form = LanguageForm()
    if submit(form, lambda: actions.choose_language(guard.acting(), form.language.data)):
        session["language"] = form.language.data
    return redirect(url_for("access.my_login"))


@pages.post("/my-login/everywhere")
@guard.signed_in
def log_out_everywhere() -> Response:
    transaction(lambda: actions.log_out_everywhere(guard.acting()))
    doors.leave()
    flash(_("You are logged out on every device."), "ok")
    return redirect(url_for("access.log_in"))


@pages.get("/<community:community>/people")
@guard.needs(Power.ACCESS_MANAGE)
def people() -> str:
    everywhere = guard.may(Power.ACCESS_INSTALL)
    tab = request.args.get("of", "staff")
    if tab not in ("staff", "residents", *(("all",) if everywhere else ())):
        tab = "staff"
    typed = asked_words(request.args.get("q"))
    community_id = None if tab == "all" else g.community.id
    listed = queries.list_people(community_id, tab == "residents", typed, asked_page(request.args.get("page")))
    return render_template("access/people.html", page=listed, tab=tab, q=typed, everywhere=everywhere, roles=ROLE_WORDS)


@pages.route("/<community:community>/people/new", methods=["GET", "POST"])
@guard.needs(Power.ACCESS_MANAGE)
def add_person() -> str:
    form = PersonForm()
    form.offer(_offered())
    done = submit(form, lambda: actions.add_person(guard.acting(), form.login.data, form.name.data, [form.role.data]))
    if done:
        return _show_password(done.result)
    return render_template("access/add_person.html", form=form, days=HANDED_OUT_DAYS)


@pages.route("/<community:community>/people/<int:user_id>", methods=["GET", "POST"])
@guard.needs(Power.ACCESS_MANAGE)
def person(user_id: int) -> str | Response:
    found = queries.get_profile(guard.acting(), user_id)
    form = RoleForm()
    form.offer(_offered())
    if submit(form, lambda: actions.grant_role(guard.acting(), user_id, form.role.data)):
        flash(_("The role is granted: %(role)s.", role=_(ROLE_WORDS[form.role.data])), "ok")
        return redirect(url_for("access.person", user_id=user_id))
    return render_template(
        "access/person.html",
        person=found,
        form=form,
        roles=ROLE_WORDS,
        places=names_of("community", {each.community_id for each in found.grants}),
    )


@pages.post("/<community:community>/people/<int:user_id>/revoke")
@guard.needs(Power.ACCESS_MANAGE)
def revoke(user_id: int) -> Response:
    form = RevokeForm()
    return _deed(
        user_id,
        form,
        lambda: actions.revoke_role(guard.acting(), user_id, form.role.data, form.party_id.data),
        _("The role is taken away. It ended at once."),
    )


@pages.post("/<community:community>/people/<int:user_id>/password")
@guard.needs(Power.ACCESS_MANAGE)
def reset_password(user_id: int) -> str | Response:
    form = Form()
    done = submit(form, lambda: actions.reset_password(guard.acting(), user_id))
    return _show_password(done.result) if done else _refused(user_id, form)


@pages.post("/<community:community>/people/<int:user_id>/disable")
@guard.needs(Power.ACCESS_MANAGE)
def disable(user_id: int) -> Response:
    said = _("The log-in is closed. Whoever was using it is logged out.")
    return _deed(user_id, Form(), lambda: actions.disable_user(guard.acting(), user_id), said)


@pages.post("/<community:community>/people/<int:user_id>/enable")
@guard.needs(Power.ACCESS_MANAGE)
def enable(user_id: int) -> Response:
    said = _("The log-in is open again.")
    return _deed(user_id, Form(), lambda: actions.enable_user(guard.acting(), user_id), said)


@pages.get("/<community:community>/people/powers")
@guard.needs(Power.ACCESS_MANAGE)
def powers() -> str:
    return render_template(
        "access/powers.html", powers=POWER_WORDS, roles=ROLE_WORDS, held=POWERS_OF, never=NEVER_TOGETHER
    )


def _deed(user_id: int, form: Form, deed: Callable[[], Any], said: str) -> Response:
    """One button of a person's page: done and said, or the reason why not, on the same page."""
    if not submit(form, deed):
        return _refused(user_id, form)
    flash(said, "ok")
    if queries.find_profile(guard.acting(), user_id) is None:
        return redirect(url_for("access.people"))
    return redirect(url_for("access.person", user_id=user_id))


def _refused(user_id: int, form: Form) -> Response:
    for sentence in form.form_errors:
        flash(sentence, "refused")
    return redirect(url_for("access.person", user_id=user_id))


def _show_password(handed: actions.HandedOut) -> str:
    """The one page that shows a handed-out password; it is kept nowhere, so there is nowhere to be sent on to."""
    return render_template(
        "access/handed_out.html", handed=handed, days=HANDED_OUT_DAYS, shown_login=masked_login(handed.login)
    )


def _offered() -> list[Role]:
    return [*STAFF, *([Role.ADMINISTRATOR] if guard.may(Power.ACCESS_INSTALL) else [])]
