"""The forms that set the house up, and the one that narrows the list of charges."""

from __future__ import annotations

from datetime import date

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from feeapp.access.rules import PASSWORD_MOST
from feeapp.registry.forms import NewCommunityForm
from feeapp.reports.actions import Opening
from feeapp.reports.charge_list import STATE_WORDS, State, Wanted
from feeapp.reports.rules import is_setup_code
from feeapp.web.forms import Form, MoneyField, PeriodField, PlainText


class OpeningForm(NewCommunityForm):
    def opening(self) -> Opening:
        """What was typed, once the form is sound."""
        return Opening(
            self.name.data, self.code.data, self.operator.data, self.address.data or "", self.phone.data or ""
        )


class FirstRunForm(OpeningForm):
    """A community, its first administrator, and, on a server that others can reach, the proof of running it."""

    person = StringField(_l("Your name"), validators=[PlainText(64)])
    login = StringField(_l("Log-in name"), validators=[PlainText(32)])
    password = PasswordField(_l("Password"), validators=[PlainText(PASSWORD_MOST)])
    again = PasswordField(_l("Password once more"), validators=[PlainText(PASSWORD_MOST)])
    setup = StringField(_l("Set-up code"), validators=[PlainText(32, needed=False)])

    def validate_again(self, field: PasswordField) -> None:
        if field.data != self.password.data:
            raise ValidationError(gettext("The two are not the same. Type both again."))

    def validate_setup(self, field: StringField) -> None:
        guarded = current_app.config["FEEAPP_PRODUCTION"]
        if guarded and not is_setup_code(field.data or "", current_app.config["SECRET_KEY"]):
            raise ValidationError(gettext("This is not the set-up code that the server showed when it was started."))


class ChargeFilterForm(Form):
    """What the list of charges is narrowed to. It only looks, so it goes by the address and needs no token."""

    class Meta(Form.Meta):
        csrf = False

    q = StringField(_l("Room or debtor"), validators=[PlainText(64, needed=False)])
    place = SelectField(_l("Building or stair"), default="")
    item = SelectField(_l("Item"), default="")
    since = PeriodField(_l("From month"), needed=False)
    upto = PeriodField(_l("To month"), needed=False)
    state = SelectField(
        _l("State"),
        default="",
        choices=[SelectChoice("", _l("All")), *(SelectChoice(each.value, _l(STATE_WORDS[each])) for each in State)],
    )
    least = MoneyField(_l("Owes in all at least"), needed=False)
    overdue = BooleanField(_l("Overdue only"))

    def validate_upto(self, field: PeriodField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(gettext("The last month lies before the first."))

    def wanted(self, on: date) -> Wanted:
        """What was asked for, once the form is sound; ``on`` is today."""
        place, key = (self.place.data or "")[:1], (self.place.data or "")[1:]
        return Wanted(
            on=on,
            building_id=int(key) if place == "b" else None,
            stair_id=int(key) if place == "s" else None,
            item_id=int(self.item.data) if self.item.data else None,
            since=self.since.data,
            upto=self.upto.data,
            state=State(self.state.data) if self.state.data else None,
            typed=self.q.data or "",
            least=self.least.data,
            overdue=self.overdue.data,
        )
