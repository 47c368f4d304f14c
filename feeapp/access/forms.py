"""The forms of log-ins and powers."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from feeapp.access.rules import PASSWORD_MOST
from feeapp.core.powers import ROLE_WORDS, Role
from feeapp.web.forms import ChoiceField, Form, PlainText
from feeapp.web.language import CHINESE, ENGLISH


class LogInForm(Form):
    login = StringField(_l("Log-in name or mobile number"), validators=[PlainText(64)])
    password = PasswordField(_l("Password"), validators=[PlainText(PASSWORD_MOST)])


class NewPasswordForm(Form):
    """The new password goes into ``password``, where the rules put what is wrong with it."""

    old = PasswordField(_l("Current password"), validators=[PlainText(PASSWORD_MOST)])
    password = PasswordField(_l("New password"), validators=[PlainText(PASSWORD_MOST)])
    again = PasswordField(_l("New password once more"), validators=[PlainText(PASSWORD_MOST)])

    def validate_again(self, field: PasswordField) -> None:
        if field.data != self.password.data:
            raise ValidationError(gettext("The two are not the same. Type both again."))


class LanguageForm(Form):
    language = SelectField(_l("Language"), choices=[(CHINESE, "中文"), (ENGLISH, "English")])


class RoleForm(Form):
    role = ChoiceField(_l("Role"), members=[(role, _l(words)) for role, words in ROLE_WORDS.items()])

    def offer(self, roles: Iterable[Role]) -> None:
        """Show these roles alone; any other is refused by the rules all the same."""
        self.role.choices = [(role.value, gettext(ROLE_WORDS[role])) for role in roles]


class PersonForm(RoleForm):
    name = StringField(_l("Name"), validators=[PlainText(64)])
    login = StringField(_l("Log-in name"), validators=[PlainText(32)])


class RevokeForm(RoleForm):
    party_id = IntegerField(validators=[InputRequired()])
