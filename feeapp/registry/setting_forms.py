"""The form of a community's settings: one field for each, made from its type."""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, StringField
from wtforms.widgets import HiddenInput

from feeapp.core.money import Money
from feeapp.registry.profile import KINDS, PLACES, SHOWN_AS_PERCENT, Profile
from feeapp.registry.vote_settings import CHOICE_WORDS, SETTINGS
from feeapp.web.forms import ChoiceField, CountField, DayField, Form, MoneyField, PlainText, RateField, choices


class NumberField(RateField):
    """A number of zero or more, a percentage for instance. Data is Decimal or None."""

    problem = _l("This is not a number. Write it like 60, 3.9 or 0.03.")


class PartField(NumberField):
    """A part of one, typed and shown in percent: 0.0003 is 0.03."""

    def read(self, typed: str) -> Decimal:
        return super().read(typed).scaleb(-2)

    def show(self, value: Decimal) -> str:
        return super().show(value.scaleb(2))


class SettingsForm(Form):
    """All settings, the reason for changing them, and the number of those the person looked at."""

    why = StringField(_l("Why"), validators=[PlainText(200, needed=False)])
    seen = IntegerField(widget=HiddenInput())

    @classmethod
    def of(cls, profile: Profile, seen: int, why: str = "") -> SettingsForm:
        """The form as it first stands."""
        form = cls(data={name: getattr(profile, name) for name in KINDS} | {"seen": seen, "why": why})
        for name in KINDS:
            if unit := unit_of(name):
                form[name].label.text = f"{form[name].label.text} ({unit})"
        return form

    def profile(self) -> Profile:
        """The settings as entered. Raises Refused at the field that cannot hold."""
        return Profile(**{name: _read(name, self[name].data) for name in KINDS})


def _read(name: str, typed: Any) -> Any:
    if KINDS[name][0] is str:
        return typed or ""
    return _whole(typed) if name in PLACES and typed is not None else typed


def _whole(typed: Decimal) -> Decimal:
    """60.00 and 60 are one setting."""
    plain = typed.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


def _field(name: str) -> Field:
    kind, label = KINDS[name][0], _l(SETTINGS[name].label)
    needed = NoneType not in KINDS[name]
    if issubclass(kind, enum.Enum):
        return ChoiceField(label, choices(CHOICE_WORDS[kind]))
    if kind is Decimal:
        return (PartField if name in SHOWN_AS_PERCENT else NumberField)(label, needed=needed)
    if kind is str:
        return StringField(label, validators=[PlainText(100, needed=False)])
    if kind is bool:
        return BooleanField(label)
    return {int: CountField, Money: MoneyField, date: DayField}[kind](label, needed=needed)


for _name in KINDS:
    setattr(SettingsForm, _name, _field(_name))


def unit_of(name: str) -> str:
    """What a figure is counted in: days, ¥ or % a day; nothing for what is no figure."""
    if not {int, Decimal, Money} & set(KINDS[name]):
        return ""
    return (gettext(SETTINGS[name].unit) % {"n": ""}).strip()


def typed_number(name: str, value: Decimal) -> str:
    """A number as it is typed into its field."""
    shift = 2 if name in SHOWN_AS_PERCENT else 0
    return f"{value.scaleb(shift).normalize():f}"
