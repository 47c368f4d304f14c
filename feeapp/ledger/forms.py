"""Forms of the book."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from feeapp.web.forms import Form, PeriodField, PlainText


class CloseForm(Form):
    """Which month to close."""

    period = PeriodField(_l("Month"))


class ReopenForm(Form):
    """Which month to open again, and why."""

    period = PeriodField(_l("Month"))
    reason = StringField(_l("Reason"), validators=[PlainText(200)])


class DecideForm(Form):
    """What a second person says to a request."""

    answer = StringField(_l("Remark"), validators=[PlainText(200, needed=False)])
