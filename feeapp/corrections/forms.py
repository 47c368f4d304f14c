"""The forms of corrections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField

from feeapp.core.period import Period
from feeapp.corrections import areas, voids
from feeapp.corrections.adjusting import Wanted
from feeapp.corrections.rules import (
    DIRECTION_WORDS,
    GROUND_WORDS,
    WAY_WORDS,
    Change,
    Direction,
    Ground,
    Way,
)
from feeapp.registry.areas import Areas
from feeapp.web.forms import AreaField, ChoiceField, DayField, Form, MoneyField, PercentField, PlainText, choices


class ReasonForm(Form):
    """What every request says, and the two things the page remembers: its one-time key, and what was looked at."""

    reason = StringField(_l("Reason"), validators=[PlainText(200)])
    proof = StringField(_l("Proof"), validators=[PlainText(200, needed=False)])
    key = HiddenField(validators=[PlainText(50, needed=False)])
    seen = HiddenField(validators=[PlainText(100, needed=False)])


class AdjustForm(ReasonForm):
    amount = MoneyField(_l("New amount"), needed=False)
    change = MoneyField(_l("Or the difference"), needed=False)
    ground = ChoiceField(_l("Why"), choices(GROUND_WORDS), default=Ground.WRONG)

    def wanted(self) -> Wanted:
        """What was typed, once the form is sound."""
        return Wanted(self.amount.data, self.change.data, self.ground.data)


class AreaErrorForm(ReasonForm):
    from_on = DayField(_l("Wrong since"))
    area = AreaField(_l("Right floor area (m²)"))
    inner_area = AreaField(_l("Right inner area (m²)"), needed=False)
    proof = StringField(_l("Proof"), validators=[PlainText(200)])

    def wanted(self) -> areas.Wanted:
        """What was typed, once the form is sound."""
        return areas.Wanted(Areas(self.area.data, self.inner_area.data), self.from_on.data)


class VoidForm(ReasonForm):
    debtor = SelectField(_l("Whose bill"), coerce=int)
    not_due = BooleanField(_l("Nothing is due at all: do not issue it anew"))
    proof = StringField(_l("Proof"), validators=[PlainText(200)])

    @classmethod
    def of(cls, debtors: Mapping[int, str]) -> Self:
        """The form with the debtors of a bill to choose from."""
        form = cls()
        form.debtor.choices = [(0, _l("The whole bill of the unit")), *debtors.items()]
        return form

    def wanted(self, period: Period) -> voids.Wanted:
        """What was typed, once the form is sound."""
        return voids.Wanted(period, self.debtor.data or None, self.not_due.data)


class ChangeForm(Form):
    """How many charges are changed. It only looks, so it goes by the address and needs no token."""

    class Meta(Form.Meta):
        csrf = False

    direction = ChoiceField(_l("What is done"), choices(DIRECTION_WORDS), default=Direction.LESS)
    way = ChoiceField(_l("How much"), choices(WAY_WORDS), default=Way.PERCENT)
    percent = PercentField(_l("Percent"), needed=False)
    amount = MoneyField(_l("Sum in yuan"), needed=False)
    ground = ChoiceField(_l("Why"), choices(GROUND_WORDS), default=Ground.WRONG)

    def wanted(self) -> Change:
        """What was typed, once the form is sound."""
        return Change(
            self.way.data, self.direction.data, self.ground.data,
            self.percent.data if self.way.data is Way.PERCENT else None,
            self.amount.data if self.way.data is Way.SUM else None,
        )  # fmt: skip


class DecideForm(Form):
    answer = StringField(_l("Remark"), validators=[PlainText(200, needed=False)])
