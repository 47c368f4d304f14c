"""The forms of bill runs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField

from feeapp.web.forms import Form, MoneyField, PeriodField, PlainText


class MonthForm(Form):
    class Meta(Form.Meta):
        csrf = False

    period = PeriodField(_l("Month"))


class ConfirmForm(Form):
    seen_hash = HiddenField(validators=[PlainText(64)])


class AskForUnitsForm(Form):
    """Waive what has run up on many units; ``every`` means all that the list shows on all its pages."""

    units = SelectMultipleField(_l("Units"), coerce=int, validate_choice=False)
    every = BooleanField(_l("All units of this list, on all its pages"))
    reason = StringField(_l("Reason"), validators=[PlainText(200)])


class AskForChargeForm(Form):
    amount = MoneyField(_l("Sum to waive"))
    reason = StringField(_l("Reason"), validators=[PlainText(200)])


class DecideForm(Form):
    answer = StringField(_l("Remark"), validators=[PlainText(200, needed=False)])
