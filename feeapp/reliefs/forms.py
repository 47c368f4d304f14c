"""The forms of reliefs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField

from feeapp.reliefs.items import Item
from feeapp.reliefs.naming import PAPER_WORDS
from feeapp.reliefs.rules import Application, PaperKind, ReliefKind
from feeapp.web.forms import ChoiceField, DayField, Form, PercentField, PlainText, choices
from feeapp.web.keys import as_key
from feeapp.web.language import short

LONGEST = 200
"""The most characters of a proof or a reason, so that the sheet of a relief is one page."""


class ItemField(SelectField):
    """One charge item, or every property-fee item. Data is the item's id or None."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, choices=[], coerce=lambda typed: as_key(str(typed)) if typed else None, **options)

    def offer(self, items: Sequence[Item]) -> None:
        """Name the items there are to choose from."""
        every = ("", _l("Every property-fee item"))
        self.choices = [every, *((item.id, item.name if short() == "zh" else item.name_en) for item in items)]


class ApplicationForm(Form):
    """What every kind of relief is asked for with."""

    item = ItemField(_l("Item"))
    percent = PercentField(_l("Still to be paid, in percent"))
    applied_on = DayField(_l("Applied for on"))
    from_on = DayField(_l("First day"))

    def _common(self, unit_id: int, kind: ReliefKind) -> dict[str, Any]:
        return {
            "unit_id": unit_id,
            "kind": kind,
            "item_id": self.item.data,
            "percent": self.percent.data,
            "applied_on": self.applied_on.data,
            "from_on": self.from_on.data,
        }


class VacancyForm(ApplicationForm):
    since_on = DayField(_l("Empty since"))
    last_on = DayField(_l("Last day"))
    proof = TextAreaField(_l("Proof of vacancy"), validators=[PlainText(LONGEST)])
    paper_number = StringField(_l("File number"), validators=[PlainText(64, needed=False)])

    def application(self, unit_id: int, kind: ReliefKind) -> Application:
        """What was typed, once the form is sound."""
        return Application(
            **self._common(unit_id, kind),
            since_on=self.since_on.data,
            last_on=self.last_on.data,
            proof=self.proof.data or "",
            paper_number=self.paper_number.data or "",
        )


class CertificateForm(ApplicationForm):
    """A hardship relief or an exemption, with the paper it rests on."""

    last_on = DayField(_l("Last day"), needed=False)
    paper_kind = ChoiceField(_l("Certificate"), choices(PAPER_WORDS), default=PaperKind.LOW_INCOME)
    paper_number = StringField(_l("Certificate number"), validators=[PlainText(64)])
    paper_issuer = StringField(_l("Issued by"), validators=[PlainText(64)])
    valid_until = DayField(_l("Valid until"))
    proof = TextAreaField(_l("Why it is asked for"), validators=[PlainText(LONGEST)])
    borne_by = StringField(_l("Borne by"), validators=[PlainText(100)])

    def application(self, unit_id: int, kind: ReliefKind) -> Application:
        """What was typed, once the form is sound."""
        return Application(
            **self._common(unit_id, kind),
            last_on=self.last_on.data,
            proof=self.proof.data or "",
            paper_kind=self.paper_kind.data,
            paper_number=self.paper_number.data or "",
            paper_issuer=self.paper_issuer.data or "",
            valid_until=self.valid_until.data,
            borne_by=self.borne_by.data or "",
        )


class InspectForm(Form):
    day = DayField(_l("Inspected on"))
    person = StringField(_l("Inspected by"), validators=[PlainText(32)])
    words = TextAreaField(_l("What was found"), validators=[PlainText(LONGEST)])


class DecideForm(Form):
    from_on = DayField(_l("Holds from"), needed=False)
    words = TextAreaField(_l("Grounds"), validators=[PlainText(LONGEST)])


class EndForm(Form):
    ended_on = DayField(_l("In full again from"))
    words = TextAreaField(_l("Grounds"), validators=[PlainText(LONGEST)])
