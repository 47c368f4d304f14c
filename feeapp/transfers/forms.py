"""The form of a change of owner: one form over two pages, with a field for each meter and each sum of prepaid money."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from feeapp.metering.forms import FigureField
from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind
from feeapp.registry.wording import PARTY_WORDS
from feeapp.transfers.rules import WAY_WORDS, Choices, WalletWay
from feeapp.transfers.staging import Ask, Buyer
from feeapp.web.forms import ChoiceField, DayField, Form, PlainText, choices
from feeapp.web.keys import as_key

_PARTED = re.compile(r"[、,，;；/／|\n]+")
NEW_OWNERS = ("buyer1", "buyer2", "buyer3")
"""The lines for new owners nobody knows yet; a line without a name is not filled in."""


class TicksField(SelectMultipleField):
    """Ticked record numbers. Data is a list of int."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, choices=[], coerce=lambda typed: as_key(str(typed)), validate_choice=False, **options)


class KeysField(SelectMultipleField):
    """Ticked keys of what was seen. Data is a list of text."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)


class TransferForm(Form):
    """What is asked for on the first page, and what is chosen on the second."""

    on = DayField(_l("First day of the new owner"))
    paper = StringField(_l("Paper that proves it"), validators=[PlainText(200)])
    leave = TicksField(_l("Gives up ownership"))
    find = StringField(_l("Find a known person"), validators=[PlainText(60, needed=False)])
    known = TicksField(_l("New owner, known already"))
    also = TicksField(_l("Goes along"))
    due_on = DayField(_l("New owner pays by"))

    seen = HiddenField()
    key = HiddenField(validators=[PlainText(64, needed=False)])
    take = KeysField(_l("Taken over by the new owner"))
    agreement = StringField(_l("Agreement"), validators=[PlainText(200, needed=False)])
    signed_by = StringField(_l("Signed by (new owner)"), validators=[PlainText(64, needed=False)])
    ways = HiddenField(_l("Prepaid money"))
    refund_to = StringField(_l("Account to transfer to"), validators=[PlainText(100, needed=False)])

    def ask(self, unit_id: int) -> Ask:
        """What is asked for, once the form is sound."""
        known = [Buyer(f"known{party}", party, None, self._share(f"known{party}")) for party in self.known.data or ()]
        new = [buyer for name in NEW_OWNERS if (buyer := self._buyer(name))]
        return Ask(
            unit_id,
            self.on.data,
            tuple(self.leave.data or ()),
            (*known, *new),
            tuple(self.also.data or ()),
            self.due_on.data,
            self.paper.data or "",
        )

    def _buyer(self, name: str) -> Buyer | None:
        part = {each: self[f"{name}_{each}"].data for each in ("name", "kind", "id_number", "phones")}
        if not (part["name"] or "").strip():
            return None
        phones = [each.strip() for each in _PARTED.split(part["phones"] or "") if each.strip()]
        person = PersonFacts(part["name"].strip(), part["kind"], part["id_number"] or "", tuple(phones))
        return Buyer(name, None, person, self._share(name))

    def _share(self, name: str) -> str:
        field = self._fields.get(f"{name}_share")
        return (field.data or "").strip() if field else ""

    def choices(self) -> Choices:
        """What is chosen, once the form is sound."""
        fields = self._fields
        known = {way.value: way for way in WalletWay}
        ways = {
            name[4:]: known[field.data]
            for name, field in fields.items()
            if name.startswith("way_") and field.data in known
        }
        readings = {
            int(name[8:]): field.data
            for name, field in fields.items()
            if name.startswith("reading_") and field.data is not None
        }
        return Choices(
            self.seen.data or "",
            self.key.data or "",
            tuple(self.take.data or ()),
            self.agreement.data or "",
            self.signed_by.data or "",
            tuple(ways.items()),
            self.refund_to.data or "",
            tuple(readings.items()),
        )


def _line(name: str) -> dict[str, Any]:
    """The fields of one new owner; their labels are those of the registry's forms."""
    return {
        f"{name}_name": StringField(_l("Name"), validators=[PlainText(60, needed=False)]),
        f"{name}_kind": ChoiceField(_l("Person or company"), choices(PARTY_WORDS), default=PartyKind.PERSON),
        f"{name}_id_number": StringField(_l("Identity number"), validators=[PlainText(32, needed=False)]),
        f"{name}_phones": StringField(_l("Phones"), validators=[PlainText(80, needed=False)]),
        f"{name}_share": StringField(_l("Share"), validators=[PlainText(16, needed=False)]),
    }


def form_class(
    known: Collection[int] = (), ways: Collection[str] = (), meters: Collection[int] = ()
) -> type[TransferForm]:
    """The form with a share for each known person, a choice for each sum of prepaid money, a figure for each meter."""
    fields: dict[str, Any] = {}
    for name in NEW_OWNERS:
        fields |= _line(name)
    for party_id in known:
        fields[f"known{party_id}_share"] = StringField(_l("Share"), validators=[PlainText(16, needed=False)])
    for key in ways:
        fields[f"way_{key}"] = RadioField(
            _l("What becomes of it"),
            choices=[SelectChoice(way.value, _l(words)) for way, words in WAY_WORDS.items()],
            validate_choice=False,
            default=None,
        )
    for meter_id in meters:
        fields[f"reading_{meter_id}"] = FigureField(_l("Reading of that day"), needed=False)
    return type("TransferForm", (TransferForm,), fields)
