"""The counter's form."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectMultipleField, StringField
from wtforms import Form as PartForm
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from feeapp.cashier.rules import POLICY_WORDS
from feeapp.cashier.settling import Method, Tender
from feeapp.cashier.voiding import Asked
from feeapp.prepay.quoting import Pick
from feeapp.prepay.rules import TERM_WORDS, Term, Wish
from feeapp.printing.receipt import ALL_PARTS
from feeapp.web.forms import ChoiceField, CountField, Form, MoneyField, PeriodField, PlainText, choices


class TenderForm(PartForm):
    """One way of paying: the sum handed over, and the number of its slip."""

    amount = MoneyField(_l("Amount"), needed=False)
    reference = StringField(_l("Reference number"), validators=[PlainText(64, needed=False)])


class TenderRows(FieldList):
    """A row for each way of paying, also where only some of them are sent: a row's place says which way it is."""

    def _extract_indices(self, prefix: str, formdata: Any) -> range:
        return range(len(Method))


class TakingForm(Form):
    """What every payment has: its one-time key, how it is paid, by whom."""

    key = HiddenField(validators=[PlainText(64)])
    tenders = TenderRows(FormField(TenderForm), _l("Payment"), min_entries=len(Method), max_entries=len(Method))
    payer = StringField(_l("Paid by"), validators=[PlainText(64)])
    remark = StringField(_l("Remark"), validators=[PlainText(200, needed=False)])

    def tendered(self) -> tuple[Tender, ...]:
        """The tenders that were filled in; the rows stand in the order of ``Method``."""
        return tuple(
            Tender(method, entry.form.amount.data, (entry.form.reference.data or "").strip())
            for method, entry in zip(Method, self.tenders, strict=True)
            if entry.form.amount.data is not None
        )

    def tendered_beyond(self, first: int) -> bool:
        """Whether anything stands in the rows after the first few, which are folded away while empty."""
        rows = [entry for _, entry in self.rows()[first:]]
        return any(entry.form.amount.raw_data and entry.form.amount.raw_data[0] for entry in rows)

    def rows(self) -> list[tuple[Method, Any]]:
        """Each way of handing money over with its row of fields."""
        return [(method, row) for method, row in zip(Method, self.tenders, strict=True) if method is not Method.WALLET]

    @property
    def from_wallet(self) -> Any:
        """The row of prepaid money."""
        return dict(zip(Method, self.tenders, strict=True))[Method.WALLET].form


class CounterForm(TakingForm):
    """The open items that are paid, and what becomes of money above them."""

    items = SelectMultipleField(_l("Open items"), coerce=int, validate_choice=False)
    keep = BooleanField(_l("Keep what is too much as prepayment"))
    order = ChoiceField(_l("Order"), choices(POLICY_WORDS))
    waive = BooleanField(_l("Let off the small change that is short"))
    again = BooleanField(_l("Yes, this is another payment"))


class PrepayForm(TakingForm):
    """The money for months to come: the sum as it was shown."""

    seen = HiddenField(validators=[PlainText(20)])


class TermForm(Form):
    """How far a household pays ahead; sent in the address, so that a quote can be looked at."""

    class Meta(Form.Meta):
        csrf = False

    picks = SelectMultipleField(_l("What is paid ahead"), validate_choice=False)
    term = ChoiceField(_l("How far"), choices(TERM_WORDS), default=Term.MONTHS)
    months = CountField(_l("How many months"), needed=False, default=12)
    through = PeriodField(_l("Last month that is paid"), needed=False)
    year = CountField(_l("Year"), needed=False)

    def wish(self) -> Wish:
        """How far, as a rule understands it."""
        return Wish(self.term.data, self.months.data or 0, self.through.data, self.year.data or 0)

    def chosen(self) -> tuple[Pick, ...]:
        """The units and items that are ticked; what cannot be read is left out."""
        pairs = [typed.partition("-") for typed in self.picks.data or ()]
        return tuple(
            (int(unit_id), int(item_id))
            for unit_id, _, item_id in pairs
            if unit_id.isascii() and unit_id.isdigit() and item_id.isascii() and item_id.isdigit()
        )


class VoidForm(Form):
    """Why a receipt is taken back, and what became of its paper."""

    reason = StringField(_l("Reason"), validators=[PlainText(200)])
    parts = SelectMultipleField(
        _l("Parts of the paper that came back"),
        choices=[SelectChoice(part.value, _l(part.label)) for part in ALL_PARTS],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    lost = StringField(_l("Where the other parts are"), validators=[PlainText(200, needed=False)])

    def asked(self) -> Asked:
        """What was typed, once the form is sound."""
        back = tuple(part for part in ALL_PARTS if part.value in (self.parts.data or ()))
        return Asked(self.reason.data, back, self.lost.data or "")


class DecideForm(Form):
    """What a second person says to a request."""

    answer = StringField(_l("Remark"), validators=[PlainText(200, needed=False)])
