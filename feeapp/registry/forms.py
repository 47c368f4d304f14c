"""The forms of units, people, communities and imports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, FormField, SelectMultipleField, StringField, TextAreaField
from wtforms import Form as PartForm
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from feeapp.core.width import narrow
from feeapp.registry.actions import UnitFacts
from feeapp.registry.models import Community, Party, Unit
from feeapp.registry.people import PersonFacts
from feeapp.registry.rules import PartyKind
from feeapp.registry.wording import PARTY_WORDS, STATE_WORDS, USE_WORDS
from feeapp.web.forms import AreaField, ChoiceField, CountField, DayField, Form, MoneyField, PlainText


class FloorField(CountField):
    """A floor: 0 for the ground outside a building, below zero under the ground."""

    problem = _l("This is not a floor. Write it like 5, or -1 for the first basement.")

    def read(self, typed: str) -> int:
        plain = narrow(typed).strip()
        if not re.fullmatch(r"-?[0-9]{1,2}", plain):
            raise ValueError(typed)
        return int(plain)


class UnitForm(Form):
    use = ChoiceField(_l("Use"), members=[(use, _l(words)) for use, words in USE_WORDS.items()])
    area = AreaField(_l("Floor area (m²)"), needed=False)
    inner_area = AreaField(_l("Inner area (m²)"), needed=False)
    floor = FloorField(_l("Floor"))
    use_state = ChoiceField(_l("Occupancy"), members=[(state, _l(words)) for state, words in STATE_WORDS.items()])
    moved_in_on = DayField(_l("Moved in on"), needed=False)
    remark = TextAreaField(_l("Remark"), validators=[PlainText(300, needed=False)])

    def facts(self) -> UnitFacts:
        """What was typed, once the form is sound."""
        return UnitFacts(
            use=self.use.data,
            area=self.area.data,
            inner_area=self.inner_area.data,
            floor=self.floor.data,
            use_state=self.use_state.data,
            moved_in_on=self.moved_in_on.data,
            remark=self.remark.data or "",
        )


class EditUnitForm(UnitForm):
    """For a unit that stands: an area on record is not asked, it changes from a day on (``AreaForm``)."""

    @classmethod
    def of(cls, unit: Unit) -> EditUnitForm:
        form = cls(obj=unit)
        form.unit = unit
        for name in ("area", "inner_area"):
            if getattr(unit, name) is not None:
                del form[name]
        return form

    def facts(self) -> UnitFacts:
        """What was typed, once the form is sound; an area that was not asked is the one on record."""
        return UnitFacts(
            use=self.use.data,
            area=self.area.data if self.area else self.unit.area,
            inner_area=self.inner_area.data if self.inner_area else self.unit.inner_area,
            floor=self.floor.data,
            use_state=self.use_state.data,
            moved_in_on=self.moved_in_on.data,
            remark=self.remark.data or "",
        )


class AreaForm(Form):
    from_on = DayField(_l("From this day on"))
    area = AreaField(_l("New floor area (m²)"))
    inner_area = AreaField(_l("New inner area (m²)"), needed=False)
    reason = StringField(_l("Reason and paper"), validators=[PlainText(200)])


class NewUnitForm(UnitForm):
    building = StringField(_l("Building"), validators=[PlainText(16)])
    stair = StringField(_l("Stair"), validators=[PlainText(16, needed=False)])
    room = StringField(_l("Room"), validators=[PlainText(16)])


class PersonPart(PartForm):
    """One line for a person; a line without a name is not filled in."""

    name = StringField(_l("Name"), validators=[PlainText(60, needed=False)])
    kind = ChoiceField(
        _l("Person or company"),
        members=[(kind, _l(words)) for kind, words in PARTY_WORDS.items()],
        default=PartyKind.PERSON,
    )
    id_number = StringField(_l("Identity number"), validators=[PlainText(32, needed=False)])
    phones = StringField(_l("Phones"), validators=[PlainText(80, needed=False)])

    def facts(self) -> PersonFacts | None:
        """What was typed, or None where no name was."""
        name = (self.name.data or "").strip()
        return PersonFacts(name, self.kind.data, self.id_number.data or "", _phones(self.phones.data)) if name else None


class OwnersForm(Form):
    on = DayField(_l("From this day on"))
    stay = SelectMultipleField(
        _l("Owners now"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    join = FieldList(FormField(PersonPart), min_entries=2, max_entries=2)

    def joining(self) -> list[PersonFacts]:
        """The new owners who were named."""
        return [facts for entry in self.join if (facts := entry.form.facts())]


class OccupantForm(Form):
    on = DayField(_l("From this day on"))
    person = FormField(PersonPart)


class PartyForm(Form):
    name = StringField(_l("Name"), validators=[PlainText(60)])
    kind = ChoiceField(_l("Person or company"), members=[(kind, _l(words)) for kind, words in PARTY_WORDS.items()])
    id_number = StringField(_l("Identity number"), validators=[PlainText(32, needed=False)])
    phones = StringField(_l("Phones"), validators=[PlainText(80, needed=False)])

    @classmethod
    def of(cls, party: Party) -> PartyForm:
        """The form as it first stands for a person."""
        return cls(name=party.name, kind=party.kind, id_number=party.id_number or "", phones="、".join(party.phones))

    def facts(self) -> PersonFacts:
        """What was typed, once the form is sound."""
        return PersonFacts(self.name.data, self.kind.data, self.id_number.data or "", _phones(self.phones.data))


class VehicleForm(Form):
    plate = StringField(_l("Number plate"), validators=[PlainText(16)])


class CommunityForm(Form):
    name = StringField(_l("Name of the community"), validators=[PlainText(64)])
    operator = StringField(_l("Collecting body"), validators=[PlainText(64)])
    address = StringField(_l("Address"), validators=[PlainText(128, needed=False)])
    phone = StringField(_l("Phone"), validators=[PlainText(32, needed=False)])
    how_to_pay = TextAreaField(_l("How to pay"), validators=[PlainText(300, needed=False)])

    @classmethod
    def of(cls, community: Community) -> CommunityForm:
        """The form as it first stands for a community."""
        return cls(obj=community)


class NewCommunityForm(Form):
    name = StringField(_l("Name of the community"), validators=[PlainText(64)])
    code = StringField(_l("Code"), validators=[PlainText(8)])
    operator = StringField(_l("Collecting body"), validators=[PlainText(64)])
    address = StringField(_l("Address"), validators=[PlainText(128, needed=False)])
    phone = StringField(_l("Phone"), validators=[PlainText(32, needed=False)])


class UploadForm(Form):
    file = FileField(_l("Ledger file"))
    units = CountField(_l("Units in total"))
    area = AreaField(_l("Total area (m²)"))
    arrears = MoneyField(_l("Total arrears (¥)"))

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(gettext("Choose the file with the ledger."))


class ConfirmForm(Form):
    leave_out = BooleanField()
    differ = BooleanField()


class UndoForm(Form):
    sure = BooleanField()

    def validate_sure(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(gettext("Tick the box to confirm."))


def _phones(typed: str | None) -> tuple[str, ...]:
    """The phones in one field, however they are parted."""
    parts: Sequence[str] = re.split(r"[、,，;；/／|\n]+", typed or "")
    return tuple(part.strip() for part in parts if part.strip())
