"""The forms of items and prices."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from feeapp.core.money import Rounding, RoundTo
from feeapp.registry.naming import USE_WORDS
from feeapp.registry.rules import UnitUse
from feeapp.tariffs.actions import Published
from feeapp.tariffs.naming import (
    AUTHORITY_WORDS,
    BASIS_WORDS,
    KIND_WORDS,
    PRORATION_WORDS,
    ROUND_AT_WORDS,
    ROUND_TO_WORDS,
    ROUNDING_WORDS,
    ItemKind,
)
from feeapp.tariffs.rules import Authority, Basis, Price, Proration, RoundAt
from feeapp.web.forms import ChoiceField, CountField, DayField, Form, PlainText, RateField, choices

BILLED = (Basis.AREA, Basis.UNIT, Basis.FIXED)


class ItemForm(Form):
    kind = ChoiceField(_l("What it is charged for"), choices(KIND_WORDS), default=ItemKind.PROPERTY_FEE)
    code = StringField(_l("Code"), validators=[PlainText(16)])
    name = StringField(_l("Name on the bill"), validators=[PlainText(32)])
    name_en = StringField(_l("English name"), validators=[PlainText(64)])
    due_day = CountField(_l("Due on day"), default=31)


class VersionForm(Form):
    use = ChoiceField(_l("For"), choices(USE_WORDS), default=UnitUse.HOME)
    rate = RateField(_l("Price in yuan"))
    basis = ChoiceField(_l("Counted"), choices({each: BASIS_WORDS[each] for each in BILLED}), default=Basis.AREA)
    from_on = DayField(_l("From"))
    end_running = BooleanField(_l("The price that runs now ends on the day before"))
    authority = ChoiceField(_l("Authority"), choices(AUTHORITY_WORDS), default=Authority.CONTRACT)
    authority_text = StringField(_l("Number and article"), validators=[PlainText(200)])
    proration = ChoiceField(_l("Part of a month"), choices(PRORATION_WORDS), default=Proration.ACTUAL_DAYS)
    rounding = ChoiceField(_l("Rounded"), choices(ROUNDING_WORDS), default=Rounding.HALF_UP)
    round_to = ChoiceField(_l("Rounded to"), choices(ROUND_TO_WORDS), default=RoundTo.FEN)
    round_at = ChoiceField(_l("Rounding point"), choices(ROUND_AT_WORDS), default=RoundAt.PER_MONTH)

    def price(self) -> Price:
        """The price as entered. Raises Refused where its parts do not go together."""
        return Price(
            self.rate.data,
            self.basis.data,
            self.proration.data,
            self.rounding.data,
            self.round_to.data,
            self.round_at.data,
        )

    def published(self) -> Published:
        """Everything that is to be published."""
        return Published(
            self.use.data,
            self.price(),
            self.from_on.data,
            self.authority.data,
            self.authority_text.data,
            self.end_running.data,
        )


class EndForm(Form):
    last_on = DayField(_l("Last day"))
