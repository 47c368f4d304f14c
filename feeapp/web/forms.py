"""Form fields that read what people type, and the one way a form leads to a deed."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

import wtforms
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, Sentence
from feeapp.storage.transaction import transaction

Result = TypeVar("Result")


class Form(FlaskForm):
    """Every form of the house: CSRF-protected, text trimmed and NFC-normalised."""

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            filters = unbound_field.kwargs.get("filters", [])
            if issubclass(unbound_field.field_class, wtforms.StringField) and _tidy not in filters:
                filters = [*filters, _tidy]
            return unbound_field.bind(form=form, filters=filters, **options)


def _tidy(text: Any) -> Any:
    return unicodedata.normalize("NFC", text).strip() if isinstance(text, str) else text


class PlainText:
    """Validator: text of at most so many characters, without control, bidi-override or zero-width characters."""

    def __init__(self, length: int, needed: bool = True) -> None:
        self.length = length
        self.needed = needed
        self.field_flags = {"maxlength": length, **({"required": True} if needed else {})}

    def __call__(self, form: Any, field: Any) -> None:
        text = field.data or ""
        if self.needed and not text:
            raise ValidationError(gettext("Fill this in."))
        if len(text) > self.length:
            raise ValidationError(gettext("At most %(n)s characters.", n=self.length))
        if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn"} for sign in text if sign not in "\r\n\t"):
            raise ValidationError(gettext("This holds a hidden or unreadable character. Type it anew."))


class _ReadField(wtforms.Field):
    """A text field whose data is a value; what was typed stays in the field when it cannot be read."""

    widget = wtforms.widgets.TextInput()
    problem = lazy_gettext("This cannot be read.")
    data: Any

    def __init__(self, label: Any = None, validators: Any = None, needed: bool = True, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.needed = needed
        if needed:
            self.flags.required = True

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            return
        try:
            self.data = self.read(typed)
        except (ValueError, ArithmeticError):
            raise ValueError(str(self.problem)) from None

    def pre_validate(self, form: Any) -> None:
        if self.needed and self.data is None and not self.process_errors:
            raise ValidationError(gettext("Fill this in."))

    def read(self, typed: str) -> Any:
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)


class MoneyField(_ReadField):
    """An amount in yuan; full-width digits, ¥ and commas are understood. Data is Money or None."""

    problem = lazy_gettext("This is not an amount. Write it like 262.48, with at most two decimals.")

    def read(self, typed: str) -> Money:
        return Money.read(typed)

    def show(self, value: Money) -> str:
        return f"{value.in_yuan:.2f}"


class AreaField(_ReadField):
    """An area in m² with at most two decimals. Data is Area or None."""

    problem = lazy_gettext("This is not an area. Write it like 86.53, with at most two decimals.")

    def read(self, typed: str) -> Area:
        return Area.read(typed)

    def show(self, value: Area) -> str:
        return f"{value.in_m2:.2f}"


class RateField(_ReadField):
    """A price in yuan with at most four decimals. Data is Decimal or None."""

    problem = lazy_gettext("This is not a price. Write it like 0.65, with at most four decimals.")

    def read(self, typed: str) -> Decimal:
        plain = unicodedata.normalize("NFKC", typed)
        try:
            rate = Decimal(plain)
        except InvalidOperation:
            raise ValueError(typed) from None
        if not rate.is_finite() or not 0 <= rate < 1_000_000 or rate != round(rate, 4) or not plain.isascii():
            raise ValueError(typed)
        return rate

    def show(self, value: Decimal) -> str:
        return f"{value.normalize():f}"


class PercentField(RateField):
    """A percent; full-width digits and a percent sign are understood. Data is Decimal or None."""

    problem = lazy_gettext("This is not a percent. Write it like 12.5.")

    def read(self, typed: str) -> Decimal:
        try:
            percent = Decimal(unicodedata.normalize("NFKC", typed).removesuffix("%").strip())
        except InvalidOperation:
            raise ValueError(typed) from None
        if not percent.is_finite() or not -1000 < percent < 1000:
            raise ValueError(typed)
        return percent


class CountField(_ReadField):
    """A whole number, zero or more. Data is int or None."""

    problem = lazy_gettext("This is not a whole number.")

    def read(self, typed: str) -> int:
        plain = unicodedata.normalize("NFKC", typed).replace(",", "")
        if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
            raise ValueError(typed)
        return int(plain)


class PeriodField(_ReadField):
    """A billing month. Data is Period or None."""

    widget = wtforms.widgets.MonthInput()
    problem = lazy_gettext("This is not a month. Write it like 2026-01.")

    def read(self, typed: str) -> Period:
        return Period.read(unicodedata.normalize("NFKC", typed))


class DayField(_ReadField):
    """A calendar day. Data is date or None."""

    widget = wtforms.widgets.DateInput()
    problem = lazy_gettext("This is not a day. Write it like 2026-01-31.")

    def read(self, typed: str) -> date:
        day = date.fromisoformat(unicodedata.normalize("NFKC", typed))
        if not 1900 <= day.year <= 2199:
            raise ValueError(typed)
        return day

    def show(self, value: date) -> str:
        return value.isoformat()


class ChoiceField(wtforms.SelectField):
    """One member of an enum, offered with its own words. Data is the member or None."""

    data: Any

    def __init__(self, label: Any, members: Iterable[tuple[enum.Enum, Any]], **options: Any) -> None:
        offered = dict(members)
        by_value = {str(member.value): member for member in offered}
        super().__init__(
            label,
            choices=[SelectChoice(str(member.value), words) for member, words in offered.items()],
            coerce=lambda value: value if isinstance(value, enum.Enum) else by_value.get(str(value)),
            **options,
        )

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            raise ValidationError(gettext("Choose one."))


def choices(words: Mapping[Any, str]) -> list[tuple[Any, Any]]:
    """The members of an enum with their words, translated where the page is drawn."""
    return [(member, lazy_gettext(sentence)) for member, sentence in words.items()]


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """What a submitted form led to."""

    result: Result


def submit(form: FlaskForm, deed: Callable[[], Result]) -> Done[Result] | None:
    """Run a deed in one transaction when the form was sent and is sound; otherwise as ``attempt``."""
    return attempt(form, lambda: transaction(deed))


def attempt(form: FlaskForm, deed: Callable[[], Result]) -> Done[Result] | None:
    """Run a deed, which looks after its own transactions, when the form was sent and is sound.

    None when the form is only being shown, or when something is wrong: the reason then stands at its field (or at
    the head of the form), what was typed stays, and nothing has changed.
    """
    if not form.validate_on_submit():
        return None
    return _done(form, deed)


def look(form: FlaskForm, reading: Callable[[], Result]) -> Done[Result] | None:
    """As ``attempt``, for a form that goes by the address and only looks."""
    return _done(form, reading) if form.validate() else None


def _done(form: FlaskForm, deed: Callable[[], Result]) -> Done[Result] | None:
    try:
        return Done(deed())
    except Refused as refusal:
        sentence = tell(refusal)
        field = form._fields.get(refusal.field or "")
        if field is None:
            form.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
        return None


def tell(refusal: Refused) -> str:
    """A refusal in the words of the page's language; facts that are sentences themselves are translated too."""
    facts = {name: gettext(fact) if isinstance(fact, Sentence) else fact for name, fact in refusal.facts.items()}
    return gettext(refusal.sentence) % facts if facts else gettext(refusal.sentence)
