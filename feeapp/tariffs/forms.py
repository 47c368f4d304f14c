"""The forms of items and prices."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

import wtforms
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from feeapp.core.money import Rounding, RoundTo
from feeapp.core.refusal import Refused, msg
from feeapp.registry.naming import USE_WORDS
from feeapp.registry.rules import UnitUse
from feeapp.tariffs.actions import Published
from feeapp.tariffs.naming import (
    AUTHORITY_WORDS,
    BASIS_WORDS,
    KIND_WORDS,
    METER_WORDS,
    PLACE_WORDS,
    PRORATION_WORDS,
    ROUND_AT_WORDS,
    ROUND_TO_WORDS,
    ROUNDING_WORDS,
    ItemKind,
)
from feeapp.tariffs.places import Where
from feeapp.tariffs.rules import MOST_TIERS, Authority, Basis, Coefficients, Place, Price, Proration, RoundAt, Tier
from feeapp.tariffs.steps import Floors, floor_table
from feeapp.web.forms import ChoiceField, CountField, DayField, Form, PlainText, RateField, choices

SPARE_ROWS, TIER_ROWS, FLOOR_ROWS = 4, 4, 8
MOST_ROWS = 160


class OptionalChoice(ChoiceField):
    """One member of an enum, or none of them. Data is the member or None."""

    choices: Any

    def __init__(self, label: Any, nothing: Any, members: Any, **options: Any) -> None:
        super().__init__(label, members, **options)
        self.choices = [SelectChoice("", nothing), *self.choices]

    def pre_validate(self, form: Any) -> None:
        if self.raw_data and self.raw_data[0]:
            super().pre_validate(form)


class ItemForm(Form):
    kind = ChoiceField(_l("What it is charged for"), choices(KIND_WORDS), default=ItemKind.PROPERTY_FEE)
    code = StringField(_l("Code"), validators=[PlainText(16)])
    name = StringField(_l("Name on the bill"), validators=[PlainText(32)])
    name_en = StringField(_l("English name"), validators=[PlainText(64)])
    due_day = CountField(_l("Due on day"), default=31)
    bill_months = CountField(_l("Months in a bill"), default=1, needed=False)
    meter = OptionalChoice(_l("Meter"), _l("none is read"), choices(METER_WORDS))
    content = StringField(_l("Content and standard"), validators=[PlainText(200, needed=False)])


class ContentForm(Form):
    content = StringField(_l("Content and standard"), validators=[PlainText(200, needed=False)])


class FiguresField(RateField):
    """What a meter may have counted, with at most two decimals. Data is an int in hundredths, or None."""

    problem = _l("This is not a quantity. Write it like 15 or 12.5, with at most two decimals.")

    def read(self, typed: str) -> Any:
        hundredths = super().read(typed) * 100
        if hundredths % 1:
            raise ValueError(typed)
        return int(hundredths)

    def show(self, value: Any) -> str:
        return super().show(Decimal(value).scaleb(-2))


class CoefficientField(RateField):
    """A part of a price. Data is Decimal or None."""

    problem = _l("This is not a coefficient. Write it like 0.8, with at most four decimals.")


class FloorField(CountField):
    """A floor; cellars are below zero. Data is int or None."""

    problem = _l("This is not a floor. Write it like 3, and a cellar like -1.")

    def read(self, typed: str) -> int:
        plain = unicodedata.normalize("NFKC", typed)
        return -super().read(plain[1:]) if plain[0] == "-" else super().read(plain)


class TierRow(wtforms.Form):
    upto = FiguresField(_l("Up to, a month"), needed=False)
    rate = RateField(_l("Yuan each"), needed=False)


class FloorRow(wtforms.Form):
    first = FloorField(_l("From floor"), needed=False)
    last = FloorField(_l("To floor"), needed=False)
    part = CoefficientField(_l("Coefficient"), needed=False)


class Rows(FieldList):
    """A small table of rows to fill in; what is wrong in a row is told of the table, with the row's number."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        super().validate(form, extra_validators)
        self.errors = [
            gettext("Row %(row)s: %(problem)s", row=row, problem=" ".join(problems))
            for row, entry in enumerate(self.entries, start=1)
            for problems in entry.errors.values()
        ]
        return not self.errors

    def filled(self) -> list[Any]:
        """The rows in which anything stands, as forms."""
        rows = [entry.form for entry in self.entries]
        return [row for row in rows if any(cell.data is not None for cell in row)]

    def keep_spare(self, least: int) -> None:
        """See that there are empty rows to go on with."""
        while len(self.entries) < least or len(self.entries) - len(self.filled()) < SPARE_ROWS:
            if len(self.entries) >= self.max_entries:
                return
            self.append_entry()


