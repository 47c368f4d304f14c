"""The counter's form."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectMultipleField, StringField
from wtforms import Form as PartForm

from feeapp.cashier.rules import POLICY_WORDS
from feeapp.cashier.settling import Method, Tender
from feeapp.web.forms import ChoiceField, Form, MoneyField, PlainText, choices


class TenderForm(PartForm):
    """One way of paying: the sum handed over, and the number of its slip."""

    amount = MoneyField(_l("Amount"), needed=False)
    reference = StringField(_l("Reference number"), validators=[PlainText(64, needed=False)])


class TenderRows(FieldList):
    """A row for each way of paying, also where only some of them are sent: a row's place says which way it is."""

    def _extract_indices(self, prefix: str, formdata: Any) -> range:
        return range(len(Method))


class CounterForm(Form):
    key = HiddenField(validators=[PlainText(64)])
    items = SelectMultipleField(_l("Open items"), coerce=int, validate_choice=False)
    tenders = TenderRows(FormField(TenderForm), _l("Payment"), min_entries=len(Method), max_entries=len(Method))
    keep = BooleanField(_l("Keep what is too much as prepayment"))
    order = ChoiceField(_l("Order"), choices(POLICY_WORDS))
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
