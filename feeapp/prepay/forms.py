"""The forms of offers and of choices."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField

from feeapp.prepay.actions import Offered
from feeapp.prepay.rules import OFFER_WORDS, WAY_WORDS, OfferKind, Terms, Way
from feeapp.tariffs.naming import AUTHORITY_WORDS
from feeapp.tariffs.rules import Authority
from feeapp.web.forms import ChoiceField, CountField, DayField, Form, PlainText, RateField, choices


class OfferForm(Form):
    item = SelectField(_l("Item"), coerce=int)
    kind = ChoiceField(_l("What is given"), choices(OFFER_WORDS), default=OfferKind.MONTHS)
    months = CountField(_l("From how many months"), default=12)
    gift_months = CountField(_l("Months free"), needed=False, default=1)
    percent = RateField(_l("Percent off"), needed=False)
    from_on = DayField(_l("From"))
    to_on = DayField(_l("Last day"), needed=False)
    authority = ChoiceField(_l("Authority"), choices(AUTHORITY_WORDS), default=Authority.NOTICE)
    authority_text = StringField(_l("Number and article"), validators=[PlainText(200)])

    def offered(self) -> Offered:
        """The offer as entered. Raises Refused where it gives nothing or everything."""
        by_months = self.kind.data is OfferKind.MONTHS
        terms = Terms(
            self.kind.data,
            self.months.data,
            (self.gift_months.data or 0) if by_months else 0,
            Decimal(0) if by_months else (self.percent.data or Decimal(0)),
        )
        return Offered(terms, self.from_on.data, self.to_on.data, self.authority.data, self.authority_text.data)


class ChoiceForm(Form):
    picks = SelectMultipleField(_l("Households"), coerce=int, validate_choice=False)
    way = ChoiceField(_l("What is done"), choices(WAY_WORDS), default=Way.CHARGE)
    reason = StringField(_l("Reason"), validators=[PlainText(200, needed=False)])
