"""The forms that set the house up."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import ValidationError

from feeapp.access.rules import PASSWORD_MOST
from feeapp.registry.forms import NewCommunityForm
from feeapp.reports.actions import Opening
from feeapp.reports.rules import is_setup_code
from feeapp.web.forms import PlainText


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
