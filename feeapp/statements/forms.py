"""The forms of statements."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.validators import ValidationError

from feeapp.statements.rules import CERTIFICATE_WORDS, Days
from feeapp.web.forms import ChoiceField, DayField, Form, MoneyField, PeriodField, choices


class DaysForm(Form):
    """The days of a statement. It only looks, so it goes by the address and needs no token."""

    class Meta(Form.Meta):
        csrf = False

    since = DayField(_l("From"), needed=False)
    upto = DayField(_l("To"), needed=False)

    def validate_upto(self, field: DayField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(gettext("The last day lies before the first."))

    def days(self, first: Days) -> Days:
        """The days asked for, once the form is sound; those of ``first`` where nothing is asked."""
        to_on = self.upto.data or max(first.to_on, self.since.data or first.to_on)
        return Days(self.since.data or min(first.from_on, to_on), to_on)


class BillsForm(Form):
    """Which bills are printed: for which month, and of whom. The places come as ticked boxes beside it."""

    month = PeriodField(_l("Month"))
    owing = BooleanField(_l("Only who owes"))
    least = MoneyField(_l("Who owes at least"), needed=False)
    english = BooleanField(_l("With English beside the Chinese"))


class CertificateForm(Form):
    """What is certified, of whom, and for which day."""

    whose = SelectField(_l("Whose account"), coerce=int)
    kind = ChoiceField(_l("Kind of certificate"), members=choices(CERTIFICATE_WORDS))
    on = DayField(_l("As it stood on"))
