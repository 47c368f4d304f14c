"""The residents' forms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField

from feeapp.web.forms import Form, PlainText


class ActivationForm(Form):
    code = StringField(_l("Code on your bill"), validators=[PlainText(40)])
    phone = StringField(_l("Mobile number"), validators=[PlainText(20)])
    password = PasswordField(_l("Choose a password"), validators=[PlainText(128)])
