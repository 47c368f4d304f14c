"""The forms of bill runs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from feeapp.web.forms import Form, PeriodField, PlainText


class MonthForm(Form):
    class Meta(Form.Meta):
        csrf = False

    period = PeriodField(_l("Month"))


class ConfirmForm(Form):
    seen_hash = HiddenField(validators=[PlainText(64)])
