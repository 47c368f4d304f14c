"""The forms of accounts, statements and formats."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from feeapp.banking.rules import ACCOUNT_WORDS, AccountKind
from feeapp.ledger.rules import FUND_WORDS, Fund
from feeapp.web.forms import ChoiceField, CountField, Form, MoneyField, PlainText, choices


class AccountForm(Form):
    name = StringField(_l("What it is called in the office"), validators=[PlainText(60)])
    kind = ChoiceField(_l("Kind of account"), choices(ACCOUNT_WORDS), default=AccountKind.BANK)
    fund = ChoiceField(_l("Fund"), choices(FUND_WORDS), default=Fund.OPERATIONS)
    number = StringField(_l("Account number"), validators=[PlainText(40, needed=False)])


class StatementForm(Form):
    account = SelectField(_l("Own account"))
    format = SelectField(_l("Format"))
    file = FileField(_l("File"))

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(gettext("Choose the statement that the bank gave you."))


class SampleForm(Form):
    file = FileField(_l("File"))

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(gettext("Choose the statement that the bank gave you."))


class PayoutForm(Form):
    gross = MoneyField(_l("What payers paid, before the channel’s fee"))


class NoteForm(Form):
    note = StringField(_l("What is known of it"), validators=[PlainText(200)])


class FormatForm(Form):
    name = StringField(_l("What the format is called"), validators=[PlainText(60)])
    header_row = CountField(_l("Row with the headings"))
    of_channel = BooleanField(_l("It is a payment channel's statement, with what each payer paid"))
    sample = HiddenField()

    def rows(self) -> list[list[str | None]]:
        """The first rows of the sample, as they went to the page and came back."""
        try:
            told: Any = json.loads(self.sample.data or "[]")
        except ValueError:
            return []
        if not isinstance(told, list) or not all(isinstance(row, list) for row in told):
            return []
        return [[cell if isinstance(cell, str) else None for cell in row[:60]] for row in told[:40]]
