"""The forms of bill runs and of sums to share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length

from feeapp.billing.limitation import DEMAND_WORDS, DemandKind
from feeapp.billing.pools import Wanted, read_key
from feeapp.billing.rules import WAY_WORDS, Way
from feeapp.core.period import Period
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.naming import PLACE_WORDS
from feeapp.tariffs.places import read_where
from feeapp.tariffs.rules import Place
from feeapp.web.forms import ChoiceField, DayField, Form, MoneyField, PeriodField, PlainText, choices


class MonthForm(Form):
    class Meta(Form.Meta):
        csrf = False

    period = PeriodField(_l("Month"))


class ConfirmForm(Form):
    seen_hash = HiddenField(validators=[PlainText(64)])


class SinceForm(Form):
    class Meta(Form.Meta):
        csrf = False

    since = PeriodField(_l("From month"))


class BackBillForm(Form):
    due_on = DayField(_l("Due on"))
    own_days = BooleanField(_l("Past months fall due on their own old days; late charges then run from those days"))
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


class DisputeForm(Form):
    reason = TextAreaField(_l("What the household objects to"), validators=[PlainText(200)])


class AnswerForm(Form):
    """What the household was answered; which of the two buttons was pressed says who is right."""

    answer = TextAreaField(_l("Answer"), validators=[PlainText(200)])


class DemandForm(Form):
    kind = ChoiceField(_l("What happened"), choices(DEMAND_WORDS), default=DemandKind.DELIVERED)
    on = DayField(_l("On"))
    proof = StringField(_l("Proof"), validators=[PlainText(200)])
    every = BooleanField(_l("For everything this debtor owes on this unit"), default=True)


class WithdrawForm(Form):
    pass


class PoolForm(Form):
    item = SelectField(_l("Item"), coerce=int)
    period = PeriodField(_l("Month"))
    amount = MoneyField(_l("Sum in yuan"))
    used = StringField(_l("Use and price"), validators=[PlainText(64)])
    proof = StringField(_l("Proof"), validators=[PlainText(200)])
    place = ChoiceField(_l("Shared in"), choices(PLACE_WORDS), default=Place.COMMUNITY)
    where = StringField(_l("Which one"), validators=[PlainText(64, needed=False)])
    way = ChoiceField(_l("Shared"), choices(WAY_WORDS), default=Way.AREA)
    key = TextAreaField(_l("Weights"), validators=[Length(max=100_000)])

    @classmethod
    def offering(cls, items: Sequence[ChargeItem], language: str, month: Period) -> Self:
        """The form with the items that can be shared, and a month to begin with."""
        form = cls(period=month)
        form.item.choices = [(item.id, item.name if language == "zh" else item.name_en) for item in items]
        return form

    def wanted(self, community_id: int) -> Wanted:
        """The sum as entered. Raises Refused where the place or the table cannot be read."""
        return Wanted(
            self.item.data,
            self.period.data,
            self.amount.data,
            self.way.data,
            read_where(community_id, self.place.data, self.where.data),
            self.used.data,
            self.proof.data,
            read_key(self.key.data or "") if self.way.data is Way.KEY else {},
        )
