"""Where each kind of thing can be looked at, told to rooms that may not look up: logbook and book link by it."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from feeapp.core.powers import Power
from feeapp.web import guard

PLACES = {
    "unit": ("registry.unit", "unit_id"),
    "import": ("registry.import_batch", "batch_id"),
    "import_batch": ("registry.import_batch", "batch_id"),
    "bill_run": ("billing.run", "run_id"),
    "payment": ("cashier.payment", "payment_id"),
    "receipt": ("cashier.receipt", "receipt_id"),
    "user": ("access.person", "user_id"),
    "charge": ("corrections.charge", "charge_id"),
    "correction": ("corrections.correction", "correction_id"),
    "transfer": ("transfers.record", "transfer_id"),
    "late_waiver": ("billing.late_request", "waiver_id"),
    "dispute": ("billing.one_dispute", "dispute_id"),
    "bank_line": ("banking.line", "line_id"),
    "bank_file": ("banking.statement", "file_id"),
    "closing": ("ledger.one_closing", "closing_id"),
    "entry": ("ledger.entry", "entry_id"),
}
"""The page of each kind, and what it calls the id."""


def url_of(kind: str, key: int) -> str | None:
    """The address of a thing; None where the house has no page for it, or this person may not open it."""
    endpoint, argument = PLACES.get(kind, ("", ""))
    power = getattr(current_app.view_functions.get(endpoint), guard.MARK, None)
    if not isinstance(power, Power) or not guard.may(power):
        return None
    address: dict[str, Any] = {argument: key}
    return url_for(endpoint, **address)