class VersionForm(Form):
    use = SelectMultipleField(
        _l("For"),
        choices=[SelectChoice(use.value, words) for use, words in choices(USE_WORDS)],
        default=[UnitUse.HOME.value],
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
        validate_choice=False,
    )
    place = ChoiceField(_l("Where"), choices(PLACE_WORDS), default=Place.COMMUNITY)
    where = StringField(_l("Which one"), validators=[PlainText(64, needed=False)])
    basis = ChoiceField(_l("Counted"), choices(BASIS_WORDS), default=Basis.AREA)
    rate = RateField(_l("Price in yuan"), needed=False)
    from_on = DayField(_l("From"))
    end_running = BooleanField(_l("The price that runs now ends on the day before"))
    authority = ChoiceField(_l("Authority"), choices(AUTHORITY_WORDS), default=Authority.CONTRACT)
    authority_text = StringField(_l("Number and article"), validators=[PlainText(200)])
    tiers = Rows(FormField(TierRow), label=_l("Tiers"), max_entries=MOST_TIERS)
    coefficient_name = StringField(_l("Name of the floor table"), validators=[PlainText(32, needed=False)])
    coefficients = Rows(FormField(FloorRow), label=_l("Floor coefficients"), max_entries=MOST_ROWS)
    proration = ChoiceField(_l("Part of a month"), choices(PRORATION_WORDS), default=Proration.ACTUAL_DAYS)
    rounding = ChoiceField(_l("Rounded"), choices(ROUNDING_WORDS), default=Rounding.HALF_UP)
    round_to = ChoiceField(_l("Rounded to"), choices(ROUND_TO_WORDS), default=RoundTo.FEN)
    round_at = ChoiceField(_l("Rounding point"), choices(ROUND_AT_WORDS), default=RoundAt.PER_MONTH)

    def validate_use(self, field: Any) -> None:
        """At least one use, and none that there is not."""
        if not field.data or not set(field.data) <= {use.value for use in UnitUse}:
            raise ValidationError(gettext("Choose one."))

    def validate_rate(self, field: Any) -> None:
        """A price is needed, except where tiers say it or a sum is shared."""
        needed = self.basis.data is not Basis.POOL and not self.tiers.filled()
        if needed and field.data is None and not field.process_errors:
            raise ValidationError(gettext("Fill this in."))

    def uses(self) -> list[UnitUse]:
        """The uses that are ticked."""
        return [use for use in UnitUse if use.value in self.use.data]

    def price(self) -> Price:
        """The price as entered. Raises Refused where its parts do not go together."""
        tiers, rate = self._tiers(), self.rate.data
        if tiers:
            if rate not in (None, tiers[0].rate):
                raise Refused(
                    "tariff.tiers", msg("With tiers, leave this empty: each tier has its own price."), field="rate"
                )
            rate = tiers[0].rate
        return Price(
            Decimal(0) if rate is None else rate,
            self.basis.data,
            self.proration.data,
            self.rounding.data,
            self.round_to.data,
            self.round_at.data,
            tiers,
            self._coefficients(),
        )

    def _tiers(self) -> tuple[Tier, ...]:
        rows = self.tiers.filled()
        if any(row.rate.data is None for row in rows):
            raise Refused("tariff.tiers", msg("Each tier needs its price."), field="tiers")
        return tuple(Tier(row.upto.data, row.rate.data) for row in rows)

    def _coefficients(self) -> Coefficients | None:
        rows = self.coefficients.filled()
        if not rows:
            return None
        if any(row.first.data is None or row.part.data is None for row in rows):
            raise Refused(
                "tariff.floors", msg("Each row needs its first floor and its coefficient."), field="coefficients"
            )
        if not self.coefficient_name.data:
            raise Refused("tariff.floors", msg("Give the table a name."), field="coefficient_name")
        runs = [
            Floors(row.first.data, row.first.data if row.last.data is None else row.last.data, row.part.data)
            for row in rows
        ]
        return floor_table(self.coefficient_name.data, runs)

    def published(self, where: Where) -> list[Published]:
        """Everything that is to be published in a place, one price for each use."""
        price = self.price()
        return [
            Published(
                use,
                price,
                self.from_on.data,
                self.authority.data,
                self.authority_text.data,
                self.end_running.data,
                where.place,
                where.id,
            )
            for use in self.uses()
        ]

    def keep_spare(self) -> None:
        """Empty rows to go on with, in both tables."""
        self.tiers.keep_spare(TIER_ROWS)
        self.coefficients.keep_spare(FLOOR_ROWS)


class EndForm(Form):
    last_on = DayField(_l("Last day"))
