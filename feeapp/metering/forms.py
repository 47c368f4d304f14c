"""The forms of meters and readings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import ValidationError

from feeapp.metering.actions import NewMeter, Removal
from feeapp.metering.judging import Entry
from feeapp.metering.naming import KIND_WORDS
from feeapp.metering.rules import JumpRule, MeterKind, Register, read_figure, written
from feeapp.web.forms import ChoiceField, CountField, DayField, Form, PlainText, RateField, _ReadField, choices


class FigureField(_ReadField):
    """The figure of a meter, or a quantity. Data is whole hundredths or None."""

    problem = _l("This is not a figure. Write it like 1234 or 1234.5.")

    def read(self, typed: str) -> int:
        return read_figure(typed)

    def show(self, value: Any) -> str:
        return written(value)


class _Answered(Form):
    """A form whose figure may be asked about. The tick counts only for the figure that was asked about."""

    confirmed = BooleanField(_l("The figure is right"))
    reason = StringField(_l("Why"), validators=[PlainText(200, needed=False)])
    asked = HiddenField()

    def typed(self) -> str:
        """What stands in the field of the figure and of the day."""
        raise NotImplementedError

    @property
    def is_confirmed(self) -> bool:
        return bool(self.confirmed.data) and self.asked.data == self.typed()

    @property
    def is_asked(self) -> bool:
        """Whether the tick and the reason are to be shown."""
        return bool(self.confirmed.errors or self.reason.errors)

    def remember(self) -> None:
        """Keep, in the form that is shown again, which figure was asked about."""
        if not self.is_confirmed:
            self.confirmed.data = False
        self.asked.data = self.typed()


class ReadingForm(_Answered):
    figure = FigureField(_l("Figure"))
    read_on = DayField(_l("Read on"))

    def typed(self) -> str:
        return f"{self.figure.data} {self.read_on.data}"

    def entry(self) -> Entry:
        return Entry(self.figure.data, self.read_on.data, self.is_confirmed, self.reason.data or "")


class CorrectForm(ReadingForm):
    why = StringField(_l("What was wrong"), validators=[PlainText(200)])


class StrikeForm(Form):
    why = StringField(_l("What was wrong"), validators=[PlainText(200)])


class _RegisterPart(Form):
    serial = StringField(_l("Number on the meter"), validators=[PlainText(32)])
    digits = CountField(_l("Whole digits"), default=5)
    decimals = CountField(_l("Decimals read"), default=0)
    factor = RateField(_l("Factor"), default=Decimal(1))

    def register(self) -> Register:
        """The register as entered. Raises Refused where it can be no meter's."""
        return Register(self.digits.data, self.decimals.data, self.factor.data)


class MeterForm(_RegisterPart):
    kind = ChoiceField(_l("Kind of meter"), choices(KIND_WORDS), default=MeterKind.WATER)
    installed_on = DayField(_l("Put up on"))
    first = FigureField(_l("First figure"), needed=False)

    def new(self) -> NewMeter:
        return NewMeter(self.serial.data, self.register(), self.installed_on.data, self.first.data)


class RemovalForm(_Answered):
    removed_on = DayField(_l("Taken off on"))
    figure = FigureField(_l("Its last figure"), needed=False)

    def typed(self) -> str:
        return f"{self.figure.data} {self.removed_on.data}"

    def removal(self) -> Removal:
        return Removal(self.removed_on.data, self.figure.data, self.is_confirmed, self.reason.data or "")


class ReplaceForm(RemovalForm, _RegisterPart):
    first = FigureField(_l("First figure"))

    def new(self) -> NewMeter:
        return NewMeter(self.serial.data, self.register(), self.removed_on.data, self.first.data)


class RoundForm(Form):
    on = DayField(_l("Read on"))


class RuleForm(Form):
    times = CountField(_l("So many times the average"))
    months = CountField(_l("Average of the last months"))
    least = FigureField(_l("Nothing is asked up to"))

    def rule(self) -> JumpRule:
        return JumpRule(self.times.data, self.months.data, self.least.data)


class FileForm(Form):
    file = FileField(_l("File"))
    on = DayField(_l("Day for rows without one"), needed=False)

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(gettext("Choose the file with the readings."))


class ConfirmForm(Form):
    leave_out = BooleanField(_l("Enter the others without them"))
