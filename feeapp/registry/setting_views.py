"""The settings of a community: read by the whole office, changed by the manager, begun with the rules of a place."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp.access.queries import names_of
from feeapp.core.powers import Power
from feeapp.registry import actions, presets, queries
from feeapp.registry.models import SavedProfile
from feeapp.registry.pages import pages
from feeapp.registry.presets import LAWS, PRESETS, Preset
from feeapp.registry.profile import KINDS, Profile, differences
from feeapp.registry.setting_forms import SettingsForm, typed_number
from feeapp.registry.settings import NO, YES
from feeapp.registry.vote_settings import CHOICE_WORDS, GROUPS, SETTINGS
from feeapp.web import filters, guard
from feeapp.web.forms import attempt, submit


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting before and after, in words, and where the new value comes from."""

    label: str
    before: str
    after: str
    source: str = ""


@pages.get("/settings")
@guard.needs(Power.REGISTRY_SEE)
def settings() -> str:
    """What holds in this community, what each setting does, the rule behind it, and who changed what."""
    saved = queries.list_profiles(g.community.id)
    return render_template(
        "registry/settings.html",
        groups=GROUPS,
        profile=_in_force(saved),
        defaults=Profile(),
        said_value=said_value,
        presets=PRESETS,
        history=_history(saved),
        names=names_of({each.by_id for each in saved}),
    )


@pages.route("/settings/edit", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_SETTINGS)
def edit_settings() -> str | Response:
    """The form; the rules of a place fill it in, and what would change stands above before anything is saved."""
    saved = queries.list_profiles(g.community.id, most=1)
    before = _in_force(saved)
    preset = presets.find_preset(request.args.get("preset", ""))
    filled = presets.filled_in(preset, before) if preset else before
    form = SettingsForm.of(
        filled, saved[0].number if saved else 0, _("Rules of %(place)s", place=_(preset.name)) if preset else ""
    )
    by = guard.acting()
    changes = _differences(before, filled, preset) if preset else None
    if "check" in request.form:
        looked = attempt(form, form.profile)
        changes = _differences(before, looked.result, preset) if looked else None
    elif submit(form, lambda: actions.set_profile(by, form.profile(), form.why.data or "", _seen(form))):
        flash(_("Settings saved. They hold from now on; bills already issued do not change."), "ok")
        return redirect(url_for("registry.settings"))
    return render_template(
        "registry/edit_settings.html",
        form=form,
        groups=GROUPS,
        preset=preset,
        sources=[_(LAWS[law]) for law in preset.laws] if preset else [],
        changes=changes,
    )


def _seen(form: SettingsForm) -> int:
    return -1 if form.seen.data is None else int(form.seen.data)


def _in_force(saved: list[SavedProfile]) -> Profile:
    return Profile.of_facts(saved[0].facts) if saved else Profile()


def _history(saved: list[SavedProfile]) -> list[tuple[SavedProfile, list[Difference]]]:
    """Each time the settings were saved, the newest first, with what changed then."""
    profiles = [Profile.of_facts(each.facts) for each in saved]
    if saved and saved[-1].number == 1:
        profiles.append(Profile())
    return [
        (each, _differences(profiles[place + 1], profiles[place]) if place + 1 < len(profiles) else [])
        for place, each in enumerate(saved)
    ]


def _differences(before: Profile, after: Profile, preset: Preset | None = None) -> list[Difference]:
    return [
        Difference(
            _(SETTINGS[name].label),
            said_value(name, getattr(before, name)),
            said_value(name, getattr(after, name)),
            _source(preset, name, getattr(after, name)),
        )
        for name in _as_shown(differences(before, after))
    ]


def _as_shown(names: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [name for name in SETTINGS if name in wanted]


def _source(preset: Preset | None, name: str, value: Any) -> str:
    """The article a value rests on, while it is the one that the rules of the place have."""
    cited = presets.source_of(preset, name) if preset else None
    if cited is None:
        return _("default: no local rule is known") if preset and value == getattr(Profile(), name) else ""
    if cited.value != value:
        return ""
    law = _(LAWS[cited.law])
    return _("%(law)s, art. %(article)s", law=law, article=cited.article) if cited.article else law


def said_value(name: str, value: Any) -> str:
    """A setting's value in words, with its unit."""
    setting = SETTINGS[name]
    may_be_none = NoneType in KINDS[name]
    if value is None or value == "" or (setting.off and not value and not may_be_none):
        return _(setting.off or NO)
    if isinstance(value, enum.Enum):
        return _(CHOICE_WORDS[type(value)][value])
    if isinstance(value, bool):
        return _(YES if value else NO)
    if isinstance(value, Decimal):
        return _(setting.unit) % {"n": typed_number(name, value)}
    if KINDS[name][0].__name__ == "date":
        return filters.day(value)
    return _(setting.unit) % {"n": value}
